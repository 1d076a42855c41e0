"""The recorder's loop in this process, with time by hand, so that waits need no waiting."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from iontophoresis.record import wire
from iontophoresis.record.errors import MessageError
from iontophoresis.record.inlet import Inlet
from iontophoresis.record.journal import Journal
from iontophoresis.record.reader import open_session
from iontophoresis.record.recording import Recorder

TOKEN = "ab" * 16


class Clock:
    """Moves on by itself a little at every look."""

    def __init__(self, step_s: float) -> None:
        self.now_s, self.step_s = 0.0, step_s

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def recorder_on(path: Path, listener: socket.socket, step_s: float = 0.001) -> Recorder:
    return Recorder(Journal.create(path), inlet=Inlet(listener), token=TOKEN, clock_s=Clock(step_s))


def talk(listener: socket.socket, role: str, lines: list[bytes], heard: list[bytes]) -> None:
    hello = f'{{"hello":"{role}","token":"{TOKEN}"}}\n'.encode()
    with socket.create_connection(listener.getsockname(), timeout=10) as link:
        link.sendall(hello + b"".join(lines))
        link.shutdown(socket.SHUT_WR)
        while data := link.recv(4096):
            heard.append(data)


def test_guard_rows_are_written_and_acknowledged(
    tmp_path: Path, listener: socket.socket, tick_cells: Callable[..., list[Any]]
) -> None:
    path = tmp_path / "s.sqlite"
    lines = [
        f'{{"k":"tick","row":{tick_cells(i)}}}\n'.replace("'", '"').encode() for i in range(50)
    ]
    lines.append(b'{"k":"event","t_ms":1,"wall_ns":1,"severity":"info","code":"a","text":"b"}\n')
    lines.append(b'{"k":"close","outcome":"done","text":"fine"}\n')
    heard: list[bytes] = []
    client = threading.Thread(target=talk, args=(listener, "guard", lines, heard), daemon=True)
    client.start()
    recorder = recorder_on(path, listener, step_s=0.3)
    recorder.run()
    recorder.tell({"k": "closed"})
    recorder.hang_up(within_s=1.0)
    client.join()
    assert heard[-1].endswith(b'{"k":"closed"}\n')
    session = open_session(path)
    assert (session.state, len(session.ticks), len(session.events)) == ("done", 50, 1)
    assert session.problems == ()


def test_a_guards_nonsense_ends_the_loop(tmp_path: Path, listener: socket.socket) -> None:
    lines = [b'{"k":"tick","row":[]}\n']
    heard: list[bytes] = []
    client = threading.Thread(target=talk, args=(listener, "guard", lines, heard), daemon=True)
    client.start()
    recorder = recorder_on(tmp_path / "s.sqlite", listener)
    with pytest.raises(MessageError):
        recorder.run()
    recorder.tell({"k": "fault", "text": "x"})
    recorder.hang_up(within_s=1.0)
    client.join()
    assert b"".join(heard) == b'{"k":"fault","text":"x"}\n'


def test_a_line_without_end_is_refused(
    tmp_path: Path, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "MAX_LINE_BYTES", 1000)
    lines = [b"x" * 5000]
    client = threading.Thread(target=talk, args=(listener, "session", lines, []), daemon=True)
    client.start()
    recorder = recorder_on(tmp_path / "s.sqlite", listener)
    with pytest.raises(MessageError, match="longer than 1000 bytes"):
        recorder.run()
    recorder.hang_up(within_s=1.0)
    client.join()


def test_a_recorder_nobody_comes_to_ends_by_itself(tmp_path: Path, listener: socket.socket) -> None:
    recorder_on(tmp_path / "s.sqlite", listener, step_s=40.0).run()
    session = open_session(tmp_path / "s.sqlite")
    assert (session.state, session.rows) == ("cut", 1)


def test_a_session_alone_waits_for_a_guard_then_gives_up(
    tmp_path: Path, listener: socket.socket
) -> None:
    lines = [b'{"k":"header","key":"title","value":"t"}\n']
    client = threading.Thread(target=talk, args=(listener, "session", lines, []), daemon=True)
    client.start()
    recorder = recorder_on(tmp_path / "s.sqlite", listener, step_s=6.0)
    recorder.run()
    recorder.hang_up(within_s=1.0)
    client.join()
    assert open_session(tmp_path / "s.sqlite").state == "cut"

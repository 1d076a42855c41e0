from __future__ import annotations

import contextlib
import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iontophoresis.record.reader import open_session

Start = Callable[..., Any]
pytestmark = pytest.mark.real_time
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL and RLIMIT_FSIZE")

FEEDER = """
import json, os, signal, socket, sys, time
port, token, count, cells = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
link = socket.create_connection(("127.0.0.1", int(port)))
link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
link.sendall(json.dumps({"hello": "guard", "token": token}).encode() + b"\\n")
start = time.perf_counter()
for tick in range(count):
    while time.perf_counter() < start + tick / 2400:
        pass
    cells[0] = tick
    link.sendall(json.dumps({"k": "tick", "row": cells}).encode() + b"\\n")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("seed", range(8))
def test_every_acknowledged_row_survives_the_recorders_death(start: Start, seed: int) -> None:
    running = start()
    guard = running.connect("guard")
    guard.socket.settimeout(0.0005)
    dies_s = time.monotonic() + random.Random(seed).uniform(0.05, 0.8)
    sent, acknowledged, heard = 0, 0, b""
    while time.monotonic() < dies_s:
        guard.tick(sent, t_ms=sent)
        sent += 1
        try:
            heard += guard.socket.recv(4096)
        except TimeoutError:
            continue
    running.process.kill()
    running.process.wait()
    guard.socket.settimeout(5)
    try:
        while more := guard.socket.recv(4096):
            heard += more
    except ConnectionError:
        pass
    lines = heard.split(b"\n")[:-1]
    acknowledged = max((json.loads(line)["n"] for line in lines), default=0)

    read = open_session(running.path)
    assert read.state == "cut"
    assert read.closing.recovered
    assert read.problems == ()
    assert len(read.ticks) >= acknowledged
    assert read.ticks.tick.tolist() == list(range(len(read.ticks)))
    again = open_session(running.path)
    assert (again.head, again.rows) == (read.head, read.rows)
    assert [path.name for path in running.path.parent.iterdir()] == [running.path.name]


@posix_only
@pytest.mark.parametrize("count", [1, 57, 1001])
def test_rows_sent_survive_the_death_of_who_sent_them(
    start: Start, tick_cells: Callable[..., list[Any]], count: int
) -> None:
    running = start()
    arguments = [str(running.answer["port"]), running.token, str(count), json.dumps(tick_cells(0))]
    subprocess.run([sys.executable, "-c", FEEDER, *arguments], check=False)
    assert running.wait() == 0
    read = open_session(running.path)
    assert len(read.ticks) == count
    assert (read.state, read.closing.recovered) == ("cut", False)


def test_a_long_sessions_waiting_ticks_survive_too(start: Start) -> None:
    running = start(every_tick_s=1, event_margin_s=5)
    guard = running.connect("guard")
    for tick in range(400):
        guard.tick(tick)
    while guard.hear_one()["n"] < 400:
        pass
    running.process.kill()
    running.process.wait()
    assert open_session(running.path).ticks.n_tick.sum() == 400


SMALL_DISK = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
runpy.run_module("iontophoresis.record.recorder", run_name="__main__")
"""


@posix_only
@pytest.mark.parametrize("bytes_left", [200_000, 300_000])
def test_a_full_disk_is_a_fault_and_loses_nothing_silently(
    tmp_path: Path, tick_cells: Callable[..., list[Any]], bytes_left: int
) -> None:
    path = tmp_path / "session.sqlite"
    with subprocess.Popen(
        [sys.executable, "-c", SMALL_DISK, str(bytes_left)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdin.write(json.dumps({"path": str(path), "token": "t"}) + "\n")
        process.stdin.flush()
        port = json.loads(process.stdout.readline())["port"]
        with socket.create_connection(("127.0.0.1", port), timeout=15) as link:
            link.sendall(b'{"hello":"guard","token":"t"}\n')
            answers, sent = b"", 0
            while b"fault" not in answers:
                link.sendall(json.dumps({"k": "tick", "row": tick_cells(sent)}).encode() + b"\n")
                sent += 1
                link.settimeout(0.0005)
                with contextlib.suppress(TimeoutError):
                    answers += link.recv(4096)
                link.settimeout(15)
            while b"\n" not in answers[answers.index(b"fault") :]:
                answers += link.recv(4096)
        assert process.wait(timeout=20) == 1
    messages = [json.loads(line) for line in answers.splitlines()]
    acknowledged = max(message["n"] for message in messages if message["k"] == "ack")
    assert "no longer be written" in messages[-1]["text"]
    read = open_session(path)
    assert read.state == "cut"
    assert read.problems == ()
    assert acknowledged <= len(read.ticks) <= sent
    assert read.ticks.tick.tolist() == list(range(len(read.ticks)))

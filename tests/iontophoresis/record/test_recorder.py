from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iontophoresis.record.liveness import live_path
from iontophoresis.record.reader import open_session

Start = Callable[..., Any]


def test_a_session_is_recorded_acknowledged_and_closed_into_one_file(start: Start) -> None:
    running = start()
    guard, session = running.connect("guard"), running.connect("session")
    session.say(k="header", key="title", value="Mesoglow")
    session.say(
        k="estimate", t_ms=50, wall_ns=1, channel=0, layer="dermis",
        p05_mol_per_m2=0, p50_mol_per_m2=1.5e-6, p95_mol_per_m2=2e-6,
    )  # fmt: skip
    for tick in range(100):
        guard.tick(tick)
    guard.say(
        k="event",
        t_ms=5000,
        wall_ns=2,
        severity="alarm",
        code="load.open",
        text="open",
        data={"r": 1},
    )
    guard.say(k="close", outcome="tripped", text="the load is open")
    session.end()
    guard.end()
    acks = [message["n"] for message in guard.hear() if message["k"] == "ack"]
    closed = session.hear()[-1]
    assert running.wait() == 0
    assert acks == sorted(acks)
    assert acks[-1] >= 101

    read = open_session(running.path)
    assert read.state == "tripped"
    assert read.problems == ()
    assert (read.head, read.rows) == (closed["head"], closed["rows"])
    assert read.header == {"title": "Mesoglow"}
    assert read.ticks.tick.tolist() == list(range(100))
    assert read.ticks.current_na[3] == 1_000_013
    assert read.estimates.p50_mol_per_m2.tolist() == [1.5e-6]
    assert (read.events[0].code, read.events[0].data) == ("load.open", {"r": 1})
    assert [path.name for path in running.path.parent.iterdir()] == [running.path.name]


def test_rows_are_acknowledged_within_the_promised_time(start: Start) -> None:
    guard = start().connect("guard")
    delays_s = []
    for tick in range(8):
        sent_s = time.monotonic()
        guard.tick(tick)
        assert guard.hear_one() == {"k": "ack", "n": tick + 1}
        delays_s.append(time.monotonic() - sent_s)
    assert sorted(delays_s)[4] < 0.2


def test_an_event_is_on_disk_without_waiting(start: Start) -> None:
    running = start()
    guard = running.connect("guard")
    guard.say(k="event", t_ms=0, wall_ns=1, severity="info", code="a", text="b", data={})
    assert guard.hear_one() == {"k": "ack", "n": 1}
    with sqlite3.connect(f"{running.path.as_uri()}?mode=ro", uri=True) as other:
        assert other.execute("SELECT code FROM event").fetchall() == [("a",)]
    other.close()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_terminal_signals_do_not_end_it(start: Start, name: str) -> None:
    if not hasattr(signal, name) or signal.getsignal(getattr(signal, name)) is None:
        pytest.skip(f"no {name} here")
    running = start()
    guard = running.connect("guard")
    running.process.send_signal(getattr(signal, name))
    guard.tick(0)
    assert guard.hear_one()["n"] == 1


def test_a_running_session_can_be_read(start: Start) -> None:
    running = start()
    guard = running.connect("guard")
    guard.tick(0)
    guard.hear_one()
    read = open_session(running.path)
    assert read.state == "running"
    assert len(read.ticks) == 1
    assert read.problems == ()
    assert running.process.poll() is None


def test_without_a_closing_word_from_the_guard_the_session_was_cut(start: Start) -> None:
    running = start()
    guard, session = running.connect("guard"), running.connect("session")
    guard.tick(0)
    guard.hear_one()
    session.say(k="close", outcome="done", text="says the session")
    session.end()
    guard.end()
    assert running.wait() == 0
    assert open_session(running.path).state == "cut"


def test_a_session_that_never_got_a_guard_is_closed_by_its_word(start: Start) -> None:
    running = start()
    session = running.connect("session")
    session.say(k="close", outcome="stopped", text="the source does not answer")
    session.end()
    assert running.wait() == 0
    read = open_session(running.path)
    assert (read.state, read.closing.text) == ("stopped", "the source does not answer")


def test_strangers_are_shown_the_door(start: Start) -> None:
    running = start()
    assert running.connect("guard", "0" * 32).hear() == []
    assert running.connect("intruder").hear() == []
    guard = running.connect("guard")
    guard.tick(0)
    assert guard.hear_one()["n"] == 1
    assert running.connect("guard").hear() == []


@pytest.mark.parametrize(
    "message",
    [
        {"k": "tick", "row": [1, 2, 3]},
        {"k": "header", "key": "x"},
        {"k": "event", "t_ms": True, "wall_ns": 1, "severity": "info", "code": "a", "text": "b"},
        {"k": "event", "t_ms": 2**70, "wall_ns": 1, "severity": "info", "code": "a", "text": "b"},
        {
            "k": "estimate",
            "t_ms": 1,
            "wall_ns": 1,
            "channel": 0,
            "layer": "x",
            "p05_mol_per_m2": "1",
        },
        {"k": "close", "outcome": "victory", "text": ""},
        {"k": "drop"},
    ],
)
def test_nonsense_from_the_session_is_refused_and_noted(
    start: Start, message: dict[str, Any]
) -> None:
    running = start()
    guard, session = running.connect("guard"), running.connect("session")
    session.say(**message)
    session.say(k="header", key="title", value="goes on")
    session.end()
    guard.say(k="close", outcome="done", text="")
    guard.end()
    assert running.wait() == 0
    read = open_session(running.path)
    assert (read.title, read.state, read.problems) == ("goes on", "done", ())
    assert [event.code for event in read.events] == ["recorder.refused"]


@pytest.mark.parametrize("raw", [b"nonsense\n", b'{"k":"tick","row":[NaN]}\n', b"[1]\n"])
def test_nonsense_from_the_guard_is_a_fault(start: Start, raw: bytes) -> None:
    running = start()
    guard = running.connect("guard")
    guard.tick(0)
    guard.hear_one()
    guard.socket.sendall(raw)
    assert guard.hear()[-1]["k"] == "fault"
    guard.close()
    assert running.wait() == 1
    assert open_session(running.path).state == "cut"


def test_a_directory_that_is_missing_is_one_clear_line(start: Start, tmp_path: Path) -> None:
    running = start(tmp_path / "nowhere" / "session.sqlite")
    assert "nowhere" in running.answer["fault"]
    assert running.wait() == 1


def test_an_existing_file_is_never_written_over(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "precious.sqlite"
    path.write_bytes(b"precious")
    running = start(path)
    assert "precious.sqlite" in running.answer["fault"]
    assert running.wait() == 1
    assert path.read_bytes() == b"precious"
    assert not live_path(path).exists()


def test_a_long_session_is_folded_and_its_charge_stays_exact(start: Start) -> None:
    running = start(every_tick_s=1, event_margin_s=1)
    guard = running.connect("guard")
    for tick in range(400):
        guard.tick(tick)
    guard.say(k="close", outcome="done", text="")
    guard.end()
    assert running.wait() == 0
    ticks = open_session(running.path).ticks
    assert ticks.n_tick.sum() == 400
    assert len(ticks) < 150
    assert ticks.charge_pc[-1] == 399 * 50_000_500
    assert (ticks.current_min_na <= ticks.current_na).all()


def test_it_keeps_up_with_a_fast_session(start: Start) -> None:
    running = start()
    guard = running.connect("guard")
    started_s = time.monotonic()
    for tick in range(24_000):
        guard.tick(tick)
    guard.say(k="close", outcome="done", text="")
    guard.end()
    assert running.wait() == 0
    assert time.monotonic() - started_s < 10
    assert len(open_session(running.path, check=False).ticks) == 24_000

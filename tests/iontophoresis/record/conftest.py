from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from iontophoresis.record.journal import Journal
from iontophoresis.record.rule import RuleSettings
from iontophoresis.record.schema import ESTIMATE, HEADER

WALL_NS = 1_795_373_412_000_000_000


def make_tick_cells(tick: int, **changes: Any) -> list[Any]:
    cells = {
        "tick": tick,
        "t_ms": tick * 50,
        "channel": 0,
        "state": "RUNNING",
        "requested_na": 1_000_000,
        "applied_na": 1_000_000,
        "current_na": 1_000_010 + tick % 7,
        "voltage_uv": 9_000_000 - tick,
        "charge_pc": tick * 50_000_500,
        "action": "none",
        "reasons": 0,
        "status": 2,
        "lateness_us": 120,
        "mono_ns": tick * 50_000_000,
        "wall_ns": WALL_NS + tick * 50_000_000,
    }
    return list({**cells, **changes}.values())


class Wire:
    """A client's end of a connection to the recorder."""

    def __init__(self, port: int, role: str, token: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=15)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")
        self.say(hello=role, token=token)

    def say(self, **message: Any) -> None:
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def tick(self, tick: int, **changes: Any) -> None:
        self.say(k="tick", row=make_tick_cells(tick, **changes))

    def end(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def hear(self) -> list[dict[str, Any]]:
        """Everything that comes until the other side hangs up."""
        with contextlib.suppress(OSError):
            return [json.loads(line) for line in self.file]
        return []

    def hear_one(self) -> dict[str, Any]:
        return json.loads(self.file.readline())

    def close(self) -> None:
        self.file.close()
        self.socket.close()


class Running:
    """A recorder process with a guard and a session connected to it."""

    def __init__(self, path: Path, **order: Any) -> None:
        self.path = path
        self.wires: list[Wire] = []
        self.token = secrets.token_hex(16)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "iontophoresis.record.recorder"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._write_order({"path": str(path), "token": self.token, **order})
        self.answer = json.loads(self.process.stdout.readline())

    def _write_order(self, order: dict[str, Any]) -> None:
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def connect(self, role: str, token: str | None = None) -> Wire:
        wire = Wire(self.answer["port"], role, self.token if token is None else token)
        self.wires.append(wire)
        return wire

    def wait(self) -> int:
        return self.process.wait(timeout=20)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        for end in (*self.wires, self.process.stdin, self.process.stdout):
            end.close()


@pytest.fixture
def tick_cells() -> Callable[..., list[Any]]:
    return make_tick_cells


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start_one(path: Path = tmp_path / "session.sqlite", **order: Any) -> Running:
        started.append(Running(path, **order))
        return started[-1]

    yield start_one
    for running in started:
        running.stop()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a small session file through the journal, in this process."""

    def write_one(
        *,
        ticks: int = 40,
        outcome: str | None = "done",
        name: str = "session.sqlite",
        header: dict[str, Any] | None = None,
    ) -> Path:
        path = tmp_path / name
        journal = Journal.create(path, settings=RuleSettings())
        for key, value in {"title": "A test", **(header or {})}.items():
            journal.append(HEADER, (key, json.dumps(value)))
        journal.append_event(0, ("guard", 0, WALL_NS, "info", "armed", "armed", "{}"))
        for tick in range(ticks):
            journal.append_tick(tuple(make_tick_cells(tick)))
        journal.append(ESTIMATE, (1000, WALL_NS, 0, "dermis", 1e-6, 2e-6, 3e-6))
        journal.commit()
        if outcome:
            journal.finish(outcome=outcome, text="the end")
            return path
        cut = tmp_path / "cut"
        cut.mkdir(exist_ok=True)
        for part in (path, path.with_name(path.name + "-wal")):
            shutil.copyfile(part, cut / part.name)
        journal.finish(outcome="done", text="the end")
        return cut / path.name

    return write_one

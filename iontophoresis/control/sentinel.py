"""The sentinel process: switches the sources off when the guard is dead or frozen.

Started as `python -m iontophoresis.control.sentinel` before the guard, which then beats on a
connection of its own. At the end of that connection, or when it falls silent for longer than the
guard itself has said it may, the sentinel first makes sure that the guard is dead - two processes
must not command one source - and then opens fresh connections and switches off until that is
confirmed. It ends when the guard says that the session is over, and ignores a terminal's signals.
"""

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from instruments.catalog import open_sources
from instruments.errors import InstrumentError, ResourceInUseError
from instruments.visa_session import load_library
from iontophoresis.control import link, realtime
from iontophoresis.control.link import Link, is_hello
from iontophoresis.control.pulse import ANSWER_EVERY_S, FIRST_BEAT_WITHIN_S

ROLE = "guard"
TIMEOUT_MS = 200
AGAIN_AFTER_S = 0.02
DIES_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One instrument to switch off: where it is, its driver, and which of its outputs."""

    resource: str
    driver: str
    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The sentinel's order; `report` is the file it leaves if it had to act."""

    units: tuple[Unit, ...]
    token: str
    report: str
    patience_s: float

    def to_json(self) -> dict[str, Any]:
        """Return the order as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Watch":
        """Read an order back."""
        units = tuple(Unit(**{**one, "channels": tuple(one["channels"])}) for one in body["units"])
        return cls(**{**body, "units": units})


class GuardProcess:
    """The guard, held so that no other process of the same number can be meant."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._held = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None

    def kill(self) -> None:
        """End it, and return once it is gone."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._held is None:
                os.kill(self._pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            else:
                signal.pidfd_send_signal(self._held, signal.SIGKILL)
        if self._held is not None:
            select.select([self._held], [], [], DIES_WITHIN_S)


def watch(line: Link) -> str:
    """Listen to the guard until it is over (nothing is returned), or dead or frozen (why)."""
    heard_s = answered_s = time.monotonic()
    within_s = FIRST_BEAT_WITHIN_S
    while True:
        now_s = time.monotonic()
        with contextlib.suppress(ValueError, OSError):
            left_s = max(0.0, heard_s + within_s - now_s)
            select.select([line.fileno()], [], [], min(ANSWER_EVERY_S, left_s))
        for message in line.receive():
            if message.get("k") == "over":
                return ""
            heard_s, within_s = time.monotonic(), int(message["within_ms"]) / 1000
        now_s = time.monotonic()
        if line.closed:
            return "the guard process died"
        if now_s - heard_s >= within_s:
            return f"the guard process was silent for {(now_s - heard_s) * 1000:.0f} ms"
        if now_s - answered_s >= ANSWER_EVERY_S:
            answered_s = now_s
            line.send({"k": "beat"})


def make_safe(units: Sequence[Unit], patience_s: float) -> list[dict[str, Any]]:
    """Switch every unit off over fresh connections, all at once; repeat until confirmed."""
    with ThreadPoolExecutor(max_workers=len(units)) as pool:
        return list(pool.map(lambda unit: _make_unit_safe(unit, patience_s), units))


def _make_unit_safe(unit: Unit, patience_s: float) -> dict[str, Any]:
    began_s, error = time.monotonic(), "not tried"
    while time.monotonic() - began_s < patience_s:
        try:
            _switch_off(unit)
        except ResourceInUseError as busy:
            # The guard's right to the instrument ends with its process, a moment from now.
            error = str(busy)
            time.sleep(AGAIN_AFTER_S / 10)
        except Exception as failed:  # noqa: BLE001 - whatever it is, it is tried again
            error = str(failed)
            time.sleep(AGAIN_AFTER_S)
        else:
            taken_ms = round((time.monotonic() - began_s) * 1000)
            return {"resource": unit.resource, "off": True, "after_ms": taken_ms, "error": ""}
    return {"resource": unit.resource, "off": False, "after_ms": None, "error": error}


def _switch_off(unit: Unit) -> None:
    sources = open_sources(
        unit.resource, driver=unit.driver, channels=unit.channels, timeout_ms=TIMEOUT_MS
    )
    try:
        for source in sources:
            with contextlib.suppress(InstrumentError):
                source.send_off()
        for source in sources:
            source.make_safe()
    finally:
        sources[0].close()


def in_words(why: str, ended: Sequence[dict[str, Any]]) -> str:
    """Say what happened, and what is to be done where an output is not shown to be off."""
    deaf = [one for one in ended if not one["off"]]
    if deaf:
        errors = "; ".join(f"{one['resource']}: {one['error']}" for one in deaf)
        return f"{why}; OFF NOT CONFIRMED, pull the leads: {errors}"
    slowest_ms = max(one["after_ms"] for one in ended)
    return f"{why}; the sentinel switched every source off and confirmed it, {slowest_ms} ms later"


def _await_guard(listener: socket.socket, token: str) -> tuple[Link, int] | None:
    """Take the guard's connection and its process number; None if it never came."""
    listener.settimeout(FIRST_BEAT_WITHIN_S)
    with contextlib.suppress(OSError):
        while True:
            line = Link(listener.accept()[0])
            hello, named = _first_two(line)
            if is_hello(hello, ROLE, token):
                return line, int(named["pid"])
            line.close()
    return None


def _first_two(line: Link) -> tuple[dict[str, Any], dict[str, Any]]:
    deadline_s = time.monotonic() + FIRST_BEAT_WITHIN_S
    said: list[dict[str, Any]] = []
    while len(said) < 2 and not line.closed and time.monotonic() < deadline_s:
        with contextlib.suppress(ValueError, OSError):
            select.select([line.fileno()], [], [], 0.1)
        said += line.receive()
    said += [{}, {}]
    return said[0], said[1]


def main(argv: Sequence[str] = ()) -> int:
    """Run the sentinel; its order is the first line of standard input."""
    del argv
    for name in ("SIGINT", "SIGHUP", "SIGBREAK", "SIGPIPE", "SIGTERM"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    order = Watch.from_json(json.loads(sys.stdin.readline()))
    with contextlib.suppress(Exception):
        # Loading the VISA library takes longer than switching off may.
        load_library("")
    listener = link.listen()
    sys.stdout.write(json.dumps({"port": listener.getsockname()[1]}) + "\n")
    sys.stdout.flush()
    realtime.lock_memory()
    realtime.raise_priority()
    came = _await_guard(listener, order.token)
    if came is None:
        return 0
    line, pid = came
    guard = GuardProcess(pid)
    why = watch(line)
    if not why:
        return 0
    guard.kill()
    ended = make_safe(order.units, order.patience_s)
    text = in_words(why, ended)
    report = {"wall_ns": time.time_ns(), "text": text, "units": ended}
    with contextlib.suppress(OSError):
        Path(order.report).write_text(json.dumps(report) + "\n", encoding="utf-8")
    return 0 if all(one["off"] for one in ended) else 1


if __name__ == "__main__":
    raise SystemExit(main())

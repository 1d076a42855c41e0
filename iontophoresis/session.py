"""One session from a plan to a closed file: open, check, arm, run, pause, stop, finish.

This process is not trusted. It asks; the guard decides. If it dies, the source still ends at zero
and the record is finished without it.
"""

import json
import select
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from iontophoresis import processes
from iontophoresis.alarming import Alarms, telling
from iontophoresis.control import link
from iontophoresis.doctor.certificate import latest_certificate
from iontophoresis.doctor.packages import refuse_strange_packages
from iontophoresis.errors import IontophoresisError
from iontophoresis.following import Follower
from iontophoresis.ordering import Secrets, guard_order, sentinel_watch, session_headers
from iontophoresis.plan import Plan
from iontophoresis.running import RunningSession, announced
from iontophoresis.twins import started_twins
from iontophoresis.watching import Notice, Watcher

BEAT_EVERY_S = 0.1
SHOW_EVERY_S = 0.1
SENTINEL_MODULE = "iontophoresis.control.sentinel"
GUARD_MODULE = "iontophoresis.control.guard"
RECORDER_MODULE = "iontophoresis.record.recorder"
GUARD_ENDS_WITHIN_S = 20.0
SENTINEL_ENDS_WITHIN_S = 15.0
RECORDER_ENDS_WITHIN_S = 30.0
UNSHOWN = ("cell", "visa")
"""Events that are kept, and too many for a screen."""

Contacts = list[dict[str, Any]]


class SessionError(IontophoresisError):
    """A session could not run, or did not end as it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a session ended: done, stopped, tripped, refused."""

    outcome: str
    text: str
    path: Path


class Stops:
    """What the operator asks for, from signal handlers or another thread."""

    def __init__(self) -> None:
        self.count = 0
        self.at_question = False

    def ask(self) -> None:
        """Ramp down; asked a second time, zero at once. A question to the operator is broken off.

        Raises
        ------
        KeyboardInterrupt
            While the operator is asked something.
        """
        self.count += 1
        if self.at_question:
            raise KeyboardInterrupt


class Session:
    """Run one plan.

    Parameters
    ----------
    plan : Plan
        What to do, already judged against every limit.
    path : Path
        The session file to write; must not exist.
    pace : str
        "real", or "lockstep" for virtual time on an emulated bench.
    watcher : Watcher
        Who is shown what happens.
    arm : callable
        Asked once the load was found; False ends the session before any current flows.
    stops : Stops
        Where stops are asked for.
    moved : callable
        Asked, where the bench proves its source on a resistor, whether the leads are on the cells.
    operator : str
        Who runs it, for the record.
    transcript : bool
        Keep every message to and from the sources in the session file.
    """

    def __init__(
        self,
        plan: Plan,
        path: Path,
        *,
        pace: str,
        watcher: Watcher,
        arm: Callable[[Contacts], bool],
        stops: Stops,
        moved: Callable[[], bool] = lambda: False,
        operator: str = "",
        transcript: bool = False,
    ) -> None:
        refuse_strange_packages()
        if pace == "lockstep" and not plan.bench.is_emulated:
            raise SessionError("virtual time is for the emulated bench only: use --pace real")
        self._plan = plan
        self._path = path
        self._pace = pace
        self._watcher = watcher
        self._arm = arm
        self._moved = moved
        self._stops = stops
        self._operator = operator
        self._transcript = transcript
        self._follower = Follower(plan)
        self._alarms: Alarms | None = None
        self._sentinel: processes.Child | None = None
        self._stops_sent = 0
        self._beaten_at = self._shown_at = 0.0

    def run(self) -> Result:
        """Run to the end.

        Raises
        ------
        IontophoresisError
            If a process cannot start or ends when it should not.
        InstrumentError
            If the emulated bench cannot start.
        """
        with ExitStack() as stack:
            secrets = Secrets()
            self._alarms = stack.enter_context(
                telling(self._plan.bench.alarms, self._path.stem, self._warn)
            )
            self._watcher.stage(f"recording to {self._path}")
            recorder = processes.start(
                RECORDER_MODULE, {"path": str(self._path), "token": secrets.recorder}
            )
            record = link.connect(recorder.port, "session", secrets.recorder)
            stack.callback(self._close_record, record, recorder)
            twins = stack.enter_context(started_twins(self._plan, self._pace, self._path))
            for key, value in session_headers(self._plan, self._pace, self._operator).items():
                record.send({"k": "header", "key": key, "value": value})
            tests = self._self_tests()
            record.send({"k": "header", "key": "self_tests", "value": tests})
            order = guard_order(self._plan, twins, self._pace, recorder.port, secrets)
            order = replace(order, transcript=self._transcript)
            watch = sentinel_watch(
                order, self._path, secrets, emulated=self._plan.bench.is_emulated
            )
            self._sentinel = sentinel = processes.start(SENTINEL_MODULE, watch.to_json())
            order = replace(order, sentinel_port=sentinel.port, sentinel_token=secrets.sentinel)
            self._watcher.stage("opening the source and probing the contact")
            guard = processes.start(GUARD_MODULE, order.to_json())
            line = link.connect(guard.port, "session", secrets.session)
            running = RunningSession(
                name=self._path.stem, port=guard.port, token=secrets.door,
                session_file=str(self._path),
            )  # fmt: skip
            with announced(running):
                try:
                    ended = self._follow(line, record, guard)
                finally:
                    # Without this process the guard ramps down and ends by itself.
                    line.close()
                    guard.wait(GUARD_ENDS_WITHIN_S)
                    sentinel.wait(SENTINEL_ENDS_WITHIN_S)
        return Result(outcome=ended["outcome"], text=ended["text"], path=self._path)

    def _self_tests(self) -> list[dict[str, Any] | None]:
        """Return the last self-test of every source, from the folder this session goes to."""
        return [
            latest_certificate(self._path.parent, driver=source.driver, serial=source.serial)
            for source in self._plan.bench.source
        ]

    # ------------------------------------------------------------------ while it runs

    def _follow(self, line: link.Link, record: link.Link, guard: processes.Child) -> dict[str, Any]:
        """Talk to the guard until it says how the session ended."""
        ended: dict[str, Any] | None = None
        while ended is None:
            with suppress(ValueError):
                select.select([line.fileno()], [], [], 0.02)
            for message in line.receive():
                ended = self._hear(message, line, record) or ended
            if line.closed and ended is None:
                raise SessionError(self._take_over(record, guard))
            self._speak(line)
        self._follower.finish()
        for estimate in self._follower.take_estimates():
            record.send(estimate)
        record.flush()
        return ended

    def _take_over(self, record: link.Link, guard: processes.Child) -> str:
        """Say what the sentinel did when the guard ended without a word, and record it."""
        text = (
            f"the guard process ended without a word {guard.complaint}: THE OUTPUT IS NOT "
            "CONFIRMED OFF - look at the source and pull the leads"
        )
        report = self._path.with_suffix(".sentinel.json")
        if self._sentinel is not None and self._sentinel.wait(SENTINEL_ENDS_WITHIN_S) is not None:
            with suppress(OSError, ValueError, KeyError):
                text = str(json.loads(report.read_text(encoding="utf-8"))["text"])
        if self._alarms is not None:
            self._alarms.tell("sentinel", text)
        record.send(
            {
                "k": "event", "t_ms": self._follower.t_ms, "wall_ns": time.time_ns(),
                "severity": "alarm", "code": "sentinel", "text": text, "data": {},
            }
        )  # fmt: skip
        return text

    def _hear(
        self, message: dict[str, Any], line: link.Link, record: link.Link
    ) -> dict[str, Any] | None:
        kind = message.get("k")
        if kind == "tick":
            self._follower.hear_tick(message["row"])
            for estimate in self._follower.take_estimates():
                record.send(estimate)
        elif kind == "position":
            self._follower.position_ms = int(message["ms"])
        elif kind == "event" and message["code"] not in UNSHOWN:
            if message["severity"] == "alarm" and self._alarms is not None:
                self._alarms.tell(message["code"], message["text"])
            self._watcher.notice(Notice(severity=message["severity"], text=message["text"]))
        elif kind == "header" and message["key"] == "identity":
            self._warn_of_tiers(message["value"])
        elif kind == "checked":
            self._check(message, line)
        elif kind == "horizon":
            feeder = self._follower.feeder
            feeder.horizon_ms = max(feeder.horizon_ms, int(message["ms"]))
        elif kind == "move_leads":
            self._move_leads(line)
        elif kind == "resume_asked":
            self._resume(line)
        elif kind == "ended":
            return message
        return None

    def _warn(self, text: str) -> None:
        self._watcher.notice(Notice(severity="warning", text=text))

    def _warn_of_tiers(self, identities: list[dict[str, Any]]) -> None:
        for source in identities:
            if source["fail_safe_tier"] == "C":
                text = (
                    f"channel {source['channel']}: nothing switches this {source['model']} off if "
                    "the computer dies (tier C): stay with it, and keep the enclosure closed"
                )
                self._watcher.notice(Notice(severity="warning", text=text))

    def _move_leads(self, line: link.Link) -> None:
        line.send({"k": "moved" if self._answered(self._moved) else "stop"})

    def _answered(self, question: Callable[[], bool]) -> bool:
        """Put a question to the operator, who may break it off."""
        self._stops.at_question = True
        try:
            return question()
        except KeyboardInterrupt:
            return False
        finally:
            self._stops.at_question = False

    def _check(self, message: dict[str, Any], line: link.Link) -> None:
        if not self._answered(lambda: self._arm(message["contacts"])):
            line.send({"k": "stop"})
            return
        line.send(
            {
                "k": "arm",
                "token": message["token"],
                "protocol_sha256": self._plan.protocol.sha256,
                "end_ms": self._follower.feeder.end_ms,
            }
        )
        self._follower.armed = True

    def _resume(self, line: link.Link) -> None:
        position_ms = self._follower.resume()
        if position_ms is not None:
            end_ms = self._follower.feeder.end_ms
            line.send({"k": "resume", "position_ms": position_ms, "end_ms": end_ms})

    def _speak(self, line: link.Link) -> None:
        now = time.monotonic()
        knots = self._follower.next_knots()
        if knots:
            line.send({"k": "knots", "knots": knots})
        if self._follower.goal_reached and self._stops_sent == 0:
            self._stops_sent = 1
            line.send({"k": "finish"})
        if self._stops.count > self._stops_sent:
            self._stops_sent += 1
            line.send({"k": "stop" if self._stops.count == 1 else "zero"})
        if now - self._beaten_at >= BEAT_EVERY_S:
            self._beaten_at = now
            line.send({"k": "beat"})
        line.flush()
        if now - self._shown_at >= SHOW_EVERY_S and self._follower.armed:
            self._shown_at = now
            self._watcher.show(self._follower.snapshot())

    def _close_record(self, record: link.Link, recorder: processes.Child) -> None:
        deadline = time.monotonic() + 5.0
        while record.waiting_bytes and record.flush() and time.monotonic() < deadline:
            time.sleep(0.01)
        faults = [str(m["text"]) for m in record.receive() if m.get("k") == "fault"]
        record.close()
        if recorder.wait(RECORDER_ENDS_WITHIN_S) != 0:
            reason = (faults or [recorder.complaint or "it ended early"])[0]
            self._watcher.notice(Notice(severity="alarm", text=f"the recorder failed: {reason}"))

"""The guard process: the only one that talks to the current source.

Started as `python -m iontophoresis.control.guard`; its order comes as one JSON line on standard
input and it answers with the loopback port on which session process and operators reach it. It
reads no file, draws nothing and has no children. Whatever ends it, it first switches off.
"""

import contextlib
import gc
import json
import secrets
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from instruments.emulation.control import BenchControl, BenchControlError
from instruments.errors import InstrumentError
from iontophoresis.control import link, realtime
from iontophoresis.control.bus import Bus
from iontophoresis.control.ceilings import beyond_literals
from iontophoresis.control.cells import open_cells
from iontophoresis.control.checking import probe_all, prove_all
from iontophoresis.control.clock import Clock, LockstepClock, RealClock
from iontophoresis.control.conduct import Conduct
from iontophoresis.control.contact import ContactError
from iontophoresis.control.feed import FeedError
from iontophoresis.control.journal import Journal
from iontophoresis.control.loop import Loop
from iontophoresis.control.opening import (
    RefusedError,
    conducts_programs,
    identities,
    make_all_safe,
    open_buses,
    refuse_foreign_time,
    refuse_short_tick,
    settings_rows,
    tick_ms,
)
from iontophoresis.control.order import Order
from iontophoresis.control.program import ProgramConduct
from iontophoresis.control.pulse import (
    CHECK_MS,
    IDLE_MS,
    METERS_MS,
    SILENT_MS,
    SILENT_VIRTUAL_MS,
    UNDER_CURRENT_MS,
    Pulse,
)
from iontophoresis.control.switchboard import SESSION, Switchboard
from iontophoresis.explain import describe
from iontophoresis.safety import kernel
from iontophoresis.safety.reactions import Phase

DURABLE_WITHIN_MS = 5_000
SESSION_CONNECTS_WITHIN_MS = 10_000
AFTERLIFE_MS = 200
OFF_WITHIN_MS = 60_000
SEVERITIES = {"done": "info", "stopped": "notice", "refused": "warning"}
OFF_WITHIN_VIRTUAL_MS = 2_000
OFF_AGAIN_MS = 200
LONGEST_WAIT_S = 0.05
LOOK_EVERY_MS = 200
PLACES = {"session": "the session's terminal", "operator": "a second terminal"}


class AbandonedError(RuntimeError):
    """Raised when the session ends before any current was allowed."""


class Guard:
    """Lead one session from a connected source to a confirmed OFF."""

    def __init__(self, order: Order, journal: Journal, board: Switchboard, pulse: Pulse) -> None:
        self._order = order
        self._pulse = pulse
        self._alone = ""
        self._waiting = RealClock()
        self._looked_ms = 0
        self._journal = journal
        self._board = board
        self._buses: list[Bus] = []
        self._clock: Clock = RealClock()
        self._loop: Conduct | None = None
        self._token = ""
        self._armed = False
        self._started = False
        self._moved = False
        self._probing = False
        self._stops = 0

    def live(self) -> int:
        """Run the whole session; returns the exit status."""
        outcome, text = "tripped", "the guard failed"
        try:
            self._await_session()
            self._check()
            self._await_arming()
            self._run()
            outcome, text = self._outcome()
        except (InstrumentError, ContactError, RefusedError, AbandonedError) as error:
            outcome, text = "tripped" if self._started else "refused", str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the source ends off and it is told
            text = f"the guard failed: {type(error).__name__}: {error}"
        finally:
            outcome, text = self._end(outcome, text)
        if "OFF NOT CONFIRMED" not in text:
            self._pulse.over()
        return 0 if outcome in {"done", "stopped"} else 1

    def stop(self) -> None:
        """Ramp down; a second call is zero at once."""
        self._stops += 1
        if self._loop is not None:
            self._loop.commands.stop = True
            self._loop.commands.zero = self._stops > 1

    # ------------------------------------------------------------------ before current

    def _await_session(self) -> None:
        """Wait for the session process, so that it hears whatever follows."""
        while self._board.session is None:
            self._serve(0.2)
            self._refuse_if_abandoned()

    def _check(self) -> None:
        """Open the sources, prove that they end by themselves, and find the load."""
        open_buses(self._order, self._buses, self._keep if self._order.transcript else None)
        for bus in self._buses:
            bus.pulse = self._pulse
        benches = [BenchControl(port) for port in self._order.bench_control_ports]
        if benches:
            refuse_foreign_time(self._order, benches)
            self._clock = LockstepClock(benches)
        make_all_safe(self._buses)
        self._loop = loop = self._conduct()
        for index, channel in enumerate(self._order.channels):
            cells = open_cells(channel)
            if cells is not None:
                loop.cells.append((index, cells))
                cells.prepare()
        self._journal.write({"k": "header", "key": "identity", "value": identities(self._buses)})
        meters = [cells.identity() for _, cells in loop.cells]
        self._journal.write({"k": "header", "key": "meters", "value": meters})
        loop.refuse_if_unfit()
        self._probing = True
        prove_all(loop, self._serve)
        self._await_moved_leads()
        contacts = probe_all(loop, self._serve)
        self._probing = False
        if not self._clock.virtual:
            refuse_short_tick(self._buses, self._order.tick_ms)
        self._token = secrets.token_hex(16)
        loop.state = kernel.check(
            loop.state, kernel.permit(self._token, self._order.protocol_sha256)
        )
        settings = list(settings_rows(self._buses))
        self._journal.write({"k": "header", "key": "settings_readback", "value": settings})
        self._journal.show({"k": "checked", "token": self._token, "contacts": contacts})

    def _keep(self, way: str, message: str) -> None:
        """Keep one VISA message in the record."""
        now_ms = self._loop.t_ms if self._loop is not None else 0
        self._journal.event(now_ms, "info", "visa", f"{way} {message}".rstrip("\n"))

    def _conduct(self) -> Conduct:
        """Choose the way these sources are led, at the period they can keep."""
        programs = conducts_programs(self._buses)
        self._order = replace(self._order, tick_ms=tick_ms(self._order, self._buses))
        beyond = beyond_literals(self._order)
        if beyond:
            raise RefusedError(beyond)
        make = ProgramConduct if programs else Loop
        return make(
            self._order, self._buses, self._clock, self._journal,
            self._serve, lambda: self._board.session_silent_ms,
        )  # fmt: skip

    def _await_moved_leads(self) -> None:
        """Wait until the leads went from the resistor to the cell, where the proof was made on one."""
        if not self._order.proof_on_resistor:
            return
        self._journal.show({"k": "move_leads"})
        while not self._moved:
            self._serve(0.2)
            self._refuse_if_on()
        self._journal.event(0, "notice", "leads_moved", "the leads were moved to the cells")

    def _await_arming(self) -> None:
        while not self._armed:
            self._serve(0.2)
            self._refuse_if_abandoned()
            self._refuse_if_on()
        self._journal.event(0, "notice", "armed", "armed")
        self._until(lambda: self._journal.unsafe_rows == 0, DURABLE_WITHIN_MS)
        if self._journal.unsafe_rows:
            raise AbandonedError(
                "the recorder did not confirm the arming on disk: check the disk that holds the "
                f"session file {self._journal.fault}".rstrip()
            )

    def _refuse_if_on(self) -> None:
        """Switch off what came on although nothing is armed."""
        now_ms = self._waiting.now_ms()
        if now_ms - self._looked_ms < LOOK_EVERY_MS:
            return
        self._looked_ms = now_ms
        for bus in self._buses:
            if bus.left_on():
                bus.send_off()
                raise AbandonedError(
                    f"channel {bus.order.name}: its output was found on, or did not answer, although "
                    "nothing was armed: it was switched off; look for another program that uses "
                    "this source, or a hand at its front panel"
                )

    def _refuse_if_abandoned(self) -> None:
        session = self._board.session
        if self._alone:
            raise AbandonedError(self._alone)
        if self._stops or (session is not None and session.closed):
            raise AbandonedError("stopped before the session's current flowed")
        if session is None and self._board.session_silent_ms > SESSION_CONNECTS_WITHIN_MS:
            raise AbandonedError("the session process never connected")

    # ------------------------------------------------------------------ under current

    def _run(self) -> None:
        loop = self._require_loop()
        if not self._clock.virtual:
            granted = f"{realtime.lock_memory()}; {realtime.raise_priority()}"
            self._journal.event(0, "info", "real_time", granted)
        gc.collect()
        gc.freeze()
        gc.disable()
        while loop.state.phase in {Phase.ARMED, Phase.PAUSED}:
            if loop.state.phase == Phase.PAUSED:
                self._journal.event(loop.t_ms, "notice", "resumed", "resumed after a contact check")
                self._probing = True
                probe_all(loop, self._serve)
                self._probing = False
            self._pulse.expect(self._longest_silence_ms())
            loop.energize()
            if loop.state.phase == Phase.PAUSED and loop.commands.pause:
                loop.rest()
            else:
                self._started = True
                loop.start()
            loop.run()

    def _longest_silence_ms(self) -> int:
        """Return how long the guard may be busy with its instruments under current, ms."""
        if self._clock.virtual:
            return IDLE_MS
        if conducts_programs(self._buses):
            return CHECK_MS
        meters = any(channel.meters for channel in self._order.channels)
        return UNDER_CURRENT_MS + METERS_MS * meters

    def _stop_if_alone(self) -> None:
        """Ramp down when the sentinel is gone: no sentinel, no current."""
        if self._alone or not self._pulse.lost:
            return
        self._alone = "the sentinel process is gone or frozen: nothing would end the current if the guard died"
        self._journal.event(self._loop.t_ms if self._loop else 0, "alarm", "sentinel", self._alone)
        self.stop()

    def _serve(self, timeout_s: float) -> None:
        self._pulse.beat()
        self._stop_if_alone()
        for role, message in self._board.serve(min(timeout_s, LONGEST_WAIT_S)):
            kind = str(message.get("k"))
            if kind in {"stop", "zero", "pause"}:
                self._command(kind, role)
            elif kind == "finish" and role == SESSION:
                self._finish()
            elif role == SESSION:
                self._take(message)
            elif kind == "resume":
                self._journal.show({"k": "resume_asked"})
            if role != SESSION:
                self._board.answer_operators({"k": "state", "state": self._phase_name()})
        if self._probing:
            self._refuse_if_abandoned()

    def _command(self, kind: str, role: str) -> None:
        loop = self._loop
        now = loop.t_ms if loop is not None else 0
        self._journal.event(now, "notice", kind, f"{kind} asked for at {PLACES[role]}")
        if kind == "stop":
            self.stop()
        elif kind == "zero":
            self._stops += 1
            self.stop()
        elif loop is not None:
            loop.commands.pause = True

    def _finish(self) -> None:
        """Ramp down because the protocol's goal is reached."""
        if self._loop is not None and self._loop.state.phase == Phase.RUNNING:
            self._loop.commands.finished = self._loop.commands.reached = True
            self._loop.commands.stop = True

    def _take(self, message: dict[str, Any]) -> None:
        """Do what the session process asks; a message that makes no sense ends the session."""
        try:
            self._from_session(message)
        except (FeedError, KeyError, TypeError, ValueError, OverflowError) as error:
            now = self._loop.t_ms if self._loop is not None else 0
            text = f"a message of the session process makes no sense: {error}"
            self._journal.event(now, "alarm", "bad_message", text)
            self.stop()

    def _from_session(self, message: dict[str, Any]) -> None:
        loop, kind = self._loop, message.get("k")
        if loop is None:
            return
        if kind == "knots":
            loop.feed.extend(message["knots"])
        elif kind == "arm":
            self._arm(message)
        elif kind == "moved":
            self._moved = True
        elif kind == "resume" and loop.state.phase == Phase.PAUSED:
            position_ms, end_ms = int(message["position_ms"]), int(message["end_ms"])
            loop.feed.restart(position_ms)
            loop.end_ms = end_ms
            loop.commands.pause = False

    def _arm(self, message: dict[str, Any]) -> None:
        loop = self._require_loop()
        end_ms = int(message["end_ms"])
        offered = kernel.permit(str(message.get("token")), str(message.get("protocol_sha256")))
        loop.state = kernel.arm(loop.state, offered)
        if loop.state.phase != Phase.ARMED:
            self._journal.event(0, "alarm", "arm_refused", "arming refused: token or protocol")
            self.stop()
            return
        loop.end_ms = end_ms
        self._armed = loop.end_ms > 0

    # ------------------------------------------------------------------ the end

    def _outcome(self) -> tuple[str, str]:
        loop = self._require_loop()
        if loop.cell_fault or self._alone:
            return "tripped", loop.cell_fault or self._alone
        if loop.state.phase == Phase.TRIPPED:
            return "tripped", describe(loop.state.cause)
        if loop.commands.finished and self._order.waits_for_amount and not loop.commands.reached:
            return "done", "the profile ended before the predicted amount was reached"
        if loop.commands.finished:
            return "done", "the protocol was completed"
        return "stopped", describe(loop.state.cause) or "stopped"

    def _end(self, outcome: str, text: str) -> tuple[str, str]:
        loop = self._loop
        # A probe that was broken off must not break off the end as well.
        self._probing = False
        if loop is not None:
            try:
                self._confirm_off(loop)
            except BenchControlError as error:
                loop.off_errors.append(f"the emulated bench is gone: {error}")
            with contextlib.suppress(BenchControlError):
                # An emulated bench lives on a little, so that its ground truth shows the end.
                self._clock.wait_until(self._clock.now_ms() + AFTERLIFE_MS, self._serve)
            if loop.off_errors:
                outcome = "tripped"
                text = f"{text}; OFF NOT CONFIRMED, pull the leads: {'; '.join(loop.off_errors)}"
        else:
            try:
                make_all_safe(self._buses)
            except InstrumentError as error:
                outcome, text = "tripped", f"{text}; OFF NOT CONFIRMED, pull the leads: {error}"
        if loop is not None and loop.punctuality:
            self._journal.event(loop.t_ms, "info", "ticks", loop.punctuality)
        severity = SEVERITIES.get(outcome, "alarm")
        self._journal.event(loop.t_ms if loop else 0, severity, outcome, text)
        self._journal.close(outcome, text)
        cause = loop.state.cause if loop else 0
        self._journal.show({"k": "ended", "outcome": outcome, "text": text, "cause": cause})
        self._until(lambda: self._journal.unsafe_rows == 0, DURABLE_WITHIN_MS)
        for bus in self._buses:
            bus.source.close()
        for _, cells in loop.cells if loop is not None else ():
            cells.close()
        return outcome, text

    def _confirm_off(self, loop: Conduct) -> None:
        """Send OFF until it is confirmed; a source that stays deaf for a minute is told of."""
        patience_ms = OFF_WITHIN_VIRTUAL_MS if self._clock.virtual else OFF_WITHIN_MS
        deadline_ms = self._clock.now_ms() + patience_ms
        loop.off_errors.clear()
        loop.zero_now()
        while loop.off_errors and self._clock.now_ms() < deadline_ms:
            self._clock.wait_until(self._clock.now_ms() + OFF_AGAIN_MS, self._serve)
            loop.off_errors.clear()
            loop.zero_now()

    def _until(self, condition: Callable[[], bool], within_ms: int) -> None:
        watch = RealClock()
        while not condition() and watch.now_ms() < within_ms and self._journal.silent_ms < 1 << 30:
            self._serve(0.02)

    def _phase_name(self) -> str:
        return Phase(self._loop.state.phase).name if self._loop is not None else "DISARMED"

    def _require_loop(self) -> Conduct:
        if self._loop is None:
            message = "no source is open"
            raise AbandonedError(message)
        return self._loop


def main(argv: Sequence[str] = ()) -> int:
    """Run the guard; the order is the first line of standard input."""
    del argv
    for name in ("SIGINT", "SIGHUP", "SIGBREAK", "SIGPIPE"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    order = Order.from_json(json.loads(sys.stdin.readline()))
    beyond = beyond_literals(order)
    if not (order.sentinel_port or order.bench_control_ports):
        beyond = beyond or "a session in real time needs a sentinel process"
    if beyond:
        sys.stdout.write(json.dumps({"fault": beyond}) + "\n")
        return 1
    listener = link.listen()
    journal = Journal(link.connect(order.recorder_port, "guard", order.recorder_token))
    board = Switchboard(listener, journal, order.session_token, order.door_token)
    silent_ms = SILENT_VIRTUAL_MS if order.bench_control_ports else SILENT_MS
    pulse = Pulse(order.sentinel_port, order.sentinel_token, silent_ms)
    guard = Guard(order, journal, board, pulse)
    signal.signal(signal.SIGTERM, lambda *_: guard.stop())
    sys.stdout.write(json.dumps({"port": listener.getsockname()[1]}) + "\n")
    sys.stdout.flush()
    return guard.live()


if __name__ == "__main__":
    raise SystemExit(main())

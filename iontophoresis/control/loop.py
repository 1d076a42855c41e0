"""The control loop: each tick set, read, judge, verify - and zero at once when in doubt.

One message sets the level the kernel permitted a tick ago and reads voltage, current and status;
the kernel judges that reading and chooses the next set-point before the next deadline.
"""

from collections.abc import Callable

from iontophoresis.control.bus import Bus, Seen
from iontophoresis.control.clock import Clock, RealClock
from iontophoresis.control.feed import Feed
from iontophoresis.control.journal import (
    INTERLOCK_CLOSED,
    LIMITED,
    OUTPUT_ON,
    READING_INVALID,
    Journal,
    tick_rows,
)
from iontophoresis.control.order import Order
from iontophoresis.safety import kernel
from iontophoresis.safety.reactions import Action, Phase

SETTINGS_EVERY_TICKS = 8
POSITION_EVERY_MS = 200
MAX_UNSAFE_ROWS_VIRTUAL = 1_000
STARVED_WITHIN_MS = 10_000
ENDED = (Phase.DONE, Phase.TRIPPED)


class Commands:
    """What session and operator have asked for and the kernel has not yet concluded."""

    def __init__(self) -> None:
        self.pause = self.stop = self.zero = self.finished = self.reached = False


class Loop:
    """Run the ticks of an armed session; every set-point passes through the kernel."""

    def __init__(
        self,
        order: Order,
        buses: list[Bus],
        clock: Clock,
        journal: Journal,
        serve: Callable[[float], None],
        session_silent_ms: Callable[[], int],
    ) -> None:
        self.order = order
        self.buses = buses
        self.clock = clock
        self.journal = journal
        self._serve = serve
        self._session_silent_ms = session_silent_ms
        self.config = order.kernel_config()
        self.state = kernel.initial(len(buses), clock.now_ms())
        self.feed = Feed(len(buses))
        self.commands = Commands()
        self.end_ms: int | None = None
        self.off_errors: list[str] = []
        self._confirmed_off: set[str] = set()
        self._deadline_ms = 0
        self._tick = 0
        self._interlock_closed = True
        self._position_shown_ms = -POSITION_EVERY_MS

    @property
    def t_ms(self) -> int:
        """Session time: since current was first allowed, ms."""
        return max(0, self.clock.now_ms() - self.state.started_ms) if self._tick else 0

    def set_accuracy(self, index: int, offset_na: int) -> None:
        """Allow a source the offset and noise of its range when it is compared with a set-point."""
        cells = list(self.config.channels)
        cell = cells[index]
        cells[index] = cell._replace(
            mismatch_na=max(cell.mismatch_na, offset_na), off_na=max(cell.off_na, offset_na)
        )
        self.config = self.config._replace(channels=tuple(cells))

    def start(self) -> None:
        """Begin the ticks of an armed session, or go on after a pause."""
        now_ms = self.clock.now_ms()
        self._deadline_ms = now_ms
        if self.state.phase == Phase.PAUSED:
            self.state = kernel.resume(self.state, now_ms)
        else:
            self.state = kernel.start(self.state, now_ms)

    def rest(self) -> None:
        """Go on standing paused after a contact check."""
        self._deadline_ms = self.clock.now_ms()
        self.state = self.state._replace(now_ms=self._deadline_ms)

    def run(self) -> None:
        """Tick until the session has ended or stands paused with a resume asked for."""
        while self.state.phase not in ENDED:
            self.tick()
            if self.state.phase == Phase.PAUSED and not self.commands.pause:
                return

    def tick(self) -> None:
        """Do one tick."""
        lateness_us = self._wait()
        before = self.state
        seen = [
            bus.read_at(channel.applied_na)
            for bus, channel in zip(self.buses, before.channels, strict=True)
        ]
        reading = self._reading(seen, lateness_us)
        request = self._request()
        self.state, decision = kernel.step(self.config, before, request, reading)
        if decision.action >= Action.ZERO or self.state.phase in ENDED:
            self.zero_now()
            self._book_tail()
        if decision.targets_na == request.targets_na and before.phase == Phase.RUNNING:
            self.feed.position_ms += self.order.tick_ms
        self._record(before, decision, request.targets_na, seen, lateness_us)

    def zero_now(self) -> None:
        """Switch every source off at once and confirm each; keep what could not be confirmed."""
        for bus in self.buses:
            try:
                report = bus.make_safe()
            except Exception as error:  # noqa: BLE001 - the other sources must still be switched off
                self.off_errors.append(f"channel {bus.order.name}: {error}")
            else:
                if bus.order.name in self._confirmed_off:
                    continue
                self._confirmed_off.add(bus.order.name)
                self.journal.event(
                    self.t_ms, "info", "output_off", f"channel {bus.order.name}: output is off",
                    attempts=report.attempts, reconnected=report.reconnected,
                )  # fmt: skip

    def _book_tail(self) -> None:
        """Count what flowed from the last reading until the output was off."""
        since_ms = self.clock.now_ms() - self.state.now_ms
        charges = tuple(channel.measured_na * since_ms for channel in self.state.channels)
        self.state = kernel.book(self.state, charges)

    def _wait(self) -> int:
        self._deadline_ms += self.order.tick_ms
        self._feed_in_lockstep()
        self.clock.wait_until(self._deadline_ms, self._serve)
        late_ms = self.clock.now_ms() - self._deadline_ms
        if late_ms > self.order.tick_ms:
            # A missed deadline moves the schedule: ticks are never made up for.
            self._deadline_ms += late_ms
        self._tick += 1
        return late_ms * 1000

    def _feed_in_lockstep(self) -> None:
        """In virtual time, give the other processes the real time they need."""
        if not self.clock.virtual:
            return
        if self.state.phase == Phase.PAUSED:
            self._serve(self.order.tick_ms / 1000)
        patience = RealClock()
        while (
            self._starved()
            and patience.now_ms() < STARVED_WITHIN_MS
            and self._session_silent_ms() <= kernel.SESSION_SILENT_MS
            and not (self.commands.stop or self.commands.zero or self.commands.pause)
        ):
            self._serve(0.02)
        while (
            self.journal.unsafe_rows > MAX_UNSAFE_ROWS_VIRTUAL
            and self.journal.silent_ms <= kernel.RECORDER_SILENT_MS
        ):
            self._serve(0.02)

    def _starved(self) -> bool:
        """Tell whether the next set-point is unknown although the profile has not ended."""
        ahead_ms = self.feed.position_ms + self.order.tick_ms
        if self.end_ms is not None:
            ahead_ms = min(ahead_ms, self.end_ms)
        return self.state.phase == Phase.RUNNING and self.feed.end_ms < ahead_ms

    def _reading(self, seen: list[Seen], lateness_us: int) -> kernel.Reading:
        settings_kept = all(one.settings_kept for one in seen)
        if settings_kept and self._tick % SETTINGS_EVERY_TICKS == 0:
            settings_kept = self._settings_kept()
        late_ms = lateness_us // 1000
        return kernel.Reading(
            now_ms=self.clock.now_ms(),
            overrun_ms=late_ms if late_ms > self.order.tick_ms else 0,
            interlock_closed=self._interlock_closed,
            settings_kept=settings_kept,
            connected=all(one.connected for one in seen),
            channels=tuple(one.reading for one in seen),
        )

    def _settings_kept(self) -> bool:
        if self.order.require_interlock:
            self._interlock_closed = all(bus.interlock_closed() for bus in self.buses)
        complaints = [complaint for bus in self.buses if (complaint := bus.settings_error())]
        for complaint in complaints:
            self.journal.event(self.t_ms, "alarm", "settings", complaint)
        return not complaints

    def _request(self) -> kernel.Request:
        commands = self.commands
        ended = self.end_ms is not None and self.feed.position_ms >= self.end_ms
        running = self.state.phase == Phase.RUNNING
        if running and (ended or self._charge_reached()):
            commands.finished = not (commands.stop or commands.pause)
            commands.stop = True
        return kernel.Request(
            targets_na=self.feed.at(self.feed.position_ms + self.order.tick_ms),
            pause=commands.pause,
            stop=commands.stop,
            zero=commands.zero,
            starved=self._starved(),
            session_silent_ms=self._session_silent_ms(),
            recorder_silent_ms=self.journal.silent_ms,
        )

    def _charge_reached(self) -> bool:
        """Tell whether a ramp down begun now ends at the charge the protocol asks for."""
        ramp_ms = (self.order.stop_ramp_ms + self.order.tick_ms) // 2
        return any(
            channel.finish_charge_pc is not None
            and cell.charge_pc + abs(cell.applied_na) * ramp_ms >= channel.finish_charge_pc
            for channel, cell in zip(self.order.channels, self.state.channels, strict=True)
        )

    def _record(
        self,
        before: kernel.State,
        decision: kernel.Decision,
        requested_na: tuple[int, ...],
        seen: list[Seen],
        lateness_us: int,
    ) -> None:
        closed = self.order.require_interlock and self._interlock_closed
        cells = tuple(_cell(one, interlock=closed) for one in seen)
        for message in tick_rows(
            self._tick, self.t_ms, self.state, before, decision, requested_na, cells, lateness_us
        ):
            self.journal.write(message)
        for one in seen:
            if one.error:
                self.journal.event(self.t_ms, "info", "bus", f"no reading this tick: {one.error}")
        if abs(self.feed.position_ms - self._position_shown_ms) >= POSITION_EVERY_MS:
            self._position_shown_ms = self.feed.position_ms
            self.journal.show({"k": "position", "ms": self.feed.position_ms})


def _cell(one: Seen, *, interlock: bool) -> tuple[int | None, int | None, int]:
    closed = INTERLOCK_CLOSED if interlock else 0
    reading = one.reading
    if not reading.valid:
        return None, None, READING_INVALID | closed
    status = closed | (LIMITED if reading.limited else 0) | (OUTPUT_ON if reading.output_on else 0)
    return reading.current_na, reading.voltage_uv, status

"""What every way of conducting a source shares: requests, stops, OFF, and the rows of the record.

A source is led per tick (`loop`) or by finite programs (`program`); either way the kernel judges
every set-point and every reading, and the same request is put to it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from iontophoresis.control.bus import Bus, Seen
from iontophoresis.control.cells import Cells
from iontophoresis.control.clock import Clock
from iontophoresis.control.delivered import Delivered
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
from iontophoresis.control.trend import Trends
from iontophoresis.safety import kernel
from iontophoresis.safety.reactions import Phase

POSITION_EVERY_MS = 200
MAX_UNSAFE_ROWS_VIRTUAL = 1_000
ENDED = (Phase.DONE, Phase.TRIPPED)


class Commands:
    """What session and operator have asked for and the kernel has not yet concluded."""

    def __init__(self) -> None:
        self.pause = self.stop = self.zero = self.finished = self.reached = False


class Conduct(ABC):
    """Lead an armed session; every set-point passes through the kernel."""

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
        self.cells: list[tuple[int, Cells]] = []
        self.cell_fault = ""
        self.trends = Trends(order.channels)
        self.delivered = Delivered(len(buses))
        self._confirmed_off: set[str] = set()
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

    @abstractmethod
    def refuse_if_unfit(self) -> None:
        """Raise `RefusedError` where this way of conducting cannot keep the order's limits."""

    @abstractmethod
    def energize(self) -> None:
        """Make the configured sources ready for their first set-point, at zero."""

    @abstractmethod
    def run(self) -> None:
        """Lead the session until it has ended or stands paused with a resume asked for."""

    def start(self) -> None:
        """Begin an armed session, or go on after a pause."""
        now_ms = self.clock.now_ms()
        if self.state.phase == Phase.PAUSED:
            self.state = kernel.resume(self.state, now_ms)
        else:
            self.state = kernel.start(self.state, now_ms)

    def rest(self) -> None:
        """Go on standing paused after a contact check."""
        self.state = self.state._replace(now_ms=self.clock.now_ms())

    @property
    def punctuality(self) -> str:
        """Say how the periods were kept; empty where there is nothing to say."""
        return ""

    def zero_now(self) -> None:
        """Switch every source off at once and confirm each; keep what could not be confirmed.

        OFF goes to every source before any is waited for: a deaf one must not delay the others.
        """
        for bus in self.buses:
            bus.send_off()
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

    def _give_time(self) -> None:
        """In virtual time, give recorder and operator the real time they need."""
        if not self.clock.virtual:
            return
        if self.state.phase == Phase.PAUSED:
            self._serve(self.order.tick_ms / 1000)
        while (
            self.journal.unsafe_rows > MAX_UNSAFE_ROWS_VIRTUAL
            and self.journal.silent_ms <= kernel.RECORDER_SILENT_MS
        ):
            self._serve(0.02)

    def _watch_cells(self, currents_na: Sequence[int]) -> None:
        """Read one cell of every series; a fault in one is zero, and named."""
        wanted_na = self.feed.ahead(self.feed.position_ms)
        for index, cells in self.cells:
            fault = cells.watch(self.t_ms, wanted_na[index], currents_na[index], self.journal)
            self.trends.ends |= cells.trend_ends
            if fault and not self.cell_fault and self.state.phase not in ENDED:
                self.cell_fault = fault
                self.journal.event(self.t_ms, "alarm", "cell", fault)

    def _starved(self) -> bool:
        """Tell whether the next set-point is unknown although the profile has not ended."""
        ahead_ms = self.feed.position_ms + self.order.tick_ms
        if self.end_ms is not None:
            ahead_ms = min(ahead_ms, self.end_ms)
        return self.state.phase == Phase.RUNNING and self.feed.end_ms < ahead_ms

    def _profile_ended(self) -> bool:
        return self.end_ms is not None and self.feed.position_ms >= self.end_ms

    def _charges_reached(self) -> tuple[bool, ...]:
        """Tell which channels end at their charge after a ramp down begun now."""
        ramp_ms = (self.order.stop_ramp_ms + self.order.tick_ms) // 2
        return tuple(
            cell.finishing
            or (
                channel.finish_charge_pc is not None
                and delivered_pc + abs(cell.applied_na) * ramp_ms >= channel.finish_charge_pc
            )
            for channel, cell, delivered_pc in zip(
                self.order.channels, self.state.channels, self.delivered.of(self.state), strict=True
            )
        )

    def _stop_if_complete(self) -> None:
        """Ask for a stop at the profile's end, or when the last channel has its charge.

        A channel that has it before the others ends alone.
        """
        commands = self.commands
        complete = self._profile_ended() or all(self._charges_reached())
        if complete and self.state.phase == Phase.RUNNING and not commands.stop:
            commands.finished = not commands.pause
            commands.stop = True

    def _request(self, targets_na: tuple[int, ...], *, starved: bool) -> kernel.Request:
        """Put set-points to the kernel together with what was commanded and who is alive."""
        commands = self.commands
        return kernel.Request(
            targets_na=targets_na,
            pause=commands.pause,
            stop=commands.stop,
            zero=commands.zero,
            starved=starved,
            session_silent_ms=self._session_silent_ms(),
            recorder_silent_ms=self.journal.silent_ms,
            finish=self._charges_reached(),
        )

    def _settings_kept(self) -> bool:
        if self.order.require_interlock:
            self._interlock_closed = all(bus.interlock_closed() for bus in self.buses)
        complaints = [complaint for bus in self.buses if (complaint := bus.settings_error())]
        for complaint in complaints:
            self.journal.event(self.t_ms, "alarm", "settings", complaint)
        return not complaints

    def _record(
        self,
        before: kernel.State,
        decision: kernel.Decision,
        requested_na: tuple[int, ...],
        seen: list[Seen],
        lateness_us: int,
    ) -> None:
        self.delivered.leave_out(self.config, before, self.state)
        closed = self.order.require_interlock and self._interlock_closed
        cells = tuple(_cell(one, interlock=closed) for one in seen)
        t_ms = max(0, self.state.now_ms - self.state.started_ms)
        for message in tick_rows(
            self._tick, t_ms, self.state, before, decision, requested_na, cells, lateness_us
        ):
            self.journal.write(message)
        self.trends.see(t_ms, requested_na, seen, self.journal)
        for one in seen:
            if one.error:
                self.journal.event(self.t_ms, "info", "bus", f"no reading this tick: {one.error}")
        if abs(self.feed.position_ms - self._position_shown_ms) >= POSITION_EVERY_MS:
            self._position_shown_ms = self.feed.position_ms
            self.journal.show({"k": "position", "ms": self.feed.position_ms})


def _cell(one: Seen, *, interlock: bool) -> tuple[int | None, int | None, int]:
    closed = INTERLOCK_CLOSED if interlock else 0
    reading = one.reading
    if not reading.valid or one.blind:
        return None, None, READING_INVALID | closed
    status = closed | (LIMITED if reading.limited else 0) | (OUTPUT_ON if reading.output_on else 0)
    return reading.current_na, reading.voltage_uv, status

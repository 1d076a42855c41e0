"""Play one program on every source at once, and hand out what was read, point by point.

Readings of several sources are paired by point. What is late is waited for; what a bus cannot
answer for longer than its driver declares is a missing reading.
"""

from collections import deque
from collections.abc import Sequence

from iontophoresis.control.bus import MISSING, Bus, Seen
from iontophoresis.control.clock import Clock

MS_PER_S = 1_000
US_PER_MS = 1_000
END_WITHIN_MS = 1_000

Row = tuple[int, list[Seen]]


class Playback:
    """A program under way; construction loads it everywhere, then starts it everywhere.

    Raises
    ------
    InstrumentError
        If a source refuses its program.
    """

    def __init__(
        self, buses: list[Bus], lines: Sequence[Sequence[int]], point_ms: int, clock: Clock
    ) -> None:
        self._buses = buses
        self._lines = [tuple(line) for line in lines]
        self._point_ms = point_ms
        self._clock = clock
        self._waiting: list[deque[Seen]] = [deque() for _ in buses]
        self._counts = [0] * len(buses)
        self._first_us: list[int | None] = [None] * len(buses)
        self._running: list[bool | None] = [True] * len(buses)
        self._taken = 0
        for bus, line in zip(buses, self._lines, strict=True):
            bus.program.load_program(line, point_ms)
        for bus in buses:
            bus.program.start_program()
        self.began_ms = self._heard_ms = clock.now_ms()

    @property
    def points(self) -> int:
        """Points of the program."""
        return len(self._lines[0])

    @property
    def due_ms(self) -> int:
        """Clock time at which the last point is over, ms."""
        return self.began_ms + self.points * self._point_ms

    @property
    def over(self) -> bool:
        """Whether every source has ended its program."""
        return all(running is False for running in self._running)

    @property
    def overdue(self) -> bool:
        """Whether a program still runs after it should have ended."""
        return not self.over and self._clock.now_ms() > self.due_ms + END_WITHIN_MS

    def poll(self) -> list[Row]:
        """Ask every source once; return (clock time in ms, one entry a channel) for each new point."""
        for index, bus in enumerate(self._buses):
            line = self._lines[index][self._counts[index] :]
            running, seen = bus.read_program(line)
            self._running[index] = running
            self._counts[index] += len(seen)
            self._waiting[index].extend(seen)
        rows = []
        while all(self._waiting):
            rows.append(self._row([waiting.popleft() for waiting in self._waiting]))
        if rows:
            self._heard_ms = self._clock.now_ms()
        elif self._deaf():
            rows.append((self._clock.now_ms(), [Seen(MISSING, error=DEAF) for _ in self._buses]))
        return rows

    def levels_now(self) -> tuple[int, ...]:
        """Return the level that each source should play now, nA."""
        point = (self._clock.now_ms() - self.began_ms) // self._point_ms
        return tuple(line[point] if point < self.points else 0 for line in self._lines)

    def unread(self, channel: int) -> tuple[int, ...]:
        """Return the levels that were played by now and whose readings were not handed out, nA."""
        played = min(self.points, -(-(self._clock.now_ms() - self.began_ms) // self._point_ms))
        return self._lines[channel][self._taken : max(played, self._taken)]

    def _row(self, seen: list[Seen]) -> Row:
        """Date a point: as it was meant, or later where the instruments' own clocks say so."""
        at_ms = self.began_ms + self._taken * self._point_ms
        for index, one in enumerate(seen):
            first_us = self._first_us[index]
            if first_us is None:
                self._first_us[index] = one.time_us
            elif one.reading.valid:
                at_ms = max(at_ms, self.began_ms + (one.time_us - first_us) // US_PER_MS)
        self._taken += 1
        return min(at_ms, self._clock.now_ms()), seen

    def _deaf(self) -> bool:
        silent_ms = self._clock.now_ms() - self._heard_ms
        longest_s = max(bus.source.capabilities.longest_unreadable_s for bus in self._buses)
        waited = self._taken < self.points and not self.over
        return waited and silent_ms > longest_s * MS_PER_S + 2 * self._point_ms


DEAF = "the source says nothing of its program for longer than its driver declares"

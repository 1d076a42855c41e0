"""Plan the next program of a session: as long as the kernel permits, and no more than is wanted."""

from iontophoresis.control.chunk import FEWEST_POINTS, ONE, Chunk, plan_chunk, points_permitted
from iontophoresis.control.conduct import Conduct
from iontophoresis.control.opening import RefusedError
from iontophoresis.control.proof import longest_points

MS_PER_S = 1_000
RISE_PART = 3
"""A rise to the peak may take one such part of a program."""


class Programming(Conduct):
    """A conduct by programs, as far as it looks ahead; `_fraction` is profile time below 1 ms."""

    _fraction = 0

    def refuse_if_unfit(self) -> None:
        """Refuse a slew limit that would eat most of every program."""
        program_ms = self._points() * self.order.tick_ms
        for bus, step_na in zip(self.buses, self._steps_na(), strict=True):
            rise_ms = bus.order.peak_na * self.order.tick_ms // step_na
            if rise_ms > program_ms // RISE_PART:
                raise RefusedError(
                    f"channel {bus.order.name}: its source plays programs of {program_ms / 1000:g} s "
                    f"that begin and end at zero, and the slew limit needs {rise_ms / 1000:g} s to "
                    "reach the peak: raise limits.slew_up_ma_per_s, or use a source with a lease"
                )

    def _points(self) -> int:
        return min(longest_points(bus, self.order.tick_ms) for bus in self.buses)

    def _steps_na(self) -> list[int]:
        slews = [cell.limits.slew_na_per_s for cell in self.config.channels]
        return [max(1, slew * self.order.tick_ms // MS_PER_S) for slew in slews]

    def _short_of(self, ahead_ms: int) -> bool:
        until_ms = self.feed.position_ms + ahead_ms
        if self.end_ms is not None:
            until_ms = min(until_ms, self.end_ms)
        return self.feed.end_ms < until_ms

    def _judged(self, points: int) -> Chunk | None:
        """Return the longest program the kernel permits; None where it permits none."""
        ahead_ms = max(0, self.feed.end_ms - self.feed.position_ms)
        points = min(points, ahead_ms // self.order.tick_ms + points // RISE_PART)
        request = self._request(self._zeros(), starved=False)
        loads = [max(1, bus.expected_uv(1_000_000) // 1000) for bus in self.buses]
        while points >= FEWEST_POINTS:
            chunk = self._plan(points)
            permitted = points_permitted(self.config, self.state, request, chunk, loads)
            permitted = min(permitted, self._points_to_goal(chunk))
            if permitted >= len(chunk.levels):
                return chunk
            points = permitted if points <= FEWEST_POINTS else max(permitted, FEWEST_POINTS)
        return None

    def _plan(self, points: int) -> Chunk:
        position = self.feed.position_ms * ONE + self._fraction
        chunk = plan_chunk(self._wanted, position, points, self.order.tick_ms, self._steps_na())
        return chunk if self.end_ms is None else chunk.ending_at(self.end_ms)

    def _points_to_goal(self, chunk: Chunk) -> int:
        """Return the points of a chunk, or fewer where it carries more than a channel is to have."""
        points = len(chunk.levels)
        for index, left_pc in enumerate(self._left_pc()):
            carried_pc = sum(abs(level) for level in chunk.line(index)) * self.order.tick_ms
            if left_pc is not None and carried_pc > left_pc:
                points = min(points - 1, points * max(left_pc, 0) // carried_pc + 1)
        return points

    def _left_pc(self) -> list[int | None]:
        return [
            None if channel.finish_charge_pc is None or cell.finishing
            else channel.finish_charge_pc - delivered_pc
            for channel, cell, delivered_pc in zip(
                self.order.channels, self.state.channels, self.delivered.of(self.state), strict=True
            )
        ]  # fmt: skip

    def _charges_reached(self) -> tuple[bool, ...]:
        """Tell which channels lack less than the shortest program would carry."""
        pairs = zip(self._left_pc(), self._steps_na(), self.state.channels, strict=True)
        least_ms = (FEWEST_POINTS - 1) * self.order.tick_ms
        return tuple(
            cell.finishing or (left_pc is not None and left_pc < step_na * least_ms)
            for left_pc, step_na, cell in pairs
        )

    def _newly_complete(self) -> bool:
        pairs = zip(self._charges_reached(), self.state.channels, strict=True)
        return any(reached and not cell.finishing for reached, cell in pairs)

    def _wanted(self, t_ms: int) -> tuple[int, ...]:
        """Return the profile, without the channels that have ended."""
        wanted = self.feed.ahead(t_ms)
        return tuple(
            0 if cell.finishing else current
            for cell, current in zip(self.state.channels, wanted, strict=True)
        )

    def _zeros(self) -> tuple[int, ...]:
        return (0,) * len(self.buses)

"""Set-points that the session process has sent ahead, as a piecewise-linear current.

Position is profile time: it moves one tick for each set-point that was applied as asked, and
stands still while the kernel holds, pauses or ramps down. Nothing is ever caught up.
"""

from bisect import bisect_right
from collections import deque
from operator import itemgetter
from typing import Any

MAX_KNOTS = 10_000
MAX_CURRENT_NA = 10**9
MAX_TIME_MS = 10**12


class FeedError(ValueError):
    """Raised for knots that are not a current against rising time."""


class Feed:
    """Queue of knots (t_ms, one current a channel)."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._knots: deque[tuple[int, tuple[int, ...]]] = deque([(0, (0,) * channels)])
        self.position_ms = 0

    @property
    def end_ms(self) -> int:
        """Profile time up to which set-points are known."""
        return self._knots[-1][0]

    def extend(self, knots: Any) -> None:
        """Append knots; each must be later than the last.

        Raises
        ------
        FeedError
            If a knot is malformed, not an integer, or not later; none is then taken.
        """
        if not isinstance(knots, list):
            raise FeedError(f"knots are a list, not {knots!r:.60}")
        fresh: list[tuple[int, tuple[int, ...]]] = []
        last_ms = self.end_ms
        for knot in knots:
            t_ms, currents = self._checked(knot)
            if t_ms <= last_ms:
                raise FeedError(f"knot at {t_ms} ms is not later than {last_ms} ms")
            last_ms = t_ms
            fresh.append((t_ms, currents))
        if len(self._knots) + len(fresh) > MAX_KNOTS:
            raise FeedError(f"more than {MAX_KNOTS} knots are waiting")
        self._knots.extend(fresh)

    def _checked(self, knot: Any) -> tuple[int, tuple[int, ...]]:
        if not isinstance(knot, list) or len(knot) != 1 + self._channels:
            raise FeedError(f"a knot is [t_ms, current_na ...], not {knot!r:.60}")
        if any(type(value) is not int for value in knot):
            raise FeedError(f"a knot holds integers only, not {knot!r:.60}")
        if knot[0] > MAX_TIME_MS or any(abs(current) > MAX_CURRENT_NA for current in knot[1:]):
            raise FeedError(f"a knot lies beyond 1 A or any session: {knot!r:.60}")
        return knot[0], tuple(knot[1:])

    def restart(self, position_ms: int) -> None:
        """Forget what was sent and stand at `position_ms` with zero current."""
        self.position_ms = position_ms
        self._knots = deque([(position_ms, (0,) * self._channels)])

    def at(self, t_ms: int) -> tuple[int, ...]:
        """Return the currents at `t_ms`, nA, and forget what lies before; see `ahead`."""
        knots = self._knots
        while len(knots) > 1 and knots[1][0] <= t_ms:
            knots.popleft()
        return self.ahead(t_ms)

    def ahead(self, t_ms: int) -> tuple[int, ...]:
        """Return the currents at `t_ms`, nA; beyond the last knot, the last knot's."""
        knots = self._knots
        place = bisect_right(knots, t_ms, key=itemgetter(0))
        t0, left = knots[max(place - 1, 0)]
        if place == len(knots) or t_ms <= t0:
            return left
        t1, right = knots[place]
        return tuple(
            a + (b - a) * (t_ms - t0) // (t1 - t0) for a, b in zip(left, right, strict=True)
        )

"""Current against time as the channel shall have it: exact integers, no sampling, no rounding.

The waveform is piecewise linear between corner points in whole ms and nA. Its charge is exact in pC
(nA times ms), so that a stop at a charge, or resuming by the charge that remains, loses nothing.
Charge counts both directions, as limits do; what is left over in one is the net charge.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from iontophoresis.protocol import Channel
from iontophoresis.protocol.segments import corner_points


@dataclass(frozen=True, slots=True, kw_only=True)
class Waveform:
    """A piecewise-linear current that begins and ends at zero.

    Attributes
    ----------
    knots : tuple of (int, int)
        Corner points: time in ms, strictly rising from 0, and current in nA, negative against the
        delivery. From one direction to the other it goes by a corner point at zero.

    Raises
    ------
    ValueError
        When the corner points are no such waveform.
    """

    knots: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if len(self.knots) < 2 or self.knots[0] != (0, 0) or self.knots[-1][1] != 0:
            raise ValueError("a waveform begins at (0 ms, 0 nA) and ends at 0 nA")
        if any(later[0] <= earlier[0] for earlier, later in pairwise(self.knots)):
            raise ValueError("the corner points of a waveform rise strictly in time")
        if any(a[1] * b[1] < 0 for a, b in pairwise(self.knots)):
            raise ValueError("a waveform turns only at a corner point without current")

    @property
    def duration_ms(self) -> int:
        """Time from the first corner point to the last, in ms."""
        return self.knots[-1][0]

    @property
    def max_current_na(self) -> int:
        """Highest current in either direction, in nA."""
        return max(abs(current_na) for _, current_na in self.knots)

    @property
    def current_on_ms(self) -> int:
        """Time during which current flows, in ms."""
        return sum(b[0] - a[0] for a, b in pairwise(self.knots) if a[1] or b[1])

    @property
    def charge_pc(self) -> int:
        """Charge of the whole waveform, counted in both directions, in pC.

        Exact when its corner points lie on even ms, as every profile of a protocol does; otherwise
        rounded up by half a pC at most.
        """
        return -(-sum((b[0] - a[0]) * abs(a[1] + b[1]) for a, b in pairwise(self.knots)) // 2)

    @property
    def net_charge_pc(self) -> int:
        """Charge in the direction of delivery less that against it, in pC; rounded like charge."""
        return -(-sum((b[0] - a[0]) * (a[1] + b[1]) for a, b in pairwise(self.knots)) // 2)

    @property
    def max_slew_up_na_per_s(self) -> int:
        """Steepest rise of the magnitude, in nA/s, rounded up."""
        return max(
            _slew_na_per_s(abs(b[1]) - abs(a[1]), b[0] - a[0]) for a, b in pairwise(self.knots)
        )

    @property
    def max_slew_down_na_per_s(self) -> int:
        """Steepest fall of the magnitude as a positive number, in nA/s, rounded up."""
        return max(
            _slew_na_per_s(abs(a[1]) - abs(b[1]), b[0] - a[0]) for a, b in pairwise(self.knots)
        )

    def current_at(self, time_ms: int) -> int:
        """Compute the current at a moment.

        Parameters
        ----------
        time_ms : int
            Time since the start; before it and after the end the current is zero.

        Returns
        -------
        int
            Current in nA, rounded towards zero between corner points: never beyond the line.
        """
        if not 0 <= time_ms < self.duration_ms:
            return 0
        start, end = self._piece(time_ms)
        sign = -1 if start[1] + end[1] < 0 else 1
        rise_na = sign * (end[1] - start[1])
        return sign * (sign * start[1] + rise_na * (time_ms - start[0]) // (end[0] - start[0]))

    def charge_at(self, time_ms: int) -> Fraction:
        """Compute the charge passed by a moment, counted in both directions.

        Parameters
        ----------
        time_ms : int
            Time since the start; zero charge before it, all of it after the end.

        Returns
        -------
        Fraction
            Charge in pC, exact.
        """
        doubled = Fraction(0)
        for start, end in pairwise(self.knots):
            span_ms = min(time_ms, end[0]) - start[0]
            if span_ms <= 0:
                break
            slope = Fraction(end[1] - start[1], end[0] - start[0])
            doubled += span_ms * abs(2 * start[1] + slope * span_ms)
        return doubled / 2

    def time_at_charge(self, charge_pc: int) -> int:
        """Compute when a charge is reached: where a session resumes that has delivered it already.

        Parameters
        ----------
        charge_pc : int
            Charge from zero to the whole of the waveform's.

        Returns
        -------
        int
            The first whole ms at which at least this charge has passed: what remains from there is
            never more than what is owed.

        Raises
        ------
        ValueError
            When the charge is negative or more than the waveform carries.
        """
        if not 0 <= charge_pc <= self.charge_pc:
            raise ValueError(f"{charge_pc} pC is not within 0 and {self.charge_pc} pC")
        low_ms, high_ms = 0, self.duration_ms
        while low_ms < high_ms:
            middle_ms = (low_ms + high_ms) // 2
            if self.charge_at(middle_ms) >= charge_pc:
                high_ms = middle_ms
            else:
                low_ms = middle_ms + 1
        return low_ms

    def _piece(self, time_ms: int) -> tuple[tuple[int, int], tuple[int, int]]:
        index = bisect_right(self.knots, time_ms, key=lambda knot: knot[0])
        return self.knots[index - 1], self.knots[index]


def _slew_na_per_s(rise_na: int, span_ms: int) -> int:
    return max(0, -(-rise_na * 1000 // span_ms))


def waveform(channel: Channel) -> Waveform:
    """Build the waveform of a protocol's channel.

    Parameters
    ----------
    channel : Channel
        Validated: its segments form one profile that ends at zero.

    Returns
    -------
    Waveform
        Its corner points, on a grid of 10 ms.
    """
    return Waveform(knots=corner_points(channel.segment))

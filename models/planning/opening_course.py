"""How the skin opens along a current given by its knots, and how that answers each knot.

The state of `impedance.Opening` has a closed form between knots; here it is read at many times at
once together with its exact derivatives, so that a planner can follow a gradient through it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.impedance import Opening

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningCourse:
    """Hold the conductance along a course, and its local derivatives.

    Parameters
    ----------
    conductance_s_per_m2 : (n_time,) array
        Conductance per area at the times asked for, S/m^2.
    segment : (n_time,) int array
        Segment between knots that each time lies in.
    by_state, by_first, by_last : (n_time + n_segment,) array
        Derivatives by the conductance at the segment's start, and by the magnitudes of the current
        at its first and last knot; the last n_segment entries are those of the segments' ends.
    """

    conductance_s_per_m2: FloatArray
    segment: IntArray
    by_state: FloatArray
    by_first: FloatArray
    by_last: FloatArray

    def slope(self, at: IntArray) -> FloatArray:
        """Return the derivatives of the conductance at some times by the knots, (n, n_knot).

        Parameters
        ----------
        at : (n,) int array
            Which times.
        """
        n_time, n_segment = self.segment.size, self.by_state.size - self.segment.size
        states = np.zeros((n_segment + 1, n_segment + 1))
        for k in range(n_segment):
            states[k + 1] = self.by_state[n_time + k] * states[k]
            states[k + 1, k] += self.by_first[n_time + k]
            states[k + 1, k + 1] += self.by_last[n_time + k]
        segment, rows = self.segment[at], np.arange(at.size)
        slope: FloatArray = self.by_state[at, None] * states[segment]
        slope[rows, segment] += self.by_first[at]
        slope[rows, segment + 1] += self.by_last[at]
        return slope

    def pull_back(self, weight: FloatArray) -> FloatArray:
        """Return the gradient of ``Σ weight · conductance`` by the knots.

        Parameters
        ----------
        weight : (n_time,) array

        Returns
        -------
        (n_knot,) array
        """
        n_segment = self.by_state.size - self.segment.size
        inner = slice(0, self.segment.size)

        def gather(by: FloatArray) -> FloatArray:
            summed = np.bincount(self.segment, weight * by[inner], minlength=n_segment)
            return summed.astype(np.float64, copy=False)

        to_state, to_first, to_last = map(gather, (self.by_state, self.by_first, self.by_last))
        ends = slice(self.segment.size, None)
        by_state, by_first, by_last = self.by_state[ends], self.by_first[ends], self.by_last[ends]
        gradient, after = np.zeros(n_segment + 1), 0.0
        for k in range(n_segment - 1, -1, -1):
            gradient[k] += to_first[k] + after * by_first[k]
            gradient[k + 1] += to_last[k] + after * by_last[k]
            after = to_state[k] + after * by_state[k]
        return gradient


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningLaw:
    """Hold one draw's parameters; see `impedance.Opening`.

    Parameters
    ----------
    rest_s_per_m2, gain_per_v, opening_s, recovery_s : float
        As there.
    """

    rest_s_per_m2: float
    gain_per_v: float
    opening_s: float
    recovery_s: float

    @classmethod
    def of(cls, opening: Opening, draw: int) -> OpeningLaw:
        """Return the law of one draw."""
        return cls(
            rest_s_per_m2=float(opening.rest_s_per_m2[draw]),
            gain_per_v=float(opening.gain_per_v[draw]),
            opening_s=float(opening.opening_s[draw]),
            recovery_s=float(opening.recovery_s[draw]),
        )

    def course(
        self, knot_s: FloatArray, current_a_per_m2: FloatArray, at_s: FloatArray
    ) -> OpeningCourse:
        """Return the conductance at times under a current that is linear between knots.

        Parameters
        ----------
        knot_s, current_a_per_m2 : (n_knot,) array
            Rising times, s, and magnitudes of the current density, A/m^2.
        at_s : (n_time,) array
            Times between the first and the last knot, s.
        """
        length = np.diff(knot_s)
        slope = self.gain_per_v * np.diff(current_a_per_m2) / length
        target = self.rest_s_per_m2 + self.gain_per_v * current_a_per_m2[:-1]
        start = np.empty(length.size)
        state = self.rest_s_per_m2
        for k in range(length.size):
            start[k] = state
            state = self._end(state, float(target[k]), float(slope[k]), float(length[k]))
        segment = np.clip(np.searchsorted(knot_s, at_s, side="right") - 1, 0, length.size - 1)
        where = np.concatenate((segment, np.arange(length.size)))
        since = np.concatenate((at_s - knot_s[segment], length))
        value, by_gap, by_slope = self._read(
            target[where] - start[where], target[where], slope[where], since
        )
        per_length = self.gain_per_v / length[where]
        return OpeningCourse(
            conductance_s_per_m2=value[: at_s.size],
            segment=segment,
            by_state=-by_gap,
            by_first=self.gain_per_v * (1.0 + by_gap) - per_length * by_slope,
            by_last=per_length * by_slope,
        )

    def _end(self, state: float, target: float, slope: float, length: float) -> float:
        """Return the conductance at the end of a segment."""
        gap = target - state
        first, second = self._times(gap, slope)
        turn = first * math.log1p(-gap / (slope * first)) if gap * slope < 0.0 else math.inf
        if length <= turn:
            left = gap * math.exp(-length / first) - slope * first * math.expm1(-length / first)
        else:
            left = -slope * second * math.expm1(-(length - turn) / second)
        return target + slope * length - left

    def _times(self, gap: float, slope: float) -> tuple[float, float]:
        rising = gap > 0.0 if gap != 0.0 else slope > 0.0
        both = (self.opening_s, self.recovery_s)
        return both if rising else both[::-1]

    def _read(
        self, gap: FloatArray, target: FloatArray, slope: FloatArray, since: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the conductance and its derivatives by the gap and by the target's slope."""
        rising = np.where(gap != 0.0, gap > 0.0, slope > 0.0)
        first = np.where(rising, self.opening_s, self.recovery_s)
        second = np.where(rising, self.recovery_s, self.opening_s)
        crosses = gap * slope < 0.0
        drift = np.where(crosses, slope * first, 1.0)
        turn = np.where(crosses, first * np.log1p(np.where(crosses, -gap / drift, 0.0)), np.inf)
        early = since <= turn
        decay = np.exp(-since / first)
        late = np.exp(-np.where(early, 0.0, since - np.where(early, 0.0, turn)) / second)
        left = np.where(
            early, gap * decay + slope * first * (1.0 - decay), slope * second * (1.0 - late)
        )
        turned = np.where(early, 0.0, slope * late * first / (drift - gap))
        by_gap = np.where(early, -decay, -turned)
        safe = np.where(slope == 0.0, 1.0, slope)
        by_slope = since - np.where(
            early, first * (1.0 - decay), second * (1.0 - late) - turned * gap / safe
        )
        return target + slope * since - left, by_gap, by_slope

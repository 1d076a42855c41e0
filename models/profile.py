"""Current density against time: piecewise linear, with its kinks known."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bounds import finite
from models.errors import ModelInputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Hold a piecewise linear current density.

    Parameters
    ----------
    time_s : sequence of float
        Knots, strictly rising, from 0. The last knot ends the profile.
    current_density_a_per_m2 : sequence of float
        Current density at each knot, A/m^2; positive flows from the donor into the skin, so a
        donor under the cathode has negative values.

    Raises
    ------
    ModelInputError
        If there are fewer than two knots, lengths differ, or a value is not finite.
    """

    time_s: tuple[float, ...]
    current_density_a_per_m2: tuple[float, ...]

    def __init__(
        self, *, time_s: Sequence[float], current_density_a_per_m2: Sequence[float]
    ) -> None:
        times = tuple(finite(f"time_s[{k}]", t) for k, t in enumerate(time_s))
        currents = tuple(
            finite(f"current_density_a_per_m2[{k}]", i)
            for k, i in enumerate(current_density_a_per_m2)
        )
        if len(times) < 2 or len(times) != len(currents):
            raise ModelInputError(
                f"profile has {len(times)} times and {len(currents)} current densities: "
                "give the same number, at least two"
            )
        if times[0] != 0.0 or any(b <= a for a, b in itertools.pairwise(times)):
            raise ModelInputError("profile times must start at 0 and rise strictly")
        object.__setattr__(self, "time_s", times)
        object.__setattr__(self, "current_density_a_per_m2", currents)

    @property
    def duration_s(self) -> float:
        """Return the time of the last knot, s."""
        return self.time_s[-1]

    @property
    def peak_a_per_m2(self) -> float:
        """Return the largest magnitude of the current density, A/m^2."""
        return max(abs(i) for i in self.current_density_a_per_m2)

    def current_at(self, time_s: FloatArray) -> FloatArray:
        """Return the current density, A/m^2, at times in s; zero after the end."""
        return np.interp(time_s, self.time_s, self.current_density_a_per_m2, right=0.0)

    def charge_at(self, time_s: FloatArray) -> FloatArray:
        """Return the net charge density passed by then, C/m^2, exactly."""
        knots = np.asarray(self.time_s)
        currents = np.asarray(self.current_density_a_per_m2)
        passed = np.concatenate(
            ([0.0], np.cumsum(np.diff(knots) * (currents[1:] + currents[:-1]) / 2))
        )
        clipped = np.clip(np.asarray(time_s, dtype=float), 0.0, knots[-1])
        segment = np.clip(np.searchsorted(knots, clipped, side="right") - 1, 0, knots.size - 2)
        step = clipped - knots[segment]
        slope = (currents[segment + 1] - currents[segment]) / (knots[segment + 1] - knots[segment])
        charge: FloatArray = passed[segment] + step * (currents[segment] + slope * step / 2)
        return charge

    @property
    def unsigned_charge_c_per_m2(self) -> float:
        """Return the charge density passed either way, C/m^2."""
        total = 0.0
        for k in range(len(self.time_s) - 1):
            step = self.time_s[k + 1] - self.time_s[k]
            start, end = self.current_density_a_per_m2[k], self.current_density_a_per_m2[k + 1]
            if start * end < 0.0:
                total += step * (start**2 + end**2) / (2.0 * abs(end - start))
            else:
                total += step * (abs(start) + abs(end)) / 2.0
        return total

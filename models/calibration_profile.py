"""Most likely parameters, and intervals from the profile of the likelihood."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.calibration_data import CellData
from models.calibration_likelihood import Donor, Likelihood

FloatArray = NDArray[np.float64]

BOUNDS = {
    "transport_number": (1e-5, 1.0),
    "flow_ul_per_ma_h": (1e-2, 1e3),
    "permeability_cm_per_h": (1e-8, 1.0),
    "marker_permeability_cm_per_h": (1e-8, 1.0),
    "lag_h": (0.01, 20.0),
    "spread_cells": (0.02, 3.0),
    "spread_assay": (0.005, 2.0),
}
"""Where each parameter is looked for; the spreads are standard deviations of logarithms."""

_FIRST_STEP = 0.15
_MOST_STEPS = 15
_CLOSE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Hold one fitted parameter.

    Parameters
    ----------
    name : str
        With its unit; one of `BOUNDS`.
    value : float
        Most likely value.
    low, high : float or None
        Ends of the 90 % interval; None where the data set no bound.
    """

    name: str
    value: float
    low: float | None
    high: float | None

    @property
    def verdict(self) -> str:
        """Return "identified", "only an upper bound", "only a lower bound" or "not identified"."""
        if self.low is None:
            return "not identified" if self.high is None else "only an upper bound"
        return "only a lower bound" if self.high is None else "identified"


class Fit:
    """Maximize the likelihood in the logarithms of the parameters.

    Parameters
    ----------
    cells, donor
        The samples, and what stood over them.
    names : tuple of str
        The parameters to fit; the others stand at 0.
    """

    def __init__(self, cells: Sequence[CellData], donor: Donor, names: tuple[str, ...]) -> None:
        self._likelihood, self._names = Likelihood(cells, donor), names

    def maximize(
        self, start: Mapping[str, float], fixed: Mapping[str, float]
    ) -> tuple[dict[str, float], float]:
        """Return the best logarithms, with some held fixed, and the log-likelihood there."""
        from scipy.optimize import minimize  # noqa: PLC0415 - only fits need it

        free = [name for name in self._names if name not in fixed]

        def badness(x: FloatArray) -> float:
            values = {**dict(zip(free, x, strict=True)), **fixed}
            natural = {name: math.exp(value) for name, value in values.items()}
            return -self._likelihood(natural)

        limits = [(math.log(BOUNDS[n][0]), math.log(BOUNDS[n][1])) for n in free]
        result = minimize(
            badness,
            [start[n] for n in free],
            method="L-BFGS-B",
            bounds=limits,
            options={"ftol": 1e-7, "eps": 1e-6},
        )
        found = dict(zip(free, (float(x) for x in result.x), strict=True))
        return {**found, **fixed}, -float(result.fun)

    def estimate(self, name: str, best: Mapping[str, float], peak: float, drop: float) -> Estimate:
        """Return a parameter with the interval where the profile lies within a drop."""
        ends = [self._end(name, best, peak, (2.0 * drop) ** 0.5 * side) for side in (-1.0, 1.0)]
        low, high = (None if end is None else math.exp(end) for end in ends)
        return Estimate(name=name, value=math.exp(best[name]), low=low, high=high)

    def _end(self, name: str, best: Mapping[str, float], peak: float, root: float) -> float | None:
        """Return where the profile's signed root deviance reaches a value; None if not in bounds.

        The root deviance is nearly linear, so secants find it in a few steps.
        """
        side = math.copysign(1.0, root)
        bound = math.log(BOUNDS[name][0 if root < 0.0 else 1])
        start, here, height = dict(best), best[name], 0.0
        step = _FIRST_STEP
        for _ in range(_MOST_STEPS):
            place = here + side * step
            place = max(place, bound) if side < 0.0 else min(place, bound)
            start, value = self.maximize(start, {name: place})
            deviance = (2.0 * max(peak - value, 0.0)) ** 0.5
            if abs(deviance - abs(root)) < _CLOSE:
                return place
            if place == bound and deviance < abs(root):
                return None
            slope = (deviance - height) / (side * (place - here) or _CLOSE)
            step = (abs(root) - deviance) / slope if slope > 0.0 else 2.0 * abs(step)
            step = max(min(step, 2.0), -0.8 * side * (place - best[name]))
            here, height = place, deviance
        return here

"""Fit transport number, electro-osmotic flow and permeability to a user's receptor samples.

Intervals are profile likelihoods, widened for few cells by Student's t. Where a profile stays flat out to a
bound the data do not identify the parameter, and the result says so instead of printing a number as
if it were known. Drug alone cannot tell electromigration from electro-osmosis: that takes a neutral
marker in the donor. Telling passive transport apart takes samples without current.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bounds import not_negative, positive, within
from models.calibration_data import CellData
from models.calibration_likelihood import Donor, Likelihood, courses, drug_amplitudes
from models.errors import ModelInputError

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

START = {
    "transport_number": 0.05,
    "flow_ul_per_ma_h": 5.0,
    "permeability_cm_per_h": 1e-5,
    "marker_permeability_cm_per_h": 1e-5,
    "lag_h": 0.5,
    "spread_cells": 0.3,
    "spread_assay": 0.15,
}
REPORTED = ("transport_number", "flow_ul_per_ma_h", "permeability_cm_per_h")
LEVEL = 0.9

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Hold a fit.

    Parameters
    ----------
    cells : tuple of CellData
        What was fitted.
    donor : Donor
        What stood over it.
    values : mapping
        Most likely value of every parameter, by name.
    estimates : tuple of Estimate
        With intervals, for the parameters of `REPORTED` that the data could speak of.
    log_likelihood : float
        At the most likely values.
    notes : tuple of str
        What the data cannot tell, in sentences.
    """

    cells: tuple[CellData, ...]
    donor: Donor
    values: Mapping[str, float]
    estimates: tuple[Estimate, ...]
    log_likelihood: float
    notes: tuple[str, ...]

    def shares(self, current_ma_per_cm2: float) -> tuple[float, float, float]:
        """Return electromigration : electro-osmosis : passive, adding up to 1, at a density."""
        moved, carried, leaked = drug_amplitudes(dict(self.values), self.donor)
        parts = np.array([moved * current_ma_per_cm2, carried * current_ma_per_cm2, leaked])
        first, second, third = (float(part) for part in parts / parts.sum())
        return first, second, third

    def expected_um(self, cell: CellData) -> tuple[FloatArray, FloatArray]:
        """Return drug and marker as fitted in a cell's samples, (n_time,) each in µM."""
        return courses(cell, dict(self.values), self.donor)


def calibrate(
    cells: Sequence[CellData],
    *,
    drug_mm: float,
    mean_charge: float,
    marker_mm: float = 0.0,
    level: float = LEVEL,
) -> Calibration:
    """Fit the samples of several cells together.

    Parameters
    ----------
    cells : sequence of CellData
        At least two; see `models.calibration_data.read_cells`.
    drug_mm, marker_mm : float
        Concentrations in the donor, taken as constant.
    mean_charge : float
        Of the drug in the donor; a drug without charge counts as its own marker.
    level : float
        Of the intervals.

    Returns
    -------
    Calibration

    Raises
    ------
    ModelInputError
        If there are fewer than two cells, a marker lacks its concentration, no sample is above the
        detection limit, or no current flowed in any.
    """
    donor = Donor(
        drug_mm=positive("drug_mm", drug_mm),
        marker_mm=not_negative("marker_mm", marker_mm),
        charge=abs(within("mean_charge", mean_charge, -10.0, 10.0)),
    )
    _check(cells, donor)
    names = _names(cells, donor)
    found = _Fit(cells, donor, names)
    best, peak = found.maximize({name: math.log(START[name]) for name in names}, {})
    drop = _drop(len(cells), within("level", level, 0.5, 0.999))
    estimates = tuple(found.estimate(name, best, peak, drop) for name in REPORTED if name in names)
    return Calibration(
        cells=tuple(cells),
        donor=donor,
        values={name: math.exp(x) for name, x in best.items()},
        estimates=estimates,
        log_likelihood=peak,
        notes=_notes(cells, donor, estimates),
    )


def _check(cells: Sequence[CellData], donor: Donor) -> None:
    if len(cells) < 2:
        raise ModelInputError(f"{len(cells)} cells: their spread takes at least 2, better 5")
    if donor.marker_mm == 0.0 and any(cell.marker is not None for cell in cells):
        raise ModelInputError("marker_mm = 0, but samples name a marker: give its concentration")
    if all(cell.drug.below.all() for cell in cells):
        raise ModelInputError("no sample of the drug is above the detection limit: nothing to fit")
    if not any(np.any(cell.current_ma_per_cm2 > 0.0) for cell in cells):
        raise ModelInputError("current_ma is 0 in every sample: nothing to tell about current")


def _names(cells: Sequence[CellData], donor: Donor) -> tuple[str, ...]:
    marked = any(cell.marker is not None for cell in cells)
    left_out = set()
    if donor.charge == 0.0:
        left_out.add("transport_number")
    elif not marked:
        left_out.add("flow_ul_per_ma_h")
    if not marked:
        left_out.add("marker_permeability_cm_per_h")
    return tuple(name for name in BOUNDS if name not in left_out)


def _drop(n_cells: int, level: float) -> float:
    """Return the fall of the log-likelihood at an interval's ends: half of Student's t squared."""
    from scipy.stats import t  # noqa: PLC0415 - a second's import only fits need

    return float(t.ppf(0.5 + level / 2.0, n_cells - 1)) ** 2 / 2.0


def _notes(
    cells: Sequence[CellData], donor: Donor, estimates: Sequence[Estimate]
) -> tuple[str, ...]:
    notes = [
        f"{each.name}: {each.verdict} by these data."
        for each in estimates
        if each.verdict != "identified"
    ]
    if donor.charge > 0.0 and not any(cell.marker is not None for cell in cells):
        notes.append(
            "No neutral marker: electromigration and electro-osmosis cannot be told apart; "
            "transport_number stands for both. Add marker_um."
        )
    if not any(np.any(cell.current_ma_per_cm2 == 0.0) for cell in cells):
        notes.append(
            "No sample without current: passive transport rests on the model's form alone."
        )
    return tuple(notes)


class _Fit:
    """Maximize the likelihood in the logarithms of the parameters."""

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

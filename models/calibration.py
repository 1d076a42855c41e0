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
from models.calibration_likelihood import Donor, courses, drug_amplitudes
from models.calibration_profile import BOUNDS, Estimate, Fit
from models.errors import ModelInputError

FloatArray = NDArray[np.float64]

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
    found = Fit(cells, donor, names)
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

"""Blind twins: samples of known origin, made by a richer model than the one that is fitted.

Every cell has its own transport number, flow, permeabilities and lag, none a multiple of another's.
Skin opens under current, so passive transport grows with it; the donor collects competing ions, so
the transport number falls by some per cent; two compartments in a row make the lag. Assays scatter in
proportion and by a constant, and end at a detection limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.calibration import REPORTED, Calibration, calibrate
from models.calibration_data import Assay, CellData
from models.calibration_likelihood import NMOL_PER_MA_H

FloatArray = NDArray[np.float64]

TRUTH = {
    "transport_number": 0.06,
    "flow_ul_per_ma_h": 6.0,
    "permeability_cm_per_h": 2e-4,
    "marker_permeability_cm_per_h": 1.5e-4,
}
"""Medians over all cells that could have been drawn."""

DRUG_MM, MARKER_MM = 20.0, 10.0
CELL_SPREAD = {"transport_number": 0.25, "flow_ul_per_ma_h": 0.35}
OTHER_SPREAD = 0.3
LAG_H, STEP_H = 0.35, 1.0 / 60.0
OPENING, OPENING_H = 0.4, 0.5
"""Passive transport gained per mA/cm2 of 0.25, and how fast."""
FALL_PER_MA_H = 0.03
ASSAY_SD, LIMIT_UM = 0.08, 0.4
AREA_CM2, RECEPTOR_ML, SAMPLE_ML = 0.8, 5.0, 0.5
SAMPLES_H = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
PASSIVE_H = 2.0


def twin_cells(seed: int, *, n_cells: int = 6) -> tuple[CellData, ...]:
    """Return the samples of cells at 0.25 and 0.5 mA/cm2, after two hours without current."""
    random = np.random.default_rng(seed)
    return tuple(
        _cell(random, f"cell {k + 1}", 0.25 if k % 2 == 0 else 0.5) for k in range(n_cells)
    )


def _cell(random: np.random.Generator, name: str, density: float) -> CellData:
    own = {
        key: value * np.exp(CELL_SPREAD.get(key, OTHER_SPREAD) * random.standard_normal())
        for key, value in TRUTH.items()
    }
    lag = LAG_H * np.exp(0.3 * random.standard_normal())
    times = np.arange(1, round(SAMPLES_H[-1] / STEP_H) + 1) * STEP_H
    current = np.where(times > PASSIVE_H, density, 0.0)
    opened = _opened(current)
    charge = np.cumsum(current) * STEP_H
    flow = own["flow_ul_per_ma_h"] * current
    moved = own["transport_number"] * (1.0 - FALL_PER_MA_H * charge) * NMOL_PER_MA_H * current
    leak = own["permeability_cm_per_h"] * opened * 1e3
    marker_leak = own["marker_permeability_cm_per_h"] * opened * 1e3
    return CellData(
        name=name,
        area_cm2=AREA_CM2,
        receptor_ml=RECEPTOR_ML,
        sample_ml=SAMPLE_ML,
        time_h=SAMPLES_H,
        current_ma_per_cm2=np.where(SAMPLES_H > PASSIVE_H, density, 0.0),
        drug=_assayed(random, moved + (flow + leak) * DRUG_MM, lag),
        marker=_assayed(random, (flow + marker_leak) * MARKER_MM, lag),
    )


def _opened(current: FloatArray) -> FloatArray:
    state, out = 1.0, np.empty_like(current)
    for k, density in enumerate(current):
        state += (1.0 + OPENING * density / 0.25 - state) * STEP_H / OPENING_H
        out[k] = state
    return out


def _assayed(random: np.random.Generator, entering: FloatArray, lag: float) -> Assay:
    """Return what an assay finds in the samples of a flux that enters, nmol/(cm2 h)."""
    first = second = level = 0.0
    found, due = [], np.round(SAMPLES_H / STEP_H).astype(int)
    for k, flux in enumerate(entering, 1):
        first += (flux - first) * STEP_H / (0.5 * lag)
        second += (first - second) * STEP_H / (0.5 * lag)
        level += second * STEP_H * AREA_CM2 / RECEPTOR_ML
        if k in due:
            found.append(level)
            level *= 1.0 - SAMPLE_ML / RECEPTOR_ML
    noise = random.standard_normal((2, len(found)))
    values = np.array(found) * np.exp(ASSAY_SD * noise[0]) + 0.02 * noise[1]
    below = values < LIMIT_UM
    return Assay(value_um=np.where(below, LIMIT_UM, values), below=below)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Hold how often intervals held the truth.

    Parameters
    ----------
    held : mapping of str to int
        By parameter.
    twins : int
        Out of how many.
    """

    held: dict[str, int]
    twins: int


def coverage(seeds: Sequence[int], *, names: Sequence[str] = REPORTED) -> Coverage:
    """Fit one twin a seed and count the 90 % intervals that hold the truth."""
    held = dict.fromkeys(names, 0)
    for seed in seeds:
        fitted = fit_twin(seed)
        for each in fitted.estimates:
            if each.name in held:
                above = each.low is None or each.low <= TRUTH[each.name]
                held[each.name] += above and (each.high is None or TRUTH[each.name] <= each.high)
    return Coverage(held=held, twins=len(seeds))


def fit_twin(seed: int) -> Calibration:
    """Fit the samples of a twin as if they were a user's."""
    return calibrate(twin_cells(seed), drug_mm=DRUG_MM, mean_charge=1.0, marker_mm=MARKER_MM)

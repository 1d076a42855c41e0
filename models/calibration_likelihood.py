"""The likelihood that calibration maximizes.

Drug and marker cross the skin with the fluxes

    ``J_drug = t i/(|z| F) + v i C + P C,   J_marker = v i C_m + P_m C_m``

which follow a change of current with one first-order lag τ. Samples replaced by fresh medium thin
the receptor, ``c_n V = c_{n-1} (V - V_s) + A ΔQ_n``. In logarithms an assay scatters about its cell with
σ, and a cell about the common course with ω, for each solute by itself. Samples below the detection
limit enter by the probability of being there: given the other samples a cell's deviation is normal,
and the probability is averaged over it by Gauss-Hermite quadrature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.calibration_data import Assay, CellData

FloatArray = NDArray[np.float64]

NMOL_PER_MA_H = 37311.4
"""Unit charges in a milliampere hour, nmol."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
_LOG_WEIGHTS = np.log(_WEIGHTS / _WEIGHTS.sum())
_TINY_UM = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Donor:
    """Hold what calibration must know of the donor.

    Parameters
    ----------
    drug_mm, marker_mm : float
        Concentrations; 0 for a marker that was not there.
    charge : float
        The drug's mean charge number without its sign; 0 for a neutral.
    """

    drug_mm: float
    marker_mm: float
    charge: float


def unit_courses(cell: CellData, lag_h: float) -> tuple[FloatArray, FloatArray]:
    """Return receptor concentrations for a unit flux per current density, and for a unit flux.

    Parameters
    ----------
    cell : CellData
        Times, currents and volumes.
    lag_h : float
        τ, h.

    Returns
    -------
    two (n_time,) arrays
        µM per nmol/(mA h), and µM per nmol/(cm2 h).
    """
    held = 1.0 - cell.sample_ml / cell.receptor_ml
    thinned = cell.area_cm2 / cell.receptor_ml
    steps = np.diff(cell.time_h, prepend=0.0)
    faded = np.exp(-steps / lag_h).tolist()
    found = []
    # Plain floats: a cell has some ten samples, for which arrays only cost.
    for targets in (cell.current_ma_per_cm2.tolist(), [1.0] * steps.size):
        flux = level = 0.0
        out: list[float] = []
        for target, step, fade in zip(targets, steps.tolist(), faded, strict=True):
            gap = flux - target
            crossed = target * step + gap * lag_h * (1.0 - fade)
            flux = target + gap * fade
            level = level * (held if out else 1.0) + crossed * thinned
            out.append(level)
        found.append(np.array(out))
    return found[0], found[1]


def drug_amplitudes(values: dict[str, float], donor: Donor) -> tuple[float, float, float]:
    """Return electromigration and electro-osmosis per current, and passive flux.

    nmol/(mA h) twice, and nmol/(cm2 h).
    """
    moved = values.get("transport_number", 0.0) * NMOL_PER_MA_H / (donor.charge or 1.0)
    carried = values.get("flow_ul_per_ma_h", 0.0) * donor.drug_mm
    return moved, carried, values["permeability_cm_per_h"] * donor.drug_mm * 1e3


def drug_flux(values: dict[str, float], donor: Donor) -> FloatArray:
    """Return the drug's flux per current, nmol/(mA h), and without it, nmol/(cm2 h): (2,)."""
    moved, carried, leaked = drug_amplitudes(values, donor)
    return np.array([moved + carried, leaked])


def marker_flux(values: dict[str, float], donor: Donor) -> FloatArray:
    """Return the marker's flux per current and without it, (2,) as of the drug."""
    flow = values.get("flow_ul_per_ma_h", 0.0)
    leak = values.get("marker_permeability_cm_per_h", 0.0)
    return donor.marker_mm * np.array([flow, 1e3 * leak])


def courses(
    cell: CellData, values: dict[str, float], donor: Donor
) -> tuple[FloatArray, FloatArray]:
    """Return the expected concentrations of drug and marker in a cell's samples, µM."""
    units = np.array(unit_courses(cell, values["lag_h"]))
    return drug_flux(values, donor) @ units, marker_flux(values, donor) @ units


class Likelihood:
    """The log-likelihood of all samples of some cells under a donor."""

    def __init__(self, cells: Sequence[CellData], donor: Donor) -> None:
        self._donor = donor
        self._cells = tuple(cells)
        marked = [cell for cell in cells if cell.marker is not None]
        self._drug = _Pooled([cell.drug for cell in cells])
        self._marker = _Pooled([cell.marker for cell in marked if cell.marker is not None])
        self._units = lru_cache(maxsize=8)(self._unit_courses)

    def _unit_courses(self, lag_h: float) -> tuple[FloatArray, FloatArray]:
        """Return unit courses (2, n) of every drug sample, then of every marker sample."""
        pairs = [np.array(unit_courses(cell, lag_h)) for cell in self._cells]
        none = np.zeros((2, 0))
        marked = [
            pair for pair, cell in zip(pairs, self._cells, strict=True) if cell.marker is not None
        ]
        return np.concatenate(pairs, axis=1), np.concatenate([none, *marked], axis=1)

    def __call__(self, values: dict[str, float]) -> float:
        """Return the log-likelihood of parameters by name."""
        drug, marker = self._units(values["lag_h"])
        total = self._drug.log_likelihood(drug_flux(values, self._donor) @ drug, values)
        if marker.size:
            expected = marker_flux(values, self._donor) @ marker
            total += self._marker.log_likelihood(expected, values)
        return total


class _Pooled:
    """The assays of one solute in all cells, one after the other."""

    def __init__(self, assays: Sequence[Assay]) -> None:
        none = np.zeros(0)
        self._log_um = np.log(np.concatenate([none, *(each.value_um for each in assays)]))
        self._below = np.concatenate([none, *(each.below for each in assays)]).astype(bool)
        self._start = np.cumsum([0, *(each.below.size for each in assays)])
        self._seen = np.array([float((~each.below).sum()) for each in assays])
        hidden = np.array([int(each.below.sum()) for each in assays], dtype=np.intp)
        self._hidden = np.flatnonzero(hidden)
        self._hidden_owner = np.repeat(np.arange(hidden.size), hidden)
        self._hidden_start = np.cumsum([0, *hidden[self._hidden].tolist()])[:-1]

    def log_likelihood(self, expected_um: FloatArray, values: dict[str, float]) -> float:
        """Return the log-likelihood of all samples."""
        cells, assay = values["spread_cells"] ** 2, values["spread_assay"] ** 2
        gap = self._log_um - np.log(np.maximum(expected_um, _TINY_UM))
        seen = np.where(self._below, 0.0, gap)
        precision = 1.0 / cells + self._seen / assay
        mean = np.add.reduceat(seen, self._start[:-1]) / assay / precision
        total = -0.5 * float(
            seen @ seen / assay
            - mean**2 @ precision
            + self._seen.sum() * np.log(2.0 * np.pi * assay)
            + np.log(cells * precision).sum()
        )
        return total + self._hidden_log_chance(gap, mean, precision, assay)

    def _hidden_log_chance(
        self, gap: FloatArray, mean: FloatArray, precision: FloatArray, variance: float
    ) -> float:
        """Return the log-probability that what was below the limit was, given what was seen."""
        if not self._hidden.size:
            return 0.0
        from scipy.special import log_ndtr  # noqa: PLC0415 - only fits need it

        deviation = (mean + _NODES[:, None] / np.sqrt(precision))[:, self._hidden_owner]
        chance = log_ndtr((gap[self._below] - deviation) / np.sqrt(variance))
        by_cell = np.add.reduceat(chance, self._hidden_start, axis=1) + _LOG_WEIGHTS[:, None]
        highest = by_cell.max(axis=0)
        return float(np.sum(highest + np.log(np.exp(by_cell - highest).sum(axis=0))))

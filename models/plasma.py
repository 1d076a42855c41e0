"""Plasma behind the clearance: what dermis and fat lose to blood, in one or two compartments.

    ``V_1 dc_1/dt = A dM/dt - CL c_1 - Q (c_1 - c_2)``
    ``V_2 dc_2/dt = Q (c_1 - c_2)``

with M what blood cleared per skin area. M counts as linear between a solution's times; the answer
is then exact, by the exponential of the system's matrix. Nothing returns from plasma to skin.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from models.bounds import not_negative, positive
from models.errors import ModelInputError
from models.solution import Solution

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plasma:
    """Hold the disposition of a drug.

    Parameters
    ----------
    volume_m3, clearance_m3_per_s : float
        V_1 and CL.
    peripheral_volume_m3, exchange_m3_per_s : float
        V_2 and Q; both 0 for one compartment.
    """

    volume_m3: float
    clearance_m3_per_s: float
    peripheral_volume_m3: float = 0.0
    exchange_m3_per_s: float = 0.0

    def __post_init__(self) -> None:
        positive("volume_m3", self.volume_m3)
        not_negative("clearance_m3_per_s", self.clearance_m3_per_s)
        second = not_negative("peripheral_volume_m3", self.peripheral_volume_m3)
        exchange = not_negative("exchange_m3_per_s", self.exchange_m3_per_s)
        if (second > 0.0) != (exchange > 0.0):
            raise ModelInputError(
                "peripheral_volume_m3 and exchange_m3_per_s: give both, or neither for one compartment"
            )

    def matrix_per_s(self) -> FloatArray:
        """Return the rates of change of the amounts in the compartments, (1, 1) or (2, 2)."""
        out = self.clearance_m3_per_s / self.volume_m3
        if self.exchange_m3_per_s == 0.0:
            return np.array([[-out]])
        there = self.exchange_m3_per_s / self.volume_m3
        back = self.exchange_m3_per_s / self.peripheral_volume_m3
        return np.array([[-out - there, back], [there, -back]])


@dataclass(frozen=True, slots=True, kw_only=True)
class PlasmaCourse:
    """Hold plasma over time.

    Parameters
    ----------
    time_s : (n_time,) array
        Those of the solution.
    concentration_mol_per_m3 : (n_time,) array
        In plasma.
    peripheral_mol, eliminated_mol : (n_time,) array
        In the second compartment, and eliminated so far.
    """

    time_s: FloatArray
    concentration_mol_per_m3: FloatArray
    peripheral_mol: FloatArray
    eliminated_mol: FloatArray


def plasma_course(solution: Solution, plasma: Plasma, *, area_m2: float) -> PlasmaCourse:
    """Return plasma concentrations behind a prediction in perfused skin.

    Parameters
    ----------
    solution : Solution
        Of perfused skin.
    plasma : Plasma
        The drug's disposition.
    area_m2 : float
        Skin area.

    Raises
    ------
    ModelInputError
        If the skin was not perfused or the area is not positive.
    """
    area = positive("area_m2", area_m2)
    if not solution.perfused:
        raise ModelInputError("solution: excised skin has no blood; predict with perfused=True")
    entered = area * (solution.amount_mol_per_m2["cleared"])
    entered = entered - entered[0]
    matrix = plasma.matrix_per_s()
    held = np.zeros((solution.time_s.size, matrix.shape[0]))
    for k, step in enumerate(np.diff(solution.time_s)):
        rate = float((entered[k + 1] - entered[k]) / step)
        held[k + 1] = _after(matrix, held[k], rate, float(step))
    return PlasmaCourse(
        time_s=solution.time_s,
        concentration_mol_per_m3=held[:, 0] / plasma.volume_m3,
        peripheral_mol=held[:, 1:].sum(axis=1),
        eliminated_mol=entered - held.sum(axis=1),
    )


def _after(matrix: FloatArray, start_mol: FloatArray, rate: float, step_s: float) -> FloatArray:
    """Return amounts after a step of constant input, by the exponential of the augmented matrix."""
    n = matrix.shape[0]
    augmented = np.zeros((n + 1, n + 1))
    augmented[:n, :n] = matrix
    augmented[0, n] = rate
    grown: FloatArray = import_module("scipy.linalg").expm(augmented * step_s)
    after: FloatArray = grown[:n, :n] @ start_mol + grown[:n, n]
    return after

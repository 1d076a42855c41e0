"""The reference model's steps on the compiled engine, for the run of `electroneutral_solver.py`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.compiled_ion_steps import solve_stage, take_step
from models.compiled_ions import balance, unfold
from models.electroneutral import IonicOperator

FloatArray = NDArray[np.float64]


class CompiledIonicSteps:
    """Step a cell's ions; see `electroneutral_solver.IonicSteps`."""

    def __init__(self, operator: IonicOperator, close: float) -> None:
        cell, n, m = operator.cell, operator.n_node, operator.n_ion
        self._system = (
            np.stack((cell.charge, cell.bath_mol_per_m3, cell.released_per_charge)).astype(float),
            operator.diffusivity / operator.length_m,
            operator.drift,
            np.stack((operator.partition, operator.excess, operator.half_m, operator.clearance)),
            operator.blood.real.copy(),
            np.array([cell.donor_volume_m]),
        )
        self._limits = (operator.scale, close)
        self._start, self._end = (
            (np.zeros((n, m)), np.zeros((n, m)), np.zeros((m, n)), np.zeros(m)) for _ in range(2)
        )
        self._blocks = (
            np.zeros((n, m, m)),
            np.zeros((n, m, m)),
            np.zeros((n, m, m)),
            np.zeros((n, m, m)),
        )
        self._states, self._mean = np.zeros((6, n, m)), np.zeros(m)

    @property
    def y(self) -> FloatArray:
        """Return the unknowns, (n_node, n_ion)."""
        result: FloatArray = self._states[0]
        return result

    def begin(self, y: FloatArray, i: float) -> bool:
        """Find the potential that belongs to concentrations; return whether there is one."""
        states = self._states
        states[0] = y
        balance(self._system, states[0], i, 0.0, self._start, self._blocks, False)
        states[4] = self._start[0]
        drive = (i, 0.0, *self._limits)
        found = solve_stage(
            self._system, states[0], states[4], drive, self._start, self._blocks, states[5], False
        )
        balance(self._system, states[0], i, 0.0, self._start, self._blocks, False)
        return bool(found)

    def step(self, step_s: float, currents: tuple[float, float]) -> float | None:
        """Try a step; return the largest error of a concentration, or nothing without a solution."""
        size = take_step(
            self._system,
            step_s,
            currents,
            self._limits,
            self._states,
            self._start,
            self._end,
            self._mean,
            self._blocks,
        )
        return None if size < 0.0 else size

    def accept(self, step_s: float) -> FloatArray:
        """Make the step's end the state; return the mean rate of clearance over it, (n_ion,)."""
        self._states[1] = (self._states[3] - self._states[0]) / step_s
        self._states[0] = self._states[3]
        self._start, self._end = self._end, self._start
        return self._mean

    def fluxes(self, y: FloatArray, i: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what elements hold and the fluxes through them, (n_time, n_ion, n_element) each."""
        held, flux = (np.empty((len(y), y.shape[2], y.shape[1])) for _ in range(2))
        unfold(self._system, y, i, held, flux)
        return held, flux

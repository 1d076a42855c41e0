"""Implicit time stepping of the reference model: TR-BDF2 with Newton's method.

Every stage solves mass balances of all ions but the last, and the current through every element,
for all nodes at once. Newton's method starts from the trend of the steps before. The same steps
compiled are in `compiled_ion_steps.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.bounds import known
from models.electroneutral import FloatArray, IonicOperator
from models.electroneutral_steps import IonicSteps
from models.engine import ENGINES, compiled_module
from models.errors import ModelInputError
from models.stepping import GAMMA

_CLOSE = 1e-5
"""Last change of Newton's method; convergence is quadratic, so that its error is far below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IonicTrajectory:
    """Hold the course of every ion.

    Parameters
    ----------
    time_s : (n_time,) array
    bath_mol_per_m3 : (n_time, n_ion, n_node + 1) array
        Virtual bath concentrations s.
    potential : (n_time, n_node + 1) array
        Φ in units of RT/F, 0 in the bath.
    amount_mol_per_m2 : (n_time, n_ion, n_layer) array
        Amounts in the layers.
    cleared_mol_per_m2 : (n_time, n_ion) array
        Net amounts taken by blood.
    flux_mol_per_m2_s : (n_time, n_ion, n_element) array
        Fluxes through the elements.
    n_step : int
        Number of steps taken.
    """

    time_s: FloatArray
    bath_mol_per_m3: FloatArray
    potential: FloatArray
    amount_mol_per_m2: FloatArray
    cleared_mol_per_m2: FloatArray
    flux_mol_per_m2_s: FloatArray
    n_step: int


def integrate_ions(
    operator: IonicOperator,
    current_a_per_m2: Callable[[float], float],
    at_s: FloatArray,
    kink_s: FloatArray,
    *,
    tolerance: float = 1e-4,
    start: FloatArray | None = None,
    engine: str = "numpy",
) -> IonicTrajectory:
    """Return the course of all ions under a current.

    Parameters
    ----------
    operator : IonicOperator
        The cell on its grid.
    current_a_per_m2 : callable
        Current density against time, continuous.
    at_s, kink_s : arrays
        Rising times asked for; times where the current bends.
    tolerance : float
        Error per step relative to the largest concentration.
    start : (n_node, n_ion) array, optional
        Unknowns at the start; by default tissue holds the bath and node 0 the donor.
    engine : str
        "numpy", or "compiled" where the extra `fast` is installed.

    Raises
    ------
    ModelInputError
        If the current exceeds what the ions can carry, or the engine is unknown or not installed.
    """
    run = _IonicRun(operator, current_a_per_m2, tolerance, start, _steps(engine, operator))
    stops = np.unique(np.concatenate((at_s, kink_s[(kink_s > 0.0) & (kink_s < at_s[-1])])))
    frames = []
    for stop in stops:
        run.advance(float(stop))
        if stop in at_s:
            frames.append(run.frame())
    y, cleared, i = (np.array(part) for part in zip(*frames, strict=True))
    s, phi = _unfold(operator, y)
    parts, flux = run.steps.fluxes(y, i)
    first = np.searchsorted(operator.layer, np.arange(len(operator.cell.layers)))
    return IonicTrajectory(
        time_s=at_s,
        bath_mol_per_m3=s,
        potential=phi,
        amount_mol_per_m2=np.add.reduceat(parts, first, axis=2),
        cleared_mol_per_m2=cleared,
        flux_mol_per_m2_s=flux,
        n_step=run.n_step,
    )


def _steps(engine: str, operator: IonicOperator) -> Any:
    if known("engine", engine, ENGINES) == "numpy":
        return IonicSteps(operator, _CLOSE)
    return compiled_module("compiled_ion_run").CompiledIonicSteps(operator, _CLOSE)


def _unfold(operator: IonicOperator, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return bath concentrations and potentials, with the bath's node, frame by frame."""
    frames = [operator.expand(unknowns) for unknowns in y]
    return np.array([s.real for s, _ in frames]), np.array([phi.real for _, phi in frames])


class _IonicRun:
    """One integration under way."""

    def __init__(
        self,
        operator: IonicOperator,
        current: Callable[[float], float],
        tolerance: float,
        start: FloatArray | None,
        steps: Any,
    ) -> None:
        self._current, self.steps = current, steps
        self._allowed = 10.0 * tolerance * operator.scale
        self._time_s, self._step_s, self.n_step = 0.0, 1e-3, 0
        self._cleared = np.zeros(operator.n_ion)
        begun = steps.begin(_at_rest(operator) if start is None else start, current(0.0))
        if not begun:
            raise _unsolved(current(0.0))

    def advance(self, stop_s: float) -> None:
        while self._time_s < stop_s:
            left = stop_s - self._time_s
            count = max(int(np.ceil(left / self._step_s - 1e-9)), 1)
            h = left / count if count <= 2 else self._step_s
            error = self._try(h, stop_s if count == 1 else self._time_s + h)
            factor = min(max(0.9 * max(error, 1e-9) ** (-1.0 / 3.0), 0.2), 4.0)
            if error > 1.0:
                self._step_s = h * min(factor, 0.5)
            else:
                self._step_s = max(h * factor, self._step_s if count <= 2 and factor > 1 else 0.0)

    def frame(self) -> tuple[FloatArray, FloatArray, float]:
        return self.steps.y.copy(), self._cleared.copy(), self._current(self._time_s)

    def _try(self, h: float, end_s: float) -> float:
        """Take a step if its error allows; return the error relative to what is allowed."""
        middle, end = (self._current(self._time_s + share * h) for share in (GAMMA, 1.0))
        error = self.steps.step(h, (middle, end))
        if error is None:
            raise _unsolved(end)
        size = float(error) / self._allowed
        if size <= 1.0 or h < 1e-9 * max(end_s, 1.0):
            self._cleared = self._cleared + h * self.steps.accept(h)
            self._time_s = end_s
            self.n_step += 1
        return size


def _at_rest(operator: IonicOperator) -> FloatArray:
    """Return unknowns with the bath in the tissue and the donor in node 0."""
    cell = operator.cell
    start = np.tile(np.append(cell.bath_mol_per_m3[:-1], 0.0), (operator.n_node, 1))
    # Node 0 is the donor and half a cell of tissue, mixed: no ion is made or lost.
    tissue_m = float(operator.half_m[0] * operator.partition[0])
    donor = cell.donor_volume_m * cell.donor_mol_per_m3 + tissue_m * cell.bath_mol_per_m3
    start[0, :-1] = donor[:-1] / (cell.donor_volume_m + tissue_m)
    return start


def _unsolved(i: float) -> ModelInputError:
    return ModelInputError(
        f"current density {i:g} A/m^2: no electroneutral solution was found; "
        "lower the current or the time step"
    )

"""Implicit time stepping of the reference model: TR-BDF2 with Newton's method.

Every stage solves mass balances of all ions but the last, and the current through every element,
for all nodes at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import numpy as np

from models.electroneutral import FloatArray, IonicOperator
from models.electroneutral_balance import evaluate, jacobian
from models.errors import ModelInputError
from models.stepping import ERROR_WEIGHTS, GAMMA, WEIGHTS, D, W

_NEWTON = 25


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


def _solve_stage(
    operator: IonicOperator, guess: FloatArray, target: FloatArray, i: float, step: float
) -> FloatArray:
    """Return unknowns with amounts minus step times rates equal to a target, and current i.

    Raises
    ------
    ModelInputError
        If Newton's method fails: the current exceeds what the ions can carry.
    """
    solve = import_module("scipy.linalg").solve_banded
    m = operator.n_ion
    y = guess.copy()
    scale = 1.0 + float(operator.cell.bath_mol_per_m3.max() + operator.cell.donor_mol_per_m3.max())
    for _ in range(_NEWTON):
        found = evaluate(operator, y, i)
        residual = np.empty_like(y)
        residual[:, :-1] = (found.held - step * found.rate - target)[:, :-1]
        residual[:, -1] = found.current - i
        band = jacobian(operator, y, i, step)
        change = solve((2 * m - 1, 2 * m - 1), band, -residual.ravel()).reshape(y.shape)
        y += change * min(1.0, 5.0 / max(float(np.abs(change[:, -1]).max()), 1e-300))
        if np.abs(change[:, :-1]).max() < 1e-10 * scale and np.abs(change[:, -1]).max() < 1e-10:
            return y
    raise ModelInputError(
        f"current density {i:g} A/m^2: no electroneutral solution was found; "
        "lower the current or the time step"
    )


def integrate_ions(
    operator: IonicOperator,
    current_a_per_m2: Callable[[float], float],
    at_s: FloatArray,
    kink_s: FloatArray,
    *,
    tolerance: float = 1e-4,
    start: FloatArray | None = None,
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
    """
    run = _IonicRun(operator, current_a_per_m2, tolerance, start)
    stops = np.unique(np.concatenate((at_s, kink_s[(kink_s > 0.0) & (kink_s < at_s[-1])])))
    frames = []
    for stop in stops:
        run.advance(float(stop))
        if stop in at_s:
            frames.append(run.frame())
    s, phi, amount, cleared, flux = (np.array(part) for part in zip(*frames, strict=True))
    return IonicTrajectory(
        time_s=at_s,
        bath_mol_per_m3=s,
        potential=phi,
        amount_mol_per_m2=amount,
        cleared_mol_per_m2=cleared,
        flux_mol_per_m2_s=flux,
        n_step=run.n_step,
    )


class _IonicRun:
    """One integration under way."""

    def __init__(
        self,
        operator: IonicOperator,
        current: Callable[[float], float],
        tolerance: float,
        start: FloatArray | None,
    ) -> None:
        self._operator, self._current, self._tolerance = operator, current, tolerance
        cell = operator.cell
        if start is None:
            start = np.tile(np.append(cell.bath_mol_per_m3[:-1], 0.0), (operator.n_node, 1))
            # Node 0 is the donor and half a cell of tissue, mixed: no ion is made or lost.
            tissue_m = float(operator.half_m[0] * operator.partition[0])
            donor = cell.donor_volume_m * cell.donor_mol_per_m3 + tissue_m * cell.bath_mol_per_m3
            start[0, :-1] = donor[:-1] / (cell.donor_volume_m + tissue_m)
        self._time_s, self._step_s, self.n_step = 0.0, 1e-3, 0
        self._cleared = np.zeros(operator.n_ion)
        # A step of no length finds the potential that belongs to the concentrations.
        held = evaluate(operator, start, current(0.0)).held
        self._y = _solve_stage(operator, start, held, current(0.0), 0.0)

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

    def frame(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
        op = self._operator
        s, phi = op.expand(self._y)
        flux, left, right = op.elements(
            (s[:, :-1], phi[:-1]), (s[:, 1:], phi[1:]), self._current(self._time_s)
        )
        parts = op.half_m * (left.real + right.real)
        amount = np.stack(
            [parts[:, op.layer == n].sum(axis=1) for n in range(len(op.cell.layers))], axis=1
        )
        return s.real, phi.real, amount, self._cleared.copy(), flux.real

    def _try(self, h: float, end_s: float) -> float:
        """Take a step if its error allows; return the error relative to what is allowed."""
        op = self._operator
        currents = [self._current(self._time_s + share * h) for share in (0.0, GAMMA, 1.0)]
        first = evaluate(op, self._y, currents[0])
        middle = _solve_stage(op, self._y, first.held + h * D * first.rate, currents[1], h * D)
        second = evaluate(op, middle, currents[1])
        target = first.held + h * W * (first.rate + second.rate)
        last_y = _solve_stage(op, middle, target, currents[2], h * D)
        last = evaluate(op, last_y, currents[2])
        raw = h * sum(w * b.rate for w, b in zip(ERROR_WEIGHTS, (first, second, last), strict=True))
        size = self._error(raw, last_y, currents[2], h)
        if size <= 1.0 or h < 1e-9 * max(end_s, 1.0):
            self._y, self._time_s = last_y, end_s
            self._cleared += h * sum(
                w * b.cleared for w, b in zip(WEIGHTS, (first, second, last), strict=True)
            )
            self.n_step += 1
        return size

    def _error(self, raw: FloatArray, y: FloatArray, i: float, h: float) -> float:
        op = self._operator
        solve = import_module("scipy.linalg").solve_banded
        right = raw.copy()
        right[:, -1] = 0.0
        m = op.n_ion
        change = solve((2 * m - 1, 2 * m - 1), jacobian(op, y, i, h * D), right.ravel())
        largest = float(op.cell.donor_mol_per_m3.max() + op.cell.bath_mol_per_m3.max())
        moved = np.abs(change.reshape(y.shape)[:, :-1]).max()
        return float(moved) / (10.0 * self._tolerance * largest)

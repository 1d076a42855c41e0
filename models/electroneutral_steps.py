"""Single steps of the reference model in numpy: TR-BDF2 stages solved by Newton's method."""

from __future__ import annotations

from importlib import import_module

import numpy as np

from models.electroneutral import FloatArray, IonicOperator
from models.electroneutral_balance import Balance, evaluate, jacobian
from models.stepping import ERROR_WEIGHTS, GAMMA, WEIGHTS, D, W

_NEWTON = 25


class IonicSteps:
    """Step a cell's ions, one step at a time.

    Parameters
    ----------
    operator : IonicOperator
        The cell on its grid.
    close : float
        Last change Newton's method may make: relative for concentrations, RT/F for potentials.
    """

    def __init__(self, operator: IonicOperator, close: float) -> None:
        self._operator, self._close = operator, close
        self.y = np.zeros((operator.n_node, operator.n_ion))
        self._trend = np.zeros_like(self.y)
        self._now: Balance
        self._after: tuple[FloatArray, FloatArray, Balance]

    def begin(self, y: FloatArray, i: float) -> bool:
        """Find the potential that belongs to concentrations; return whether there is one."""
        # A step of no length keeps what is held.
        found = self._solve(y, evaluate(self._operator, y, i).held, i, 0.0)
        if found is None:
            return False
        self.y, self._now = found, evaluate(self._operator, found, i)
        return True

    def step(self, step_s: float, currents: tuple[float, float]) -> float | None:
        """Try a step; return the largest error of a concentration, or nothing without a solution.

        Parameters
        ----------
        step_s : float
            Length, s.
        currents : two floats
            Current density at GAMMA of the step and at its end, A/m^2.
        """
        op, now, reach = self._operator, self._now, step_s * D
        guess = self.y + step_s * GAMMA * self._trend
        middle = self._solve(guess, now.held + reach * now.rate, currents[0], reach)
        if middle is None:
            return None
        between = evaluate(op, middle, currents[0])
        guess = self.y + (middle - self.y) / GAMMA
        target = now.held + step_s * W * (now.rate + between.rate)
        end = self._solve(guess, target, currents[1], reach)
        if end is None:
            return None
        last = evaluate(op, end, currents[1])
        stages = (now, between, last)
        cleared = sum(w * b.cleared for w, b in zip(WEIGHTS, stages, strict=True))
        self._after = (end, np.asarray(cleared), last)
        raw = step_s * sum(w * b.rate for w, b in zip(ERROR_WEIGHTS, stages, strict=True))
        raw[:, -1] = 0.0
        change = self._linear(jacobian(op, end, currents[1], reach), raw)
        return float(np.abs(change[:, :-1]).max())

    def accept(self, step_s: float) -> FloatArray:
        """Make the step's end the state; return the mean rate of clearance over it, (n_ion,)."""
        end, cleared, now = self._after
        self._trend = (end - self.y) / step_s
        self.y, self._now = end, now
        return cleared

    def fluxes(self, y: FloatArray, i: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what elements hold and the fluxes through them, (n_time, n_ion, n_element) each.

        Parameters
        ----------
        y : (n_time, n_node, n_ion) array
            Unknowns.
        i : (n_time,) array
            Current density, A/m^2.
        """
        held, through = [], []
        for unknowns, current in zip(y, i, strict=True):
            s, phi = self._operator.expand(unknowns)
            ends = (s[:, :-1], phi[:-1]), (s[:, 1:], phi[1:])
            flux, left, right = self._operator.elements(*ends, float(current))
            held.append(self._operator.half_m * (left.real + right.real))
            through.append(flux.real)
        return np.array(held), np.array(through)

    def _linear(self, band: FloatArray, right: FloatArray) -> FloatArray:
        solve = import_module("scipy.linalg").solve_banded
        width = 2 * self._operator.n_ion - 1
        result: FloatArray = solve((width, width), band, right.ravel()).reshape(right.shape)
        return result

    def _solve(
        self, guess: FloatArray, target: FloatArray, i: float, reach: float
    ) -> FloatArray | None:
        """Return unknowns with amounts minus reach times rates equal to a target, and current i."""
        y = guess.copy()
        for _ in range(_NEWTON):
            found = evaluate(self._operator, y, i)
            residual = found.held - reach * found.rate - target
            residual[:, -1] = found.current - i
            change = self._linear(jacobian(self._operator, y, i, reach), -residual)
            turn, moved = (float(np.abs(change[:, part]).max()) for part in (-1, slice(-1)))
            if not np.isfinite(turn + moved):
                return None
            y += change * min(1.0, 5.0 / max(turn, 1e-300))
            if moved < self._close * self._operator.scale and turn < self._close:
                return y
        return None

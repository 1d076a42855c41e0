"""Implicit time stepping of the reference model: TR-BDF2 with Newton's method.

Every stage solves the mass balances of all ions but the last, and the current through every
element, for all nodes at once. What leaves into blood and receptor is integrated with the same
weights, so mass closes to the solver's tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from models.blood import BloodFlow
from models.constants import FARADAY_C_PER_MOL
from models.errors import ModelInputError
from models.forcing import Forcing
from models.reference_balance import Balance, evaluate, jacobian
from models.reference_operator import IonicSystem
from models.stepping import ERROR_WEIGHTS, GAMMA, WEIGHTS, D, W

FloatArray = NDArray[np.float64]
Drive = tuple[float, float, float, float]
"""Current density, pore area, blood flow, charge passed."""

_NEWTON = 30
_SHORTEST_S = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Hold the state at one time.

    Parameters
    ----------
    balance : Balance
        Amounts, rates, fluxes and currents.
    cleared_mol_per_m2, received_mol_per_m2 : (n_ion,) array
        Gone into blood and through the deep face so far.
    """

    balance: Balance
    cleared_mol_per_m2: FloatArray
    received_mol_per_m2: FloatArray


class _NoSolutionError(Exception):
    pass


class IonicRun:
    """One integration of a system under a forcing.

    Parameters
    ----------
    system : IonicSystem
        The ions on their grid.
    forcing : Forcing
        Current and opening; its mobility is not used.
    tolerance : float
        Error per step relative to the largest concentration of each ion.
    start : (n_node, n_ion) array, optional
        Unknowns at the start; by default tissue in its bath under a fresh donor.
    blood_flow : BloodFlow, optional
        Blood flow relative to rest; by default at rest.
    """

    def __init__(
        self,
        system: IonicSystem,
        forcing: Forcing,
        *,
        tolerance: float,
        start: FloatArray | None = None,
        blood_flow: BloodFlow | None = None,
    ) -> None:
        self._system, self._forcing, self._tolerance = system, forcing, tolerance
        self._blood_flow = blood_flow
        current = np.abs(forcing.current_a_per_m2)
        passed = 0.5 * (current[1:] + current[:-1]) * np.diff(forcing.time_s)
        self._charge = np.concatenate(([0.0], np.cumsum(passed)))
        stack = system.stack
        largest = np.maximum(stack.donor_mol_per_m3, stack.bath_mol_per_m3)
        self._scale = self._scales(largest)
        self._time_s, self._step_s = 0.0, 0.1
        self._cleared, self._received = np.zeros(system.n_ion), np.zeros(system.n_ion)
        self.step_end_s: list[float] = []
        y = system.rest() if start is None else start
        y = self._with_ohmic_potential(y, *self._drive(0.0)[:2])
        held = self._evaluate(y, self._drive(0.0)).held
        # A step of no length finds the potential that belongs to the concentrations.
        try:
            self._y = self._stage(y, held, self._drive(0.0), 0.0)[0]
        except _NoSolutionError as error:
            raise ModelInputError(
                f"the donor of {stack.names[0]} over this skin has no electroneutral start: too few "
                "ions to carry the current; add salt, or use the fast model"
            ) from error

    def frame(self) -> Frame:
        """Return the state now."""
        return Frame(
            balance=self._evaluate(self._y, self._drive(self._time_s)),
            cleared_mol_per_m2=self._cleared.copy(),
            received_mol_per_m2=self._received.copy(),
        )

    def advance(self, stop_s: float) -> None:
        """Integrate up to a time, s.

        Raises
        ------
        ModelInputError
            If the donor runs out of an ion its electrode takes, or no electroneutral solution
            exists: the ions cannot carry the current.
        """
        while self._time_s < stop_s:
            left = stop_s - self._time_s
            count = max(int(np.ceil(left / self._step_s - 1e-9)), 1)
            h = left / count if count <= 2 else self._step_s
            try:
                error = self._try(h, stop_s if count == 1 else self._time_s + h)
            except _NoSolutionError:
                error = 1e3
            self._step_s = self._next_step(h, error, last=count <= 2)

    def _next_step(self, h: float, error: float, *, last: bool) -> float:
        factor: float = min(max(0.9 * max(error, 1e-9) ** (-1.0 / 3.0), 0.2), 4.0)
        if error <= 1.0:
            return max(h * factor, self._step_s if last and factor > 1.0 else 0.0)
        if h < _SHORTEST_S:
            raise ModelInputError(
                f"current density {self._drive(self._time_s)[0]:g} A/m^2 at {self._time_s:.6g} s: "
                "the donor's ions cannot carry it; lower the current, shorten it, or give the "
                "donor more of the ion its electrode uses up"
            )
        return h * min(factor, 0.5)

    def _evaluate(self, y: FloatArray, drive: Drive) -> Balance:
        return evaluate(self._system, y, *drive)

    def _jacobian(self, y: FloatArray, found: Balance, drive: Drive, step: float) -> FloatArray:
        """Return the banded derivative of what a stage must make zero."""
        del y, drive
        return jacobian(self._system, found, step)

    def _rows(self, values: FloatArray) -> FloatArray:
        """Return ions' values at nodes as the rows of unknowns; the current's, last, is zero."""
        rows = values.T.copy()
        rows[:, -1] = 0.0
        return rows

    def _scales(self, largest: FloatArray) -> FloatArray:
        """Return what errors of each concentration count against, mol/m^3."""
        scales: FloatArray = np.maximum(largest, 1e-2 * largest.max())[:-1]
        return scales

    def _drive(self, time_s: float) -> Drive:
        current, opening, _ = self._forcing.at(time_s)
        flow = 1.0 if self._blood_flow is None else self._blood_flow.at(time_s)
        charge = float(np.interp(time_s, self._forcing.time_s, self._charge))
        return current, float(opening[0]), flow, charge

    def _with_ohmic_potential(self, y: FloatArray, current: float, opening: float) -> FloatArray:
        here = self._evaluate(y, self._drive(0.0)).here
        pore = self._system.pore.copy()
        pore[:, self._system.spans[self._system.stack.film]] *= opening
        q = 0.5 * (here.q[:, self._system.left] + here.q[:, self._system.right])
        conductance = FARADAY_C_PER_MOL * (self._system.stack.charge**2) @ (pore * q)
        y = y.copy()
        y[:, -1] = np.cumsum((current / conductance)[::-1])[::-1]
        return y

    def _stage(
        self, guess: FloatArray, target: FloatArray, drive: Drive, step: float
    ) -> tuple[FloatArray, Balance, FloatArray]:
        """Return unknowns with held amounts minus step times rates equal to a target."""
        solve = import_module("scipy.linalg").solve_banded
        y, near, reach = guess.copy(), False, 2 * guess.shape[1] - 1
        for _ in range(_NEWTON):
            found = self._evaluate(y, drive)
            residual = self._rows(found.held - step * found.rate - target)
            residual[:, -1] = found.current - drive[0]
            band = self._jacobian(y, found, drive, step)
            if not np.all(np.isfinite(band)):
                break
            change = solve((reach, reach), band, -residual.ravel(), check_finite=False)
            change = change.reshape(y.shape)
            drops = np.abs(np.diff(change[:, -1], append=0.0)).max()
            share = min(1.0, 6.0 / max(float(drops), 1e-300))
            y += change * share
            size = max(float((np.abs(change[:, :-1]) / self._scale).max()), 0.01 * float(drops))
            if near and size < 1e-7:
                return y, self._evaluate(y, drive), band
            near = size < 1e-4
        raise _NoSolutionError

    def _try(self, h: float, end_s: float) -> float:
        """Take a step if its error allows; return the error relative to what is allowed."""
        drives = [self._drive(self._time_s + share * h) for share in (0.0, GAMMA, 1.0)]
        first = self._evaluate(self._y, drives[0])
        target = first.held + h * D * first.rate
        middle_y, middle, _ = self._stage(self._y, target, drives[1], h * D)
        target = first.held + h * W * (first.rate + middle.rate)
        last_y, last, band = self._stage(middle_y, target, drives[2], h * D)
        stages = (first, middle, last)
        raw = self._rows(h * sum(w * b.rate for w, b in zip(ERROR_WEIGHTS, stages, strict=True)))
        reach = 2 * raw.shape[1] - 1
        solve = import_module("scipy.linalg").solve_banded
        error = solve((reach, reach), band, raw.ravel(), check_finite=False).reshape(raw.shape)
        size = float((np.abs(error[:, :-1]) / self._scale).max()) / self._tolerance
        if size <= 1.0:
            self._y, self._time_s = last_y, end_s
            self._cleared += h * sum(w * b.cleared for w, b in zip(WEIGHTS, stages, strict=True))
            self._received += h * sum(w * b.received for w, b in zip(WEIGHTS, stages, strict=True))
            self.step_end_s.append(end_s)
            self._check_donor(last.here.s[:, 0])
        return size

    def _check_donor(self, donor_mol_per_m3: FloatArray) -> None:
        stack = self._system.stack
        worst = int(np.argmin(donor_mol_per_m3))
        if donor_mol_per_m3[worst] < -1e-2 * float(stack.donor_mol_per_m3.max()):
            raise ModelInputError(
                f"the donor has no {stack.names[worst]} left after {self._time_s:.4g} s, which its "
                "electrode takes; give it more, use a salt bridge, or pass less charge"
            )

"""Time stepping of the reference model with reactions: totals for ions, and a differenced Jacobian."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.forcing import Forcing
from models.reactive import ReactiveSystem
from models.reference_balance import Balance
from models.reference_solver import Drive, IonicRun

FloatArray = NDArray[np.float64]
_KEPT = 10
_NUDGE = 1e-6


class ReactiveRun(IonicRun):
    """One integration of a reactive system under a forcing.

    Parameters
    ----------
    system : ReactiveSystem
        Totals and their ions.
    forcing, tolerance
        As `IonicRun` takes them.
    """

    def __init__(self, system: ReactiveSystem, forcing: Forcing, *, tolerance: float) -> None:
        self.reactive = system
        self._kept: tuple[float, FloatArray] | None = None
        self._uses = 0
        super().__init__(system.ions, forcing, tolerance=tolerance, start=system.rest())

    def ph(self) -> FloatArray:
        """Return the pH at the nodes now."""
        return self.reactive.ph(self._y)

    def _evaluate(self, y: FloatArray, drive: Drive) -> Balance:
        return super()._evaluate(self.reactive.unknowns(y), drive)

    def _rows(self, values: FloatArray) -> FloatArray:
        totals = (self.reactive.reactants.forms @ values).T
        return np.column_stack((totals, np.zeros(len(totals))))

    def _scales(self, largest: FloatArray) -> FloatArray:
        del largest
        held = self.reactive.reactants
        found = np.maximum(held.donor_mol_per_m3, held.bath_mol_per_m3)
        scales: FloatArray = np.maximum(found, 1e-2 * found.max())
        return scales

    def _jacobian(self, y: FloatArray, found: Balance, drive: Drive, step: float) -> FloatArray:
        """Return the banded derivative by differences, kept while steps are alike and it serves."""
        near = self._kept is not None and abs(step - self._kept[0]) <= 0.2 * self._kept[0]
        if self._kept is None or not near or self._uses >= _KEPT:
            self._kept, self._uses = (step, self._differenced(y, found, drive, step)), 0
        self._uses += 1
        return self._kept[1]

    def _differenced(self, y: FloatArray, found: Balance, drive: Drive, step: float) -> FloatArray:
        n, m = y.shape
        nudge = _NUDGE * np.append(self._scale, 1.0)
        here, band = self._made(found, step), np.zeros((4 * m - 1, n * m))
        for column in range(m):
            for color in range(3):
                moved = y.copy()
                moved[color::3, column] += nudge[column]
                slope = (self._made(self._evaluate(moved, drive), step) - here) / nudge[column]
                _fill(band, slope, np.arange(color, n, 3), column)
        return band

    def _made(self, found: Balance, step: float) -> FloatArray:
        rows = self._rows(found.held - step * found.rate)
        rows[:, -1] = found.current
        return rows


def _fill(band: FloatArray, slope: FloatArray, moved: NDArray[np.intp], column: int) -> None:
    """Put the answers of each moved node's neighbors, (n_node, m), into the band."""
    n, m = slope.shape
    for reach in (-1, 0, 1):
        inside = moved[(moved + reach >= 0) & (moved + reach < n)]
        for row in range(m):
            at = 2 * m - 1 + reach * m + row - column
            band[at, inside * m + column] = slope[inside + reach, row]

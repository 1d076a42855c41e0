"""The reference model's balances linearized at a state: one factorization for every stage."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.reference_balance import Balance, at_points, jacobian
from models.reference_operator import IonicSystem
from models.reference_state import Row

FloatArray = NDArray[np.float64]


class Linearized:
    """Hold derivatives at a state.

    Parameters
    ----------
    system : IonicSystem
        The ions on their grid.
    found : Balance
        Values at the state.
    """

    def __init__(self, system: IonicSystem, found: Balance) -> None:
        self._system, self._found = system, found
        self._ds, self._dq, self._dphi = at_points(system, found.here)
        own = system.water[:, None] * self._dq + system.oil[:, None] * self._ds
        self._held = own[:, :-1]

    def concentrations(self, amounts: FloatArray) -> FloatArray:
        """Return the change of concentrations that holds amounts, (n_ion - 1, n_node) each."""
        system = self._system
        blocks = system.at_nodes(self._held[:-1])[:, :, :-1]
        blocks[:, :, 0] += system.stack.donor_volume_m * np.eye(system.n_ion - 1)
        solved = np.linalg.solve(blocks.transpose(2, 0, 1), amounts.T[:, :, None])
        return np.asarray(solved[:, :, 0].T, dtype=np.float64)

    def factor(self, reach: float) -> Any:
        """Return factors of held amounts minus reach times rates, and of the currents."""
        m = self._system.n_ion
        width = 2 * m - 1
        band = jacobian(self._system, self._found, reach)
        room = np.vstack((np.zeros((width, band.shape[1])), band))
        lapack = import_module("scipy.linalg.lapack")
        lu, pivots, _ = lapack.dgbtrf(room, width, width, overwrite_ab=True)
        return lu, pivots

    def solve(self, factors: Any, balance: FloatArray, lack: FloatArray) -> FloatArray:
        """Return increments of the unknowns, (n_node, n_ion), for balances and lacking currents."""
        width = 2 * self._system.n_ion - 1
        right = np.column_stack((balance.T, lack))
        solve = import_module("scipy.linalg.lapack").dgbtrs
        found, _ = solve(factors[0], width, width, right.ravel(), factors[1], overwrite_b=True)
        result: FloatArray = np.asarray(found).reshape(right.shape)
        return result

    def increments(
        self, change: FloatArray, gone: FloatArray, stray: FloatArray, reach: float
    ) -> Row:
        """Return what follows from increments of the unknowns, (n_node, n_ion).

        Parameters
        ----------
        change : (n_node, n_ion) array
            From `solve`.
        gone : (2, n_ion) array
            Rates of clearance and of arrival behind the deep face.
        stray : (n_ion - 1, n_node) array
            By how much concentrations held more than amounts said.
        reach : float
            Weight of the rates, s.
        """
        system, z = self._system, self._system.stack.charge
        s = np.zeros((system.n_ion, system.n_node + 1))
        s[:-1, :-1] = change[:, :-1].T
        s[-1] = -(z[:-1] @ s[:-1]) / z[-1]
        by_point = np.einsum("kvp,vp->kp", self._held, s[:-1, system.node])
        held = system.at_nodes(by_point)[:-1, :-1]
        held[:, 0] += system.stack.donor_volume_m * s[:-1, 0]
        cleared = (self._found.clearance * by_point).sum(axis=1)
        leaving = np.stack((cleared, self._received(s[:, -2], change[-1])))
        drop = -np.diff(change[:, -1], append=0.0)
        return Row(s, drop, held + stray, reach * (gone + leaving))

    def _received(self, s: FloatArray, change: FloatArray) -> FloatArray:
        """Return the change of fluxes through the deep face."""
        system, flow = self._system, self._found.through
        dq, dphi = self._dq[:, :, system.left[-1]], self._dphi[:, system.left[-1]]
        lipid = np.where(system.stack.sealed, 0.0, system.lipid[:, -1])
        turned = system.stack.charge * flow.field[:, -1] * (dphi @ change)
        changed: FloatArray = flow.forward[:, -1] * (dq @ change) + lipid * s + turned
        return changed

"""Balances of the reference model's nodes, and their exact banded derivative."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.constants import FARADAY_C_PER_MOL
from models.reference_operator import Fluxes, IonicSystem, Local

FloatArray = NDArray[np.float64]


@dataclass(slots=True, kw_only=True)
class Balance:
    """Hold what one evaluation gives.

    Parameters
    ----------
    here, through : Local, Fluxes
        Values at points and through elements.
    held, rate : (n_ion, n_node) array
        Amounts at the nodes, mol/m^2, and their rates.
    current : (n_element,) array
        Current carried through each element, A/m^2.
    clearance : (n_ion, n_point) array
        Exchange with blood, 1/s.
    cleared, received : (n_ion,) array
        Rates into blood and through the deep face, mol/(m^2 s).
    """

    here: Local
    through: Fluxes
    held: FloatArray
    rate: FloatArray
    current: FloatArray
    clearance: FloatArray
    cleared: FloatArray
    received: FloatArray


def evaluate(
    system: IonicSystem,
    y: FloatArray,
    current: float,
    opening: float,
    flow: float = 1.0,
    charge: float = 0.0,
) -> Balance:
    """Return the balances for the unknowns y, (n_node, n_ion).

    Parameters
    ----------
    system : IonicSystem
        The ions on their grid.
    y : (n_node, n_ion) array
        Unknowns.
    current, opening, flow : float
        Current density, A/m^2; pore area and blood flow relative to rest.
    charge : float
        Passed so far, either way, C/m^2.
    """
    here = system.local(y)
    through = system.fluxes(here, current, opening)
    amounts = system.held(here)
    clearance = system.clearance(flow)
    taken = clearance * (amounts - system.blood)
    held = system.at_nodes(amounts)[:, :-1]
    held[:, 0] += system.stack.donor_volume_m * here.s[:, 0]
    rate = -through.flux - system.at_nodes(taken)[:, :-1]
    rate[:, 1:] += through.flux[:, :-1]
    rate[:, 0] += system.source(current, charge)
    return Balance(
        here=here,
        through=through,
        held=held,
        rate=rate,
        current=FARADAY_C_PER_MOL * (system.stack.charge @ through.flux),
        clearance=clearance,
        cleared=taken.sum(axis=1),
        received=through.flux[:, -1],
    )


def jacobian(system: IonicSystem, found: Balance, step: float) -> FloatArray:
    """Return the banded derivative of held amounts minus step times rates, and of the currents.

    Rows and columns run node by node; within a node the last row is the current's and the last
    column the potential's. Banded as `scipy.linalg.solve_banded` takes it.
    """
    ds, dq, dphi = at_points(system, found.here)
    left, right, flow = system.left, system.right, found.through
    lead = system.stack.charge[:, None, None] * flow.field[:, None, :]
    lipid = system.lipid.copy()
    lipid[system.stack.sealed, -1] = 0.0
    ahead = flow.forward[:, None] * dq[:, :, left] + lipid[:, None] * ds
    ahead += lead * dphi[None][:, :, left]
    behind = -flow.backward[:, None] * dq[:, :, right] - lipid[:, None] * ds
    behind -= lead * dphi[None][:, :, right]
    kept = (1.0 + step * found.clearance)[:, None]
    own = kept * (system.water[:, None] * dq + system.oil[:, None] * ds)
    middle = system.at_nodes(own)[:, :, :-1]
    middle[:, :, 0] += system.stack.donor_volume_m * ds[:, :, 0]
    middle += step * ahead
    middle[:, :, 1:] -= step * behind[:, :, :-1]
    upper, lower = step * behind[:, :, :-1], -step * ahead[:, :, :-1]
    charge = FARADAY_C_PER_MOL * system.stack.charge
    middle[-1] = np.einsum("j,jve->ve", charge, ahead)
    upper[-1] = np.einsum("j,jve->ve", charge, behind[:, :, :-1])
    lower[-1] = 0.0
    return _banded(lower, middle, upper)


def at_points(system: IonicSystem, here: Local) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return derivatives by a node's unknowns: of s, of q, and of φ, unknowns on the second axis."""
    m, z = system.n_ion, system.stack.charge
    ds = np.zeros((m, m, 1))
    ds[:-1, :-1, 0] = np.eye(m - 1)
    ds[-1, :-1, 0] = -z[:-1] / z[-1]
    decay = np.exp(-z[:, None] * here.psi)
    strength = np.maximum((z[:, None] ** 2 * here.q).sum(axis=0), 1e-12)
    by_s = z[:, None] * decay / strength
    dpsi = np.zeros((m, here.psi.size))
    dpsi[:-1] = by_s[:-1] - (z[:-1] / z[-1])[:, None] * by_s[-1]
    dq = decay[:, None] * ds - (z[:, None] * here.q)[:, None] * dpsi[None]
    dphi = dpsi.copy()
    dphi[-1] = 1.0
    return ds, dq, dphi


def _banded(lower: FloatArray, middle: FloatArray, upper: FloatArray) -> FloatArray:
    """Return blocks (row, column, node) as a band."""
    m, n = middle.shape[0], middle.shape[2]
    band = np.zeros((4 * m - 1, n * m))
    for row in range(m):
        for column in range(m):
            at = 2 * m - 1 + row - column
            band[at, column::m] = middle[row, column]
            band[at - m, column + m :: m] = upper[row, column]
            band[at + m, column : (n - 1) * m : m] = lower[row, column]
    return band

"""Balances of the reference model on its grid, and their banded derivative.

Derivatives come from complex steps on single elements, exact to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.constants import FARADAY_C_PER_MOL
from models.electroneutral import ComplexArray, FloatArray, IonicOperator

_TINY = 1e-200


@dataclass(slots=True, kw_only=True)
class Balance:
    """Hold what one evaluation of the equations gives.

    Parameters
    ----------
    held, rate : (n_node, n_ion) array
        Amounts at the nodes, mol/m^2, and their rates.
    current : (n_node,) array
        Current through the element right of each node, A/m^2.
    cleared : (n_ion,) array
        Rate of clearance, mol/(m^2 s).
    flux : (n_ion, n_element) array
        Fluxes, mol/(m^2 s).
    """

    held: FloatArray
    rate: FloatArray
    current: FloatArray
    cleared: FloatArray
    flux: FloatArray


def evaluate(operator: IonicOperator, y: FloatArray, i: float) -> Balance:
    """Return amounts, rates and currents for the unknowns y, (n_node, n_ion)."""
    s, phi = operator.expand(y)
    flux, left, right = operator.elements((s[:, :-1], phi[:-1]), (s[:, 1:], phi[1:]), i)
    lost_left, lost_right = operator.lost(left).real, operator.lost(right).real
    held = (operator.half_m * left.real).T
    held[1:] += (operator.half_m * right.real).T[:-1]
    held[0] += operator.cell.donor_volume_m * s[:, 0].real
    rate = -(flux.real + lost_left).T
    rate[1:] += (flux.real - lost_right).T[:-1]
    rate[0] += operator.source(i)
    return Balance(
        held=held,
        rate=rate,
        current=FARADAY_C_PER_MOL * (operator.cell.charge @ flux.real),
        cleared=lost_left.sum(axis=1) + lost_right.sum(axis=1),
        flux=flux.real,
    )


def jacobian(operator: IonicOperator, y: FloatArray, i: float, step: float) -> FloatArray:
    """Return the banded derivative of amounts minus step times rates, and of the currents.

    Rows and columns run node by node; within a node the last row is the current's and the last
    column the potential's. Banded as `scipy.linalg.solve_banded` takes it.
    """
    m = operator.n_ion
    s, phi = operator.expand(y)
    ends = [(s[:, :-1], phi[:-1]), (s[:, 1:], phi[1:])]
    band = np.zeros((4 * m - 1, operator.n_node * m))
    for side in (0, 1):
        for v in range(m):
            moved = list(ends)
            moved[side] = _nudge(ends[side], v, operator.cell.charge)
            _fill(band, operator, operator.elements(moved[0], moved[1], i), (side, v), step)
    band[2 * m - 1, : m - 1] += operator.cell.donor_volume_m
    return band


def _fill(
    band: FloatArray,
    operator: IonicOperator,
    found: tuple[ComplexArray, ComplexArray, ComplexArray],
    nudged: tuple[int, int],
    step: float,
) -> None:
    """Add what a step in one unknown, at one side of every element, does to both its nodes."""
    flux, *held = found
    side, v = nudged
    m, nodes, middle = operator.n_ion, np.arange(operator.n_node), 2 * operator.n_ion - 1
    column = nodes + side
    inside = column < operator.n_node
    for end, sign in ((0, 1.0), (1, -1.0)):
        lost = operator.lost(held[end]).imag
        block = operator.half_m * held[end].imag + step * (sign * flux.imag + lost)
        use = inside & (nodes + end < operator.n_node)
        at = column[use] * m + v
        for k in range(m - 1):
            band[middle + (nodes + end)[use] * m + k - at, at] += block[k, use] / _TINY
    through = FARADAY_C_PER_MOL * (operator.cell.charge @ flux.imag) / _TINY
    at = column[inside] * m + v
    band[middle + nodes[inside] * m + m - 1 - at, at] += through[inside]


def _nudge(
    end: tuple[ComplexArray, ComplexArray], v: int, z: FloatArray
) -> tuple[ComplexArray, ComplexArray]:
    """Return bath values with an imaginary step in one unknown."""
    s, phi = end[0].copy(), end[1].copy()
    if v == z.size - 1:
        return s, phi + 1j * _TINY
    s[v] += 1j * _TINY
    s[-1] -= 1j * _TINY * z[v] / z[-1]
    return s, phi

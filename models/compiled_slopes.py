"""Derivatives of the reference model's fluxes and amounts, compiled.

An element's drop of potential follows from the current through it, which knows no other drop: it is
eliminated here, and the nodes keep the concentrations of all ions but the last.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.compiled_pores import Ions, Pores
from models.compiled_system import inner_jit

FloatArray = NDArray[np.float64]


class Slopes(NamedTuple):
    """Hold derivatives at one state; v runs over all ions but the last.

    Parameters
    ----------
    field : (n_ion, n_element) array
        Derivative of fluxes by the drop, over that of the current in moles.
    stiffness : (n_element,) array
        Derivative of the current, in moles, by the drop.
    by_s : (2, n_ion, n_ion - 1, n_element) array
        Derivatives of fluxes by concentrations v left and right, under a given current.
    pull : (2, n_ion - 1, n_element) array
        Derivatives of the current, in moles, by concentrations, over that by the drop.
    pores, psi : (2, n_ion, n_ion - 1, n_element), (2, n_ion - 1, n_element) array
        Derivatives of concentrations in pores, and of Donnan potentials, left and right.
    held, taken : (n_ion - 1, n_ion - 1, n_node) array
        Derivatives of amounts at the nodes and of what blood takes there.
    """

    field: FloatArray
    stiffness: FloatArray
    by_s: FloatArray
    pull: FloatArray
    pores: FloatArray
    psi: FloatArray
    held: FloatArray
    taken: FloatArray


@inner_jit
def derive_pores(ions: Ions, pores: Pores, slopes: Slopes) -> None:
    """Write derivatives in pores with fixed charge; elsewhere they stay as they were set up.

    With ``S = Σ z_k² q_k``: ``dψ/ds_v = z_v (e^{-z_v ψ} - e^{-z_m ψ})/S``, where the last ion m
    makes up for the charge of v.
    """
    z = ions.charge
    m = z.size
    for span in range(ions.charged.shape[0]):
        for side in range(2):
            for e in range(ions.charged[span, 0], ions.charged[span, 1]):
                psi, strength = pores.psi[side, e], 1e-300
                for k in range(m):
                    strength += z[k] * z[k] * pores.q[side, k, e]
                end = np.exp(-z[m - 1] * psi)
                for v in range(m - 1):
                    own = np.exp(-z[v] * psi)
                    turn = z[v] * (own - end) / strength
                    slopes.psi[side, v, e] = turn
                    for k in range(m):
                        slopes.pores[side, k, v, e] = -z[k] * pores.q[side, k, e] * turn
                    slopes.pores[side, v, v, e] += own
                    slopes.pores[side, m - 1, v, e] -= end * z[v] / z[m - 1]


@inner_jit
def derive_fields(charge: FloatArray, pores: Pores, slopes: Slopes) -> None:
    """Write derivatives by the drops: of fluxes, and of the current.

    ``B'(a) = B (1 - B - a)/a``.
    """
    m, n = pores.a.shape
    a, b, left, right = pores.a, pores.b, pores.q[0], pores.q[1]
    for k in range(m):
        for e in range(n):
            x = a[k, e]
            safe = x if abs(x) > 1e-3 else 1.0
            steep = b[k, e] * (1.0 - b[k, e] - x) / safe
            steep = steep if abs(x) > 1e-3 else x / 6.0 - 0.5
            turn = steep * (left[k, e] - right[k, e]) + left[k, e]
            slopes.field[k, e] = charge[k] * pores.through[k, e] * turn
    for e in range(n):
        slopes.stiffness[e] = charge[0] * slopes.field[0, e]
    for k in range(1, m):
        for e in range(n):
            slopes.stiffness[e] += charge[k] * slopes.field[k, e]


@inner_jit
def derive_fluxes(ions: Ions, pores: Pores, slopes: Slopes) -> None:
    """Write derivatives of fluxes, with the drops eliminated."""
    m, n = pores.a.shape
    derive_fields(ions.charge, pores, slopes)
    slopes.pull[:] = 0.0
    for k in range(m):
        for v in range(m - 1):
            derive_flux(ions, pores, k, v, slopes)
    for k in range(m):
        for e in range(n):
            slopes.field[k, e] /= slopes.stiffness[e]
        for v in range(m - 1):
            for e in range(n):
                slopes.by_s[0, k, v, e] -= slopes.field[k, e] * slopes.pull[0, v, e]
            for e in range(n):
                slopes.by_s[1, k, v, e] -= slopes.field[k, e] * slopes.pull[1, v, e]
    for v in range(m - 1):
        for e in range(n):
            slopes.pull[0, v, e] /= slopes.stiffness[e]
            slopes.pull[1, v, e] /= slopes.stiffness[e]


@inner_jit
def derive_flux(ions: Ions, pores: Pores, k: int, v: int, slopes: Slopes) -> None:
    """Write derivatives of one ion's fluxes by one concentration, and add to the current's."""
    z, n = ions.charge, ions.excess.size
    lead = 1.0 if v == k else (-z[v] / z[z.size - 1] if k == z.size - 1 else 0.0)
    left, right = slopes.by_s[0, k, v], slopes.by_s[1, k, v]
    through, a, b, lipid = pores.through[k], pores.a[k], pores.b[k], ions.element[2, k]
    before, behind = slopes.pores[0, k, v], slopes.pores[1, k, v]
    for e in range(n):
        left[e] = through[e] * (b[e] + a[e]) * before[e] + lead * lipid[e]
    for e in range(n):
        right[e] = -through[e] * b[e] * behind[e] - lead * lipid[e]
    for span in range(ions.charged.shape[0]):
        for e in range(ions.charged[span, 0], ions.charged[span, 1]):
            left[e] += slopes.field[k, e] * slopes.psi[0, v, e]
            right[e] -= slopes.field[k, e] * slopes.psi[1, v, e]
    for e in range(n):
        slopes.pull[0, v, e] += z[k] * left[e]
    for e in range(n):
        slopes.pull[1, v, e] += z[k] * right[e]


@inner_jit
def derive_amounts(ions: Ions, pores: Pores, slopes: Slopes) -> None:
    """Write derivatives of what nodes hold, and of what blood takes."""
    m, n = pores.a.shape
    for k in range(m - 1):
        for v in range(m - 1):
            held, taken, own = slopes.held[k, v], slopes.taken[k, v], 1.0 if v == k else 0.0
            water, oil, clearance = ions.half[0, k], ions.half[1, k], pores.clearance[k]
            held[0], taken[0] = own * ions.volume[0], 0.0
            for e in range(n - 1):
                amount = water[e] * slopes.pores[1, k, v, e] + own * oil[e]
                held[e + 1] = amount
                taken[e + 1] = clearance[e] * amount
            for e in range(n):
                amount = water[e] * slopes.pores[0, k, v, e] + own * oil[e]
                held[e] += amount
                taken[e] += clearance[e] * amount

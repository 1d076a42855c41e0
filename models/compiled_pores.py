"""Concentrations in pores and fluxes through elements of the reference model, compiled.

The equations are those of `reference_operator.py`. Arrays run along elements innermost, so that one
instruction serves several. Element e lies between nodes e and e + 1; what a node holds is kept by
its halves of elements, right of it and left of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.compiled_lanes import falling
from models.compiled_system import inner_jit

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Ions(NamedTuple):
    """Hold a system on its grid.

    Parameters
    ----------
    charge : (n_ion,) array
        z.
    element : (3, n_ion, n_element) array
        P/h, exponent per current density, and Q/h; P/h and Q/h are 0 where sealed.
    half : (5, n_ion, n_element) array
        What half an element holds per concentration in pores and bath; its exchange with blood,
        1/s, and flow's share in that; what it holds of the bath.
    excess, opened : (n_element,) array
        Fixed charge of the pores, mol/m^3; 1 where current opens pores, 0 elsewhere.
    charged, perfused : (n, 2) int array
        Spans of elements with fixed charge, and with blood.
    volume : (1,) array
        Donor volume per area.
    """

    charge: FloatArray
    element: FloatArray
    half: FloatArray
    excess: FloatArray
    opened: FloatArray
    charged: IntArray
    perfused: IntArray
    volume: FloatArray


class Pores(NamedTuple):
    """Hold what one evaluation gives.

    Parameters
    ----------
    kept : (2,) array
        Opening and blood flow that `through`, `drift` and `clearance` belong to.
    through, drift, clearance : (n_ion, n_element) array
        P/h, exponent per current density, and exchange with blood at these.
    psi, q : (2, n_element), (2, n_ion, n_element) array
        Donnan potential and concentrations in pores, left and right in an element. The potential
        last found is where the next search begins.
    a, b, flux : (n_ion, n_element) array
        Exponents, their Bernoulli functions, and fluxes.
    """

    kept: FloatArray
    through: FloatArray
    drift: FloatArray
    clearance: FloatArray
    psi: FloatArray
    q: FloatArray
    a: FloatArray
    b: FloatArray
    flux: FloatArray


@inner_jit
def neutralize(charge: FloatArray, s: FloatArray) -> None:
    """Write the last ion's concentrations, (n_ion, n), so that charges cancel."""
    last, n = charge.size - 1, s.shape[1]
    for j in range(n):
        s[last, j] = -charge[0] / charge[last] * s[0, j]
    for k in range(1, last):
        share = charge[k] / charge[last]
        for j in range(n):
            s[last, j] -= share * s[k, j]


@inner_jit
def adapt(ions: Ions, opening: float, flow: float, pores: Pores) -> None:
    """Bring pores up to an opening, and the exchange with blood to a flow, relative to rest."""
    if pores.kept[0] != opening:
        pores.kept[0] = opening
        for k in range(ions.charge.size):
            for e in range(ions.opened.size):
                wider = 1.0 + ions.opened[e] * (opening - 1.0)
                pores.through[k, e] = ions.element[0, k, e] * wider
                pores.drift[k, e] = ions.element[1, k, e] / wider
    if pores.kept[1] != flow:
        pores.kept[1] = flow
        for k in range(ions.charge.size):
            for e in range(ions.opened.size):
                share = ions.half[3, k, e]
                pores.clearance[k, e] = ions.half[2, k, e] / (1.0 - share + share / flow)


@inner_jit
def donnan(charge: FloatArray, s: FloatArray, j: int, excess: float, guess: float) -> float:
    """Return ψ that solves ``Σ z_k s_k e^{-z_k ψ} + X = 0`` at node j."""
    psi = guess
    for _ in range(60):
        total, stiff = excess, 0.0
        for k in range(charge.size):
            held = charge[k] * s[k, j] * np.exp(-charge[k] * psi)
            total += held
            stiff += charge[k] * held
        change = min(max(total / max(stiff, 1e-12), -1.0), 1.0)
        psi += change
        # Convergence is quadratic: the next change would be below rounding.
        if abs(change) < 1e-8:
            break
    return psi


@inner_jit
def fill_pores(ions: Ions, s: FloatArray, pores: Pores) -> None:
    """Write Donnan potentials and concentrations in pores for bath values (n_ion, n_node + 1)."""
    m, n = pores.a.shape
    for k in range(m):
        for e in range(n):
            pores.q[0, k, e] = s[k, e]
            pores.q[1, k, e] = s[k, e + 1]
    for span in range(ions.charged.shape[0]):
        first, last = ions.charged[span, 0], ions.charged[span, 1]
        for e in range(first, last):
            pores.psi[0, e] = donnan(ions.charge, s, e, ions.excess[e], pores.psi[0, e])
            for k in range(m):
                pores.q[0, k, e] *= np.exp(-ions.charge[k] * pores.psi[0, e])
        for e in range(first, last - 1):
            pores.psi[1, e] = pores.psi[0, e + 1]
            for k in range(m):
                pores.q[1, k, e] = pores.q[0, k, e + 1]
        e = last - 1
        pores.psi[1, e] = donnan(ions.charge, s, last, ions.excess[e], pores.psi[1, e])
        for k in range(m):
            pores.q[1, k, e] *= np.exp(-ions.charge[k] * pores.psi[1, e])


@inner_jit
def bernoulli(a: FloatArray, b: FloatArray) -> None:
    """Write B(a), flat."""
    for x in range(a.size):
        b[x] = falling(abs(a[x])) - min(a[x], 0.0)


@inner_jit
def fill_fluxes(ions: Ions, current: float, s: FloatArray, drop: FloatArray, pores: Pores) -> None:
    """Write exponents, Bernoulli functions and fluxes under a current density, A/m^2.

    `drop` is the fall of the bath's potential over each element in RT/F, (n_element,).
    """
    m, n = pores.a.shape
    left, right, lipid = pores.q[0], pores.q[1], ions.element[2]
    a, b, flux, psi = pores.a, pores.b, pores.flux, pores.psi
    for k in range(m):
        z = ions.charge[k]
        for e in range(n):
            a[k, e] = current * pores.drift[k, e] + z * (drop[e] + psi[0, e] - psi[1, e])
    bernoulli(a.ravel(), b.ravel())
    for k in range(m):
        for e in range(n):
            diffusing = b[k, e] * (left[k, e] - right[k, e])
            flux[k, e] = pores.through[k, e] * (diffusing + a[k, e] * left[k, e])
        for e in range(n):
            flux[k, e] += lipid[k, e] * (s[k, e] - s[k, e + 1])

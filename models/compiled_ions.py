"""The reference model's stages compiled by numba: Newton's method on block-tridiagonal systems.

The equations are those of `electroneutral.py` and `electroneutral_balance.py`, with derivatives
written out. With ``e_k = exp(-z_k ψ)`` and ``S = Σ z_k² s_k e_k``,

    ``dψ/ds_j = z_j (e_j - e_m)/S``,  ``dc_k/ds_j = K e_k ds_k/ds_j - z_k c_k dψ/ds_j``
    ``B'(a) = B (1 - B - a)/a``,       ``dJ/da = D/h [(B' + 1) c_L - B' c_R]``
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.compiled_system import jit
from models.constants import FARADAY_C_PER_MOL

FloatArray = NDArray[np.float64]
IonSystem = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]
"""z, bath and released, (3, n_ion); D/h and drift, (n_ion, n_element); K, X/K, half length and
clearance, (4, n_element); blood, (n_ion, n_element); donor volume, (1,)."""
Blocks = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


@jit
def donnan(z: FloatArray, s: FloatArray, excess: float) -> float:
    """Return ψ that solves ``Σ z_k s_k e^{-z_k ψ} + X/K = 0``."""
    strength = 0.0
    for k in range(z.size):
        strength += z[k] * z[k] * s[k]
    psi = float(np.arcsinh(excess / strength))
    for _ in range(60):
        total, stiff = excess, 0.0
        for k in range(z.size):
            held = z[k] * s[k] * np.exp(-z[k] * psi)
            total += held
            stiff += z[k] * held
        psi += total / stiff
        if abs(total / stiff) < 1e-14:
            break
    return psi


@jit
def sides(
    system: IonSystem, e: int, s: FloatArray, c: FloatArray, slope: FloatArray, derive: bool
) -> float:
    """Write tissue concentrations c and their slopes for a bath s on element e; return ψ.

    Row n_ion of `slope` holds dψ/ds.
    """
    z, partition, excess = system[0][0], system[3][0, e], system[3][1, e]
    m = z.size
    if excess == 0.0:
        for k in range(m):
            c[k] = partition * s[k]
            if derive:
                slope[m] = 0.0
                slope[k] = 0.0
                slope[k, k] = partition
        if derive:
            for k in range(m - 1):
                slope[m - 1, k] = -partition * z[k] / z[m - 1]
        return 0.0
    psi, strength, last = donnan(z, s, excess), 0.0, 1.0
    for k in range(m):
        last = np.exp(-z[k] * psi)
        c[k] = partition * s[k] * last
        strength += z[k] * z[k] * s[k] * last
    for j in range(m - 1):
        own = np.exp(-z[j] * psi)
        turn = z[j] * (own - last) / strength
        slope[m, j] = turn
        for k in range(m):
            slope[k, j] = -z[k] * c[k] * turn
        slope[j, j] += partition * own
        slope[m - 1, j] -= partition * last * z[j] / z[m - 1]
    return psi


@jit
def bernoulli_pair(a: float) -> tuple[float, float]:
    """Return ``B(a)`` and its derivative."""
    up = abs(a)
    if up < 1e-3:
        square = a * a
        return 1.0 - 0.5 * a + square / 12.0 - square * square / 720.0, (
            -0.5 + a / 6.0 - a * square / 180.0
        )
    b = up / np.expm1(min(up, 700.0)) + (up if a < 0.0 else 0.0)
    return b, b * (1.0 - b - a) / a


@jit
def expand(system: IonSystem, y: FloatArray, j: int, s: FloatArray) -> float:
    """Write all ions' s at a node; return Φ. The node behind the last is the bath."""
    z = system[0][0]
    m = z.size
    if j == y.shape[0]:
        s[:] = system[0][1]
        return 0.0
    total = 0.0
    for k in range(m - 1):
        s[k] = y[j, k]
        total += z[k] * y[j, k]
    s[m - 1] = -total / z[m - 1]
    return float(y[j, m - 1])


@jit
def balance(
    system: IonSystem,
    y: FloatArray,
    i: float,
    step: float,
    found: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    blocks: Blocks,
    derive: bool,
) -> None:
    """Write amounts, rates, fluxes and clearance, and the derivative's blocks if asked.

    Parameters
    ----------
    system : tuple
        See `IonSystem`.
    y : (n_node, n_ion) array
        Unknowns.
    i, step : float
        Current density, A/m^2, and the weight of the rates in the derivative, s.
    found : tuple
        Amounts and rates (n_node, n_ion), fluxes (n_ion, n_element), cleared (n_ion,); overwritten.
    blocks : tuple of (n_node, n_ion, n_ion) arrays
        Derivatives by the node before, the node itself and the node behind, overwritten; and room
        for the inverse pivots.
    derive : bool
        Whether to write the blocks.
    """
    z, spread, drift = system[0][0], system[1], system[2]
    half, clearance, blood = system[3][2], system[3][3], system[4]
    held, rate, flux, cleared = found
    n, m = y.shape
    s, c = np.empty((2, m)), np.empty((2, m))
    slope, jump = np.zeros((2, m + 1, m)), np.empty((2, m))
    held[:] = 0.0
    rate[:] = 0.0
    cleared[:] = 0.0
    if derive:
        for block in blocks[:3]:
            block[:] = 0.0
    phi_left = expand(system, y, 0, s[0])
    for k in range(m):
        held[0, k] = system[5][0] * s[0, k]
        rate[0, k] = system[0][2, k] * i / FARADAY_C_PER_MOL
    for e in range(n):
        phi_right = expand(system, y, e + 1, s[1])
        drop = phi_left + sides(system, e, s[0], c[0], slope[0], derive)
        drop -= phi_right + sides(system, e, s[1], c[1], slope[1], derive)
        for k in range(m):
            a = z[k] * drop + i * drift[k, e]
            b, turn = bernoulli_pair(a)
            flux[k, e] = spread[k, e] * ((b + a) * c[0, k] - b * c[1, k])
            lost = clearance[e] * half[e]
            lost_left, lost_right = lost * (c[0, k] - blood[k, e]), lost * (c[1, k] - blood[k, e])
            held[e, k] += half[e] * c[0, k]
            rate[e, k] -= flux[k, e] + lost_left
            cleared[k] += lost_left + lost_right
            if e + 1 < n:
                held[e + 1, k] += half[e] * c[1, k]
                rate[e + 1, k] += flux[k, e] - lost_right
            if derive:
                moved = spread[k, e] * ((turn + 1.0) * c[0, k] - turn * c[1, k]) * z[k]
                for v in range(m - 1):
                    jump[0, v] = spread[k, e] * (b + a) * slope[0, k, v] + moved * slope[0, m, v]
                    jump[1, v] = -spread[k, e] * b * slope[1, k, v] - moved * slope[1, m, v]
                jump[0, m - 1], jump[1, m - 1] = moved, -moved
                add(e, k, z[k], step, half[e] * (1.0 + step * clearance[e]), slope, jump, blocks)
        phi_left = phi_right
        s[0] = s[1]
    if derive:
        for k in range(m - 1):
            blocks[1][0, k, k] += system[5][0]


@jit
def add(
    e: int,
    k: int,
    z: float,
    step: float,
    room: float,
    slope: FloatArray,
    jump: FloatArray,
    blocks: Blocks,
) -> None:
    """Add what one ion's flux through an element does to the nodes at its ends."""
    before, here, behind, _ = blocks
    n, m = here.shape[0], here.shape[1]
    for v in range(m):
        here[e, m - 1, v] += FARADAY_C_PER_MOL * z * jump[0, v]
        behind[e, m - 1, v] += FARADAY_C_PER_MOL * z * jump[1, v]
        if k < m - 1:
            here[e, k, v] += room * slope[0, k, v] + step * jump[0, v]
            behind[e, k, v] += step * jump[1, v]
            if e + 1 < n:
                here[e + 1, k, v] += room * slope[1, k, v] - step * jump[1, v]
                before[e + 1, k, v] -= step * jump[0, v]


@jit
def unfold(
    system: IonSystem, y: FloatArray, i: FloatArray, held: FloatArray, flux: FloatArray
) -> None:
    """Write what elements hold and the fluxes through them, (n_time, n_ion, n_element)."""
    z, spread, drift, half = system[0][0], system[1], system[2], system[3][2]
    m = z.size
    s, c, slope = np.empty((2, m)), np.empty((2, m)), np.zeros((m + 1, m))
    for t in range(y.shape[0]):
        for e in range(y.shape[1]):
            drop = expand(system, y[t], e, s[0]) - expand(system, y[t], e + 1, s[1])
            drop += sides(system, e, s[0], c[0], slope, False)
            drop -= sides(system, e, s[1], c[1], slope, False)
            for k in range(m):
                a = z[k] * drop + i[t] * drift[k, e]
                b, _ = bernoulli_pair(a)
                flux[t, k, e] = spread[k, e] * ((b + a) * c[0, k] - b * c[1, k])
                held[t, k, e] = half[e] * (c[0, k] + c[1, k])

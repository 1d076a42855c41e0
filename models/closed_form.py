"""Exact answers of simple cases, kept to check the solver against.

Symbols: L thickness, D diffusivity, K partition, v velocity, k clearance; ``w = v L / D``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bounds import finite, not_negative, positive
from models.errors import ModelInputError

ComplexArray = NDArray[np.complex128]
FloatArray = NDArray[np.float64]
_TALBOT_TERMS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Slab:
    """Hold one homogeneous layer of an exact case.

    Parameters
    ----------
    thickness_m, diffusivity_m2_per_s, partition : float
        L, D and K.
    velocity_m_per_s : float
        v, which carries the concentration in the layer.
    clearance_per_s : float
        k.
    """

    thickness_m: float
    diffusivity_m2_per_s: float
    partition: float = 1.0
    velocity_m_per_s: float = 0.0
    clearance_per_s: float = 0.0

    def __post_init__(self) -> None:
        positive("thickness_m", self.thickness_m)
        positive("diffusivity_m2_per_s", self.diffusivity_m2_per_s)
        positive("partition", self.partition)
        finite("velocity_m_per_s", self.velocity_m_per_s)
        not_negative("clearance_per_s", self.clearance_per_s)


def goldman_enhancement(w: float) -> float:
    """Return steady flux over passive flux into an empty receptor, ``w/(1 - e^-w)``.

    Constant-field equation (Goldman 1943): J = (D K/L) c_d times this.
    """
    return 1.0 if abs(w) < 1e-12 else w / -math.expm1(-w)


def lag_time_s(slab: Slab) -> float:
    """Return the time lag of a slab with drift, ``(L²/D) (w coth(w/2) - 2)/w²``.

    L²/6D without drift, L/v with much (Keister & Kasting 1986).
    """
    scale = slab.thickness_m**2 / slab.diffusivity_m2_per_s
    w = slab.velocity_m_per_s * slab.thickness_m / slab.diffusivity_m2_per_s
    if abs(w) < 1e-3:
        return scale * (1.0 / 6.0 - w**2 / 360.0)
    return scale * (w / math.tanh(w / 2.0) - 2.0) / w**2


def transient_flux_ratio(w: float, scaled_time: float, terms: int = 200) -> float:
    """Return flux into an empty receptor over its steady value (Keister & Kasting 1986).

    ``J = J_ss + (D c0/L) e^{w/2} Σ 2n²π²(-1)ⁿ/(n²π² + w²/4) e^{-(n²π² + w²/4) τ}``,
    with ``τ = D t/L²``.
    """
    total = 0.0
    for n in range(1, terms + 1):
        root = (n * math.pi) ** 2
        decay = root + w**2 / 4.0
        total += 2.0 * root * (-1.0) ** n / decay * math.exp(w / 2.0 - decay * scaled_time)
    return 1.0 + total / goldman_enhancement(w)


def two_layer_lag_s(first: Slab, second: Slab) -> float:
    """Return the time lag of two layers without drift (Ash, Barrer & Palmer 1965)."""
    times = [s.thickness_m**2 / s.diffusivity_m2_per_s for s in (first, second)]
    r1, r2 = (s.thickness_m / (s.diffusivity_m2_per_s * s.partition) for s in (first, second))
    total = times[0] * (r1 / 6 + r2 / 2) + times[1] * (r1 / 2 + r2 / 6)
    return total / (r1 + r2)


def decay_length_m(
    diffusivity_m2_per_s: float, velocity_m_per_s: float, clearance_per_s: float
) -> float:
    """Return the depth over which a steady profile falls e-fold in perfused tissue with drift.

    ``c ∝ e^{m x}, m = [v - sqrt(v² + 4 D k)]/2D``; the length is -1/m.
    """
    d = positive("diffusivity_m2_per_s", diffusivity_m2_per_s)
    k = positive("clearance_per_s", clearance_per_s)
    v = finite("velocity_m_per_s", velocity_m_per_s)
    return 2.0 * d / (math.sqrt(v**2 + 4.0 * d * k) - v)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackFlux:
    """Hold exact fluxes and amounts of a stack between an infinite donor and a sink.

    Parameters
    ----------
    flux_in, flux_out : float
        mol/(m² s).
    amount_in, amount_out : float
        Cumulative, mol/m².
    """

    flux_in: float
    flux_out: float
    amount_in: float
    amount_out: float


def stack_flux(slabs: Sequence[Slab], donor_mol_per_m3: float, time_s: float) -> StackFlux:
    """Return the exact flux through any stack of slabs, from an empty start.

    Per layer the Laplace transform of c is ``a e^{r1 x} + b e^{r2 x}`` with
    ``r = (v ± sqrt(v² + 4 D (k + p)))/2D``; c/K and flux match at interfaces; inverted by fixed
    Talbot contours (Abate & Whitt 2006), good to about 1e-9.

    Raises
    ------
    ModelInputError
        If there is no slab, or the time is not positive.
    """
    if not slabs:
        raise ModelInputError("slabs: give at least one")
    time = positive("time_s", time_s)

    def entering(p: ComplexArray) -> ComplexArray:
        transfer = _transfer(slabs, p)
        return -donor_mol_per_m3 / p * transfer[0] / transfer[1]

    def leaving(p: ComplexArray) -> ComplexArray:
        # det of the transfer matrix over M12, instead of a difference of huge terms.
        exponent = sum(s.velocity_m_per_s * s.thickness_m / s.diffusivity_m2_per_s for s in slabs)
        result: ComplexArray = -donor_mol_per_m3 / p * math.exp(exponent) / _transfer(slabs, p)[1]
        return result

    return StackFlux(
        flux_in=_talbot(entering, time),
        flux_out=_talbot(leaving, time),
        amount_in=_talbot(lambda p: entering(p) / p, time),
        amount_out=_talbot(lambda p: leaving(p) / p, time),
    )


def _transfer(slabs: Sequence[Slab], p: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
    """Return M11 and M12 of the matrix that carries (c/K, J) from the first face to the last."""
    one, zero = np.ones_like(p), np.zeros_like(p)
    rows = (one, zero, zero, one)
    for slab in slabs:
        a11, a12, a21, a22 = _slab_matrix(slab, p)
        m11, m12, m21, m22 = rows
        rows = (
            a11 * m11 + a12 * m21,
            a11 * m12 + a12 * m22,
            a21 * m11 + a22 * m21,
            a21 * m12 + a22 * m22,
        )
    return rows[0], rows[1]


def _slab_matrix(
    slab: Slab, p: ComplexArray
) -> tuple[ComplexArray, ComplexArray, ComplexArray, ComplexArray]:
    length, d, k_part = slab.thickness_m, slab.diffusivity_m2_per_s, slab.partition
    v = slab.velocity_m_per_s
    root: ComplexArray = np.sqrt(v**2 + 4.0 * d * (slab.clearance_per_s + p))
    r1, r2 = (v + root) / (2.0 * d), (v - root) / (2.0 * d)
    e1, e2 = np.exp(r1 * length), np.exp(r2 * length)
    # With c = a e^{r1 x} + b e^{r2 x}, J = v c - D c' has factors v - D r = D r_other.
    j1, j2 = d * r2, d * r1
    a11: ComplexArray = (j2 * e1 - j1 * e2) / root
    a12: ComplexArray = (e2 - e1) / root / k_part
    a21: ComplexArray = k_part * j1 * j2 * (e1 - e2) / root
    a22: ComplexArray = (j2 * e2 - j1 * e1) / root
    return a11, a12, a21, a22


def _talbot(transform: Callable[[ComplexArray], ComplexArray], time_s: float) -> float:
    """Return the inverse Laplace transform at one time by the fixed Talbot contour."""
    scale = 2.0 * _TALBOT_TERMS / 5.0
    angle = np.pi * np.arange(1, _TALBOT_TERMS) / _TALBOT_TERMS
    cot = 1.0 / np.tan(angle)
    points: ComplexArray = np.concatenate(([scale + 0j], scale * angle * (cot + 1j)))
    weights = np.concatenate(
        (
            [0.5 * np.exp(scale) + 0j],
            np.exp(points[1:]) * (1.0 + 1j * angle * (1.0 + cot**2) - 1j * cot),
        )
    )
    # The contour is fixed for t = 1 and stretched by 1/t.
    stretched: ComplexArray = points / time_s
    values = transform(stretched)
    return float(0.4 / time_s * np.sum((weights * values).real))

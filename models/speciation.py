"""Protonation equilibrium: which share of a compound carries which charge at a pH.

Henderson-Hasselbalch in product form: with z0 the charge of the fully protonated form and pKa_1
<= pKa_2 <= ..., the form that lost k protons has weight ``10^(k pH - Σ_{j<=k} pKa_j)``.
"""

from __future__ import annotations

from collections.abc import Sequence


def species_fractions(
    charge_protonated: int, pka: Sequence[float], ph: float
) -> tuple[tuple[int, float], ...]:
    """Return (charge, fraction) of every form, from fully protonated down.

    Parameters
    ----------
    charge_protonated : int
        Charge of the fully protonated form.
    pka : sequence of float
        Macroscopic dissociation constants, ascending.
    ph : float
        pH of the solution.
    """
    exponents = [0.0]
    for constant in pka:
        exponents.append(exponents[-1] + ph - constant)
    top = max(exponents)
    weights = [10.0 ** (exponent - top) for exponent in exponents]
    total = sum(weights)
    return tuple((charge_protonated - lost, weight / total) for lost, weight in enumerate(weights))


def mean_charge(charge_protonated: int, pka: Sequence[float], ph: float) -> float:
    """Return the average charge number ``Σ α_k z_k``, which sets drift and polarity."""
    return sum(z * share for z, share in species_fractions(charge_protonated, pka, ph))


def mean_square_charge(charge_protonated: int, pka: Sequence[float], ph: float) -> float:
    """Return ``Σ α_k z_k^2``, which sets the share of conductance."""
    return sum(z * z * share for z, share in species_fractions(charge_protonated, pka, ph))


def neutral_fraction(charge_protonated: int, pka: Sequence[float], ph: float) -> float:
    """Return the share without net charge, which alone enters lipid."""
    return sum(share for z, share in species_fractions(charge_protonated, pka, ph) if z == 0)

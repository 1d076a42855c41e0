"""The charge of the pores, and what follows from it: selectivity, electro-osmosis, Donnan.

Acidic and basic groups of keratin make skin amphoteric. The share of the charge it has at pH 7.4 is

    ``a(pH) = tanh[ln 10 (pH - pI)/2] / tanh[ln 10 (7.4 - pI)/2]``,  within -1..1

the titration curve of one kind of group about the isoelectric point pI: saturated two units above it,
as electro-osmosis is (Pikal & Shah 1990: much lower at pH 3.8 than at all higher pH; charge reversal
around 4), and reversed below (Marro, Guy & Delgado-Charro 2001).

Across the stratum corneum the pH runs from the donor's to that beneath, 7.4 in tissue; it is taken as
linear in depth, a plain form of the gradient found by stripping (Öhman & Vahlquist 1994). Then

* a flow is the same at every depth, so what drives it counts by the mean of a over depth;
* ions whose sign the pores repel are slowed by ``θ^|a|``, and each carries its current through all
  depths, so their mobilities count by the harmonic mean: in a strong field the Nernst-Planck equations
  of all ions add up to ``Σ J_k ∫ dx/U_k = -Δ Σ q``, and the right side is small.

Most of the selectivity is such a mobility, not a Donnan exclusion, which would make transport numbers
depend on concentration; that of a single ion does not (Mudry, Guy & Delgado-Charro 2006).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

from models.correlations import (
    CHLORIDE_EXCLUSION,
    STRATUM_CORNEUM_PORE_RADIUS_M,
    convective_hindrance,
)
from models.layers import constant
from models.skin import Skin

SALINE_MOL_PER_M3 = 150.0
"""Sodium chloride in tissue, blood and receptor."""

_DEPTHS = 64


def charge_share(isoelectric_ph: float, ph: float) -> float:
    """Return the charge of a pore at a pH over that at pH 7.4; negative below pI."""
    half = 0.5 * math.log(10.0)
    most = math.tanh(half * (constant("electroosmosis", "reference_ph").value - isoelectric_ph))
    return max(-1.0, min(math.tanh(half * (ph - isoelectric_ph)) / most, 1.0))


def mean_charge_share(skin: Skin, donor_ph: float) -> float:
    """Return the mean of a over the depth of the stratum corneum."""
    return _over_depth(skin.isoelectric_ph, donor_ph, skin.inner_ph, lambda share: share)


def fixed_charge_mol_per_m3(skin: Skin, donor_ph: float) -> float:
    """Return the mean fixed charge per volume of pore fluid, negative above the isoelectric pH."""
    return _most_charge() * mean_charge_share(skin, donor_ph)


def saline_potential() -> float:
    """Return the Donnan potential of the pores in saline at pH 7.4, in RT/F."""
    return math.asinh(_most_charge() / (2.0 * SALINE_MOL_PER_M3))


def mobility_share(mean_charge: float, skin: Skin, donor_ph: float) -> float:
    """Return the mobility of an ion in the pores over that of an ion they do not repel.

    In saline at pH 7.4 this and the Donnan potential together make θ for a univalent anion. An ion
    of mean charge below one is repelled in proportion, one of more no further.
    """
    charge = max(-1.0, min(mean_charge, 1.0))
    return _mobility(charge, skin.isoelectric_ph, donor_ph, skin.inner_ph)


def osmotic_flow_m3_per_c(radius_m: float, skin: Skin, donor_ph: float) -> float:
    """Return the hindered electro-osmotic flow per charge, W ν, positive from the anode."""
    hindrance = convective_hindrance(radius_m / STRATUM_CORNEUM_PORE_RADIUS_M)
    most = constant("electroosmosis", "flow").value
    return most * hindrance * mean_charge_share(skin, donor_ph)


@cache
def _mobility(charge: float, isoelectric_ph: float, donor_ph: float, inner_ph: float) -> float:
    exclusion = CHLORIDE_EXCLUSION / math.exp(2.0 * saline_potential())

    def slowness(share: float) -> float:
        left: float = exclusion ** max(-charge * share, 0.0)
        return 1.0 / left

    return 1.0 / _over_depth(isoelectric_ph, donor_ph, inner_ph, slowness)


def _over_depth(
    isoelectric_ph: float, donor_ph: float, inner_ph: float, value: Callable[[float], float]
) -> float:
    """Return the mean over depth of what depends on the charge there."""
    places = ((k + 0.5) / _DEPTHS for k in range(_DEPTHS))
    total = sum(
        value(charge_share(isoelectric_ph, donor_ph + place * (inner_ph - donor_ph)))
        for place in places
    )
    return total / _DEPTHS


def _most_charge() -> float:
    return -constant("permselectivity", "pore_charge").value

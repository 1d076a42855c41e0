"""Published correlations, one small function each, with reference and range.

Lengths in metres, diffusivities in m^2/s unless a name says otherwise. Each correlation is a prior
with the uncertainty stated beside it; none is fitted to this project's validation cases.
"""

from __future__ import annotations

import math

from models.constants import (
    FARADAY_C_PER_MOL,
    GAS_J_PER_MOL_K,
    REFERENCE_TEMPERATURE_K,
    SKIN_TEMPERATURE_K,
)

STRATUM_CORNEUM_PORE_RADIUS_M = 11e-10
"""Inside the 6.8-17 Å of Lai & Roberts 1999 for human epidermis."""

CHLORIDE_EXCLUSION = 0.3
"""Mobility of an anion relative to a cation of like size in the negative pores; a prior, chosen so
that Na+ carries 0.62 and K+ 0.76 of the current against Cl- (limits of Mudry et al. 2006)."""

DIFFUSIVITY_PER_K = 0.022
"""Relative rise of an aqueous diffusivity per kelvin."""

CAPILLARY_SURFACE_PER_M = 1.0e4
"""Exchange surface of dermal capillaries per tissue volume (100 cm^2/cm^3, Dancik et al. 2013)."""

CAPILLARY_FLOW_PER_S = 0.0022
"""Blood flow limit of dermal clearance (Dancik et al. 2013)."""

CAPILLARY_PORE_PERMEABILITY_M_PER_S = 1.0e-7
"""Pore path of a capillary wall for radii below 5 Å; fluorescein in single mesenteric vessels is
2.4-3.8e-7 m/s, the prior is a third of it within a factor of three."""

OIL_VISCOSITY_RATIO = 60.0
"""Triglyceride over water near 35 °C; slows diffusion inside fat droplets. Assumed."""

CLEARANCE_RANGE_PER_S = (0.9e-4, 14e-4)
"""Range of dermal clearance seen in vivo (Kretsos & Kasting 2005)."""


def at_skin_temperature(diffusivity_25c: float) -> float:
    """Bring an aqueous diffusivity from 25 °C to the skin's 32 °C."""
    rise_k = SKIN_TEMPERATURE_K - REFERENCE_TEMPERATURE_K
    return diffusivity_25c * (1.0 + DIFFUSIVITY_PER_K * rise_k)


def water_diffusivity_25c(molar_mass_g_per_mol: float) -> float:
    """Return the aqueous diffusivity of a small organic solute.

    ``log10 D[cm^2/s] = -4.15 - 0.448 log10 M``; for 60-1000 g/mol, to a factor of about 1.3.
    Form after Avdeef's diffusivity-mass line; the coefficients await a check against the original.
    """
    return 1e-4 * math.pow(10.0, -4.15 - 0.448 * math.log10(molar_mass_g_per_mol))


def stokes_radius_m(diffusivity_25c: float) -> float:
    """Return the hydrodynamic radius, ``r[Å] = 2.453 / D[1e-9 m^2/s]`` (Stokes-Einstein, 25 °C)."""
    return 2.453e-19 / diffusivity_25c


def renkin(radius_ratio: float) -> float:
    """Return partition times drag of a sphere diffusing in a cylindrical pore.

    ``H = (1-λ)^2 (1 - 2.104 λ + 2.09 λ^3 - 0.95 λ^5)`` (Renkin 1954), for λ up to about 0.6; zero
    where the solute does not fit.
    """
    if radius_ratio >= 1.0:
        return 0.0
    drag = 1.0 - 2.104 * radius_ratio + 2.09 * radius_ratio**3 - 0.95 * radius_ratio**5
    return (1.0 - radius_ratio) ** 2 * max(drag, 0.0)


def convective_hindrance(radius_ratio: float) -> float:
    """Return the hindrance of convection ``W = Φ(2 - Φ), Φ = (1-λ)^2`` (Anderson & Quinn 1974)."""
    if radius_ratio >= 1.0:
        return 0.0
    partition = (1.0 - radius_ratio) ** 2
    return partition * (2.0 - partition)


def potts_guy_permeability(log_kow: float, molar_mass_g_per_mol: float) -> float:
    """Return the permeability of human skin to a neutral solute from water, m/s.

    ``log10 k_p[cm/h] = -2.72 + 0.71 log K_ow - 0.0061 M`` (Potts & Guy 1992), for 18-750 g/mol and
    log K_ow of -3 to 6, to a factor of about 5.
    """
    exponent = -2.72 + 0.71 * log_kow - 0.0061 * molar_mass_g_per_mol
    return math.pow(10.0, exponent) * 1e-2 / 3600.0


def stratum_corneum_partition(log_kow: float) -> float:
    """Return the partition of the neutral form into stratum corneum beyond its water.

    ``K = 0.040 K_ow^0.81 + 0.359 K_ow^0.27`` per volume, after Nitsche, Wang & Kasting 2006; the
    lipid and the protein term; to a factor of 3.
    """
    return 0.040 * math.pow(10.0, 0.81 * log_kow) + 0.359 * math.pow(10.0, 0.27 * log_kow)


def dermis_diffusivity(molar_mass_g_per_mol: float) -> float:
    """Return the diffusivity of unbound solute in dermis.

    ``log10 D[cm^2/s] = -4.15 - 0.655 log10 M`` (Kretsos et al. 2008, as used by Dancik et al. 2013).
    """
    return 1e-4 * math.pow(10.0, -4.15 - 0.655 * math.log10(molar_mass_g_per_mol))


def pore_area_per_tortuosity(conductivity_s_per_m: float) -> float:
    """Return porosity over tortuosity of a layer whose pores hold physiological saline.

    ``ε/τ = κ / [F^2/RT Σ z^2 D c H]`` with 150 mol/m^3 NaCl, hindered as in the pore and with
    chloride excluded as in the transport-number prior (Nernst-Einstein).
    """
    sodium = at_skin_temperature(1.33e-9) * renkin(_ratio(1.33e-9))
    chloride = at_skin_temperature(2.03e-9) * renkin(_ratio(2.03e-9)) * CHLORIDE_EXCLUSION
    per_area = FARADAY_C_PER_MOL**2 / (GAS_J_PER_MOL_K * SKIN_TEMPERATURE_K)
    return conductivity_s_per_m / (per_area * 150.0 * (sodium + chloride))


def pore_mobility(diffusivity_25c: float) -> float:
    """Return the hindered diffusivity of a solute in a stratum-corneum pore, at 32 °C."""
    return at_skin_temperature(diffusivity_25c) * renkin(_ratio(diffusivity_25c))


def _ratio(diffusivity_25c: float) -> float:
    return stokes_radius_m(diffusivity_25c) / STRATUM_CORNEUM_PORE_RADIUS_M


def single_ion_transport_number(
    mean_charge: float,
    mean_square_charge: float,
    diffusivity_25c: float,
    *,
    preference: float | None = None,
) -> float:
    """Return the share of the current an ion carries in skin from a donor without co-ions.

    ``t = <z^2> U / (<z^2> U + p |z̄| U_counter)`` with hindered pore mobilities U, chloride of the
    tissue against cations and sodium against anions, and p what the pores prefer the counter-ion by:
    by default as in saline at pH 7.4, θ of chloride and 1/θ of sodium. A prior
    for radii up to the pore's, to a factor of 3 (univalent) or 5 (multivalent, amphiphilic). The
    form is that of Mudry et al. 2006 for a single ion; their linear relation of 2007 to the aqueous
    number (about 1.4 times it) is met by small ions only and is not used.
    """
    counter = 2.03e-9 if mean_charge > 0.0 else 1.33e-9
    if preference is None:
        preference = CHLORIDE_EXCLUSION if mean_charge > 0.0 else 1.0 / CHLORIDE_EXCLUSION
    own = mean_square_charge * pore_mobility(diffusivity_25c)
    return own / (own + preference * abs(mean_charge) * pore_mobility(counter))


def aqueous_transport_number(mean_charge: float, diffusivity_25c: float) -> float:
    """Return the share of the current an ion carries in water against chloride, or sodium.

    ``t = |z| D / (|z| D + D_counter)``, for a salt of two strong ions at infinite dilution.
    """
    own = abs(mean_charge) * diffusivity_25c
    return own / (own + (2.03e-9 if mean_charge > 0.0 else 1.33e-9))


def capillary_permeability(
    radius_m: float, distribution_74: float, molar_mass_g_per_mol: float
) -> float:
    """Return the permeability of a dermal capillary wall, m/s, as pore plus lipid path.

    The pore path is constant below 5 Å and falls with Renkin's factor for a 45 Å slit above. The
    lipid path is the Potts-Guy line times one hundred, at the octanol-water distribution of pH 7.4. Using the lipid line
    alone would give hydrophilic vitamins decay lengths of 3-14 mm against the 0.2-0.9 mm seen.
    """
    pore = CAPILLARY_PORE_PERMEABILITY_M_PER_S
    if radius_m > 5e-10:
        pore *= renkin(radius_m / 45e-10) / renkin(5.0 / 45.0)
    if distribution_74 <= 0.0:
        return pore
    lipid = potts_guy_permeability(math.log10(distribution_74), molar_mass_g_per_mol)
    return pore + 100.0 * lipid


def dermal_clearance_per_s(permeability_m_per_s: float, retardation: float) -> float:
    """Return the clearance of total solute from perfused dermis.

    ``k = [1/(P S) + 1/Q]^-1 / R``, held inside the 0.9e-4..14e-4 1/s seen in vivo.
    """
    exchange = permeability_m_per_s * CAPILLARY_SURFACE_PER_M
    free = 1.0 / (1.0 / exchange + 1.0 / CAPILLARY_FLOW_PER_S)
    low, high = CLEARANCE_RANGE_PER_S
    return min(max(free / retardation, low), high)


def fat_permeability(septa_m2_per_s: float, lipid_m2_per_s: float, lipid_volume: float) -> float:
    """Return the permeability of fat: oil droplets in watery septa.

    Maxwell's mixture ``P = P_m [P_i + 2 P_m + 2 φ (P_i - P_m)] / [P_i + 2 P_m - φ (P_i - P_m)]``;
    oil cannot carry more than its droplets being short circuits allows, whatever K_ow is.
    """
    matrix, droplet = septa_m2_per_s, lipid_m2_per_s
    excess = lipid_volume * (droplet - matrix)
    return matrix * (droplet + 2.0 * matrix + 2.0 * excess) / (droplet + 2.0 * matrix - excess)


def decay_length_m(diffusivity_m2_per_s: float, clearance_per_s: float) -> float:
    """Return how deep a steady profile reaches into perfused tissue, ``sqrt(D/k)``."""
    return math.sqrt(diffusivity_m2_per_s / clearance_per_s)

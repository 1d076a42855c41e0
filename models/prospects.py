"""What to expect of a compound at a donor pH before anything is simulated: pole, share, solubility.

The pole follows from the mean charge and is never typed. A charged compound migrates with the share
of the current that the single-ion prior gives; one without net charge goes with the electro-osmotic
flow, which leaves the anode while the skin is negative (above its isoelectric pH of 4-5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from models import correlations
from models.compounds import Compound
from models.donor import NEUTRAL_CHARGE
from models.layers import constant
from models.permselectivity import mobility_share
from models.skin import Skin

AMPHIPHILIC_LOG_KOW = 3.0
"""Above it an ion binds in skin and the transport-number prior is less certain."""

MULTIVALENT_CHARGE = 1.3
"""Above this mean charge the prior is less certain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportPrior:
    """Hold a transport-number prior with its band.

    Parameters
    ----------
    value : float
        Share of the current from a donor without co-ions.
    factor : float
        95 % of the truth is expected within this factor either way.
    """

    value: float
    factor: float

    @property
    def low(self) -> float:
        """Return the lower end of the band."""
        return self.value / self.factor

    @property
    def high(self) -> float:
        """Return the upper end of the band; no ion carries more than all of the current."""
        return min(self.value * self.factor, 1.0)

    def holds(self, measured: float) -> bool:
        """Return whether a measured transport number lies in the band."""
        return self.low <= measured <= self.high


def is_carried_by_flow(compound: Compound, ph: float) -> bool:
    """Return whether a compound is too little charged at a pH to migrate."""
    return abs(compound.mean_charge(ph)) < NEUTRAL_CHARGE


def active_pole(compound: Compound, ph: float) -> str:
    """Return the pole the donor belongs under: "anode" for cations and neutrals, else "cathode"."""
    return "cathode" if compound.mean_charge(ph) <= -NEUTRAL_CHARGE else "anode"


def transport_prior(
    compound: Compound, ph: float, skin: Skin | None = None
) -> TransportPrior | None:
    """Return the single-ion transport-number prior at a pH; None for what goes by electro-osmosis.

    Parameters
    ----------
    compound : Compound
        What is driven.
    ph : float
        pH of the donor.
    skin : Skin, optional
        By default that of the human abdomen.

    See `correlations.single_ion_transport_number` for the equation and its reference.
    """
    if is_carried_by_flow(compound, ph):
        return None
    through = Skin.load() if skin is None else skin
    charge = compound.mean_charge(ph)
    amphiphilic = compound.log_kow is not None and compound.log_kow.value > AMPHIPHILIC_LOG_KOW
    kind = "multivalent" if amphiphilic or abs(charge) > MULTIVALENT_CHARGE else "single_ion"
    return TransportPrior(
        value=correlations.single_ion_transport_number(
            charge,
            compound.mean_square_charge(ph),
            compound.water_diffusivity_25c_m2_per_s,
            preference=mobility_share(-math.copysign(1.0, charge), through, ph)
            / mobility_share(charge, through, ph),
        ),
        factor=math.exp(2.0 * constant("transport", kind).ln_sd),
    )


def decay_length_m(compound: Compound) -> float:
    """Return how deep a steady profile of the compound reaches into perfused dermis, m."""
    free = correlations.dermis_diffusivity(compound.molar_mass_g_per_mol)
    return correlations.decay_length_m(
        free / compound.retardation(), compound.dermal_clearance_per_s()
    )

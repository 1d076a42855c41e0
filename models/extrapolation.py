"""Sentences that mark an answer as lying beyond what the model was made for. Nothing is refused."""

from __future__ import annotations

import math

import numpy as np

from models.assembly import assemble
from models.chemistry import donor_chemistry, splits_water
from models.constants import FARADAY_C_PER_MOL
from models.donor import Formulation
from models.draws import Draws
from models.film import surface_ratio
from models.impedance import expected_voltage
from models.profile import Profile
from models.skin import Skin

DENSITY_A_PER_M2 = 5.0
CHARGE_C = 4.8
CHARGE_DENSITY_C_PER_M2 = 1.8e4
VOLTAGE_V = 30.0
RADIUS_ANGSTROM = 8.0
FILM_SHARE = 0.05


def extrapolations(
    skin: Skin, formulation: Formulation, profile: Profile, area_m2: float | None
) -> tuple[str, ...]:
    """Return one sentence for each way in which a prediction goes beyond its validity.

    Parameters
    ----------
    skin, formulation, profile : Skin, Formulation, Profile
        What is predicted.
    area_m2 : float or None
        Skin area; without it, total charge and electrode radius cannot be judged.
    """
    return (
        *_current(profile, area_m2),
        *_voltage(skin, profile),
        *_depth(skin, area_m2),
        *_donor(skin, formulation, profile),
    )


def _current(profile: Profile, area_m2: float | None) -> list[str]:
    found = []
    if profile.peak_a_per_m2 > DENSITY_A_PER_M2 * (1 + 1e-9):
        found.append(
            f"Current density reaches {profile.peak_a_per_m2 / 10:.2g} mA/cm2; "
            "the model is extrapolated above 0.5 mA/cm2."
        )
    charge = profile.unsigned_charge_c_per_m2
    if area_m2 is not None and charge * area_m2 > CHARGE_C * (1 + 1e-9):
        found.append(
            f"Charge reaches {charge * area_m2 / 0.06:.3g} mA·min; "
            "the model is extrapolated above 80 mA·min."
        )
    if charge > CHARGE_DENSITY_C_PER_M2 * (1 + 1e-9):
        found.append(
            f"Charge density reaches {charge / 1e4:.3g} C/cm2; "
            "the model is extrapolated above 1.8 C/cm2."
        )
    return found


def _voltage(skin: Skin, profile: Profile) -> list[str]:
    _, voltage = expected_voltage(skin, profile, 1.0)
    if voltage.max() <= VOLTAGE_V:
        return []
    return [
        (
            f"The expected voltage reaches {voltage.max():.0f} V; above {VOLTAGE_V:.0f} V skin "
            "electroporates, which the model leaves out."
        )
    ]


def _depth(skin: Skin, area_m2: float | None) -> list[str]:
    if area_m2 is None:
        return []
    reach = math.sqrt(area_m2 / math.pi) / 3.0
    if skin.thickness_m <= reach:
        return []
    return [
        (
            f"Below {reach * 1e3:.1f} mm, a third of the electrode's radius, current and solute spread "
            "sideways; one dimension is an upper bound there."
        )
    ]


def _donor(skin: Skin, formulation: Formulation, profile: Profile) -> list[str]:
    found = []
    active = formulation.active
    if active.solubility is not None:
        held = formulation.concentration_mol_per_m3 * active.molar_mass_g_per_mol / 1e3
        if held > active.solubility.value:
            found.append(
                f"The donor holds {held:.3g} g/L of {active.name}, above its solubility of "
                f"{active.solubility.value:g} g/L."
            )
    if active.radius_m * 1e10 > RADIUS_ANGSTROM:
        found.append(
            f"{active.name} has a radius of {active.radius_m * 1e10:.1f} Å; electromigration is "
            "negligible above 8 Å and the model is extrapolated."
        )
    if formulation.carried_by_electroosmosis and formulation.ph < skin.isoelectric_ph:
        found.append(
            f"Donor pH {formulation.ph:g} lies below the skin's isoelectric point "
            f"{skin.isoelectric_ph:g}: electro-osmosis reverses and runs against this pole."
        )
    found.extend(_electrode(formulation, profile))
    found.extend(_film(skin, formulation, profile))
    return found


def _film(skin: Skin, formulation: Formulation, profile: Profile) -> list[str]:
    if formulation.unstirred_layer_m == 0.0:
        return []
    parts = assemble(skin, formulation, Draws.nominal())
    velocity = parts.competition.mobility(parts.competition.start())[0] * formulation.sign
    velocity += parts.stack.osmotic_m3_per_c[0, 0] * formulation.sign
    ratio = surface_ratio(formulation, profile.peak_a_per_m2, float(velocity))
    if abs(ratio - 1.0) <= FILM_SHARE:
        return []
    return [
        (
            f"Behind an unstirred layer of {formulation.unstirred_layer_m * 1e6:g} µm the skin meets "
            f"{ratio:.2f} of the donor's {formulation.active.name}; the fast model leaves that out."
        )
    ]


def _electrode(formulation: Formulation, profile: Profile) -> list[str]:
    passed = float(np.max(profile.charge_at(np.asarray(profile.time_s)) * formulation.sign))
    after = donor_chemistry(formulation, max(passed, 0.0))
    if splits_water(formulation):
        made = max(passed, 0.0) / FARADAY_C_PER_MOL / formulation.volume_m3_per_m2
        ion = "H+" if formulation.sign > 0 else "OH-"
        return [
            (
                f"The {formulation.electrode.material} electrode adds up to {made:.3g} mM of {ion} and "
                f"takes the donor from pH {formulation.ph:.3g} towards {after.ph[0]:.3g}; the fast model "
                "lets no buffer take it up, so the drug's share is a lower bound."
            )
        ]
    if passed <= after.lasts_c_per_m2:
        return []
    used = "chloride than the donor holds"
    if formulation.electrode.capacity_c_per_m2 == after.lasts_c_per_m2:
        used = "silver or silver chloride than it has"
    pole = "anode" if formulation.sign > 0 else "cathode"
    return [
        (
            f"The silver {pole} needs more {used}, unless the skin supplies it; beyond that point other "
            "reactions set in, which the model leaves out."
        )
    ]

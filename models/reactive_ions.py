"""The ions of the reactive reference model: every protonation form, and H+ and OH-."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.compounds import Compound, load_compound
from models.donor import Formulation
from models.permselectivity import mobility_share
from models.reference_ions import IonStack
from models.skin import Skin

FloatArray = NDArray[np.float64]

TABLES = ("pore_m2_per_s", "lipid_m2_per_s", "water", "oil", "clearance_per_s", "flow_share")


def shares_at(compound: Compound, ph: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return charges of the forms, (n_form,), and their shares at each pH, (n_form, n)."""
    constants = np.array([each.value for each in compound.pka])
    lost = np.arange(constants.size + 1)
    exponent = lost[:, None] * ph - np.concatenate(([0.0], np.cumsum(constants)))[:, None]
    weight = 10.0 ** (exponent - exponent.max(axis=0))
    charges: FloatArray = compound.charge_protonated - lost.astype(float)
    return charges, weight / weight.sum(axis=0)


def form_columns(
    whole: IonStack, k: int, one: Compound, skin: Skin, formulation: Formulation
) -> dict[str, NDArray[np.float64]]:
    """Return the columns of a compound's forms; each as mobile as its charge lets it be."""
    charge, share = shares_at(one, np.array([formulation.ph]))
    mean = mobility_share(one.mean_charge(formulation.ph), skin, formulation.ph)
    mobile = np.array([mobility_share(z, skin, formulation.ph) for z in charge]) / mean
    neutral = (charge == 0.0) / np.maximum(share[:, 0], 1e-9)
    found = {key: np.repeat(getattr(whole, key)[:, [k]], charge.size, axis=1) for key in TABLES}
    found["pore_m2_per_s"][0] *= mobile
    found["lipid_m2_per_s"][0] *= neutral
    found["oil"][0] *= neutral
    return {
        **found,
        "names": np.array([f"{one.name}({z:+.0f})" for z in charge]),
        "charge": charge,
        "osmotic": np.full(charge.size, whole.osmotic_m3_per_c[k]),
        "sealed": np.full(charge.size, whole.sealed[k]),
    }


def water_column(
    name: str, whole: IonStack, skin: Skin, formulation: Formulation
) -> dict[str, NDArray[np.float64]]:
    """Return the column of H+ or OH-, as mobile beside sodium as in water."""
    one, sodium = load_compound(name), load_compound("sodium")
    k = len(whole.names) - 1 - whole.names[::-1].index("sodium")
    z = float(one.charge_protonated)
    ratio = one.water_diffusivity_25c_m2_per_s / sodium.water_diffusivity_25c_m2_per_s
    found = {key: getattr(whole, key)[:, [k]].copy() for key in TABLES}
    found["pore_m2_per_s"] *= ratio
    pores = one.pore_diffusivity_m2_per_s / sodium.pore_diffusivity_m2_per_s / ratio
    slowed = mobility_share(z, skin, formulation.ph) / mobility_share(1.0, skin, formulation.ph)
    found["pore_m2_per_s"][0] *= pores * slowed
    return {
        **found,
        "names": np.array([name]),
        "charge": np.array([z]),
        "osmotic": whole.osmotic_m3_per_c[[k]],
        "sealed": np.array([False]),
    }

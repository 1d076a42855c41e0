"""Unstirred donor at the skin: a layer of the reference model, and when the fast one may leave it out.

In it ions diffuse and migrate as in water. A drug without co-ions needs no layer: its share of the
current in water exceeds that in skin, and does not depend on its concentration there. A dilute one
beside salt meets the skin at

    ``c_s/c = v e^a / [u (e^a - 1) + v],  a = v δ/D``

with v its velocity in the layer and u in the skin, per concentration of the donor (trace ion, steady).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.compounds import load_compound
from models.constants import FARADAY_C_PER_MOL
from models.correlations import at_skin_temperature
from models.donor import Formulation
from models.reference_ions import IonStack

FILM = "unstirred"


def with_film(stack: IonStack, formulation: Formulation) -> IonStack:
    """Return a stack with the donor's unstirred layer on top; the same where it has none."""
    thickness = formulation.unstirred_layer_m
    if thickness == 0.0:
        return stack
    ions = (formulation.active, *(load_compound(name) for name in stack.names[1:]))
    water = np.array([at_skin_temperature(one.water_diffusivity_25c_m2_per_s) for one in ions])
    zero = np.zeros((1, len(ions)))
    return replace(
        stack,
        film=1,
        thickness_m=np.append(thickness, stack.thickness_m),
        fixed_charge_mol_per_m3=np.append(0.0, stack.fixed_charge_mol_per_m3),
        pore_m2_per_s=np.vstack((water, stack.pore_m2_per_s)),
        lipid_m2_per_s=np.vstack((zero, stack.lipid_m2_per_s)),
        water=np.vstack((zero + 1.0, stack.water)),
        oil=np.vstack((zero, stack.oil)),
        clearance_per_s=np.vstack((zero, stack.clearance_per_s)),
        flow_share=np.vstack((zero, stack.flow_share)),
        donor_volume_m=stack.donor_volume_m - thickness,
    )


def surface_ratio(
    formulation: Formulation, current_density_a_per_m2: float, skin_velocity_m3_per_c: float
) -> float:
    """Return the drug's concentration at the skin over that in the donor.

    Parameters
    ----------
    formulation : Formulation
        The donor with its unstirred layer.
    current_density_a_per_m2 : float
        Magnitude, the way that drives the drug.
    skin_velocity_m3_per_c : float
        u per current density: flux into the skin is ``u i c_s``.
    """
    diffusivity = at_skin_temperature(formulation.active.water_diffusivity_25c_m2_per_s)
    held = formulation.vehicle_mol_per_m3()
    conducted = formulation.active.mean_square_charge(formulation.ph) * diffusivity
    conducted *= formulation.concentration_mol_per_m3
    for name, amount in held.items():
        ion = load_compound(name)
        mobile = at_skin_temperature(ion.water_diffusivity_25c_m2_per_s)
        conducted += ion.mean_square_charge(formulation.ph) * mobile * amount
    share = abs(formulation.mean_charge) * diffusivity / (FARADAY_C_PER_MOL * conducted)
    exponent = current_density_a_per_m2 * formulation.unstirred_layer_m / diffusivity
    gained = float(np.expm1(share * exponent))
    if share == 0.0:
        return 1.0 / (1.0 + skin_velocity_m3_per_c * exponent)
    return share * (1.0 + gained) / (skin_velocity_m3_per_c * gained + share)

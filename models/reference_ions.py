"""What the reference model knows of a skin under a donor: every ion, in every layer.

The drug keeps the coefficients of the fast model (`assembly`). Other ions follow from measured
conductance, so that the skin's resistance is the same in both:

* below the stratum corneum, ``P_k = D_k κ / [F^2/RT Σ z^2 D c]`` with D in water and c of saline;
* in its pores the same, with hindered D and with c inside the pores.

What the pores prefer, and how that follows the donor's pH, is that of the fast model
(`permselectivity`); here their fixed charge holds counter-ions besides (Donnan).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import correlations
from models.assembly import coefficients
from models.blood import flow_share
from models.chemistry import free_release
from models.compounds import Compound, load_compound
from models.constants import (
    FARADAY_C_PER_MOL,
    GAS_J_PER_MOL_K,
    SKIN_TEMPERATURE_K,
    THERMAL_VOLTAGE_V,
)
from models.donor import Formulation
from models.draws import Draws
from models.errors import ModelInputError
from models.layers import Layer
from models.permselectivity import (
    SALINE_MOL_PER_M3,
    fixed_charge_mol_per_m3,
    mobility_share,
    osmotic_flow_m3_per_c,
    saline_potential,
)
from models.skin import TISSUE_PH, Skin
from models.transport import Stack

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class IonStack:
    """Hold a stack of layers for n_ion ions.

    Parameters
    ----------
    names : tuple of str
        Ions; the drug first, an ion present everywhere last.
    charge : (n_ion,) array
        z, the mean charge at the donor's pH.
    thickness_m, fixed_charge_mol_per_m3 : (n_layer,) array
        L; fixed charge per volume of pore fluid.
    pore_m2_per_s, lipid_m2_per_s : (n_layer, n_ion) array
        Permeabilities P of water and Q of lipid; P of the first layer is that at rest.
    water, oil : (n_layer, n_ion) array
        Volume-equivalents that hold the pore's and the bath's concentration.
    clearance_per_s, flow_share : (n_layer, n_ion) array
        Exchange with blood, and the share of it that blood flow limits.
    osmotic_m3_per_c : (n_ion,) array
        Hindered electro-osmotic flow per charge, W ν.
    donor_volume_m : float
        Donor volume per area.
    donor_mol_per_m3, bath_mol_per_m3 : (n_ion,) array
        Donor at the start; blood and receptor throughout.
    released_per_charge : (n_ion,) array
        Added by the electrode, mol per mol of signed charge.
    sealed : (n_ion,) bool array
        Ions that do not pass the deep face.
    film : int
        Layers of unstirred donor above the stratum corneum: 0 or 1.
    release_knots_c_per_m2, release_course : (n_knot,), (n_knot, n_ion) array, optional
        Replaces `released_per_charge` where it changes with the charge passed: a buffer takes the
        H+ or OH- of an inert electrode up, as a change of its own charge, until it is used up.
    """

    names: tuple[str, ...]
    charge: FloatArray
    thickness_m: FloatArray
    fixed_charge_mol_per_m3: FloatArray
    pore_m2_per_s: FloatArray
    lipid_m2_per_s: FloatArray
    water: FloatArray
    oil: FloatArray
    clearance_per_s: FloatArray
    flow_share: FloatArray
    osmotic_m3_per_c: FloatArray
    donor_volume_m: float
    donor_mol_per_m3: FloatArray
    bath_mol_per_m3: FloatArray
    released_per_charge: FloatArray
    sealed: NDArray[np.bool_]
    film: int = 0
    release_knots_c_per_m2: FloatArray | None = None
    release_course: FloatArray | None = None

    def released(self, charge_c_per_m2: float) -> FloatArray:
        """Return what the electrode adds per mol of charge, (n_ion,), after charge has passed."""
        if self.release_knots_c_per_m2 is None or self.release_course is None:
            return self.released_per_charge
        knots, last = self.release_knots_c_per_m2, self.release_knots_c_per_m2.size - 1
        place = float(np.interp(charge_c_per_m2, knots, np.arange(last + 1.0)))
        lower = min(int(place), last - 1)
        share = place - lower
        course = self.release_course
        now: FloatArray = (1.0 - share) * course[lower] + share * course[lower + 1]
        return now


def ion_stack(skin: Skin, formulation: Formulation, *, besides: tuple[str, ...] = ()) -> IonStack:
    """Return the coefficients of every ion for a skin under a donor.

    Parameters
    ----------
    besides : tuple of str
        Ions to hold that neither donor nor tissue has.

    Raises
    ------
    ModelInputError
        If diffusion in the stratum corneum is overridden: here it follows from resistance.
    """
    top = skin.layers[0]
    if top.diffusivity_m2_per_s is not None or top.partition is not None:
        raise ModelInputError(
            "overrides stratum_corneum: the reference model derives its diffusion and partition "
            "from sheet_resistance_ohm_m2; override that instead"
        )
    vehicle, released = formulation.vehicle_mol_per_m3(), formulation.released_per_charge()
    last = "sodium" if formulation.sign < 0 else "chloride"
    others = dict.fromkeys((*vehicle, *released, *besides, "sodium", "chloride"))
    del others[last]
    names = (formulation.active.name, *others, last)
    ions = (formulation.active, *(load_compound(name) for name in names[1:]))
    drug = coefficients(skin, formulation, Draws.nominal())
    saline = {"sodium": SALINE_MOL_PER_M3, "chloride": SALINE_MOL_PER_M3}
    # What the donor gives is told from what tissue holds, also where both are sodium.
    bath = np.array([0.0, *(saline.get(name, 0.0) for name in names[1:])])
    foreign = bath == 0.0
    amounts = [vehicle.get(name, 0.0) for name in names]
    amounts[0] = formulation.concentration_mol_per_m3
    charge = np.array([ion.mean_charge(formulation.ph) for ion in ions])
    return IonStack(
        names=names,
        charge=charge,
        thickness_m=drug.thickness_m[0],
        fixed_charge_mol_per_m3=np.array(
            [fixed_charge_mol_per_m3(skin, formulation.ph)] + [0.0] * (len(skin.layers) - 1)
        ),
        **_tables(skin, formulation, ions, drug),
        osmotic_m3_per_c=_osmotic(skin, formulation, ions),
        donor_volume_m=formulation.volume_m3_per_m2,
        donor_mol_per_m3=np.array(amounts),
        bath_mol_per_m3=bath,
        released_per_charge=np.array([0.0, *(released.get(name, 0.0) for name in names[1:])]),
        sealed=foreign & (skin.deep_boundary == "sealed"),
        **_buffered_release(formulation, names, charge),
    )


def _buffered_release(
    formulation: Formulation, names: tuple[str, ...], charge: FloatArray
) -> dict[str, Any]:
    found = free_release(formulation)
    if found is None:
        return {}
    buffer, knots, free = found
    course = np.zeros((knots.size, len(names)))
    for name, amount in formulation.released_per_charge().items():
        course[:, names.index(name)] = free * amount
    taker = names.index(buffer)
    course[:, taker] += (1.0 - free) / charge[taker]
    return {"release_knots_c_per_m2": knots, "release_course": course}


def _osmotic(skin: Skin, formulation: Formulation, ions: tuple[Compound, ...]) -> FloatArray:
    ph = formulation.ph
    return np.array([osmotic_flow_m3_per_c(ion.radius_m, skin, ph) for ion in ions])


def _tables(
    skin: Skin, formulation: Formulation, ions: tuple[Compound, ...], drug: Stack
) -> dict[str, Any]:
    """Return the (n_layer, n_ion) tables."""
    shape = (len(skin.layers), len(ions))
    names = ("pore_m2_per_s", "lipid_m2_per_s", "water", "oil", "clearance_per_s", "flow_share")
    tables = {name: np.zeros(shape) for name in names}
    for row, layer in enumerate(skin.layers):
        tables["water"][row] = layer.water_partition
        tables["pore_m2_per_s"][row] = _saline_permeability(layer, ions)
        if row == 0:
            tables["pore_m2_per_s"][0] *= _preference(skin, formulation, ions)
        tables["flow_share"][row] = [flow_share(layer, ion) for ion in ions]
        if skin.perfused:
            tables["clearance_per_s"][row, 1:] = _exchange(layer, ions[1:])
    tables["clearance_per_s"][:, 0] = drug.clearance_per_s[0]
    tables["oil"][0, 0] = drug.partition[0, 0] - skin.layers[0].water_partition
    tables["lipid_m2_per_s"][0, 0] = drug.other_permeability_m2_per_s[0, 0]
    tables["water"][1:, 0] = drug.partition[0, 1:]
    for row, layer in enumerate(skin.layers[1:], start=1):
        watery = _watery_permeability(layer, formulation.active, drug, row)
        tables["pore_m2_per_s"][row, 0] = watery
        tables["lipid_m2_per_s"][row, 0] = drug.other_permeability_m2_per_s[0, row] - watery
    return tables


def _watery_permeability(layer: Layer, active: Compound, drug: Stack, row: int) -> float:
    """Return the part of the drug's permeability that the field drives; all of it for neutrals."""
    whole = float(drug.other_permeability_m2_per_s[0, row])
    charge = active.mean_charge(TISSUE_PH) * layer.normal_current
    if abs(charge) < 1e-3:
        return whole
    mobility = float(drug.mobility_m3_per_c[0, row])
    return min(mobility * THERMAL_VOLTAGE_V * layer.conductivity_s_per_m / charge, whole)


def _saline_permeability(layer: Layer, ions: tuple[Compound, ...]) -> list[float]:
    """Return P of every ion from the layer's conductivity."""
    if layer.name == "stratum_corneum":
        area = correlations.pore_area_per_tortuosity(layer.conductivity_s_per_m)
        # Cations are richer in the pores than in saline: less area gives the same κ.
        area *= math.exp(saline_potential())
        return [area * max(ion.pore_diffusivity_m2_per_s, 1e-20) for ion in ions]
    mobile = [_in_water(load_compound(name)) for name in ("sodium", "chloride")]
    per_area = FARADAY_C_PER_MOL**2 / (GAS_J_PER_MOL_K * SKIN_TEMPERATURE_K)
    area = layer.conductivity_s_per_m / (per_area * SALINE_MOL_PER_M3 * sum(mobile))
    return [area * _in_water(ion) for ion in ions]


def _preference(skin: Skin, formulation: Formulation, ions: tuple[Compound, ...]) -> list[float]:
    ph = formulation.ph
    return [mobility_share(ion.mean_charge(ph), skin, ph) for ion in ions]


def _in_water(ion: Compound) -> float:
    return correlations.at_skin_temperature(ion.water_diffusivity_25c_m2_per_s)


def _exchange(layer: Layer, ions: tuple[Compound, ...]) -> list[float]:
    if layer.name == "dermis":
        return [ion.dermal_clearance_per_s() for ion in ions]
    return [layer.blood_flow_per_s / layer.water_partition] * len(ions)

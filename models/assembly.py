"""From skin, donor and draws to the coefficients of the transport equations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import correlations
from models.competition import Competition
from models.compounds import Compound
from models.constants import THERMAL_VOLTAGE_V
from models.donor import Formulation
from models.draws import Draws
from models.errors import ModelInputError
from models.filling import filled
from models.impedance import Opening
from models.layers import Layer
from models.permselectivity import mobility_share, osmotic_flow_m3_per_c
from models.skin import TISSUE_PH, Skin
from models.transport import Stack

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """Hold the three parts a prediction is made of, with the same number of draws each.

    Parameters
    ----------
    stack : Stack
        Coefficients of the transport equations.
    opening : Opening
        The skin's electrical state.
    competition : Competition
        The donor's ions.
    """

    stack: Stack
    opening: Opening
    competition: Competition


@dataclass(slots=True, kw_only=True)
class _Column:
    """Coefficients of one layer, (n_draw,) each."""

    thickness: FloatArray
    partition: FloatArray
    pore: FloatArray
    other: FloatArray
    mobility: FloatArray
    clearance: FloatArray


def assemble(skin: Skin, formulation: Formulation, draws: Draws) -> Assembly:
    """Return everything a solver needs for a skin under a donor, for every draw."""
    competition = Competition.of(skin, formulation, draws["pore mobility"])
    stack = coefficients(skin, formulation, draws)
    return Assembly(
        stack=filled(stack, skin.layers[0], competition, draws),
        opening=_opening(skin, draws),
        competition=competition,
    )


def coefficients(skin: Skin, formulation: Formulation, draws: Draws) -> Stack:
    """Return the coefficients of transport, as far as they do not depend on other ions."""
    columns = [_column(skin, layer, formulation, draws) for layer in skin.layers]
    flow = electroosmotic_flow(skin, formulation) * draws["electro-osmotic flow"]
    shares = np.array([layer.normal_current for layer in skin.layers])
    ones = np.ones(draws.n_draw)

    def table(name: str) -> FloatArray:
        return np.column_stack([getattr(column, name) for column in columns])

    return Stack(
        names=tuple(layer.name for layer in skin.layers),
        thickness_m=table("thickness"),
        partition=table("partition"),
        clearance_per_s=table("clearance"),
        pore_permeability_m2_per_s=table("pore"),
        other_permeability_m2_per_s=table("other"),
        mobility_m3_per_c=table("mobility"),
        osmotic_m3_per_c=flow[:, None] * shares[None, :],
        donor_volume_m=ones * formulation.volume_m3_per_m2,
        donor_mol_per_m3=ones * formulation.concentration_mol_per_m3,
        sink=skin.deep_boundary == "sink",
    )


def electroosmotic_flow(skin: Skin, formulation: Formulation) -> float:
    """Return the hindered electro-osmotic flow per charge, m^3/C, positive from the anode.

    It follows the charge of the pores; see `permselectivity`.
    """
    return osmotic_flow_m3_per_c(formulation.active.radius_m, skin, formulation.ph)


def _opening(skin: Skin, draws: Draws) -> Opening:
    nominal = Opening.of(skin)
    return Opening(
        rest_s_per_m2=nominal.rest_s_per_m2 * draws["stratum_corneum conductivity"],
        gain_per_v=nominal.gain_per_v / draws["plateau voltage"],
        opening_s=nominal.opening_s * draws["opening time"],
        recovery_s=nominal.recovery_s * draws["recovery time"],
    )


def _column(skin: Skin, layer: Layer, formulation: Formulation, draws: Draws) -> _Column:
    fill = {
        "stratum_corneum": _stratum_corneum,
        "epidermis": _epidermis,
        "dermis": _dermis,
        "fat": _fat,
    }[layer.name]
    column = fill(layer, formulation, draws)
    if layer.name == "stratum_corneum":
        column.pore *= mobility_share(formulation.mean_charge, skin, formulation.ph)
    if layer.partition is not None:
        column.partition = np.full(draws.n_draw, layer.partition)
    if layer.diffusivity_m2_per_s is not None:
        measured = column.partition * layer.diffusivity_m2_per_s
        # Nernst-Einstein: what diffuses measurably also migrates with that diffusivity.
        column.mobility = column.mobility * measured / (column.pore + column.other)
        column.pore, column.other = np.zeros(draws.n_draw), measured
    if layer.name == "stratum_corneum" and not np.any(column.pore + column.other):
        raise ModelInputError(_impassable(formulation))
    if layer.clearance_per_s is not None:
        column.clearance = np.full(draws.n_draw, layer.clearance_per_s)
    if not skin.perfused:
        column.clearance = np.zeros(draws.n_draw)
    return column


def _impassable(formulation: Formulation) -> str:
    active = formulation.active
    pore = correlations.STRATUM_CORNEUM_PORE_RADIUS_M
    return (
        f"compound {active.name!r}: its radius of {active.radius_m * 1e10:.1f} Å exceeds the pores' "
        f"{pore * 1e10:g} Å and none of it is uncharged at pH {formulation.ph:g}, so nothing carries "
        "it through the stratum corneum; give a measured diffusivity_m2_per_s and partition of that "
        "layer in overrides"
    )


def _stratum_corneum(layer: Layer, formulation: Formulation, draws: Draws) -> _Column:
    """Fill the column of two parallel paths: opened pores for all, lipid for the uncharged."""
    active, zero = formulation.active, np.zeros(draws.n_draw)
    neutral = active.neutral_fraction(formulation.ph) * draws["lipid partition"]
    lipid = correlations.stratum_corneum_partition(_log_kow(active))
    thickness = layer.thickness_m * draws["stratum_corneum thickness"]
    # The pores are what conducts, so their area follows from resistance, whatever the thickness.
    conductance = (
        layer.conductivity_s_per_m / layer.thickness_m * draws["stratum_corneum conductivity"]
    )
    area = correlations.pore_area_per_tortuosity(1.0) * conductance * thickness
    permeability = correlations.potts_guy_permeability(
        _log_kow(active), active.molar_mass_g_per_mol
    )
    path = permeability * active.neutral_fraction(formulation.ph) * draws["lipid path"]
    return _Column(
        thickness=thickness,
        partition=layer.water_partition * draws["stratum_corneum partition"] + neutral * lipid,
        pore=area * active.pore_diffusivity_m2_per_s * draws["pore mobility"],
        other=path * thickness,
        mobility=zero,
        clearance=zero,
    )


def _epidermis(layer: Layer, formulation: Formulation, draws: Draws) -> _Column:
    active = formulation.active
    water = correlations.at_skin_temperature(active.water_diffusivity_25c_m2_per_s)
    partition = layer.water_partition * draws["epidermis partition"]
    permeability = partition * water / layer.hindrance * draws["epidermis diffusivity"]
    return _tissue(layer, formulation, draws, partition, permeability, permeability)


def _dermis(layer: Layer, formulation: Formulation, draws: Draws) -> _Column:
    active = formulation.active
    free = correlations.dermis_diffusivity(active.molar_mass_g_per_mol) / layer.hindrance
    water = layer.water_partition * draws["dermis partition"]
    permeability = water * free * draws["dermis diffusivity"]
    column = _tissue(
        layer, formulation, draws, water * active.retardation(), permeability, permeability
    )
    low, high = correlations.CLEARANCE_RANGE_PER_S
    column.clearance = np.clip(active.dermal_clearance_per_s() * draws["clearance"], low, high)
    return column


def _fat(layer: Layer, formulation: Formulation, draws: Draws) -> _Column:
    active = formulation.active
    octanol = active.kow() * active.neutral_fraction(TISSUE_PH)
    septa = correlations.dermis_diffusivity(active.molar_mass_g_per_mol) / layer.hindrance
    oil = octanol * correlations.at_skin_temperature(active.water_diffusivity_25c_m2_per_s)
    oil /= correlations.OIL_VISCOSITY_RATIO
    mixed = correlations.fat_permeability(septa, oil, layer.lipid_partition)
    watery = correlations.fat_permeability(septa, 0.0, layer.lipid_partition)
    uptake = layer.lipid_partition * octanol * draws["lipid partition"]
    partition = layer.water_partition * draws["fat partition"] + uptake
    spread = draws["fat diffusivity"]
    column = _tissue(layer, formulation, draws, partition, mixed * spread, watery * spread)
    column.clearance = layer.blood_flow_per_s * draws["clearance"] / partition
    return column


def _tissue(
    layer: Layer,
    formulation: Formulation,
    draws: Draws,
    partition: FloatArray,
    permeability: FloatArray,
    watery: FloatArray,
) -> _Column:
    """Fill the column of a layer where the field is Ohmic: ``μ = g K z̄ D F/(R T κ)``."""
    zero = np.zeros(draws.n_draw)
    charge = formulation.active.mean_charge(TISSUE_PH)
    conductivity = layer.conductivity_s_per_m * draws[f"{layer.name} conductivity"]
    return _Column(
        thickness=layer.thickness_m * draws[f"{layer.name} thickness"],
        partition=partition,
        pore=zero,
        other=permeability,
        mobility=layer.normal_current * charge * watery / (THERMAL_VOLTAGE_V * conductivity),
        clearance=zero,
    )


def _log_kow(active: Compound) -> float:
    return -6.0 if active.log_kow is None else active.log_kow.value

"""From a protocol's cell and donor to the model's skin, formulation and current density.

Here the operator's units become SI, and a current magnitude gets the sign of its pole.
"""

from __future__ import annotations

from iontophoresis.profile import Waveform
from iontophoresis.protocol import Cell, Channel, Donor
from iontophoresis.protocol import Electrode as DonorElectrode
from iontophoresis.units import (
    A_PER_M2_PER_MA_PER_CM2,
    M_PER_UM,
    MS_PER_S,
    OHM_M2_PER_KOHM_CM2,
    m3_per_m2_from_ml_and_cm2,
    ma_from_na,
)
from models import Electrode, Formulation, Profile, Skin

WHOLE_SKIN = "full_thickness"


def formulation(channel: Channel, cell: Cell) -> Formulation | None:
    """Build the model's donor for one cell.

    Parameters
    ----------
    channel : Channel
        Its donor and electrode.
    cell : Cell
        Its area, over which the donor's volume stands.

    Returns
    -------
    Formulation or None
        None where the channel has no donor.

    Raises
    ------
    models.ModelInputError
        When the compound is unknown or refused, an ion is unknown, or ions are missing.
    """
    if channel.donor is None:
        return None
    return donor_formulation(channel.donor, channel.electrode, cell)


def donor_formulation(donor: Donor, electrode: DonorElectrode, cell: Cell) -> Formulation:
    """Build the model's donor from its tables; see `formulation`."""
    return Formulation(
        compound=donor.compound,
        concentration_mol_per_m3=donor.concentration_mm,
        ph=donor.ph,
        salts_mol_per_m3=dict(donor.vehicle_salts_mm),
        volume_m3_per_m2=m3_per_m2_from_ml_and_cm2(donor.volume_ml, cell.area_cm2),
        electrode=Electrode(
            material=electrode.material,
            contact=electrode.contact,
            bridge_salt=electrode.bridge_salt or "",
            bridge_concentration_mol_per_m3=electrode.bridge_concentration_mm or 0.0,
        ),
    )


def tissue(cell: Cell, *, preparation: str, perfused: bool) -> Skin:
    """Build the model's skin for a cell, as it is or as it would be in another preparation.

    Parameters
    ----------
    cell : Cell
        Species, site, measured thicknesses and baseline resistance.
    preparation : str
        As the model names it; measured thicknesses belong to the cell's own.
    perfused : bool
        Whether blood clears dermis and fat.

    Returns
    -------
    Skin
        With what was measured put in.

    Raises
    ------
    models.ModelInputError
        When site or preparation are unknown, or a layer is none of the preparation's.
    """
    overrides: dict[str, dict[str, float]] = {}
    if preparation == cell.preparation:
        measured = cell.layers_um.model_dump(exclude_none=True)
        overrides = {layer: {"thickness_m": um * M_PER_UM} for layer, um in measured.items()}
    barrier = overrides.setdefault("stratum_corneum", {})
    barrier["sheet_resistance_ohm_m2"] = cell.baseline_resistance_kohm_cm2 * OHM_M2_PER_KOHM_CM2
    return Skin.load(
        site=f"{cell.species}_{cell.site}",
        preparation=preparation,
        perfused=perfused,
        overrides=overrides,
    )


def modeled_tissues(cell: Cell, *, perfused_asked: bool) -> list[Skin]:
    """Build every skin a cell is predicted in.

    Parameters
    ----------
    cell : Cell
        The specimen; no load.
    perfused_asked : bool
        Whether the protocol wants the perfused prediction shown.

    Returns
    -------
    list of Skin
        The tissue as it is driven first; then perfused living tissue of the same site, for skin of
        full thickness or when asked.

    Raises
    ------
    models.ModelInputError
        As `tissue`.
    """
    ex_vivo_perfused = cell.specimen_class == "perfused"
    skins = [tissue(cell, preparation=str(cell.preparation), perfused=ex_vivo_perfused)]
    if not ex_vivo_perfused and (perfused_asked or cell.preparation == WHOLE_SKIN):
        skins.append(tissue(cell, preparation=WHOLE_SKIN, perfused=True))
    return skins


def current_density(channel: Channel, cell: Cell, wave: Waveform) -> Profile:
    """Build the model's signed current density: positive out of a donor under the anode.

    Parameters
    ----------
    channel : Channel
        Names the pole the donor sits under.
    cell : Cell
        Its area.
    wave : Waveform
        The channel's current.

    Returns
    -------
    Profile
        With every corner point of the waveform.
    """
    sign = 1.0 if channel.active_pole == "anode" else -1.0
    per_na = sign * ma_from_na(1) * A_PER_M2_PER_MA_PER_CM2 / cell.area_cm2
    return Profile(
        time_s=tuple(time_ms / MS_PER_S for time_ms, _ in wave.knots),
        current_density_a_per_m2=tuple(per_na * current_na for _, current_na in wave.knots),
    )

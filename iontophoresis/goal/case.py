"""From a goal file to what the planner plans: SI, one skin, one donor, the tightest of all limits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from iontophoresis.goal import Goal, KeepBelow
from iontophoresis.goal.schema import GoalTable
from iontophoresis.plan.margins import LONGEST_PROBE_MS, SLOWEST_TICK_MS
from iontophoresis.plan.tissue import WHOLE_SKIN, donor_formulation, tissue
from iontophoresis.protocol import Cell, Donor
from iontophoresis.safety.kernel import Config, ramp_reserve_ms
from iontophoresis.safety.limits import NOT_NAMED, class_limits
from iontophoresis.units import (
    A_PER_M2_PER_MA_PER_CM2,
    C_PER_MA_MIN,
    M2_PER_CM2,
    MS_PER_S,
    NA_PER_MA,
    PC_PER_C,
    UG_PER_CM2_PER_G_PER_M2,
)
from models import Formulation, Skin, buffer_budget_c_per_m2, donor_chemistry, load_compound
from models.draws import Draws
from models.planning.goal import CurrentLimits, DoseGoal
from models.planning.horizon import PlanningCase

S_PER_MIN = 60.0
STOP_RAMP_MS = 10_000
MOL_PER_M2_PER_UMOL_PER_CM2 = 1e-2
HEAT_TRANSFER_W_PER_M2_K = 10.0
"""Of still air, the worst there is; see `models.joule_heating_bound`."""
ROUNDING_NA_PER_S = 2
"""What rounding knots down to whole nA may add to a slew."""
SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Hold donor and cell as they are planned with: as the file has them, or as chosen.

    Attributes
    ----------
    donor : Donor
    cell : Cell
    background_salt_mm : float
        NaCl added to what the file names.
    """

    donor: Donor
    cell: Cell
    background_salt_mm: float = 0.0


def chosen(goal: Goal, values: dict[str, float]) -> Choice:
    """Return donor and cell with some values in place of the file's.

    What changes the donor's charge is made up by its counter-ion, as a titration would.

    Parameters
    ----------
    goal : Goal
    values : dict
        Key of `Free` to value.
    """
    donor, salt = goal.donor, values.get("background_salt_mm", 0.0)
    drug = load_compound(donor.compound)
    ph, held = values.get("ph", donor.ph), values.get("concentration_mm", donor.concentration_mm)
    added = held * drug.mean_charge(ph) - donor.concentration_mm * drug.mean_charge(donor.ph)
    salts = dict(donor.vehicle_salts_mm)
    closing = "chloride" if drug.mean_charge(donor.ph) > 0.0 else "sodium"
    if added != 0.0 and closing in salts:
        change = added if closing == "chloride" else -added
        salts[closing] = max(salts[closing] + change, 0.0)
    if salt > 0.0:
        for ion in ("sodium", "chloride"):
            salts[ion] = salts.get(ion, 0.0) + salt
    changed = {"ph": ph, "concentration_mm": held, "vehicle_salts_mm": salts}
    area = values.get("area_cm2", goal.cell.area_cm2)
    return Choice(
        donor=donor.model_copy(update=changed),
        cell=goal.cell.model_copy(update={"area_cm2": area}),
        background_salt_mm=salt,
    )


def planning_case(goal: Goal, choice: Choice, *, robust: bool) -> PlanningCase:
    """Return what the planner plans.

    Parameters
    ----------
    goal : Goal
    choice : Choice
        Donor and cell.
    robust : bool
        Whether the draws the goal asks for are planned with.

    Raises
    ------
    models.ModelInputError
        When the model does not know compound, ions or tissue.
    """
    skin = goal_skin(goal, choice.cell)
    donor = donor_formulation(choice.donor, goal.electrode, choice.cell)
    draws = None
    if robust and goal.goal.share_of_draws is not None:
        draws = Draws.sample(skin, donor, draws=goal.goal.draws, seed=SEED)
    return PlanningCase(
        skin=skin,
        formulation=donor,
        goal=dose_goal(goal, skin, donor, choice.cell),
        limits=current_limits(goal, donor, choice.cell),
        draws=draws,
    )


def goal_skin(goal: Goal, cell: Cell) -> Skin:
    """Return the tissue the goal is for: the specimen, or living tissue of its site."""
    if goal.goal.perfused and cell.specimen_class != "perfused":
        return tissue(cell, preparation=WHOLE_SKIN, perfused=True)
    return tissue(cell, preparation=str(cell.preparation), perfused=goal.goal.perfused)


def dose_goal(goal: Goal, skin: Skin, donor: Formulation, cell: Cell) -> DoseGoal:
    """Return the goal in SI."""
    table = goal.goal
    wanted = _mol_per_m2(table, table.layer, skin, donor, cell)
    return DoseGoal(
        weight={table.layer: 1.0},
        # Where only the most is wanted, every amount is enough.
        at_least_mol_per_m2=1e-15 if wanted is None else wanted,
        by_s=table.by_min * S_PER_MIN,
        objective=table.objective.replace("_", " "),
        keep_below_mol_per_m2={
            "cleared" if one.layer == "plasma" else one.layer: bound
            for one in table.keep_below
            if (bound := _mol_per_m2(one, one.layer, skin, donor, cell)) is not None
        },
        share=table.share_of_draws or 1.0,
    )


def _mol_per_m2(
    table: GoalTable | KeepBelow, layer: str, skin: Skin, donor: Formulation, cell: Cell
) -> float | None:
    """Return an amount per area, in whichever of the three ways it is given."""
    if table.amount_ug_per_cm2 is not None:
        mass = donor.active.molar_mass_g_per_mol
        return table.amount_ug_per_cm2 / (UG_PER_CM2_PER_G_PER_M2 * mass)
    if table.amount_umol_per_cm2 is not None:
        return table.amount_umol_per_cm2 * MOL_PER_M2_PER_UMOL_PER_CM2
    if table.concentration_mm is None:
        return None
    if isinstance(table, KeepBelow) and table.distribution_volume_l is not None:
        # All that was cleared in the volume of distribution: more than plasma can hold.
        held = table.concentration_mm * table.distribution_volume_l * 1e-3
        return held / (cell.area_cm2 * M2_PER_CM2)
    thickness = {one.name: one.thickness_m for one in skin.layers}
    return table.concentration_mm * thickness.get(layer, 0.0)


def current_limits(goal: Goal, donor: Formulation, cell: Cell) -> CurrentLimits:
    """Return the tightest limits of file, class and donor, per area, and what sets them."""
    limits, literal = goal.limits, class_limits(cell.specimen_class)
    area_m2 = cell.area_cm2 * M2_PER_CM2
    current_ma = min(limits.current_ma, literal.current_na.absolute / NA_PER_MA)
    density, density_from = min(
        (limits.density_ma_per_cm2, "density"),
        (literal.density_na_per_cm2.absolute / NA_PER_MA, "density of the class"),
        (current_ma / cell.area_cm2, "total current"),
    )
    charge, charge_from = min(charge_limits(goal, donor, cell))
    return CurrentLimits(
        density_a_per_m2=density * A_PER_M2_PER_MA_PER_CM2,
        charge_c_per_m2=charge,
        slew_a_per_m2_s=_planned_slew_na_per_s(goal, cell) / NA_PER_MA / 1e3 / area_m2,
        on_time_s=limits.current_on_time_min * S_PER_MIN,
        voltage_v=limits.voltage_v,
        power_w_per_m2=limits.warming_k * HEAT_TRANSFER_W_PER_M2_K,
        density_from=density_from,
        charge_from=charge_from,
    )


def charge_limits(goal: Goal, donor: Formulation, cell: Cell) -> list[tuple[float, str]]:
    """Return every limit on the charge density, C/m^2, with what sets it.

    Of those the kernel holds, what it keeps back for the contact probe and a stop is taken off.
    """
    limits, literal = goal.limits, class_limits(cell.specimen_class)
    area_m2 = cell.area_cm2 * M2_PER_CM2
    held = [
        (limits.charge_density_c_per_cm2 / M2_PER_CM2, "charge density"),
        (limits.charge_ma_min * C_PER_MA_MIN / area_m2, "charge"),
        (literal.charge_pc.absolute / PC_PER_C / area_m2, "charge of the class"),
    ]
    if literal.charge_density_pc_per_cm2.absolute != NOT_NAMED:
        per_cm2 = literal.charge_density_pc_per_cm2.absolute / PC_PER_C
        held.append((per_cm2 / M2_PER_CM2, "charge density of the class"))
    back = _held_back_c(goal, cell) / area_m2
    return [
        *((bound - back, name) for bound, name in held),
        (float(donor_chemistry(donor, 0.0).lasts_c_per_m2), "chloride or silver of the donor"),
        (buffer_budget_c_per_m2(donor, shift=limits.donor_ph_shift), "buffer of the donor"),
    ]


def _held_back_c(goal: Goal, cell: Cell) -> float:
    """Return the charge of the probe, and what a stop adds at most to a profile that ramps down.

    Where the current falls with slope s, a stop from it may add ``I r - I²/(2 s) <= s r²/2``.
    """
    ticks = Config(
        channels=(), common_current_na=0, tick_ms=SLOWEST_TICK_MS, stop_ramp_ms=STOP_RAMP_MS
    )
    reserve_s = (ramp_reserve_ms(ticks) + SLOWEST_TICK_MS) / MS_PER_S
    stop_na_s = 0.5 * slew_na_per_s(goal, cell) * reserve_s**2
    probe_na = class_limits(cell.specimen_class).probe_na_per_cm2 * cell.area_cm2
    return (stop_na_s + probe_na * LONGEST_PROBE_MS / MS_PER_S) / NA_PER_MA / 1e3


def slew_na_per_s(goal: Goal, cell: Cell) -> int:
    """Return the slew limit in whole nA/s: from zero to the highest density in the file's ramp."""
    highest_na = goal.limits.density_ma_per_cm2 * cell.area_cm2 * NA_PER_MA
    return max(math.floor(highest_na / goal.limits.ramp_s), ROUNDING_NA_PER_S + 1)


def _planned_slew_na_per_s(goal: Goal, cell: Cell) -> int:
    return slew_na_per_s(goal, cell) - ROUNDING_NA_PER_S


def whole_ms(time_s: float) -> int:
    """Return a time on the planner's grid in whole ms."""
    return round(time_s * MS_PER_S)

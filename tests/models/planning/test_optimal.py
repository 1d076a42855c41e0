from dataclasses import replace

import numpy as np
import pytest

import models
from models.errors import ModelInputError
from models.planning.goal import DoseGoal
from models.planning.optimal import optimal_current
from models.planning.preparation import dose_maps
from models.prospects import decay_length_m


def excess(maps, limits, current):
    """Return by how much each limit is exceeded, relative, voltage and heat between knots too."""
    schedule = maps[0].schedule
    over = [
        current.max() / limits.density_a_per_m2,
        (schedule.whole_charge_s @ current) / limits.charge_c_per_m2,
        (np.abs(np.diff(current)) / np.diff(schedule.knot_s)).max() / limits.slew_a_per_m2_s,
    ]
    between = schedule.probe_share @ current
    voltage = between * maps[0].resistance(maps[0].run(current))
    if limits.voltage_v:
        over.append(voltage.max() / limits.voltage_v)
    if limits.power_w_per_m2:
        over.append((voltage * between).max() / limits.power_w_per_m2)
    return max(over) - 1.0


@pytest.mark.parametrize("objective", ["least charge", "least peak", "most amount"])
@pytest.mark.parametrize("voltage_v", [None, 20.0, 8.0])
def test_every_limit_holds_when_looked_at_again(maps, goal, limits, objective, voltage_v):
    limits = replace(limits, voltage_v=voltage_v, power_w_per_m2=40.0)
    plan = optimal_current(maps, goal(objective=objective), limits)
    assert plan.feasible
    assert excess(maps, limits, plan.current_a_per_m2) <= 1e-9
    assert np.all(plan.current_a_per_m2 >= 0.0)


@pytest.mark.parametrize("objective", ["least charge", "least peak"])
def test_goal_is_reached_and_not_overshot(maps, goal, limits, objective):
    plan = optimal_current(maps, goal(objective=objective), limits)
    assert plan.feasible
    assert plan.dose_mol_per_m2 == pytest.approx(4e-4, rel=1e-5)
    assert plan.linear_dose_mol_per_m2 == pytest.approx(plan.dose_mol_per_m2, rel=1e-6)


def test_most_amount_under_density_alone_is_full_current_throughout(maps, goal, limits):
    wide = replace(limits, charge_c_per_m2=1e5, slew_a_per_m2_s=1.0)
    plan = optimal_current(maps, goal(objective="most amount"), wide)
    assert plan.current_a_per_m2[1:-1] == pytest.approx(5.0)
    assert plan.binding[0] == "density"


def test_most_amount_under_a_charge_limit_is_bang_bang(maps, goal, limits):
    plan = optimal_current(
        maps, goal(objective="most amount"), replace(limits, slew_a_per_m2_s=1.0)
    )
    inner = plan.current_a_per_m2[1:-1]
    either = np.isclose(inner, 0.0, atol=1e-6) | np.isclose(inner, 5.0, atol=1e-6)
    assert np.count_nonzero(~either) <= 1
    assert plan.binding[0] == "charge"


def test_least_peak_is_constant_current(maps, goal, limits):
    plan = optimal_current(maps, goal(objective="least peak"), limits)
    assert np.ptp(plan.current_a_per_m2[1:-1]) < 1e-6
    least = optimal_current(maps, goal(objective="least charge"), limits)
    assert plan.current_a_per_m2.max() < least.current_a_per_m2.max()
    assert least.charge_c_per_m2 < plan.charge_c_per_m2


def test_goal_out_of_reach_is_answered_with_the_most_there_is(maps, goal, limits):
    plan = optimal_current(maps, goal(at_least_mol_per_m2=1.0), limits)
    most = optimal_current(maps, goal(at_least_mol_per_m2=1.0, objective="most amount"), limits)
    assert not plan.feasible
    assert plan.dose_mol_per_m2 == pytest.approx(most.dose_mol_per_m2, rel=1e-6)
    assert plan.charge_c_per_m2 <= limits.charge_c_per_m2 * (1.0 + 1e-9)
    assert excess(maps, limits, plan.current_a_per_m2) <= 1e-9


def test_elasticity_foretells_what_a_wider_limit_gives(maps, goal, limits):
    most = goal(objective="most amount")
    plan = optimal_current(maps, most, limits)
    wider = optimal_current(maps, most, replace(limits, charge_c_per_m2=4040.0))
    gain = wider.dose_mol_per_m2 / plan.dose_mol_per_m2 - 1.0
    assert gain == pytest.approx(0.01 * plan.elasticity["charge"], rel=0.05)


def test_kept_below_holds_and_costs(maps, goal, limits):
    most = goal(objective="most amount")
    free = optimal_current(maps, most, limits)
    bound = 0.7 * free.outcome.amount_mol_per_m2["cleared"]
    kept = optimal_current(maps, replace(most, keep_below_mol_per_m2={"cleared": bound}), limits)
    assert kept.outcome.amount_mol_per_m2["cleared"] <= bound * (1.0 + 1e-6)
    assert kept.dose_mol_per_m2 < free.dose_mol_per_m2
    assert "cleared kept below" in kept.binding


def test_bound_that_rest_already_breaks_is_refused(maps, goal, limits):
    tight = goal(keep_below_mol_per_m2={"donor": 1e-6}, objective="most amount")
    with pytest.raises(ModelInputError, match="without current"):
        optimal_current(maps, tight, limits)


def test_current_off_while_a_depot_drains_costs_nothing(ascorbate, limits):
    # Excised skin has no blood: what is in the dermis goes on to the fat below, current or not.
    skin = models.Skin.load(preparation="full_thickness")
    knots = np.linspace(0.0, 7200.0, 61)
    day = 24 * 3600.0
    maps = dose_maps(skin, ascorbate, knots, goal_s=day, typical_a_per_m2=3.0)
    goal = DoseGoal(weight={"fat": 1.0}, at_least_mol_per_m2=1.0, by_s=day, objective="most amount")
    free = optimal_current(maps, goal, limits)
    first_hour = optimal_current(maps, goal, limits, window_s=(0.0, 3600.0))
    assert first_hour.charge_c_per_m2 == pytest.approx(free.charge_c_per_m2)
    assert first_hour.dose_mol_per_m2 == pytest.approx(free.dose_mol_per_m2, rel=0.03)
    soon = dose_maps(skin, ascorbate, knots, goal_s=7200.0, typical_a_per_m2=3.0)[0]
    by_then = soon.run(first_hour.current_a_per_m2).amount_mol_per_m2["fat"]
    assert first_hour.dose_mol_per_m2 > 3.0 * by_then


def test_what_must_cross_the_dermis_in_time_is_sent_early(ascorbate, limits):
    skin = models.Skin.load(preparation="dermatomed")
    knots = np.linspace(0.0, 7200.0, 61)
    maps = dose_maps(skin, ascorbate, knots, goal_s=7200.0, typical_a_per_m2=3.0)
    goal = DoseGoal(
        weight={"receptor": 1.0}, at_least_mol_per_m2=1.0, by_s=7200.0, objective="most amount"
    )
    plan = optimal_current(maps, goal, limits)
    assert plan.binding[0] == "charge"
    assert np.all(plan.current_a_per_m2[40:] < 1e-6)


def test_with_clearance_fat_is_out_of_reach_by_the_decay_length(ascorbate, goal, limits):
    reached = {}
    for perfused in (False, True):
        skin = models.Skin.load(preparation="full_thickness", perfused=perfused)
        knots = np.linspace(0.0, 3600.0, 31)
        maps = dose_maps(skin, ascorbate, knots, goal_s=48 * 3600.0, typical_a_per_m2=3.0)
        asked = goal(weight={"fat": 1.0}, at_least_mol_per_m2=1.0, by_s=48 * 3600.0)
        plan = optimal_current(maps, asked, limits)
        assert not plan.feasible
        given = plan.outcome.amount_mol_per_m2
        reached[perfused] = given["fat"] / (sum(given.values()) - given["donor"])
    dermis = next(layer for layer in skin.layers if layer.name == "dermis")
    lengths = dermis.thickness_m / decay_length_m(ascorbate.active)
    assert reached[True] < 2.0 * np.exp(-lengths)
    assert reached[True] < 0.1 * reached[False]

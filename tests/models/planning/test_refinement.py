from dataclasses import replace

import pytest

import models
from models.planning.goal import CurrentLimits, DoseGoal
from models.planning.horizon import PlanningCase, plan_current
from models.planning.margins import limits_used
from models.planning.refinement import refined_plan
from models.planning.verification import planned_profile, verify


@pytest.fixture(scope="module")
def case():
    donor = models.Formulation(
        compound="ascorbate",
        concentration_mol_per_m3=100.0,
        ph=6.5,
        salts_mol_per_m3={"sodium": 100.0},
        volume_m3_per_m2=4e-3,
    )
    return PlanningCase(
        skin=models.Skin.load(preparation="full_thickness"),
        formulation=donor,
        goal=DoseGoal(weight={"dermis": 1.0}, at_least_mol_per_m2=6e-4, by_s=1200.0),
        limits=CurrentLimits(
            density_a_per_m2=5.0,
            charge_c_per_m2=9600.0,
            slew_a_per_m2_s=5.0 / 30.0,
            voltage_v=20.0,
            power_w_per_m2=50.0,
        ),
        intervals=30,
    )


def test_refined_plan_reaches_the_goal_by_the_reference(case):
    found = refined_plan(case)
    assert found.feasible
    reached = found.verification.reference_mol_per_m2
    assert reached == pytest.approx(case.goal.at_least_mol_per_m2, rel=0.02)
    assert found.rounds > 1


def test_plan_looked_at_again_is_inside_every_limit(case):
    plan = plan_current(case)
    seen = verify(case, plan)
    assert max(seen.used.values()) <= 1.0 + 1e-9
    assert set(seen.used) == {"density", "charge", "slew", "voltage", "heat"}
    assert seen.full_mol_per_m2 == pytest.approx(seen.fast_mol_per_m2, rel=0.02)
    assert seen.linear_mol_per_m2 == pytest.approx(seen.fast_mol_per_m2, rel=1e-5)
    assert abs(seen.gap) < 1.0


def test_a_profile_beyond_a_limit_is_seen(case):
    profile = planned_profile(case, plan_current(case))
    doubled = models.Profile(
        time_s=profile.time_s,
        current_density_a_per_m2=[2.0 * x for x in profile.current_density_a_per_m2],
    )
    once, twice = (limits_used(case.skin, case.limits, x) for x in (profile, doubled))
    for name in ("density", "charge", "slew"):
        assert twice[name] == pytest.approx(2.0 * once[name])
    assert twice["heat"] > 1.0


def test_voltage_and_heat_hold_between_the_times_planned_at(case):
    tight = replace(case, limits=replace(case.limits, voltage_v=6.0, power_w_per_m2=20.0))
    tight = replace(tight, goal=replace(case.goal, objective="most amount"), intervals=12)
    used = limits_used(tight.skin, tight.limits, planned_profile(tight, plan_current(tight)))
    assert max(used.values()) <= 1.0 + 1e-9
    assert max(used["voltage"], used["heat"]) > 0.99

from dataclasses import replace

import numpy as np
import pytest

from models.draws import Draws
from models.errors import ModelInputError
from models.planning.horizon import PlanningCase, plan_current


@pytest.fixture
def case(skin, ascorbate, goal, limits):
    def make(*, draws=None, intervals=20, more=None, **changes):
        return PlanningCase(
            skin=skin,
            formulation=ascorbate,
            goal=goal(**changes),
            limits=replace(limits, **(more or {})),
            draws=draws,
            intervals=intervals,
        )

    return make


def test_least_time_is_bang_bang_and_no_less_would_do(case):
    wide = {"charge_c_per_m2": 1e5}
    plan = plan_current(case(objective="least time", more=wide))
    current = plan.optimal.current_a_per_m2
    assert plan.optimal.feasible
    assert plan.goal_s < 1500.0
    assert np.count_nonzero(~np.isclose(current, 5.0)) <= 4, "full current but for the ramps"
    sooner = case(objective="most amount", by_s=0.97 * plan.goal_s, more=wide)
    assert not plan_current(sooner).optimal.feasible


def test_least_time_out_of_reach_is_answered_with_the_most_there_is(case):
    plan = plan_current(case(objective="least time", at_least_mol_per_m2=1.0))
    assert not plan.optimal.feasible
    assert plan.goal_s == 1500.0


def test_current_flows_no_longer_than_it_may_and_where_that_is_best(case):
    plan = plan_current(case(more={"on_time_s": 600.0}))
    flows = plan.knot_s[plan.optimal.current_a_per_m2 > 1e-9]
    assert flows[-1] - flows[0] < 600.0
    assert plan.knot_s[-1] == 1500.0, "blood takes what comes early"


def test_knots_lie_on_the_grid_of_profiles(case):
    plan = plan_current(case(by_s=1234.567, intervals=37))
    assert np.round(plan.knot_s, 2) == pytest.approx(plan.knot_s, abs=1e-12)


def test_share_of_the_draws_reaches_the_goal_and_costs_charge(case, skin, ascorbate):
    draws = Draws.sample(skin, ascorbate, draws=30, seed=1)
    nominal = plan_current(case(at_least_mol_per_m2=5e-6))
    sure = plan_current(case(at_least_mol_per_m2=5e-6, draws=draws, share=0.8))
    assert sure.optimal.feasible
    assert sure.optimal.share >= 0.8
    assert sure.optimal.charge_c_per_m2 > nominal.optimal.charge_c_per_m2
    doses = [one.run(sure.optimal.current_a_per_m2) for one in sure.maps[1:]]
    reached = [x.amount_mol_per_m2["dermis"] >= 5e-6 * (1.0 - 1e-5) for x in doses]
    assert np.mean(reached) >= 0.8
    assert np.mean(reached) < 0.9, "no more sure than asked"


def test_sure_goal_out_of_reach_tells_what_the_share_reaches(case, skin, ascorbate):
    draws = Draws.sample(skin, ascorbate, draws=20, seed=1)
    plan = plan_current(case(at_least_mol_per_m2=1.0, draws=draws, share=0.9))
    assert not plan.optimal.feasible
    doses = [one.run(plan.optimal.current_a_per_m2).amount_mol_per_m2 for one in plan.maps[1:]]
    ordered = np.sort([x["dermis"] for x in doses])
    assert plan.optimal.dose_mol_per_m2 == pytest.approx(ordered[2])


def test_too_few_intervals_are_refused(case):
    with pytest.raises(ModelInputError, match="intervals = 3"):
        case(intervals=3)

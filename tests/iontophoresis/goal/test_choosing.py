from iontophoresis import goal as goals
from iontophoresis.goal.case import chosen, planning_case
from iontophoresis.goal.choosing import choose
from models.planning.horizon import plan_current


def test_nothing_free_is_nothing_chosen():
    assert choose(goals.load("mesoglow"), lambda _: None) == {}


def test_salt_is_chosen_between_a_starving_anode_and_a_sluggish_flow():
    goal = goals.load("mesoglow_dexpanthenol")
    told = []
    values = choose(goal, told.append)
    assert told[0] == "choosing background salt"

    def most(salt):
        case = planning_case(goal, chosen(goal, {"background_salt_mm": salt}), robust=False)
        return plan_current(case).optimal.dose_mol_per_m2

    best = values["background_salt_mm"]
    assert 10.0 <= best <= 150.0
    assert most(best) >= max(most(10.0), most(80.0), most(150.0))

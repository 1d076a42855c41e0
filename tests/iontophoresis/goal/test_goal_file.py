from importlib import resources

import pytest

from iontophoresis import goal as goals
from iontophoresis.errors import InputError
from iontophoresis.goal.case import chosen, current_limits, dose_goal, goal_skin, planning_case

TEXT = (resources.files("iontophoresis") / "library" / "goals" / "mesoglow.toml").read_text()


def changed(old, new):
    assert old in TEXT
    return goals.parse(TEXT.replace(old, new).encode(), "mine.toml")


@pytest.mark.parametrize("name", goals.library())
def test_every_shipped_goal_can_be_planned_with(name):
    goal = goals.load(name)
    assert planning_case(goal, chosen(goal, {}), robust=False).goal.by_s > 0.0


def test_limits_not_named_are_those_customary_on_people():
    limits = goals.load("mesoglow").limits
    assert (limits.density_ma_per_cm2, limits.charge_ma_min) == (0.5, 80.0)
    assert (limits.charge_density_c_per_cm2, limits.current_on_time_min) == (1.8, 60.0)
    assert limits.ramp_s == 30.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("by_min = 20.0", "by_min = -1.0", "goal.by_min = -1.0: must be above 0"),
        ("by_min = 20.0", "by_s = 1200.0", "goal.by_s = 1200.0: unknown key"),
        ('"least_charge"', '"least_effort"', 'must be one of "least_charge"'),
        ("amount_ug_per_cm2 = 10.0 ", "", "goal.amount_ug_per_cm2: is missing"),
        ("by_min", "concentration_mm = 1.0\nby_min", "amount_ug_per_cm2 is given too"),
        ('layer = "dermis"', 'layer = "muscle"', "goal.layer"),
        ('class = "excised"', 'class = "load"', "a load takes up no dose"),
        ('class = "excised"', 'class = "living"', "a living specimen is refused"),
        ("[cell]", "[limits]\ndensity_ma_per_cm2 = 0.6\n[cell]", "without a reason"),
        ("[cell]", "[free]\nph = { low = 7.0, high = 5.0 }\n[cell]", "must be below high"),
    ],
)
def test_what_is_wrong_is_said_with_key_value_and_bound(old, new, said):
    with pytest.raises(InputError, match=r"mine\.toml") as refused:
        changed(old, new)
    assert said in str(refused.value)


def test_unknown_name_lists_what_ships():
    with pytest.raises(InputError, match="mesoglow"):
        goals.load("mesoglo")


def test_amount_and_concentration_say_the_same():
    by_amount = changed("amount_ug_per_cm2 = 10.0", "amount_umol_per_cm2 = 0.1")
    by_mean = changed("amount_ug_per_cm2 = 10.0", "concentration_mm = 1.0")
    skin = goal_skin(by_mean, by_mean.cell)
    dermis = next(layer.thickness_m for layer in skin.layers if layer.name == "dermis")
    case = planning_case(by_mean, chosen(by_mean, {}), robust=False)
    donor = case.formulation
    assert case.goal.at_least_mol_per_m2 == pytest.approx(1.0 * dermis)
    amount = dose_goal(by_amount, skin, donor, by_amount.cell).at_least_mol_per_m2
    assert amount == pytest.approx(1e-3)


def test_total_current_binds_on_a_large_electrode():
    goal = changed("area_cm2 = 5.0", "area_cm2 = 50.0")
    case = planning_case(goal, chosen(goal, {}), robust=False)
    assert case.limits.density_from == "total current"
    assert case.limits.density_a_per_m2 == pytest.approx(1.0)


def test_donor_without_chloride_under_a_silver_anode_has_little_charge():
    fat = goals.load("fat_layer")
    poor = {"vehicle_salts_mm": {"sodium": 1.0, "chloride": 1.0}}
    cell, donor = fat.cell, fat.donor.model_copy(update=poor)
    goal = fat.model_copy(update={"donor": donor})
    case = planning_case(goal, chosen(goal, {}), robust=False)
    limits = current_limits(goal, case.formulation, cell)
    assert limits.charge_from == "chloride or silver of the donor"
    assert limits.charge_c_per_m2 == pytest.approx(1.0 * 5e-3 * 96485.33, rel=1e-3)


def test_inert_electrode_is_held_to_its_buffer():
    goal = changed(
        'material = "Ag/AgCl"\ncontact = "direct"\n\n[return',
        'material = "platinum"\ncontact = "direct"\n\n[return',
    )
    case = planning_case(goal, chosen(goal, {}), robust=False)
    assert case.limits.charge_from == "buffer of the donor"


def test_plasma_bound_counts_all_that_was_cleared():
    more = '[[goal.keep_below]]\nlayer = "plasma"\nconcentration_mm = 0.001\ndistribution_volume_l = 10.0\n'
    goal = changed("[donor]", more + "[donor]")
    kept = planning_case(goal, chosen(goal, {}), robust=False).goal.keep_below_mol_per_m2
    assert kept == pytest.approx({"cleared": 0.001 * 0.010 / 5e-4})


def test_a_chosen_concentration_brings_its_counter_ion():
    goal = goals.load("mesoglow")
    salts = chosen(goal, {"concentration_mm": 50.0}).donor.vehicle_salts_mm
    assert salts["sodium"] == pytest.approx(50.0, rel=0.01)
    salted = chosen(goal, {"background_salt_mm": 20.0}).donor.vehicle_salts_mm
    assert salted == pytest.approx({"sodium": 120.0, "chloride": 20.0})

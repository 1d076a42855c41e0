import numpy as np
import pytest

import models
from models.draws import Draws
from models.errors import ModelInputError
from models.planning.preparation import dose_maps


def wavy(n):
    current = 2.0 + np.random.default_rng(0).random(n)
    current[[0, -1]] = 0.0
    return current


@pytest.mark.parametrize("compartment", ["donor", "epidermis", "dermis", "cleared"])
def test_gradient_is_that_of_small_changes(maps, compartment):
    one, current, step = maps[0], wavy(61), 1e-4
    gradient = one.gradient(one.run(current), {compartment: 1.0})
    for k in (1, 7, 30, 59):
        up, down = current.copy(), current.copy()
        up[k], down[k] = up[k] + step, down[k] - step
        high, low = (one.run(x).amount_mol_per_m2[compartment] for x in (up, down))
        scale = np.abs(gradient).max()
        assert (high - low) / (2.0 * step) == pytest.approx(gradient[k], abs=1e-6 * scale)


def test_gradient_of_what_reaches_a_receptor():
    skin = models.Skin.load(preparation="heat_separated")
    donor = models.Formulation(
        compound="lidocaine",
        concentration_mol_per_m3=50.0,
        ph=5.5,
        salts_mol_per_m3={"chloride": 50.0},
        volume_m3_per_m2=1e-2,
    )
    knots = np.linspace(0.0, 3600.0, 31)
    (one,) = dose_maps(skin, donor, knots, goal_s=3600.0, typical_a_per_m2=3.0)
    current, step = wavy(31), 1e-4
    gradient = one.gradient(one.run(current), {"receptor": 1.0})
    up, down = current.copy(), current.copy()
    up[12], down[12] = up[12] + step, down[12] - step
    high, low = (one.run(x).amount_mol_per_m2["receptor"] for x in (up, down))
    assert (high - low) / (2.0 * step) == pytest.approx(gradient[12], rel=1e-5)


def test_dose_is_that_of_the_model(maps, skin, ascorbate):
    current = wavy(61)
    knots = maps[0].schedule.knot_s
    profile = models.Profile(time_s=tuple(knots), current_density_a_per_m2=tuple(-current))
    full = models.simulate(skin, ascorbate, profile, at_s=[1500.0])
    found = maps[0].run(current).amount_mol_per_m2
    given = full.delivered_mol_per_m2[-1]
    for name, amounts in full.amount_mol_per_m2.items():
        assert found[name] == pytest.approx(amounts[-1], abs=2e-2 * given)


def test_mass_closes(maps, ascorbate):
    amounts = maps[0].run(wavy(61)).amount_mol_per_m2
    held = ascorbate.concentration_mol_per_m3 * ascorbate.volume_m3_per_m2
    assert sum(amounts.values()) == pytest.approx(held, rel=1e-12)


def test_resistance_falls_as_the_skin_model_says(maps, skin):
    one, current = maps[0], wavy(61)
    knots = one.schedule.knot_s
    profile = models.Profile(time_s=tuple(knots), current_density_a_per_m2=tuple(-current))
    expected = models.expected_resistance(skin, profile, one.schedule.probe_s)
    assert one.resistance(one.run(current)) == pytest.approx(expected, rel=1e-9)


def test_draws_share_the_schedule_and_differ_in_dose(skin, ascorbate):
    sample = Draws.sample(skin, ascorbate, draws=4, seed=1)
    knots = np.linspace(0.0, 1200.0, 13)
    made = dose_maps(skin, ascorbate, knots, goal_s=1500.0, typical_a_per_m2=3.0, draws=sample)
    assert len(made) == 5
    assert all(one.schedule is made[0].schedule for one in made)
    doses = {one.run(wavy(13)).amount_mol_per_m2["dermis"] for one in made}
    assert len(doses) == 5


def test_knots_that_do_not_rise_are_refused(skin, ascorbate):
    with pytest.raises(ModelInputError, match="knot_s"):
        dose_maps(skin, ascorbate, np.array([0.0, 5.0, 5.0]), goal_s=9.0, typical_a_per_m2=1.0)

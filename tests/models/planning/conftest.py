from dataclasses import replace

import numpy as np
import pytest

import models
from models.planning.goal import CurrentLimits, DoseGoal
from models.planning.preparation import dose_maps


@pytest.fixture(scope="session")
def skin():
    return models.Skin.load(site="human_forearm", preparation="full_thickness", perfused=True)


@pytest.fixture(scope="session")
def ascorbate():
    return models.Formulation(
        compound="ascorbate",
        concentration_mol_per_m3=100.0,
        ph=7.0,
        salts_mol_per_m3={"sodium": 100.0},
        volume_m3_per_m2=2e-3,
    )


@pytest.fixture(scope="session")
def maps(skin, ascorbate):
    knots = np.linspace(0.0, 1200.0, 61)
    return dose_maps(skin, ascorbate, knots, goal_s=1500.0, typical_a_per_m2=3.0)


@pytest.fixture
def limits():
    return CurrentLimits(density_a_per_m2=5.0, charge_c_per_m2=4000.0, slew_a_per_m2_s=5.0 / 30.0)


@pytest.fixture
def goal():
    def make(**changes):
        plain = DoseGoal(weight={"dermis": 1.0}, at_least_mol_per_m2=4e-4, by_s=1500.0)
        return replace(plain, **changes)

    return make

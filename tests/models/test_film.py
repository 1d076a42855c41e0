from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import models
from models import simulate_reference
from models.assembly import assemble
from models.draws import Draws
from models.film import surface_ratio

QUICK = {"refine": 0.3, "tolerance": 5e-3}
GEL_M = 5e-4


@pytest.fixture(scope="module")
def membrane() -> models.Skin:
    return models.Skin.load(preparation="heat_separated")


def lidocaine(concentration: float, salt: float) -> models.Formulation:
    return models.Formulation(
        compound="lidocaine",
        concentration_mol_per_m3=concentration,
        ph=6.0,
        salts_mol_per_m3={"sodium": salt, "chloride": concentration + salt},
        volume_m3_per_m2=3e-2,
    )


def share(skin: models.Skin, donor: models.Formulation, density: float) -> float:
    course = models.Profile(time_s=(0, 30, 3600), current_density_a_per_m2=(0, density, density))
    found = simulate_reference(skin, donor, course, at_s=[0.0, 3600.0], **QUICK)
    assert found.mass_balance_error < 1e-9
    assert found.depth_m[0] == 0.0
    return float(found.transport_number[-1])


def test_single_ion_does_not_mind_the_layer(membrane) -> None:
    donor = lidocaine(75.0, 0.0)
    gel = replace(donor, unstirred_layer_m=GEL_M)
    assert share(membrane, gel, 2.5) == pytest.approx(share(membrane, donor, 2.5), rel=0.03)


def test_dilute_drug_beside_salt_meets_the_skin_at_the_closed_ratio(membrane) -> None:
    donor = lidocaine(5.0, 150.0)
    gel = replace(donor, unstirred_layer_m=GEL_M)
    stack = assemble(membrane, donor, Draws.nominal())
    mobility = float(stack.competition.mobility(stack.competition.start())[0])
    expected = surface_ratio(gel, 5.0, mobility + float(stack.stack.osmotic_m3_per_c[0, 0]))
    found = share(membrane, gel, 5.0) / share(membrane, donor, 5.0)
    assert found == pytest.approx(expected, abs=0.03)


def test_neutral_is_held_back_by_diffusion_alone() -> None:
    donor = models.Formulation(
        compound="caffeine",
        concentration_mol_per_m3=50.0,
        ph=6.5,
        salts_mol_per_m3={"sodium": 50.0, "chloride": 50.0},
        volume_m3_per_m2=3e-2,
        unstirred_layer_m=GEL_M,
    )
    assert surface_ratio(donor, 2.0, 0.0) == pytest.approx(1.0)
    assert 0.9 < surface_ratio(donor, 2.0, 1e-9) < 1.0


def test_fast_model_says_where_the_layer_would_matter(membrane) -> None:
    thick = replace(lidocaine(5.0, 150.0), unstirred_layer_m=5e-3)
    course = models.Profile(time_s=(0, 30, 60), current_density_a_per_m2=(0, 5, 5))
    said = models.simulate(membrane, thick, course).extrapolated
    assert any("unstirred layer" in line for line in said)
    thin = replace(thick, unstirred_layer_m=1e-4)
    assert not any("unstirred" in x for x in models.simulate(membrane, thin, course).extrapolated)


@pytest.mark.parametrize("thickness", [-1e-4, 1.0, np.nan])
def test_refuses(thickness: float) -> None:
    with pytest.raises(models.ModelInputError, match="unstirred_layer_m"):
        replace(lidocaine(5.0, 150.0), unstirred_layer_m=thickness)

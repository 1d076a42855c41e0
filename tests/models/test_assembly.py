from __future__ import annotations

import numpy as np
import pytest

import models
from models.assembly import assemble
from models.constants import THERMAL_VOLTAGE_V
from models.draws import Draws


def stack(skin: models.Skin, formulation: models.Formulation):
    return assemble(skin, formulation, Draws.nominal()).stack


def test_tissue_migration_obeys_nernst_einstein(excised, ascorbate) -> None:
    found = stack(excised, ascorbate)
    charge = ascorbate.active.mean_charge(7.4)
    for index in (1, 2):
        conductivity = excised.layers[index].conductivity_s_per_m
        expected = charge * found.other_permeability_m2_per_s[0, index]
        expected /= THERMAL_VOLTAGE_V * conductivity
        assert found.mobility_m3_per_c[0, index] == pytest.approx(expected)


def test_measured_coefficients_replace_the_correlations(ascorbate) -> None:
    given = {"diffusivity_m2_per_s": 1e-10, "partition": 0.8, "clearance_per_s": 5e-4}
    skin = models.Skin.load(perfused=True, overrides={"dermis": given})
    found, plain = stack(skin, ascorbate), stack(models.Skin.load(perfused=True), ascorbate)
    assert found.partition[0, 2] == 0.8
    assert found.other_permeability_m2_per_s[0, 2] == pytest.approx(8e-11)
    assert found.clearance_per_s[0, 2] == 5e-4
    ratio = found.mobility_m3_per_c[0, 2] / plain.mobility_m3_per_c[0, 2]
    assert ratio == pytest.approx(8e-11 / plain.other_permeability_m2_per_s[0, 2])


def test_only_blood_clears(excised, perfused, ascorbate) -> None:
    assert not np.any(stack(excised, ascorbate).clearance_per_s)
    cleared = stack(perfused, ascorbate).clearance_per_s[0]
    assert cleared[0] == cleared[1] == 0.0
    assert 0.9e-4 <= cleared[2] <= 14e-4
    assert cleared[3] > 0.0


def test_drawn_clearance_stays_in_the_observed_range(perfused, ascorbate) -> None:
    draws = Draws.sample(perfused, ascorbate, draws=300, seed=1)
    cleared = assemble(perfused, ascorbate, draws).stack.clearance_per_s[:, 2]
    assert cleared.min() >= 0.9e-4
    assert cleared.max() <= 14e-4


def test_lipid_path_is_for_the_uncharged(excised) -> None:
    def lipid(ph: float) -> float:
        donor = models.Formulation(
            compound="lidocaine",
            concentration_mol_per_m3=10.0,
            ph=ph,
            salts_mol_per_m3={},
            volume_m3_per_m2=1e-3,
        )
        return float(stack(excised, donor).other_permeability_m2_per_s[0, 0])

    assert lipid(7.9) / lipid(5.9) == pytest.approx(0.5 * 101.0, rel=1e-6)


def test_fat_takes_up_lipophilic_drugs(excised, ascorbate) -> None:
    base = models.Formulation(
        compound="lidocaine",
        concentration_mol_per_m3=10.0,
        ph=6.0,
        salts_mol_per_m3={},
        volume_m3_per_m2=1e-3,
    )
    assert stack(excised, base).partition[0, 3] > 20.0
    assert stack(excised, ascorbate).partition[0, 3] == pytest.approx(0.2, rel=1e-3)

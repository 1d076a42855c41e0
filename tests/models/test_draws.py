from __future__ import annotations

import numpy as np
import pytest

import models
from models.draws import NAMES, Draws


def test_draw_does_not_depend_on_their_number(excised, ascorbate) -> None:
    few = Draws.sample(excised, ascorbate, draws=5, seed=3)
    many = Draws.sample(excised, ascorbate, draws=50, seed=3)
    assert all(np.array_equal(few[name], many[name][:5]) for name in NAMES)
    other = Draws.sample(excised, ascorbate, draws=5, seed=4)
    assert not np.array_equal(few["pore mobility"], other["pore mobility"])


def test_spread_is_the_stated_one(excised, ascorbate) -> None:
    draws = Draws.sample(excised, ascorbate, draws=4000, seed=1)
    assert np.log(draws["pore mobility"]).std() == pytest.approx(np.log(3) / 2, rel=0.05)
    assert np.median(draws["pore mobility"]) == pytest.approx(1.0, abs=0.05)


def test_measured_and_absent_layers_do_not_vary(excised, ascorbate) -> None:
    draws = Draws.sample(excised, ascorbate, draws=10, seed=1)
    assert np.ptp(draws["fat thickness"]) == 0.0
    assert np.ptp(draws["dermis thickness"]) > 0.0
    thin = models.Skin.load(preparation="heat_separated")
    assert np.ptp(Draws.sample(thin, ascorbate, draws=10, seed=1)["dermis diffusivity"]) == 0.0


def test_multivalent_and_amphiphilic_ions_are_less_certain(excised) -> None:
    def spread(compound: str, ph: float) -> float:
        donor = models.Formulation(
            compound=compound,
            concentration_mol_per_m3=1.0,
            ph=ph,
            salts_mol_per_m3={},
            volume_m3_per_m2=1e-3,
        )
        return float(np.log(Draws.sample(excised, donor, draws=500, seed=1)["pore mobility"]).std())

    assert spread("nitroprusside", 5.0) > 1.3 * spread("lidocaine", 5.0)
    assert spread("fentanyl", 5.0) > 1.3 * spread("lidocaine", 5.0)


def test_a_band_needs_two(excised, ascorbate) -> None:
    with pytest.raises(models.ModelInputError, match="at least 2"):
        Draws.sample(excised, ascorbate, draws=1, seed=1)

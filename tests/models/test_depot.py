from __future__ import annotations

import numpy as np
import pytest

import models
from models.depot import Depot, simulate_depot


@pytest.fixture
def papule() -> Depot:
    return Depot.papule(
        volume_m3=1e-7, concentration_mol_per_m3=100.0, depth_m=1e-3, diameter_m=1.5e-2
    )


def layer_sum(found: models.Solution) -> np.ndarray:
    names = ("stratum_corneum", "epidermis", "dermis", "fat")
    return np.sum([found.amount_mol_per_m2[name] for name in names], axis=0)


def test_papule_keeps_its_dose_in_excised_skin(excised, ascorbate, papule) -> None:
    found = simulate_depot(excised, ascorbate, papule, at_s=[0.0, 600.0, 86400.0])
    expected = 1e-7 * 100.0 / (np.pi * 1.5e-2**2 / 4.0)
    assert papule.dose_mol_per_m2 == pytest.approx(expected)
    assert layer_sum(found) == pytest.approx([expected] * 3, rel=1e-9)
    assert found.mass_balance_error < 1e-9
    assert found.amount_mol_per_m2["dermis"][0] == pytest.approx(expected, rel=1e-9)
    assert np.all(np.diff(found.amount_mol_per_m2["fat"]) > 0.0)
    assert found.concentration_mol_per_m3.min() > -1e-9 * found.concentration_mol_per_m3.max()
    assert found.extrapolated == ()


def test_depot_in_a_closed_slab_spreads_as_the_cosine_series() -> None:
    """Check against ``c = Σ a_n cos(nπx/L) e^{-D (nπ/L)^2 t}`` in one uniform layer."""
    uniform = {"diffusivity_m2_per_s": 1e-10, "partition": 1.0}
    names = ("stratum_corneum", "epidermis", "dermis", "fat")
    skin = models.Skin.load(overrides=dict.fromkeys(names, uniform))
    donor = models.Formulation(
        compound="dexpanthenol",
        concentration_mol_per_m3=1.0,
        ph=7.0,
        salts_mol_per_m3={},
        volume_m3_per_m2=1e-3,
    )
    whole, top, bottom, time = skin.thickness_m, 2e-3, 5e-3, 4e4
    depot = Depot(technique="nappage", top_m=top, bottom_m=bottom, dose_mol_per_m2=1.0)
    found = simulate_depot(skin, donor, depot, at_s=[time])
    wave = np.arange(1, 200)[:, None] * np.pi / whole
    edges = np.sin(wave * bottom) - np.sin(wave * top)
    terms = 2.0 * edges / (wave * whole * (bottom - top)) * np.exp(-1e-10 * wave**2 * time)
    exact = 1.0 / whole + (terms * np.cos(wave * found.depth_m)).sum(axis=0)
    assert found.concentration_mol_per_m3[0] == pytest.approx(exact, abs=2e-3 * exact.max())


def test_blood_empties_the_depot_exponentially(ascorbate, papule) -> None:
    skin = models.Skin.load(
        perfused=True, overrides={name: {"clearance_per_s": 1e-3} for name in ("dermis", "fat")}
    )
    deep = Depot(technique="nappage", top_m=4e-3, bottom_m=6e-3, dose_mol_per_m2=1e-3)
    found = simulate_depot(skin, ascorbate, deep, at_s=[0.0, 1000.0, 3000.0])
    assert layer_sum(found) == pytest.approx(1e-3 * np.exp([0.0, -1.0, -3.0]), rel=1e-6)
    assert found.mass_balance_error < 1e-9


def test_receptor_takes_what_leaves(caffeine) -> None:
    skin = models.Skin.load(preparation="dermatomed")
    depot = Depot(technique="nappage", top_m=2e-4, bottom_m=4e-4, dose_mol_per_m2=1e-3)
    found = simulate_depot(skin, caffeine, depot, at_s=[0.0, 60.0, 3600.0])
    assert found.amount_mol_per_m2["receptor"][0] == pytest.approx(0.0, abs=1e-15)
    assert found.amount_mol_per_m2["receptor"][-1] > 0.5e-3
    assert found.mass_balance_error < 1e-9


def test_points_are_averaged_and_say_so(excised, ascorbate) -> None:
    depot = Depot.points(
        "point_by_point",
        volume_m3=1e-8,
        concentration_mol_per_m3=100.0,
        depth_m=3e-3,
        spacing_m=1e-2,
    )
    assert depot.dose_mol_per_m2 == pytest.approx(1e-8 * 100.0 / 1e-4)
    assert depot.bottom_m - depot.top_m == pytest.approx(2.0 * (3e-8 / (4 * np.pi)) ** (1 / 3))
    found = simulate_depot(excised, ascorbate, depot, at_s=[60.0])
    assert any("averaged" in sentence for sentence in found.extrapolated)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"technique": "gun"}, "technique"),
        ({"bottom_m": 1e-4}, "bottom_m"),
        ({"top_m": -1e-3}, "top_m"),
        ({"dose_mol_per_m2": 0.0}, "dose"),
        ({"spacing_m": float("nan")}, "spacing"),
    ],
)
def test_refuses(changes, word) -> None:
    fields = {"technique": "papule", "top_m": 1e-3, "bottom_m": 2e-3, "dose_mol_per_m2": 1.0}
    with pytest.raises(models.ModelInputError, match=word):
        Depot(**{**fields, **changes})


def test_refuses_depots_outside_and_falling_times(excised, ascorbate, papule) -> None:
    deep = Depot(technique="nappage", top_m=4e-3, bottom_m=9e-3, dose_mol_per_m2=1.0)
    with pytest.raises(models.ModelInputError, match="preparation ends"):
        simulate_depot(excised, ascorbate, deep, at_s=[1.0])
    with pytest.raises(models.ModelInputError, match="at_s"):
        simulate_depot(excised, ascorbate, papule, at_s=[2.0, 1.0])
    with pytest.raises(models.ModelInputError, match="top_m"):
        Depot.papule(volume_m3=1e-7, concentration_mol_per_m3=1.0, depth_m=1e-4, diameter_m=1e-2)

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import models
from models.assembly import assemble, electroosmotic_flow
from models.constants import FARADAY_C_PER_MOL
from models.draws import Draws


def test_amounts_cover_everything(excised, ascorbate, cathodal) -> None:
    solution = models.simulate(excised, ascorbate, cathodal)
    assert tuple(solution.amount_mol_per_m2) == models.COMPARTMENTS
    assert all(a.shape == (61,) for a in solution.amount_mol_per_m2.values())
    assert solution.mass_balance_error < 1e-12
    assert min(float(a.min()) for a in solution.amount_mol_per_m2.values()) > -1e-12
    assert solution.amount_mol_per_m2["donor"][0] == pytest.approx(0.4, rel=1e-14)
    assert solution.extrapolated == ()
    assert not solution.perfused


def test_depth_profile_matches_the_amounts(excised, ascorbate, cathodal) -> None:
    solution = models.simulate(excised, ascorbate, cathodal)
    depth, concentration = solution.depth_m, solution.concentration_mol_per_m3
    assert depth.shape == concentration.shape[1:]
    assert depth[0] == 0.0
    assert depth[-1] == pytest.approx(excised.thickness_m)
    gained = np.sum(0.5 * (concentration[-1, 1:] + concentration[-1, :-1]) * np.diff(depth))
    total = sum(
        solution.amount_mol_per_m2[name][-1]
        for name in ("stratum_corneum", "epidermis", "dermis", "fat")
    )
    assert gained == pytest.approx(total, rel=1e-10)


def test_delivery_follows_the_transport_number(excised, ascorbate, cathodal) -> None:
    solution = models.simulate(excised, ascorbate, cathodal)
    charge = 2.0 * 1170.0
    share = FARADAY_C_PER_MOL * solution.delivered_mol_per_m2[-1] / charge
    assert 0.037 < share < 0.05
    assert share <= 1.0
    assert solution.transport_number[0] == pytest.approx(0.0498, abs=1e-3)
    assert solution.transport_number[-1] < solution.transport_number[0]


def test_flux_does_not_depend_on_concentration_without_co_ions(excised) -> None:
    delivered = []
    for concentration in (10.0, 150.0):
        donor = models.Formulation(
            compound="lidocaine",
            concentration_mol_per_m3=concentration,
            ph=5.5,
            salts_mol_per_m3={"chloride": concentration},
            volume_m3_per_m2=1e-2,
        )
        profile = models.Profile(time_s=(0, 30, 3600), current_density_a_per_m2=(0, 3, 3))
        delivered.append(models.simulate(excised, donor, profile).delivered_mol_per_m2[-1])
    # Above, the flow of water carries more of a richer donor.
    assert delivered[1] / delivered[0] == pytest.approx(1.0, abs=0.1)


def test_blood_takes_what_would_reach_fat(excised, perfused, ascorbate, cathodal) -> None:
    later = np.array([1200.0, 3600.0])
    dead = models.simulate(excised, ascorbate, cathodal, at_s=later).amount_mol_per_m2
    live = models.simulate(perfused, ascorbate, cathodal, at_s=later).amount_mol_per_m2
    assert dead["cleared"][-1] == 0.0
    assert live["cleared"][-1] > 0.0
    assert live["dermis"][-1] < dead["dermis"][-1]
    assert live["fat"][-1] < 0.5 * dead["fat"][-1]


def test_caffeine_goes_with_the_water_from_the_anode(excised, caffeine, anodal) -> None:
    cathodal = models.Profile(
        time_s=anodal.time_s, current_density_a_per_m2=[-i for i in anodal.current_density_a_per_m2]
    )
    passive = models.Profile(time_s=(0, 1200), current_density_a_per_m2=(0, 0))
    with_water, against, still = (
        models.simulate(excised, caffeine, p).delivered_mol_per_m2[-1]
        for p in (anodal, cathodal, passive)
    )
    assert with_water > 2.0 * still
    assert against < still


def test_electroosmosis_reverses_below_the_isoelectric_point(excised, caffeine) -> None:
    assert electroosmotic_flow(excised, caffeine) > 0.0
    neutral = replace(excised, inner_ph=excised.isoelectric_ph)
    assert electroosmotic_flow(neutral, replace(caffeine, ph=neutral.isoelectric_ph)) == 0.0
    assert electroosmotic_flow(neutral, replace(caffeine, ph=4.0)) < 0.0
    assert electroosmotic_flow(excised, replace(caffeine, ph=12.0)) == pytest.approx(
        electroosmotic_flow(excised, replace(caffeine, ph=7.4))
    )


def test_receptor_fills_through_thin_skin() -> None:
    skin = models.Skin.load(preparation="heat_separated")
    donor = models.Formulation(
        compound="lidocaine",
        concentration_mol_per_m3=70.0,
        ph=5.5,
        salts_mol_per_m3={"chloride": 70.0},
        volume_m3_per_m2=1e-2,
    )
    profile = models.Profile(time_s=(0, 30, 7200), current_density_a_per_m2=(0, 2, 2))
    solution = models.simulate(skin, donor, profile)
    assert solution.amount_mol_per_m2["receptor"][-1] > 0.8 * solution.delivered_mol_per_m2[-1]
    assert not np.any(solution.amount_mol_per_m2["dermis"])
    assert solution.mass_balance_error < 1e-12


@pytest.mark.parametrize(
    ("compound", "millimolar", "ph", "counter", "current"),
    [
        ("ascorbate", 100.0, 6.5, "sodium", -2.0),
        ("ascorbate", 100.0, 6.5, "sodium", -5.0),
        ("lidocaine", 100.0, 5.5, "chloride", 3.0),
        ("salicylate", 100.0, 7.4, "sodium", -3.0),
        ("dexamethasone_phosphate", 8.0, 7.4, "sodium", -4.0),
        ("bupivacaine", 30.0, 5.0, "chloride", 0.5),
        ("dexpanthenol", 100.0, 7.0, "chloride", 3.0),
    ],
)
def test_default_settings_are_near_converged(
    perfused, compound: str, millimolar: float, ph: float, counter: str, current: float
) -> None:
    """Péclet numbers of 5 to 1,600."""
    active = models.load_compound(compound)
    donor = models.Formulation(
        compound=compound,
        concentration_mol_per_m3=millimolar,
        ph=ph,
        salts_mol_per_m3={counter: millimolar * abs(active.mean_charge(ph))},
        volume_m3_per_m2=4e-3,
    )
    profile = models.Profile(
        time_s=(0.0, 30.0, 1170.0, 1200.0), current_density_a_per_m2=(0.0, current, current, 0.0)
    )
    plain = models.simulate(perfused, donor, profile)
    fine = models.simulate(perfused, donor, profile, tolerance=1e-4, extrapolate=True)
    bounds = {"stratum_corneum": 1.5e-3, "epidermis": 1.5e-3, "dermis": 1e-3, "cleared": 1e-3}
    for name, bound in bounds.items():
        amount = fine.amount_mol_per_m2[name]
        assert np.abs(plain.amount_mol_per_m2[name] - amount).max() < bound * amount.max(), name
    fat = fine.amount_mol_per_m2["fat"]
    delivered = fine.delivered_mol_per_m2
    # Less than that in fat is the far tail of a Gaussian, and ten times worse.
    if fat[-1] > 5e-5 * delivered[-1]:
        assert np.abs(plain.amount_mol_per_m2["fat"] - fat).max() < 7e-3 * fat.max()
    assert plain.delivered_mol_per_m2[-1] == pytest.approx(delivered[-1], rel=2e-4)


def test_rest_after_the_profile_may_be_asked_for(excised, ascorbate, cathodal) -> None:
    solution = models.simulate(excised, ascorbate, cathodal, at_s=[0.0, 1200.0, 7200.0])
    assert solution.amount_mol_per_m2["fat"][2] > solution.amount_mol_per_m2["fat"][1]


def test_band_holds_the_nominal_and_names_what_dominates(excised, ascorbate, cathodal) -> None:
    band = models.simulate_ensemble(excised, ascorbate, cathodal, draws=60, seed=2)
    nominal = band.nominal.amount_mol_per_m2["dermis"][-1]
    low, high = (band.quantile("dermis", q)[-1] for q in (0.05, 0.95))
    assert low < nominal < high
    assert high / low > 3.0
    assert band.dominant_inputs[0] == "pore mobility"
    assert band.dominant("dermis")[0][1] > 0.4
    total = np.sum(list(band.amount_mol_per_m2.values()), axis=0)
    assert np.abs(total / 0.4 - 1.0).max() < 1e-12
    with pytest.raises(models.ModelInputError, match="layer"):
        band.quantile("bone", 0.5)
    with pytest.raises(models.ModelInputError, match="q ="):
        band.quantile("dermis", 1.5)


def test_a_draw_is_a_prediction_with_other_inputs(excised, ascorbate, cathodal) -> None:
    band = models.simulate_ensemble(excised, ascorbate, cathodal, draws=4, seed=5, at_s=[1200.0])
    draws = Draws.sample(excised, ascorbate, draws=4, seed=5)
    parts = assemble(excised, ascorbate, draws)
    assert band.amount_mol_per_m2["donor"].shape == (4, 1)
    order = np.argsort(parts.competition.drug_diffusivity_m2_per_s)
    delivered = 0.4 - band.amount_mol_per_m2["donor"][:, 0]
    assert np.array_equal(np.argsort(delivered), order)


def test_live_ensemble_follows_the_band(excised, ascorbate, cathodal) -> None:
    band = models.simulate_ensemble(excised, ascorbate, cathodal, draws=16, seed=1, at_s=[1200.0])
    live = models.LiveEnsemble(excised, ascorbate, draws=16, seed=1)
    assert live.quantiles("dermis", (0.05, 0.5)) == (0.0, 0.0)
    step = 5.0
    for k in range(240):
        charge = cathodal.charge_at(np.array([k * step, (k + 1) * step]))
        live.advance(step, float(charge[1] - charge[0]) / step)
    assert live.time_s == pytest.approx(1200.0)
    for name in ("donor", "stratum_corneum", "epidermis", "dermis", "fat"):
        expected = band.amount_mol_per_m2[name][:, 0]
        near = 0.01 * float(np.median(expected))
        # Fat holds traces, which the coarser steps of either run move most.
        bound = 0.03 if name == "fat" else 0.01
        assert live.amounts(name) == pytest.approx(expected, rel=bound, abs=near), name
    for name in ("cleared", "receptor"):
        assert not np.any(live.amounts(name))
    low, middle, high = live.quantiles("dermis", (0.05, 0.5, 0.95))
    assert low < middle < high


def test_live_ensemble_cuts_long_stretches(perfused, ascorbate) -> None:
    once, often = (models.LiveEnsemble(perfused, ascorbate, draws=4) for _ in range(2))
    once.advance(60.0, -2.0)
    for _ in range(6):
        often.advance(10.0, -2.0)
    assert once.amounts("dermis") == pytest.approx(often.amounts("dermis"), rel=1e-12)
    assert np.all(once.amounts("cleared") > 0.0)


def test_live_ensemble_refuses(excised, ascorbate) -> None:
    live = models.LiveEnsemble(excised, ascorbate, draws=2)
    with pytest.raises(models.ModelInputError, match="duration_s"):
        live.advance(0.0, 1.0)
    with pytest.raises(models.ModelInputError, match="current_density"):
        live.advance(1.0, float("nan"))
    with pytest.raises(models.ModelInputError, match="layer"):
        live.amounts("bone")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"at_s": [[0.0, 1.0]]}, "at_s"),
        ({"at_s": []}, "at_s"),
        ({"at_s": [1.0, float("nan")]}, "at_s"),
        ({"at_s": [2.0, 1.0]}, "rising"),
        ({"area_m2": -1.0}, "area_m2"),
        ({"tolerance": 0.0}, "tolerance"),
        ({"refine": 0.0}, "refine"),
    ],
)
def test_refuses(excised, ascorbate, cathodal, changes: dict[str, object], word: str) -> None:
    with pytest.raises(models.ModelInputError, match=word):
        models.simulate(excised, ascorbate, cathodal, **changes)

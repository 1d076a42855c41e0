from __future__ import annotations

import math

import pytest

import models
from models.compounds import load_compound
from models.draws import Draws
from models.prospects import (
    TransportPrior,
    active_pole,
    decay_length_m,
    is_carried_by_flow,
    transport_prior,
)


@pytest.mark.parametrize(
    ("name", "ph", "pole", "by_flow"),
    [
        ("ascorbate", 6.5, "cathode", False),
        ("lidocaine", 6.0, "anode", False),
        ("caffeine", 7.0, "anode", True),
        ("theophylline", 7.0, "anode", True),
        ("theophylline", 9.5, "cathode", False),
        ("carnitine", 7.0, "anode", True),
        ("carnitine", 2.9, "anode", False),
        ("edta", 7.0, "cathode", False),
        ("nicotinamide", 7.0, "anode", True),
        ("dexpanthenol", 7.0, "anode", True),
        ("minoxidil", 3.6, "anode", False),
        ("tranexamic_acid", 7.0, "anode", True),
        ("thiamine", 7.0, "anode", False),
        ("glutathione", 7.0, "cathode", False),
        ("nitroprusside", 5.0, "cathode", False),
        ("magnesium", 7.0, "anode", False),
    ],
)
def test_pole_and_carrier(name: str, ph: float, pole: str, by_flow: bool) -> None:
    compound = load_compound(name)
    assert active_pole(compound, ph) == pole
    assert is_carried_by_flow(compound, ph) is by_flow
    assert (transport_prior(compound, ph) is None) is by_flow


@pytest.mark.parametrize("name", models.compounds())
@pytest.mark.parametrize("ph", [3.0, 5.5, 7.4, 9.5])
def test_a_formulation_draws_the_same_pole_and_band(name: str, ph: float) -> None:
    compound = load_compound(name)
    donor = models.Formulation(
        compound=compound,
        concentration_mol_per_m3=1.0,
        ph=ph,
        salts_mol_per_m3={"sodium": 10.0, "chloride": 10.0},
        volume_m3_per_m2=1e-3,
    )
    assert donor.active_pole == active_pole(compound, ph)
    prior = transport_prior(compound, ph)
    if prior is not None:
        few = Draws.sample(models.Skin.load(), donor, draws=2, seed=3)
        same = Draws.sample(models.Skin.load(), REFERENCE[prior.factor > 4.0], draws=2, seed=3)
        assert few["pore mobility"] == pytest.approx(same["pore mobility"])


REFERENCE = {
    wide: models.Formulation(
        compound="nitroprusside" if wide else "acetylcholine",
        concentration_mol_per_m3=1.0,
        ph=7.0,
        salts_mol_per_m3={"sodium": 10.0, "chloride": 10.0},
        volume_m3_per_m2=1e-3,
    )
    for wide in (False, True)
}


def test_prior_of_lidocaine() -> None:
    prior = transport_prior(load_compound("lidocaine"), 6.0)
    assert prior is not None
    assert prior.value == pytest.approx(0.168, abs=1e-3)
    assert prior.factor == pytest.approx(3.0)
    assert (prior.low, prior.high) == (prior.value / prior.factor, prior.value * prior.factor)


def test_a_band_never_passes_all_of_the_current() -> None:
    wide = TransportPrior(value=0.6, factor=3.0)
    assert wide.high == 1.0
    assert wide.holds(0.9)
    assert not wide.holds(0.19)


def test_a_molecule_larger_than_the_pore_carries_nothing() -> None:
    prior = transport_prior(load_compound("calcitonin"), 5.0)
    assert prior is not None
    assert prior.value == 0.0


def test_reach_of_caffeine_into_living_dermis() -> None:
    assert decay_length_m(load_compound("caffeine")) == pytest.approx(0.52e-3, rel=0.02)
    assert math.isfinite(decay_length_m(load_compound("calcitonin")))

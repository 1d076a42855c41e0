from __future__ import annotations

import numpy as np
import pytest

import models
from models.competition import Competition
from models.constants import FARADAY_C_PER_MOL

ONE = np.ones(1)
SKIN = models.Skin.load()


def share(compound: str, concentration: float = 100.0, ph: float = 5.5, **salts: float) -> float:
    donor = models.Formulation(
        compound=compound,
        concentration_mol_per_m3=concentration,
        ph=ph,
        salts_mol_per_m3=salts,
        volume_m3_per_m2=4e-3,
    )
    competition = Competition.of(SKIN, donor, ONE)
    return float(competition.transport_number(competition.start())[0])


@pytest.mark.parametrize(
    ("compound", "ph", "prior"),
    [
        ("lidocaine", 5.5, 0.161),
        ("procaine", 5.5, 0.205),
        ("bupivacaine", 5.5, 0.112),
        ("acetylcholine", 5.5, 0.286),
        ("fentanyl", 5.0, 0.0875),
        ("ascorbate", 7.0, 0.049),
        ("salicylate", 7.0, 0.117),
        ("ketoprofen", 7.4, 0.034),
    ],
)
def test_single_ion_priors(compound: str, ph: float, prior: float) -> None:
    assert share(compound, ph=ph) == pytest.approx(prior, rel=0.03)


def test_share_does_not_depend_on_concentration_without_co_ions() -> None:
    shares = [share("lidocaine", c) for c in (10.0, 30.0, 100.0, 300.0)]
    assert max(shares) / min(shares) < 1.01


def test_co_ions_take_their_share() -> None:
    alone = share("lidocaine", 50.0, chloride=50.0)
    beside = share("lidocaine", 50.0, chloride=200.0, sodium=150.0)
    acid = share("lidocaine", 50.0, ph=3.0, chloride=50.0)
    assert beside < 0.4 * alone
    assert acid < 0.97 * alone


def test_acetylcholine_in_saline_carries_what_is_reported() -> None:
    held = share("acetylcholine", 68.4, ph=6.0, chloride=222.4, sodium=154.0)
    cation_share = held / (held + held * (13.3 * 154.0 * 0.465) / (7.59 * 68.4 * 0.209))
    assert cation_share == pytest.approx(0.17, abs=0.09)


def test_mobility_and_transport_number_agree() -> None:
    donor = models.Formulation(
        compound="lidocaine",
        concentration_mol_per_m3=100.0,
        ph=5.5,
        salts_mol_per_m3={"chloride": 100.0},
        volume_m3_per_m2=4e-3,
    )
    competition = Competition.of(SKIN, donor, np.array([0.5, 1.0, 2.0]))
    ions = competition.start()
    flux = competition.mobility(ions) * 100.0
    assert flux * FARADAY_C_PER_MOL == pytest.approx(competition.transport_number(ions), rel=5e-3)


def test_silver_cathode_dilutes_an_anion_with_chloride(ascorbate: models.Formulation) -> None:
    competition = Competition.of(SKIN, ascorbate, ONE)
    start = competition.start()
    later = competition.advance(start, 3.6e3)
    assert later[0, 1:].sum() > start[0, 1:].sum() + 0.5 * 3.6e3 / FARADAY_C_PER_MOL / 4e-3
    assert competition.mobility(later)[0] / competition.mobility(start)[0] < 0.9


def test_charge_that_returns_leaves_the_donor_alone(ascorbate: models.Formulation) -> None:
    competition = Competition.of(SKIN, ascorbate, ONE)
    assert np.array_equal(competition.advance(competition.start(), -10.0), competition.start())


def test_exhausted_donor_keeps_a_positive_floor(ascorbate: models.Formulation) -> None:
    competition = Competition.of(SKIN, ascorbate, ONE)
    ions = competition.start()
    for _ in range(50):
        ions = competition.advance(ions, 1e5)
    assert ions.min() >= 0.0
    assert ions[0, 0] > 0.0


def test_neutral_does_not_migrate(caffeine: models.Formulation) -> None:
    competition = Competition.of(SKIN, caffeine, np.ones(3))
    assert not competition.migrates
    assert np.array_equal(competition.mobility(competition.start()), np.zeros(3))

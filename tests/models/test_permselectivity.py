from __future__ import annotations

import math
from dataclasses import replace

import pytest

import models
from models.correlations import CHLORIDE_EXCLUSION
from models.permselectivity import (
    charge_share,
    fixed_charge_mol_per_m3,
    mean_charge_share,
    mobility_share,
    saline_potential,
)

HUMAN = models.Skin.load()


def soaked(ph: float) -> models.Skin:
    """Return skin at one pH throughout."""
    return replace(HUMAN, inner_ph=ph)


def test_charge_follows_the_titration_about_the_isoelectric_point() -> None:
    assert charge_share(4.8, 7.4) == 1.0
    assert charge_share(4.8, 4.8) == 0.0
    assert charge_share(4.5, 3.8) == pytest.approx(-charge_share(4.5, 5.2), rel=1e-12)
    # Pikal & Shah 1990: flow much lower at pH 3.8 than at every higher pH, reversal around 4.
    mouse = [charge_share(4.0, ph) for ph in (3.8, 5.5, 7.0, 8.3)]
    assert abs(mouse[0]) < 0.3
    assert min(mouse[1:]) > 0.9


def test_mean_over_depth_is_the_integral_of_the_charge() -> None:
    half = 0.5 * math.log(10.0)
    ends = [math.log(math.cosh(half * (ph - 4.8))) for ph in (5.0, 7.4)]
    exact = (ends[1] - ends[0]) / (half * 2.4) / math.tanh(half * 2.6)
    assert mean_charge_share(HUMAN, 5.0) == pytest.approx(exact, rel=1e-4)


def test_one_ph_throughout_gives_the_local_exclusion() -> None:
    for ph in (3.5, 4.8, 5.5, 7.4):
        share = charge_share(4.8, ph)
        slowed = CHLORIDE_EXCLUSION / math.exp(2.0 * saline_potential())
        ratio = mobility_share(-1.0, soaked(ph), ph) / mobility_share(1.0, soaked(ph), ph)
        assert ratio == pytest.approx(slowed**share, rel=1e-12)


def test_acid_donor_over_neutral_tissue_keeps_much_of_the_exclusion() -> None:
    """The slowest depth of a series counts most."""
    through = mobility_share(-1.0, HUMAN, 5.0)
    assert mobility_share(-1.0, soaked(7.4), 7.4) < through < mobility_share(-1.0, soaked(5.0), 5.0)
    assert through < 0.45


def test_kim_1993_net_flow_below_ph_4() -> None:
    """Reversed with both sides just below 4; not obvious with pH 7.4 beneath."""
    mouse = models.Skin.load(site="hairless_mouse")
    both = mean_charge_share(replace(mouse, inner_ph=3.9), 3.9)
    assert both < -0.4
    assert mean_charge_share(mouse, 3.8) > 0.2
    assert fixed_charge_mol_per_m3(mouse, 3.8) < 0.0


def test_neutrals_are_not_repelled() -> None:
    assert mobility_share(0.0, HUMAN, 6.0) == 1.0
    assert mobility_share(-3.0, HUMAN, 7.4) == mobility_share(-1.0, HUMAN, 7.4)
    assert 1.0 > mobility_share(-0.5, HUMAN, 7.4) > mobility_share(-1.0, HUMAN, 7.4)

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

import models
from models.plasma import Plasma, plasma_course

ONE = Plasma(volume_m3=0.02, clearance_m3_per_s=5e-6)
TWO = replace(ONE, peripheral_volume_m3=0.05, exchange_m3_per_s=8e-6)
AREA_M2 = 1e-3


@pytest.fixture
def infusion() -> models.Solution:
    """Return a solution whose blood takes 1 µmol/(m^2 s) for an hour, then nothing."""
    time_s = np.linspace(0.0, 4 * 3600.0, 25)
    amounts = {name: np.zeros(time_s.size) for name in models.COMPARTMENTS}
    amounts["cleared"] = 1e-6 * np.minimum(time_s, 3600.0)
    return models.Solution(
        time_s=time_s,
        amount_mol_per_m2=MappingProxyType(amounts),
        depth_m=np.zeros(1),
        concentration_mol_per_m3=np.zeros((time_s.size, 1)),
        transport_number=np.zeros(time_s.size),
        perfused=True,
        mass_balance_error=0.0,
        extrapolated=(),
        step_end_s=time_s[1:],
    )


def test_one_compartment_is_exact(infusion) -> None:
    found = plasma_course(infusion, ONE, area_m2=AREA_M2)
    k, time = ONE.clearance_m3_per_s / ONE.volume_m3, infusion.time_s
    rising = 1e-9 / ONE.clearance_m3_per_s * (1.0 - np.exp(-k * np.minimum(time, 3600.0)))
    expected = rising * np.exp(-k * np.maximum(time - 3600.0, 0.0))
    assert found.concentration_mol_per_m3 == pytest.approx(expected, rel=1e-10)
    assert not np.any(found.peripheral_mol)


def test_nothing_is_lost(infusion) -> None:
    found = plasma_course(infusion, TWO, area_m2=AREA_M2)
    area_under = np.trapezoid(found.concentration_mol_per_m3, found.time_s)
    assert found.eliminated_mol[-1] == pytest.approx(TWO.clearance_m3_per_s * area_under, rel=0.01)
    assert np.all(np.diff(found.eliminated_mol) >= 0.0)


def test_second_compartment_flattens_the_peak(infusion) -> None:
    one = plasma_course(infusion, ONE, area_m2=AREA_M2).concentration_mol_per_m3
    two = plasma_course(infusion, TWO, area_m2=AREA_M2).concentration_mol_per_m3
    assert two.max() < one.max()
    assert two[-1] > one[-1]


def test_takes_a_prediction_of_perfused_skin(perfused, excised, ascorbate, cathodal) -> None:
    live = models.simulate(perfused, ascorbate, cathodal)
    found = plasma_course(live, ONE, area_m2=5e-4)
    assert found.concentration_mol_per_m3[-1] > 0.0
    with pytest.raises(models.ModelInputError, match="perfused"):
        plasma_course(models.simulate(excised, ascorbate, cathodal), ONE, area_m2=5e-4)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"volume_m3": 0.0, "clearance_m3_per_s": 1e-6}, "volume_m3"),
        ({"volume_m3": 1.0, "clearance_m3_per_s": -1.0}, "clearance"),
        ({"volume_m3": 1.0, "clearance_m3_per_s": 0.0, "exchange_m3_per_s": 1.0}, "both"),
        ({"volume_m3": float("nan"), "clearance_m3_per_s": 0.0}, "volume_m3"),
    ],
)
def test_refuses(fields, word) -> None:
    with pytest.raises(models.ModelInputError, match=word):
        Plasma(**fields)

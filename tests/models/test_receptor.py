from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

import models
from models.receptor import cumulative_from_samples, flow_through, sample_receptor

CELL = {"area_m2": 0.64e-4, "volume_m3": 5e-6}


def arriving(amount: np.ndarray, time_s: np.ndarray) -> models.Solution:
    empty = {name: np.zeros(time_s.size) for name in models.COMPARTMENTS}
    return models.Solution(
        time_s=time_s,
        amount_mol_per_m2=MappingProxyType({**empty, "receptor": amount}),
        depth_m=np.zeros(1),
        concentration_mol_per_m3=np.zeros((time_s.size, 1)),
        transport_number=np.zeros(time_s.size),
        perfused=False,
        mass_balance_error=0.0,
        extrapolated=(),
        step_end_s=time_s[1:],
    )


@pytest.fixture
def steady() -> models.Solution:
    time_s = np.linspace(0.0, 3600.0, 61)
    return arriving(1e-6 * time_s, time_s)


def test_correction_for_replacement_recovers_what_arrived(steady) -> None:
    at_s = np.array([600.0, 1500.0, 3600.0])
    found = sample_receptor(steady, at_s, **CELL, sample_m3=1e-6)
    uncorrected = found.concentration_mol_per_m3 * CELL["volume_m3"] / CELL["area_m2"]
    arrived = cumulative_from_samples(found.concentration_mol_per_m3, **CELL, sample_m3=1e-6)
    assert arrived == pytest.approx(1e-6 * at_s, rel=1e-12)
    assert uncorrected[-1] < 0.9 * arrived[-1]
    assert found.removed_mol[-1] == pytest.approx(1e-6 * found.concentration_mol_per_m3.sum())


def test_samples_by_hand(steady) -> None:
    found = sample_receptor(steady, [1000.0, 2000.0], **CELL, sample_m3=1e-6)
    first = 1e-3 * 0.64e-4 / 5e-6
    expected = [first, 0.8 * first + first]
    assert found.concentration_mol_per_m3 == pytest.approx(expected, rel=1e-12)


def test_flow_through_levels_off_at_flux_over_flow(steady) -> None:
    flow = 1e-8
    found = flow_through(steady, **CELL, flow_m3_per_s=flow)
    plateau = 1e-6 * CELL["area_m2"] / flow
    rising = plateau * (1.0 - np.exp(-flow * steady.time_s / CELL["volume_m3"]))
    assert found.concentration_mol_per_m3 == pytest.approx(rising, rel=1e-12)
    inside = CELL["volume_m3"] * found.concentration_mol_per_m3
    assert found.collected_mol + inside == pytest.approx(
        CELL["area_m2"] * steady.amount_mol_per_m2["receptor"], abs=1e-20
    )
    assert np.all(np.diff(found.collected_mol) >= 0.0)


def test_takes_a_prediction(anodal, caffeine) -> None:
    skin = models.Skin.load(preparation="heat_separated")
    solution = models.simulate(skin, replace(caffeine, ph=7.4), anodal)
    found = sample_receptor(solution, [600.0, 1200.0], **CELL, sample_m3=5e-7)
    assert 0.0 < found.concentration_mol_per_m3[0] < found.concentration_mol_per_m3[1]


@pytest.mark.parametrize(
    ("at_s", "changes", "word"),
    [
        ([600.0, 500.0], {}, "rising"),
        ([4000.0], {}, "which the solution covers"),
        ([], {}, "which the solution covers"),
        ([600.0], {"sample_m3": 6e-6}, "draw less"),
        ([600.0], {"sample_m3": 0.0}, "sample_m3"),
        ([600.0], {"area_m2": -1.0}, "area_m2"),
        ([600.0], {"volume_m3": float("inf")}, "volume_m3"),
    ],
)
def test_refuses_sampling(steady, at_s, changes, word) -> None:
    with pytest.raises(models.ModelInputError, match=word):
        sample_receptor(steady, at_s, **{**CELL, "sample_m3": 1e-6, **changes})


def test_refuses_measured_nonsense(steady) -> None:
    with pytest.raises(models.ModelInputError, match="concentration"):
        cumulative_from_samples([1.0, -1.0], **CELL, sample_m3=1e-6)
    with pytest.raises(models.ModelInputError, match="flow_m3_per_s"):
        flow_through(steady, **CELL, flow_m3_per_s=0.0)

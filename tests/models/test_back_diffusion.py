from __future__ import annotations

import numpy as np
import pytest

import models
from models import sample_receptor, simulate_receptor

CELL = {"area_m2": 1e-4, "sample_m3": 2e-7}


@pytest.fixture
def membrane() -> models.Skin:
    return models.Skin.load(preparation="heat_separated")


@pytest.fixture
def lidocaine() -> models.Formulation:
    return models.Formulation(
        compound="lidocaine",
        concentration_mol_per_m3=70.0,
        ph=5.5,
        salts_mol_per_m3={"chloride": 70.0},
        volume_m3_per_m2=1e-2,
    )


DRIVEN = models.Profile(time_s=(0, 30, 7200), current_density_a_per_m2=(0, 2, 2))
TIMES = [1800.0, 3600.0, 7200.0]


def test_wide_receptor_is_a_sink(membrane, lidocaine) -> None:
    wide = {**CELL, "volume_m3": 1e-4}
    found = simulate_receptor(membrane, lidocaine, DRIVEN, TIMES, **wide)
    sink = models.simulate(membrane, lidocaine, DRIVEN, at_s=[0.0, *TIMES])
    plain = sample_receptor(sink, TIMES, **wide)
    # The deep node also holds what little tissue lies at it.
    assert found.concentration_mol_per_m3 == pytest.approx(plain.concentration_mol_per_m3, rel=1e-2)


def test_narrow_receptor_fills_only_to_equilibrium(membrane) -> None:
    donor = models.Formulation(
        compound="nicotinamide",
        concentration_mol_per_m3=100.0,
        ph=7.4,
        salts_mol_per_m3={"sodium": 150.0, "chloride": 150.0},
        volume_m3_per_m2=1e-3,
    )
    rest = models.Profile(time_s=(0.0, 60.0), current_density_a_per_m2=(0.0, 0.0))
    small = {"area_m2": 1e-4, "volume_m3": 1e-7, "sample_m3": 1e-9}
    found = simulate_receptor(membrane, donor, rest, [1e9], **small)
    stack = models.assembly.assemble(membrane, donor, models.draws.Draws.nominal()).stack
    held = float((stack.partition * stack.thickness_m).sum())
    expected = 100.0 * 1e-3 / (1e-3 + 1e-3 + held)
    assert found.concentration_mol_per_m3[0] == pytest.approx(expected, rel=1e-6)
    assert found.removed_mol[0] == pytest.approx(expected * 1e-9, rel=1e-6)


def test_the_drug_returns_from_a_full_receptor(membrane, lidocaine) -> None:
    """At rest a receptor richer than the tissue gives back."""
    later = [7200.0, 7300.0, 200000.0]
    cell = {"area_m2": 1e-4, "volume_m3": 2e-8, "sample_m3": 1e-12}
    found = simulate_receptor(membrane, lidocaine, DRIVEN, later, **cell).concentration_mol_per_m3
    assert found[0] > 70.0
    assert found[2] < found[1]


def test_refuses(lidocaine, membrane) -> None:
    with pytest.raises(models.ModelInputError, match="no receptor"):
        simulate_receptor(models.Skin.load(), lidocaine, DRIVEN, TIMES, **CELL, volume_m3=1e-6)
    with pytest.raises(models.ModelInputError, match="exceeds"):
        simulate_receptor(membrane, lidocaine, DRIVEN, TIMES, **CELL, volume_m3=1e-8)
    with pytest.raises(models.ModelInputError, match="rising"):
        simulate_receptor(membrane, lidocaine, DRIVEN, np.array([2.0, 1.0]), **CELL, volume_m3=1e-6)

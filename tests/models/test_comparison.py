"""The stated error of the fast model against the reference, on the shipped kinds of session."""

from __future__ import annotations

from dataclasses import replace

import pytest

import models
from models import compare_models


def ramped(current: float, hold_s: float, ramp_s: float = 30.0) -> models.Profile:
    times = (0.0, ramp_s, hold_s - ramp_s, hold_s)
    return models.Profile(time_s=times, current_density_a_per_m2=(0.0, current, current, 0.0))


def test_mesoglow_within_its_stated_error(excised, ascorbate) -> None:
    found = compare_models(excised, ascorbate, ramped(-2.0, 1200.0), at_s=[300.0, 600.0, 1200.0])
    assert found.derived.transport_number == pytest.approx(0.052, abs=0.003)
    assert found.derived.prior_transport_number == pytest.approx(0.047, abs=0.003)
    assert found.derived.pore_factor == pytest.approx(1.0, abs=0.02)
    # Tissue's salt in the stratum corneum lets a slow ion follow fast and dilute, and gives way with
    # time, of which the fast model has the mean.
    assert found.fast_error["donor"] < 0.04
    assert found.fast_error["epidermis"] < 0.25
    assert found.fast_error["dermis"] < 0.2
    assert found.derived_error["donor"] < 0.05
    assert found.derived_error["epidermis"] < 0.2
    assert found.derived_error["dermis"] < 0.1


def test_fat_layer_agrees_on_what_water_carries(caffeine) -> None:
    skin = models.Skin.load()
    donor = replace(
        caffeine,
        concentration_mol_per_m3=50.0,
        ph=6.5,
        salts_mol_per_m3={"sodium": 25.0, "chloride": 25.0},
        volume_m3_per_m2=5e-3,
    )
    found = compare_models(skin, donor, ramped(2.0, 1500.0), at_s=[600.0, 1500.0, 3600.0])
    assert found.derived.transport_number == 0.0
    assert found.derived.mobility_factor == 1.0
    assert found.derived_error["donor"] < 0.03
    assert found.derived_error["dermis"] < 0.1
    assert max(found.fast_error.values()) < 0.03


def test_franz_cell_agrees_near_the_isoelectric_point() -> None:
    skin = models.Skin.load(preparation="dermatomed")
    donor = models.Formulation(
        compound="lidocaine",
        concentration_mol_per_m3=75.0,
        ph=5.5,
        salts_mol_per_m3={"chloride": 75.0},
        volume_m3_per_m2=3.1e-2,
    )
    found = compare_models(skin, donor, ramped(2.5, 5400.0, 60.0), at_s=[1800.0, 3600.0, 5400.0])
    prior = found.derived.prior_transport_number
    assert prior == pytest.approx(found.derived.transport_number, rel=0.03)
    for name in ("donor", "epidermis", "dermis", "receptor"):
        assert found.fast_error[name] < 0.03
        assert found.derived_error[name] < 0.03
    assert found.reference.amount_mol_per_m2["receptor"].shape == (3,)


def test_refuses_a_profile_without_current(excised, ascorbate) -> None:
    rest = models.Profile(time_s=(0.0, 60.0), current_density_a_per_m2=(0.0, 0.0))
    with pytest.raises(models.ModelInputError, match="no current"):
        compare_models(excised, ascorbate, rest)

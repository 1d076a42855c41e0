from __future__ import annotations

import math

import numpy as np
import pytest

from models.closed_form import (
    Slab,
    decay_length_m,
    goldman_enhancement,
    lag_time_s,
    stack_flux,
    transient_flux_ratio,
    two_layer_lag_s,
)
from models.constants import FARADAY_C_PER_MOL, GAS_J_PER_MOL_K
from models.errors import ModelInputError

UNIT = {"thickness_m": 1.0, "diffusivity_m2_per_s": 1.0}
SC = Slab(thickness_m=15e-6, diffusivity_m2_per_s=1e-14, partition=0.5, velocity_m_per_s=2e-9)
TISSUE = Slab(thickness_m=1e-3, diffusivity_m2_per_s=2e-10, partition=0.8)


@pytest.mark.parametrize(("w", "value"), [(0.0, 1.0), (1.0, 1.5819767069), (5.0, 5.0339182745)])
def test_constant_field_enhancement(w: float, value: float) -> None:
    assert goldman_enhancement(w) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("w", "value"),
    [(0.0, 1 / 6), (1.0, 0.1639534137), (5.0, 0.1227134620), (20.0, 0.0450000002)],
)
def test_lag_time_with_drift(w: float, value: float) -> None:
    assert lag_time_s(Slab(**UNIT, velocity_m_per_s=w)) == pytest.approx(value, abs=1e-10)


def test_lag_time_joins_its_series() -> None:
    below, above = (lag_time_s(Slab(**UNIT, velocity_m_per_s=w)) for w in (0.999e-3, 1.001e-3))
    assert above == pytest.approx(below, rel=1e-7)


@pytest.mark.parametrize(("w", "value"), [(0.0, 0.2929), (5.0, 0.451616), (20.0, 0.997192)])
def test_transient_flux(w: float, value: float) -> None:
    assert transient_flux_ratio(w, 0.1) == pytest.approx(value, abs=1e-6 if w else 1e-4)


def test_two_layer_lag() -> None:
    first = Slab(thickness_m=15e-6, diffusivity_m2_per_s=1e-14, partition=0.5)
    assert two_layer_lag_s(first, TISSUE) == pytest.approx(6262.127512, abs=1e-6)


def test_decay_length_with_and_without_current() -> None:
    drift = 2e-10 * FARADAY_C_PER_MOL / (GAS_J_PER_MOL_K * 310.15) * 5.0 / 0.3
    assert decay_length_m(2e-10, 0.0, 1e-3) == pytest.approx(0.4472e-3, abs=1e-7)
    assert decay_length_m(2e-10, drift, 1e-3) == pytest.approx(0.5139e-3, abs=1e-7)


def test_stack_flux_against_the_published_inversion() -> None:
    at_1h = stack_flux([SC, TISSUE], 100.0, 3600.0)
    assert at_1h.flux_in == pytest.approx(1.13126311e-7, rel=2e-8)
    assert at_1h.flux_out == pytest.approx(2.37882641e-8, rel=2e-8)
    assert at_1h.amount_in == pytest.approx(5.57809026e-4, rel=2e-8)
    assert at_1h.amount_out == pytest.approx(1.88954142e-5, rel=2e-8)
    at_4h = stack_flux([SC, TISSUE], 100.0, 14400.0)
    assert at_4h.flux_out == pytest.approx(1.03849046e-7, rel=2e-8)
    assert at_4h.amount_out == pytest.approx(9.08060801e-4, rel=2e-8)


def test_stack_flux_of_one_slab_is_the_transient_series() -> None:
    slab = Slab(thickness_m=20e-6, diffusivity_m2_per_s=1e-13, velocity_m_per_s=2.5e-8)
    time = 0.1 * slab.thickness_m**2 / slab.diffusivity_m2_per_s
    w = slab.velocity_m_per_s * slab.thickness_m / slab.diffusivity_m2_per_s
    passive = 100.0 * slab.diffusivity_m2_per_s / slab.thickness_m
    expected = passive * goldman_enhancement(w) * transient_flux_ratio(w, 0.1)
    assert stack_flux([slab], 100.0, time).flux_out == pytest.approx(expected, rel=1e-7)


def test_clearance_keeps_the_steady_decay_length() -> None:
    thick = Slab(thickness_m=4e-3, diffusivity_m2_per_s=2e-10, clearance_per_s=1e-3)
    fluxes = stack_flux([thick], 100.0, 1e5)
    reach = decay_length_m(2e-10, 0.0, 1e-3)
    expected = 100.0 * 2e-10 / reach * 2.0 * math.exp(-4e-3 / reach)
    assert fluxes.flux_out == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    "wrong",
    [
        {"thickness_m": 0.0},
        {"diffusivity_m2_per_s": -1.0},
        {"partition": float("nan")},
        {"velocity_m_per_s": float("inf")},
        {"clearance_per_s": -1e-9},
    ],
)
def test_slab_refuses(wrong: dict[str, float]) -> None:
    with pytest.raises(ModelInputError, match=next(iter(wrong))):
        Slab(**{**UNIT, **wrong})


def test_stack_needs_a_slab() -> None:
    with pytest.raises(ModelInputError, match="at least one"):
        stack_flux([], 1.0, 1.0)


def test_amounts_are_integrals_of_fluxes() -> None:
    times = np.linspace(2000.0, 2200.0, 41)
    flux = np.array([stack_flux([SC, TISSUE], 100.0, t).flux_out for t in times])
    gained = np.sum(0.5 * (flux[1:] + flux[:-1]) * np.diff(times))
    ends = [stack_flux([SC, TISSUE], 100.0, t).amount_out for t in (2000.0, 2200.0)]
    assert ends[1] - ends[0] == pytest.approx(gained, rel=1e-4)

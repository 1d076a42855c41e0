"""Conversions are exact or refused, and ceilings only ever round down."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iontophoresis import units


@given(st.integers(0, 20_000_000))
def test_whole_na_survive_the_way_through_ma(current_na: int) -> None:
    assert units.na_from_ma(current_na / 1_000_000) == current_na
    assert units.na_from_ma(float(f"{units.ma_from_na(current_na):.6f}")) == current_na


@given(st.integers(0, 345_600_000))
def test_whole_ms_survive_the_way_through_s(time_ms: int) -> None:
    assert units.ms_from_s(time_ms / 1000) == time_ms


def test_microvolts_are_exact() -> None:
    assert units.uv_from_v(33.3) == 33_300_000


@pytest.mark.parametrize("value", [0.1234567, 1e-7, math.nan, math.inf])
def test_what_does_not_fit_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="is not a"):
        units.na_from_ma(value)


@given(st.floats(0, 1e5))
def test_a_ceiling_never_rounds_up(value: float) -> None:
    small = units.floor_whole(value, 1_000_000)
    assert small <= value * 1_000_000 * (1 + 1e-12) + units.FLOAT_SLACK
    assert small >= value * 1_000_000 - 1


def test_a_decimal_ceiling_keeps_its_last_digit() -> None:
    assert units.floor_whole(0.29, 100) == 29  # 0.29 * 100 is 28.999999999999996
    assert units.floor_whole(19.4, units.PC_PER_MA_MIN) == 1_164_000_000_000


def test_charge_and_amount_have_one_meaning() -> None:
    assert units.ma_min_from_pc(60_000_000_000) == 1.0
    assert units.c_from_pc(60_000_000_000) == units.C_PER_MA_MIN
    assert units.a_per_m2_from_ma_per_cm2(0.5) == 5.0
    assert units.ug_per_cm2_from_mol_per_m2(1e-3, 200.0) == pytest.approx(20.0)
    assert units.m3_per_m2_from_ml_and_cm2(2.0, 5.0) == pytest.approx(4e-3)

"""The waveform is exact: charge to the pC, inverse to the ms."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iontophoresis import protocol
from iontophoresis.profile import Waveform, waveform

MESOGLOW = protocol.load("mesoglow")
TRAPEZE = Waveform(knots=((0, 0), (1000, 500), (3000, 500), (3500, 0)))
WITH_REST = Waveform(knots=((0, 0), (10, 100), (20, 0), (50, 0), (60, 100), (70, 0)))


@st.composite
def waveforms(draw: st.DrawFn) -> Waveform:
    spans = draw(st.lists(st.integers(1, 5000), min_size=2, max_size=8))
    levels = draw(st.lists(st.integers(0, 10**7), min_size=len(spans) - 1, max_size=len(spans) - 1))
    knots = [(0, 0)]
    for span, level in zip(spans, [*levels, 0], strict=True):
        knots.append((knots[-1][0] + span * 2, level))
    return Waveform(knots=tuple(knots))


def integral(wave: Waveform, until_ms: int) -> Fraction:
    """Independent sum: the trapezoid of every millisecond of the exact line."""
    total = Fraction(0)
    for (t0, i0), (t1, i1) in pairwise(wave.knots):
        for t in range(t0, min(t1, until_ms)):
            left = i0 + Fraction((i1 - i0) * (t - t0), t1 - t0)
            total += left + Fraction(i1 - i0, 2 * (t1 - t0))
    return total


def test_mesoglow_is_what_its_file_says() -> None:
    wave = waveform(MESOGLOW.channel[0])
    assert wave.knots == ((0, 0), (30_000, 10**6), (1_170_000, 10**6), (1_200_000, 0))
    assert wave.charge_pc == 1_170_000_000_000  # 19.5 mA·min
    assert wave.duration_ms == wave.current_on_ms == 1_200_000
    assert wave.max_current_na == 1_000_000
    assert wave.max_slew_up_na_per_s == wave.max_slew_down_na_per_s == 33_334


def test_current_is_zero_outside_and_never_above_the_line() -> None:
    assert [TRAPEZE.current_at(t) for t in (-1, 0, 1, 999, 1000, 2999, 3250, 3500, 9999)] == [
        0, 0, 0, 499, 500, 500, 250, 0, 0,
    ]  # fmt: skip


@given(waveforms(), st.data())
def test_charge_is_the_exact_integral(wave: Waveform, data: st.DataObject) -> None:
    short = Waveform(knots=tuple((t // 200 + n, i) for n, (t, i) in enumerate(wave.knots)))
    until_ms = data.draw(st.integers(0, short.duration_ms))
    assert short.charge_at(until_ms) == integral(short, until_ms)


@given(waveforms())
def test_the_whole_charge_of_even_corner_points_is_whole(wave: Waveform) -> None:
    assert wave.charge_at(wave.duration_ms) == wave.charge_pc
    assert wave.charge_at(wave.duration_ms + 10) == wave.charge_pc
    assert wave.charge_at(-5) == 0


@given(waveforms(), st.data())
def test_time_at_charge_is_the_first_ms_that_has_it(wave: Waveform, data: st.DataObject) -> None:
    charge_pc = data.draw(st.integers(0, wave.charge_pc))
    time_ms = wave.time_at_charge(charge_pc)
    assert wave.charge_at(time_ms) >= charge_pc
    assert time_ms == 0 or wave.charge_at(time_ms - 1) < charge_pc


@given(waveforms(), st.data())
def test_time_at_charge_inverts_charge_at(wave: Waveform, data: st.DataObject) -> None:
    time_ms = data.draw(st.integers(1, wave.duration_ms))
    before, at = wave.charge_at(time_ms - 1), wave.charge_at(time_ms)
    charge_pc = -(-at.numerator // at.denominator)
    if before < at == charge_pc:
        assert wave.time_at_charge(charge_pc) == time_ms


def test_a_rest_adds_no_charge_and_resuming_repeats_it() -> None:
    assert WITH_REST.charge_at(20) == WITH_REST.charge_at(50) == 1000
    assert WITH_REST.time_at_charge(1000) == 20
    assert WITH_REST.current_on_ms == 40


@pytest.mark.parametrize("charge_pc", [-1, 1_500_001])
def test_a_charge_outside_the_waveform_is_refused(charge_pc: int) -> None:
    assert TRAPEZE.charge_pc == 1_375_000
    with pytest.raises(ValueError, match="is not within 0 and 1375000 pC"):
        TRAPEZE.time_at_charge(charge_pc)


def test_odd_corner_points_round_the_charge_up() -> None:
    assert Waveform(knots=((0, 0), (1, 1), (2, 1), (3, 0))).charge_pc == 2
    assert Waveform(knots=((0, 0), (1, 1), (4, 0))).charge_pc == 2
    assert Waveform(knots=((0, 0), (2, 1), (3, 0))).charge_at(3) == Fraction(3, 2)


@pytest.mark.parametrize(
    ("knots", "reason"),
    [
        (((0, 0),), "begins at"),
        (((1, 0), (2, 0)), "begins at"),
        (((0, 1), (2, 0)), "begins at"),
        (((0, 0), (2, 5)), "ends at 0 nA"),
        (((0, 0), (2, 5), (2, 0)), "strictly in time"),
        (((0, 0), (2, -5), (4, 5), (6, 0)), "without current"),
    ],
)
def test_what_is_no_waveform_is_refused(knots: tuple[tuple[int, int], ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Waveform(knots=knots)


def test_both_directions_count_and_the_net_keeps_its_sign() -> None:
    wave = Waveform(knots=((0, 0), (10, 100), (20, 0), (30, -300), (40, 0)))
    assert wave.charge_pc == 1000 + 3000
    assert wave.net_charge_pc == 1000 - 3000
    assert wave.charge_at(30) == 1000 + 1500
    assert (wave.max_current_na, wave.max_slew_up_na_per_s) == (300, 30_000)
    assert wave.max_slew_down_na_per_s == 30_000
    # Towards zero on either side of it, never beyond the line.
    assert [wave.current_at(t) for t in (1, 9, 11, 21, 39)] == [10, 90, 90, -30, -30]
    assert wave.time_at_charge(2500) == 30

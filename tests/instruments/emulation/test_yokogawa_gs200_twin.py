from __future__ import annotations

from typing import Any

import pytest

RAMP = (
    ":PROG:EDIT:STAR;:SOUR:LEV 8E-4;:PROG:EDIT:END;:PROG:INT 1;:PROG:SLOP 1;:PROG:REP 0;:PROG:RUN"
)


@pytest.fixture
def bench(make_bench: Any) -> Any:
    """Give a GS200 on 10 kOhm, ready to source up to 1 mA at 20 V, output on at zero."""
    bench = make_bench(model="yokogawa-gs200")
    bench.say(":SOUR:FUNC CURR;RANG 1E-3;PROT:VOLT 20;:SENS 1;:OUTP 1")
    assert codes(bench) == []
    return bench


def codes(bench: Any) -> list[int]:
    found: list[int] = []
    while code := int(bench.ask(":SYST:ERR?").split(",")[0]):
        found.append(code)
    return found


def current_na(bench: Any) -> int:
    return int(bench.twin.state()["current_na"])


def test_limits_the_voltage_and_says_on_which_side(bench: Any) -> None:
    bench.say(":SOUR:PROT:VOLT 2;:SOUR:LEV 5E-4")
    assert float(bench.ask(":MEAS?")) == pytest.approx(2.0, abs=5e-3)
    assert int(bench.ask(":STAT:COND?")) & 0xC00 == 0x800
    bench.say(":SOUR:LEV -5E-4")
    assert int(bench.ask(":STAT:COND?")) & 0xC00 == 0x400
    bench.say(":SOUR:LEV 1E-4")
    assert int(bench.ask(":STAT:COND?")) & 0xC00 == 0


@pytest.mark.parametrize("limit", ["0.5", "31", "-5"])
def test_a_refused_limit_keeps_the_old_one(bench: Any, limit: str) -> None:
    bench.say(f":SOUR:PROT:VOLT {limit}")
    assert codes(bench) == [-222]
    assert float(bench.ask(":SOUR:PROT:VOLT?")) == 20.0


def test_goes_a_fifth_beyond_its_range_and_no_further(bench: Any) -> None:
    bench.say(":SOUR:LEV 1.2E-3")
    bench.say(":SOUR:LEV 1.21E-3")
    assert codes(bench) == [-222]
    assert current_na(bench) == pytest.approx(1_200_000, rel=1e-3)
    bench.say(":SOUR:LEV 0;:SOUR:RANG 0.2;:SOUR:LEV 0.201")
    assert codes(bench) == [-222]


def test_measures_only_while_output_and_measurement_are_on(bench: Any) -> None:
    assert bench.say(":SENS 0;:MEAS?") is None
    assert bench.say(":SENS 1;:OUTP 0;:MEAS?") is None
    assert codes(bench) == [-221, -221]


def test_a_function_is_not_changed_with_the_output_on(bench: Any) -> None:
    bench.say(":SOUR:FUNC VOLT")
    assert codes(bench) == [-221]
    assert bench.ask(":SOUR:FUNC?") == "CURR"


def test_a_program_slopes_to_its_level_and_holds_it_with_the_output_on(bench: Any) -> None:
    bench.say(RAMP)
    bench.twin.advance(500)
    assert current_na(bench) == pytest.approx(400_000, rel=0.03)
    bench.twin.advance(60_000)
    assert current_na(bench) == pytest.approx(800_000, rel=1e-3)
    assert int(bench.ask(":STAT:EVEN?")) & 0xC0 == 0xC0


@pytest.mark.parametrize("order", [":SOUR:LEV 0", ":SOUR:PROT:VOLT 30", ":SOUR:RANG 0.1", RAMP])
def test_takes_no_setting_while_a_program_runs(bench: Any, order: str) -> None:
    bench.say(RAMP)
    bench.say(order)
    assert -221 in codes(bench)
    bench.twin.advance(500)
    assert current_na(bench) == pytest.approx(400_000, rel=0.03)


def test_switching_off_ends_a_program(bench: Any) -> None:
    bench.say(RAMP)
    bench.twin.advance(500)
    bench.say(":OUTP 0")
    bench.twin.advance(5_000)
    assert current_na(bench) == 0
    assert bench.twin.state()["output_on"] is False
    bench.say(":OUTP 1;:SOUR:LEV 0")
    assert codes(bench) == []


def test_a_program_needs_the_output(bench: Any) -> None:
    bench.say(f":OUTP 0;{RAMP}")
    assert codes(bench) == [-221]
    assert bench.twin.state()["output_on"] is False

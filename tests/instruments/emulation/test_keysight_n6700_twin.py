from __future__ import annotations

from typing import Any

import pytest

READY = (
    ":FUNC CURR,(@1:2);:CURR:RANG 0.01,(@1:2);:VOLT:LIM 10,(@1:2);:SENS:CURR:RANG 0.001,(@1:2);"
    ":SENS:FUNC:CURR ON,(@1:2);:OUTP ON,(@1:2)"
)


@pytest.fixture
def bench(make_bench: Any) -> Any:
    """Give a mainframe with two modules on 10 kOhm each, both outputs on at zero."""
    bench = make_bench(model="keysight-n6700")
    bench.say(READY)
    assert codes(bench) == []
    return bench


def codes(bench: Any) -> list[int]:
    found: list[int] = []
    while code := int(bench.ask(":SYST:ERR?").split(",")[0]):
        found.append(code)
    return found


def test_channel_lists_lead_to_their_modules(bench: Any) -> None:
    bench.say(":CURR 2E-4,(@1);:CURR -3E-4,(@2)")
    assert [float(one) for one in bench.ask(":CURR? (@2,1)").split(",")] == [-3e-4, 2e-4]
    measured = [float(one) for one in bench.ask(":MEAS:VOLT? (@1:2)").split(",")]
    assert measured == pytest.approx([2.0, -3.0], abs=0.06)


@pytest.mark.parametrize("channels", ["(@3)", "(@0)", "(@2:1)", "(1)", "1"])
def test_a_channel_there_is_not_is_refused(bench: Any, channels: str) -> None:
    bench.say(f":CURR 1E-4,{channels}")
    assert codes(bench)[0] in {-104, -222}
    assert bench.ask(":CURR? (@1)") == "+0.00000000E+00"


def test_current_is_fetched_of_the_same_acquisition_as_voltage(bench: Any) -> None:
    bench.say(":CURR 2E-4,(@1)")
    voltage = bench.ask(":MEAS:VOLT? (@1)")
    bench.say(":CURR 4E-4,(@1)")
    assert float(bench.ask(":FETC:CURR? (@1)")) == pytest.approx(2e-4, abs=6e-6)
    assert bench.ask(":FETC:VOLT? (@1)") == voltage


def test_the_watchdog_trips_every_output_and_leaves_what_is_programmed(bench: Any) -> None:
    bench.say(":CURR 2E-4,(@1:2);:OUTP:PROT:WDOG:DEL 1;:OUTP:PROT:WDOG ON")
    bench.twin.advance(999)
    assert bench.twin.state()["output_on"] is True
    bench.twin.advance(1_000)
    assert bench.twin.state()["output_on"] is False
    assert bench.ask(":OUTP? (@1,2)") == "1,1"
    assert bench.ask(":STAT:QUES:COND? (@1,2)") == "2048,2048"


def test_any_message_feeds_the_watchdog_even_a_wrong_one(bench: Any) -> None:
    bench.say(":OUTP:PROT:WDOG:DEL 1;:OUTP:PROT:WDOG ON")
    for moment_ms in range(900, 5_000, 900):
        bench.twin.advance(moment_ms)
        bench.say(":NONSENSE")
    assert bench.twin.state()["output_on"] is True


def test_clearing_a_trip_brings_the_output_back_as_it_was(bench: Any) -> None:
    bench.say(":CURR 2E-4,(@1);:OUTP:PROT:WDOG:DEL 1;:OUTP:PROT:WDOG ON")
    bench.twin.advance(2_000)
    bench.say(":OUTP:PROT:CLE (@1)")
    assert bench.twin.state()["current_na"] == pytest.approx(200_000, abs=6_000)


def test_over_voltage_trips_below_the_limit(bench: Any) -> None:
    bench.say(":VOLT:PROT:REM 3,(@1);:CURR 5E-4,(@1)")
    assert bench.twin.state()["output_on"] is False
    assert int(bench.ask(":STAT:QUES:COND? (@1)")) & 1


def test_the_limit_shows_on_its_side(bench: Any) -> None:
    bench.say(":CURR 1.2E-3,(@1);:CURR -1.2E-3,(@2)")
    assert bench.ask(":STAT:QUES:COND? (@1,2)") == "128,256"
    assert bench.ask(":STAT:OPER:COND? (@1,2)") == "1,1"


def test_a_range_is_not_changed_with_the_output_on(bench: Any) -> None:
    bench.say(":CURR:RANG 1,(@1)")
    assert codes(bench) == [-221]

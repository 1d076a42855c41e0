from __future__ import annotations

from typing import Any

import pytest

READY = (
    ":SOUR1:FUNC:MODE CURR;:SOUR1:CURR:RANG 1E-3;:SENS1:VOLT:PROT 20;:SENS1:VOLT:RANG 20;"
    ":OUTP1:ON:AUTO 0"
)
LIST = (
    ":SOUR1:LIST:CURR 1E-4,2E-4,0;:SOUR1:CURR:MODE LIST;:TRIG1:TRAN:SOUR TIM;:TRIG1:ACQ:SOUR TIM;"
    ":TRIG1:TRAN:TIM 0.1;:TRIG1:ACQ:TIM 0.1;:TRIG1:ACQ:DEL 0.09;:TRIG1:TRAN:COUN 3;"
    ":TRIG1:ACQ:COUN 3;:OUTP1:OFF:AUTO 1"
)
IDLE_1 = 1 << 1 | 1 << 4


@pytest.fixture
def bench(make_bench: Any) -> Any:
    bench = make_bench(model="keysight-b2900")
    bench.say(READY)
    assert codes(bench) == []
    return bench


def codes(bench: Any) -> list[int]:
    found: list[int] = []
    while code := int(bench.ask(":SYST:ERR?").split(",")[0]):
        found.append(code)
    return found


def current_na(bench: Any) -> int:
    return int(bench.twin.state()["current_na"])


def test_after_a_reset_initiating_switches_the_output_on(bench: Any) -> None:
    bench.say(f"*RST;{READY};:OUTP1:ON:AUTO 1;{LIST};:INIT (@1)")
    assert codes(bench) == []
    assert bench.ask(":OUTP1?") == "1"
    assert current_na(bench) == pytest.approx(100_000, abs=250)


def test_a_list_plays_on_its_timer_and_ends_with_the_output_off(bench: Any) -> None:
    bench.say(f"{LIST};:OUTP1 1;:INIT (@1)")
    bench.twin.advance(99)
    assert current_na(bench) == pytest.approx(100_000, abs=250)
    bench.twin.advance(101)
    assert current_na(bench) == pytest.approx(200_000, abs=250)
    assert int(bench.ask(":STAT:OPER:COND?")) & IDLE_1 == 0
    bench.twin.advance(290)
    assert int(bench.ask(":STAT:OPER:COND?")) & IDLE_1 == IDLE_1
    assert bench.ask(":OUTP1?") == "0"
    assert len(bench.ask(":FETC:ARR? (@1)").split(",")) == 3 * 6


@pytest.mark.parametrize(
    "order",
    [":SOUR1:CURR 5E-4", ":OUTP1 0", ":SENS1:VOLT:PROT 60", ":SOUR1:LIST:CURR 1E-3", ":INIT (@1)"],
)
def test_takes_nothing_while_a_list_plays(bench: Any, order: str) -> None:
    bench.say(f"{LIST};:OUTP1 1;:INIT (@1)")
    bench.say(order)
    assert codes(bench)[0] in {-221, -213}
    bench.twin.advance(150)
    assert current_na(bench) == pytest.approx(200_000, abs=250)
    assert bench.say(":FETC:ARR? (@1)") is None


def test_abort_ends_it_and_automatic_off_opens_the_output(bench: Any) -> None:
    bench.say(f"{LIST};:OUTP1 1;:INIT (@1)")
    bench.twin.advance(50)
    bench.say(":ABOR:ALL (@1)")
    assert bench.ask(":OUTP1?") == "0"
    assert current_na(bench) == 0


def test_output_protection_switches_off_at_the_compliance(bench: Any) -> None:
    bench.say(":SENS1:VOLT:PROT 2;:OUTP1:PROT 1;:OUTP1 1;:SOUR1:CURR 5E-4")
    assert bench.ask(":OUTP1?") == "0"


def test_elements_come_in_the_order_of_the_instrument(bench: Any) -> None:
    bench.say(":FORM:ELEM:SENS STAT,CURR,VOLT;:OUTP1 1;:SOUR1:CURR 5E-4")
    voltage, current, status = (float(one) for one in bench.ask(":MEAS? (@1)").split(","))
    assert (voltage, current) == (pytest.approx(5.0, rel=2e-3), pytest.approx(5e-4, rel=1e-3))
    assert int(status) == 1
    bench.say(":SENS1:VOLT:PROT 2")
    assert int(float(bench.ask(":MEAS? (@1)").split(",")[2])) == 3


def test_the_second_channel_is_its_own(bench: Any) -> None:
    bench.say(":SOUR2:FUNC:MODE CURR;:SOUR2:CURR:RANG 1E-3;:SENS2:VOLT:PROT 10;:OUTP2 1")
    bench.say(":SOUR2:CURR 3E-4")
    assert bench.ask(":OUTP1?;:OUTP2?;:SOUR:CURR?") == "0;1;+0.000000E+00"
    assert codes(bench) == []


def test_an_open_interlock_shows_as_a_bit_and_holds_the_voltage_down(make_bench: Any) -> None:
    bench = make_bench(model="keysight-b2900", interlock_closed=False, resistance_ohm=1e6)
    bench.say(f"{READY};:SENS1:VOLT:PROT 60;:OUTP1 1;:SOUR1:CURR 1E-3")
    assert int(bench.ask(":STAT:QUES:COND?")) == 1 << 10
    assert bench.twin.state()["voltage_uv"] == 42_000_000

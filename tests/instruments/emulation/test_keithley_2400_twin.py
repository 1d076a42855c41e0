from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.instruments.emulation.conftest import InProcess

READY = (
    ":SOUR:FUNC CURR;:SOUR:CURR:RANG 1E-3;:SENS:VOLT:PROT 20;:SENS:VOLT:RANG 20",
    ":SENS:FUNC 'VOLT','CURR';:SYST:AZER OFF;:OUTP:SMOD HIMP;:FORM:ELEM VOLT,CURR,TIME,STAT",
)
LIST = (
    ":SOUR:CURR:MODE LIST;:SOUR:LIST:CURR 1E-4,2E-4,0;:TRIG:COUN 3;:SOUR:DEL 0.058",
    ":SOUR:CLE:AUTO ON;:SOUR:CLE:AUTO:MODE TCO;:SENS:VOLT:NPLC 1",
)


@pytest.fixture
def twin(make_bench: Callable[..., InProcess]) -> InProcess:
    """Give a 2400 on 10 kOhm, ready to source up to 1 mA at 20 V, output off."""
    bench = make_bench(model="keithley-2400")
    for message in READY:
        bench.say(message)
    assert bench.errors() == []
    return bench


@pytest.fixture
def playing(twin: InProcess) -> InProcess:
    """Give one that plays 0.1 mA, 0.2 mA, 0, for 100 ms each."""
    for message in (*LIST, ":INIT"):
        twin.say(message)
    assert twin.twin.instrument.next_wake_us() == 100_000
    return twin


def voltage_v(twin: InProcess) -> float:
    return float(twin.twin.state()["voltage_uv"]) * 1e-6


def test_a_reading_with_the_output_off_is_error_803_and_no_answer(twin: InProcess) -> None:
    assert twin.say(":READ?") is None
    assert twin.errors() == [803]


def test_measure_switches_the_output_on_and_resets_the_compliance(twin: InProcess) -> None:
    twin.say(":SENS:VOLT:PROT 5;:SOUR:CURR 1E-4")
    twin.ask(":MEAS:VOLT?")
    assert twin.ask(":OUTP?;:SENS:VOLT:PROT?") == "1;2.100000E+01"
    assert twin.twin.state()["current_na"] == pytest.approx(100_000, rel=1e-2)


def test_elements_come_in_their_own_order(twin: InProcess) -> None:
    twin.say(":FORM:ELEM STAT,TIME,CURR;:OUTP ON;:SOUR:CURR 1E-4")
    current, time, status = map(float, twin.ask(":READ?").split(","))
    assert current == pytest.approx(1e-4, rel=1e-2)
    assert time == 0.0
    assert int(status) & (1 << 11 | 1 << 12 | 1 << 15) == 1 << 11 | 1 << 12 | 1 << 15


def test_a_function_that_is_only_sourced_shows_its_level(twin: InProcess) -> None:
    twin.say(":SENS:FUNC:OFF 'CURR';:FORM:ELEM CURR;:OUTP ON;:SOUR:CURR 1.23E-4")
    assert float(twin.ask(":READ?")) == 1.23e-4


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (":SENS:VOLT:PROT 0.01", 822),
        (":SENS:VOLT:RANG 200", 824),
        (":SOUR:CURR 2E-3", -222),
        (":SENS:VOLT:PROT 300", -222),
        (":SOUR:CURR:MODE RAMP", -224),
        (":SOUR:SWE:CAB EARL", -113),
        (":TRIG:COUN 2501", -222),
        (":OUTP:SMOD OPEN", -224),
        (":INIT", 803),
        (":SOUR:CLE:AUTO ON;:SOUR:CURR:MODE LIST;:INIT", -221),
        (":SOUR:CLE:AUTO ON;:SOUR:CURR:MODE LIST;:SOUR:LIST:CURR 2E-3;:INIT", -221),
        (":SOUR:CLE:AUTO ON;:ARM:SOUR BUS;:INIT", -221),
        (":SOUR:CLE:AUTO ON;:TRIG:COUN 2000;:ARM:COUN 2;:INIT", -221),
    ],
)
def test_what_it_refuses_changes_nothing(twin: InProcess, message: str, code: int) -> None:
    kept = ":SENS:VOLT:PROT?;:SENS:VOLT:RANG?;:SOUR:CURR?;:OUTP:SMOD?;:OUTP?"
    before = twin.ask(kept)
    twin.say(message)
    assert twin.errors() == [code]
    assert twin.ask(kept) == before


@pytest.mark.parametrize(
    ("asked", "kept"), [(5, 20), (20, 20), (39.9, 20), (110, 100), (160, 160), (161, 210)]
)
def test_the_protection_takes_the_lower_level(twin: InProcess, asked: float, kept: float) -> None:
    twin.say(f":SOUR:VOLT:PROT {asked}")
    assert float(twin.ask(":SOUR:VOLT:PROT?")) == kept


def test_the_lowest_of_three_limits_holds_the_voltage(twin: InProcess) -> None:
    twin.twin.plan_fault("open_lead", {})
    twin.say(":OUTP ON;:SOUR:CURR 1E-3")
    assert voltage_v(twin) == 20.0
    assert int(float(twin.ask(":READ?").split(",")[3])) & 1 << 3
    twin.say(":SENS:VOLT:PROT 50")
    assert voltage_v(twin) == 21.0
    assert int(float(twin.ask(":READ?").split(",")[3])) & 1 << 16
    twin.say(":SENS:VOLT:RANG:AUTO ON;:SOUR:VOLT:PROT 40")
    assert voltage_v(twin) == 40.0
    assert int(float(twin.ask(":READ?").split(",")[3])) & 1 << 4
    assert int(twin.ask(":STAT:MEAS:COND?")) & 1 << 13


def test_the_normal_off_state_is_a_voltage_source_at_zero(twin: InProcess) -> None:
    assert twin.twin.circuit.drive.kind.name == "OPEN"
    twin.say(":OUTP:SMOD NORM")
    drive = twin.twin.circuit.drive
    assert (drive.kind.name, drive.level, drive.limit) == ("VOLTAGE", 0.0, 5e-6)
    twin.say("*RST")
    assert twin.ask(":OUTP:SMOD?") == "NORM"


def test_the_interlock_answers_1_while_it_permits(twin: InProcess) -> None:
    assert twin.ask(":OUTP:ENAB:TRIP?;:OUTP:INT:TRIP?;:OUTP:ENAB?") == "1;1;0"
    twin.twin.plan_fault("interlock_open", {})
    assert twin.ask(":OUTP:ENAB:TRIP?") == "0"
    twin.say(":OUTP ON")
    assert twin.ask(":OUTP?") == "1"
    twin.say(":OUTP:ENAB ON")
    assert twin.ask(":OUTP?") == "0"
    twin.say(":OUTP ON")
    assert twin.errors() == [802]


def test_a_list_ends_with_the_output_off_by_itself(playing: InProcess) -> None:
    seen = []
    for now_ms in (0, 99, 100, 199, 200, 299, 300):
        playing.twin.advance(now_ms)
        state = playing.twin.state()
        seen.append((round(state["current_na"], -3), state["output_on"]))
    assert [current for current, _ in seen[:4]] == [100_000, 100_000, 200_000, 200_000]
    assert [on for _, on in seen] == [True] * 6 + [False]


def test_what_is_sent_while_it_runs_waits_for_its_end(playing: InProcess) -> None:
    playing.twin.advance(50)
    assert playing.say(":OUTP OFF") is None
    assert playing.say("*ESE 5;*ESE?;:OUTP?") is None
    playing.twin.advance(150)
    assert playing.twin.state()["output_on"] is True
    assert playing.twin.instrument.said() == []
    playing.twin.advance(300)
    assert playing.twin.instrument.said() == ["5;0"]


@pytest.mark.parametrize("order", [":ABOR", "abort", "*RST", ":SYST:PRES"])
def test_few_orders_break_it_off(playing: InProcess, order: str) -> None:
    playing.say(":SOUR:CURR?")
    playing.twin.advance(50)
    playing.say(order)
    assert playing.twin.instrument.next_wake_us() is None
    assert len(playing.twin.instrument.said()) == 1
    assert playing.twin.state()["output_on"] is (order in {":ABOR", "abort"})


def test_a_device_clear_forgets_what_waits(playing: InProcess) -> None:
    playing.say(":OUTP?")
    playing.twin.instrument.device_clear()
    playing.twin.advance(1_000)
    assert playing.twin.instrument.said() == []


def test_what_stands_behind_an_initiation_in_one_message_waits_too(twin: InProcess) -> None:
    for message in LIST:
        twin.say(message)
    assert twin.say("*ESE 7;*ESE?;:INIT;*OPC?;:OUTP?") is None
    twin.twin.advance(300)
    assert twin.twin.instrument.said() == ["7;1;0"]


def test_a_program_fetches_every_reading(playing: InProcess) -> None:
    playing.twin.advance(1_000)
    fields = [float(text) for text in playing.ask(":FETC?").split(",")]
    assert fields[1::4] == pytest.approx([1e-4, 2e-4, 0.0], abs=1e-6)
    assert fields[2::4] == pytest.approx([0.1, 0.2, 0.3])


def test_autozero_triples_the_time_of_a_measurement(twin: InProcess) -> None:
    for message in LIST:
        twin.say(message)
    twin.say(":SYST:AZER ON;:INIT")
    assert twin.twin.instrument.next_wake_us() == 58_000 + 3 * 40_000 + 2_000


def test_the_buffer_fills_and_says_so(twin: InProcess) -> None:
    twin.say(":STAT:MEAS:ENAB 512;*SRE 1;:TRAC:POIN 2;:TRAC:FEED SENS;:TRAC:FEED:CONT NEXT")
    twin.say(":OUTP ON;:SOUR:CURR 1E-4;:TRIG:COUN 2")
    twin.ask(":READ?")
    assert int(twin.ask("*STB?")) & 65 == 65
    assert twin.ask(":TRAC:POIN:ACT?;:TRAC:FEED:CONT?") == "2;NEV"
    means = [float(text) for text in twin.ask(":CALC3:FORM MEAN;:CALC3:DATA?").split(",")]
    assert means == pytest.approx([1.0, 1e-4, 9.91e37], rel=1e-2)


def test_what_is_sourced_is_measured_on_its_own_range(twin: InProcess) -> None:
    assert twin.ask(":SENS:CURR:RANG?") == "1.000000E-03"


def test_a_colon_before_a_common_command_is_tolerated(twin: InProcess) -> None:
    twin.say(":OUTP ON;:*RST")
    assert twin.ask(":OUTP?") == "0"
    assert twin.errors() == []


def test_a_reboot_loses_what_waits_and_the_program(playing: InProcess) -> None:
    playing.say(":OUTP?")
    playing.twin.plan_fault("reboot", {})
    state: dict[str, Any] = playing.twin.state()
    assert state["output_on"] is False
    assert playing.twin.instrument.next_wake_us() is None
    playing.twin.advance(1_000)
    assert playing.twin.instrument.said() == []

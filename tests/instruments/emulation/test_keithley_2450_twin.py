from __future__ import annotations

from typing import Any

import pytest


def test_voltage_and_current_in_one_query(sourcing: Any) -> None:
    answer = sourcing.ask(':SOUR:CURR 5E-4;:READ? "defbuffer1",SOUR,READ,SOURSTAT,UNIT,SOURUNIT')
    current, voltage, status, unit, source_unit = answer.split(",")
    assert float(current) == pytest.approx(5e-4, rel=1e-3)
    assert float(voltage) == pytest.approx(5.0, rel=1e-3)
    assert status == "128"
    assert (unit, source_unit) == ("Volt DC", "Amp DC")


def test_out_of_range_keeps_the_old_value(sourcing: Any) -> None:
    sourcing.say(":SOUR:CURR 5E-4")
    sourcing.say(":SOUR:CURR 1.2E-3")
    assert float(sourcing.ask(":SOUR:CURR?")) == 5e-4
    sourcing.say(":SOUR:CURR:VLIM 211")
    assert float(sourcing.ask(":SOUR:CURR:VLIM?")) == 20.0
    assert sourcing.errors() == [-222, -222]


def test_compliance_clamps_and_trips(sourcing: Any) -> None:
    sourcing.say(":SOUR:CURR:VLIM 2;:SOUR:CURR 5E-4")
    assert sourcing.ask(":SOUR:CURR:VLIM:TRIP?") == "1"
    current, voltage, status = sourcing.ask(':READ? "defbuffer1",SOUR,READ,SOURSTAT').split(",")
    assert float(voltage) == pytest.approx(2.0, abs=2e-3)
    assert float(current) == pytest.approx(2e-4, rel=1e-3)
    assert int(status) & 32
    sourcing.say(":SOUR:CURR 1E-4")
    assert sourcing.ask(":SOUR:CURR:VLIM:TRIP?") == "0"


def test_overvoltage_protection_holds_below_the_limit(sourcing: Any) -> None:
    sourcing.say(":SOUR:VOLT:PROT PROT2;:SOUR:CURR 5E-4")
    assert sourcing.twin.state()["voltage_uv"] == pytest.approx(2_000_000, abs=5)
    assert sourcing.ask(":SOUR:VOLT:PROT?") == "PROT2"
    sourcing.say(":SOUR:CURR:VLIM 5")
    assert sourcing.errors() == [-221]


def test_an_open_interlock_holds_the_voltage_down(make_bench: Any) -> None:
    bench = make_bench(interlock_closed=False, resistance_ohm=1e6)
    bench.say(":SOUR:FUNC CURR;:SOUR:CURR:RANG 1E-3;:SOUR:CURR:VLIM 35;:OUTP ON;:SOUR:CURR 5E-4")
    assert bench.ask(":OUTP:INT:TRIP?") == "0"
    assert bench.errors() == [5074]
    assert bench.twin.state()["voltage_uv"] == 21_000_000


@pytest.mark.parametrize(
    ("state", "kohm"),
    [("HIMP", None), ("NORM", 0.0), ("ZERO", 0.0), ("GUAR", None)],
)
def test_off_states(sourcing: Any, state: str, kohm: float | None) -> None:
    sourcing.say(f":SOUR:CURR 5E-4;:OUTP:SMOD {state};:OUTP OFF")
    assert sourcing.ask(":OUTP:CURR:SMOD?;:OUTP:SMOD?;:OUTP?") == f"{state};{state};0"
    assert sourcing.twin.state()["current_na"] == 0


def test_a_normal_off_state_discharges_polarized_electrodes(make_bench: Any) -> None:
    flowing = {}
    for state in ("NORM", "HIMP"):
        bench = make_bench(load="skin", seed=4)
        bench.say(":SOUR:FUNC CURR;:SOUR:CURR:RANG 1E-3;:SOUR:CURR:VLIM 30;:OUTP ON")
        bench.say(f":SOUR:CURR 5E-4;:OUTP:SMOD {state}")
        bench.twin.advance(60_000)
        bench.say(":OUTP OFF")
        bench.twin.advance(60_100)
        flowing[state] = bench.twin.state()["current_na"]
    assert flowing["HIMP"] == 0
    assert flowing["NORM"] < -100


def test_the_smallest_range_that_fits_is_taken(bench: Any) -> None:
    bench.say(":SOUR:CURR:RANG 1.2E-3")
    assert float(bench.ask(":SOUR:CURR:RANG?")) == 1e-2
    assert bench.ask(":SOUR:CURR:RANG:AUTO?") == "0"
    bench.say(":SOUR:CURR:RANG:AUTO ON;:SOUR:CURR 3E-5")
    assert float(bench.ask(":SOUR:CURR:RANG?")) == 1e-4


def test_a_range_below_the_level_is_refused(sourcing: Any) -> None:
    sourcing.say(":SOUR:CURR 5E-4;:SOUR:CURR:RANG 1E-4")
    assert float(sourcing.ask(":SOUR:CURR:RANG?")) == 1e-3
    assert sourcing.errors() == [-221]


def test_power_is_limited(bench: Any) -> None:
    bench.say(":SOUR:CURR:VLIM 100;:SOUR:CURR:RANG 1")
    assert bench.errors() == [-221]


def test_beyond_the_measuring_range_stands_the_mark_for_no_reading(sourcing: Any) -> None:
    sourcing.say(":SENS:VOLT:RANG 2;:SOUR:CURR 5E-4")
    assert float(sourcing.ask(":READ?")) == 9.91e37
    sourcing.say(":SOUR:CURR -5E-4")
    assert float(sourcing.ask(":READ?")) == -9.91e37


def test_a_measure_query_changes_the_measure_function_for_good(sourcing: Any) -> None:
    sourcing.say(":SOUR:CURR 5E-4")
    assert float(sourcing.ask(":MEAS:CURR?")) == pytest.approx(5e-4, rel=1e-3)
    assert sourcing.ask(":SENS:FUNC?") == '"CURR:DC"'
    assert float(sourcing.ask(":MEAS:RES?")) == pytest.approx(1e4, rel=2e-3)


def test_buffers_keep_readings(sourcing: Any) -> None:
    sourcing.say(":TRAC:MAKE 'mine', 100;:TRAC:CLE")
    for tick in range(1, 4):
        sourcing.twin.advance(100 * tick)
        sourcing.ask(f":SOUR:CURR {tick}E-4;:READ? 'mine'")
    assert sourcing.ask(":TRAC:ACT? 'mine'") == "3"
    answer = sourcing.ask(":TRAC:DATA? 1,3,'mine',REL,READ").split(",")
    assert [float(text) for text in answer[::2]] == pytest.approx([0.0, 0.1, 0.2], abs=1e-9)
    assert [float(text) for text in answer[1::2]] == pytest.approx([1.0, 2.0, 3.0], rel=2e-3)
    assert sourcing.ask(":FETC? 'mine',DATE,TIME").startswith("11/14/2023,22:13:20.3")
    sourcing.say(":TRAC:DEL 'mine';:TRAC:DEL 'defbuffer1'")
    assert sourcing.errors() == [-224]


def test_precision_of_answers(sourcing: Any) -> None:
    sourcing.say(":FORM:ASC:PREC 12;:SOUR:CURR 1.2345678E-4")
    assert sourcing.ask(":SOUR:CURR?") == "1.23456780000E-04"
    sourcing.say(":FORM:ASC:PREC 0")
    assert sourcing.ask(":SOUR:CURR?") == "1.234568E-04"


def test_reset_switches_off_and_restores_defaults(sourcing: Any) -> None:
    sourcing.say(":SOUR:CURR 5E-4;*RST")
    assert sourcing.ask(":OUTP?;:SOUR:FUNC?;:SENS:FUNC?") == '0;VOLT;"CURR:DC"'
    assert float(sourcing.ask(":SOUR:CURR:VLIM?")) == 21.0
    assert sourcing.twin.state()["output_on"] is False


def test_changing_the_source_function_switches_off(sourcing: Any) -> None:
    sourcing.say(":SOUR:FUNC VOLT")
    assert sourcing.ask(":OUTP?") == "0"


def test_sources_voltage_too(bench: Any) -> None:
    bench.say(":SOUR:FUNC VOLT;:SOUR:VOLT 5;:SOUR:VOLT:ILIM 1E-4;:OUTP ON")
    assert bench.ask(":SOUR:VOLT:ILIM:TRIP?") == "1"
    assert bench.twin.state()["current_na"] == 100_000
    bench.say(":SOUR:VOLT:ILIM 1E-2")
    assert bench.twin.state()["current_na"] == pytest.approx(500_000, rel=2e-3)


def test_bounds_of_a_setting_can_be_asked(bench: Any) -> None:
    assert float(bench.ask(":SOUR:CURR:VLIM? MAX")) == 210.0
    assert float(bench.ask(":SOUR:CURR:VLIM? DEF")) == 21.0
    bench.say(":SENS:VOLT:NPLC MIN")
    assert float(bench.ask(":SENS:VOLT:NPLC?")) == 0.01


def test_noise_and_errors_stay_within_the_data_sheet(make_bench: Any) -> None:
    for seed in range(5):
        bench = make_bench(seed=seed)
        bench.say(":SOUR:FUNC CURR;:SENS:FUNC 'VOLT';:SOUR:CURR:RANG 1E-3;:SENS:VOLT:RANG 20")
        bench.say(":SOUR:CURR 1E-3;:FORM:ASC:PREC 10;:OUTP ON")
        readings = {bench.ask(":READ?") for _ in range(20)}
        assert len(readings) > 1
        for text in readings:
            assert float(text) == pytest.approx(
                10.0, abs=10.0 * 5.5e-4 + 1e-3 + 10e3 * 1.5e-7 + 1e-3
            )

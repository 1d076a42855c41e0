from __future__ import annotations

from typing import Any

import pytest


def current_na(bench: Any) -> int:
    return int(bench.twin.state()["current_na"])


def test_a_fault_can_begin_later_and_last_a_while(sourcing: Any) -> None:
    sourcing.say(":SOUR:CURR 5E-4")
    sourcing.twin.plan_fault("open_lead", {}, after_ms=100, for_ms=50)
    seen = []
    for to_ms in (99, 100, 149, 150):
        sourcing.twin.advance(to_ms)
        seen.append(abs(current_na(sourcing)) > 1000)
    assert seen == [True, False, False, True]


def test_uncommanded_current_flows_with_the_output_off(bench: Any) -> None:
    bench.twin.plan_fault("uncommanded_current", {"na": 1_000_000})
    assert bench.ask(":OUTP?") == "0"
    assert current_na(bench) == 1_000_000
    bench.twin.clear_fault("uncommanded_current")
    assert current_na(bench) == 0


def test_a_stuck_relay_may_claim_to_be_open(sourcing: Any) -> None:
    sourcing.say(":SOUR:CURR 5E-4")
    sourcing.twin.plan_fault("output_stuck_on", {"reports_off": True})
    sourcing.say(":OUTP OFF")
    assert sourcing.ask(":OUTP?") == "0"
    assert current_na(sourcing) == pytest.approx(500_000, rel=1e-3)


def test_a_gain_error_that_the_instrument_does_not_see(sourcing: Any) -> None:
    sourcing.twin.plan_fault("gain_error", {"factor": 1.04})
    reading = float(sourcing.ask(':SOUR:CURR 5E-4;:READ? "defbuffer1",SOUR'))
    assert reading == pytest.approx(5e-4, rel=1e-3)
    assert current_na(sourcing) == pytest.approx(520_000, rel=1e-3)


def test_no_fault_of_gain_sources_above_105_percent_of_the_range(sourcing: Any) -> None:
    sourcing.twin.plan_fault("gain_error", {"factor": 100.0})
    sourcing.say(":SOUR:CURR 5E-4")
    assert current_na(sourcing) == 1_050_000


def test_a_frozen_reading_repeats_value_and_time(sourcing: Any) -> None:
    question = ':READ? "defbuffer1",SOUR,READ,SEC,FRAC'
    first = sourcing.ask(question)
    sourcing.twin.plan_fault("frozen_reading", {})
    sourcing.twin.advance(500)
    sourcing.say(":SOUR:CURR 5E-4")
    assert sourcing.ask(question) == first
    sourcing.twin.clear_fault(None)
    assert sourcing.ask(question) != first


def test_resistance_faults_are_undone_when_cleared(sourcing: Any) -> None:
    sourcing.say(":SOUR:CURR 5E-4")
    before = sourcing.twin.state()["voltage_uv"]
    for name, factor in (("resistance_step", 1.5), ("delamination", 1.5)):
        sourcing.twin.plan_fault(name, {})
        assert sourcing.twin.state()["voltage_uv"] == pytest.approx(before * factor, rel=1e-3)
        sourcing.twin.clear_fault(name)
        assert sourcing.twin.state()["voltage_uv"] == pytest.approx(before, rel=1e-6)


def test_drying_multiplies_the_resistance_in_its_time(sourcing: Any) -> None:
    sourcing.say(":SOUR:CURR 5E-4")
    before = sourcing.twin.state()["voltage_uv"]
    sourcing.twin.plan_fault("dry_out", {"factor": 3.0, "minutes": 5.0})
    sourcing.twin.advance(150_000)
    assert sourcing.twin.state()["voltage_uv"] == pytest.approx(before * 3**0.5, rel=5e-3)
    sourcing.twin.advance(300_000)
    assert sourcing.twin.state()["voltage_uv"] == pytest.approx(before * 3, rel=5e-3)


def test_readings_can_be_off_by_a_thousand(sourcing: Any) -> None:
    sourcing.twin.plan_fault("scaled_reading", {"factor": 1000.0})
    assert float(sourcing.ask(":SOUR:CURR 5E-4;:READ?")) == pytest.approx(5000.0, rel=1e-3)


def test_the_limit_flag_can_be_missing(sourcing: Any) -> None:
    sourcing.twin.plan_fault("open_lead", {})
    question = ':SOUR:CURR 5E-4;:READ? "defbuffer1",SOURSTAT'
    assert sourcing.ask(question) == "160"
    sourcing.twin.plan_fault("no_limit_flag", {})
    assert sourcing.ask(question) == "128"


def test_an_output_can_refuse_to_switch_on(bench: Any) -> None:
    bench.twin.plan_fault("output_stuck_off", {})
    assert bench.ask(":OUTP ON;:OUTP?") == "0"


def test_the_front_panel_is_bound_by_the_range_too(sourcing: Any) -> None:
    sourcing.twin.plan_fault("front_panel", {"level_na": 700_000})
    assert float(sourcing.ask(":SOUR:CURR?")) == pytest.approx(7e-4)
    sourcing.twin.plan_fault("front_panel", {"level_na": 2_000_000})
    assert sourcing.errors() == [-222]
    sourcing.twin.plan_fault("front_panel", {"output": False})
    assert sourcing.ask(":OUTP?") == "0"


def test_a_reboot_leaves_power_on_state(sourcing: Any) -> None:
    sourcing.ask("*ESR?")
    sourcing.twin.plan_fault("reboot", {})
    assert sourcing.ask("*ESR?;:OUTP?;:SOUR:FUNC?") == "128;0;VOLT"
    assert sourcing.twin.hang_up == "close_connection"


def test_a_real_time_bench_cannot_be_moved(make_bench: Any) -> None:
    with pytest.raises(ValueError, match="real time"):
        make_bench(lockstep=False).twin.advance(1000)


@pytest.mark.parametrize("settings", [{"model": "keithley-9999"}, {"load": "toaster"}])
def test_unknown_parts_are_refused(make_bench: Any, settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="there are"):
        make_bench(**settings)

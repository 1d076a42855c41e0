"""Say what every current source does; a driver's test inherits this class and names its model."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

import pytest

from instruments.emulation.control import BenchControlError
from instruments.source import (
    ConnectionClosedError,
    InvalidReadingError,
    OffNotConfirmedError,
    SettingRefusedError,
    SilentInstrumentError,
)
from tests.instruments.fail_safe_contract import FailSafeContract

RESISTANCE_KOHM = 10


class SourceContract(FailSafeContract):
    """Run against the twin of one model with a 10 kOhm resistor.

    `model` names the twin; `driver` the driver, where it has another name.
    """

    model: ClassVar[str]
    driver: ClassVar[str] = ""
    serial: ClassVar[str] = "EMU02450"
    tells_time: ClassVar[bool] = True
    levels_na: ClassVar[tuple[int, ...]] = (10, 1_230, -500_000, 999_990, 1_000_000)

    @pytest.fixture
    def bench(self, start_bench: Any) -> Any:
        return start_bench(
            model=self.model,
            driver=self.driver or self.model,
            clock="lockstep",
            load="resistor",
            resistance_ohm=RESISTANCE_KOHM * 1e3,
        )

    @pytest.fixture
    def configured(self, bench: Any) -> Any:
        """Give a bench configured for 1 mA at 20 V."""
        source = bench.source
        source.configure(
            source.capabilities.smallest_settings(
                peak_current_na=1_000_000,
                compliance_uv=20_000_000,
            ),
        )
        return bench

    @pytest.fixture
    def on(self, configured: Any) -> Any:
        """Give a configured bench with the output on."""
        configured.source.switch_on()
        return configured

    def test_declares_itself(self, bench: Any) -> None:
        declared = bench.source.capabilities
        assert declared.driver == (self.driver or self.model)
        assert 20 <= declared.tick_ms <= 200
        assert declared.max_compliance_uv <= 60_000_000
        assert list(declared.current_ranges_na) == sorted(declared.current_ranges_na)
        assert len(declared.current_resolutions_na) == len(declared.current_ranges_na)
        assert (declared.tier.value == "C") == (declared.worst_case_off_s is None)
        assert bench.source.identity.serial == self.serial

    def test_configures_and_reads_back(self, bench: Any) -> None:
        declared = bench.source.capabilities
        wanted = declared.smallest_settings(
            peak_current_na=1_200_000,
            compliance_uv=min(35_000_000, declared.max_compliance_uv),
        )
        assert bench.source.configure(wanted) == wanted
        assert bench.source.read_settings() == wanted
        assert bench.source.drain_errors() == ()
        assert bench.source.read_output_on() is False

    def test_switches_on_at_zero(self, on: Any) -> None:
        assert on.source.read_output_on() is True
        assert on.control.state()["level"] == 0.0

    def test_applies_a_level_and_reads_it(self, on: Any) -> None:
        declared = on.source.capabilities
        step_na = declared.resolution_na(on.source.read_settings().current_range_na)
        for tick, level_na in enumerate(self.levels_na, start=1):
            on.control.advance(50 * tick)
            reading = on.source.apply_and_read(level_na)
            bound_na = abs(level_na) * 5e-4 + self.offset_na + step_na
            assert on.control.state()["level"] == pytest.approx(level_na * 1e-9, abs=1e-15)
            assert reading.output_on
            assert not reading.limited
            if declared.measures_current:
                assert abs(reading.current_na - level_na) <= bound_na
            if declared.measures_voltage:
                missed_uv = abs(reading.voltage_uv - level_na * RESISTANCE_KOHM)
                assert missed_uv <= bound_na * 10 + 6_000

    def test_time_advances_with_every_reading(self, on: Any) -> None:
        times = []
        for tick in range(1, 5):
            on.control.advance(50 * tick)
            times.append(on.source.apply_and_read(1_000).instrument_time_us)
        steps_us = [later - earlier for earlier, later in pairwise(times)]
        if self.tells_time:
            assert steps_us == pytest.approx([50_000] * 3, rel=0.1)
        else:
            assert min(steps_us) > 0

    def test_refuses_a_level_beyond_its_range(self, on: Any) -> None:
        on.source.apply_and_read(500_000)
        with pytest.raises(SettingRefusedError, match="level_na"):
            on.source.apply_and_read(on.source.read_settings().current_range_na + 1)
        assert on.control.state()["current_na"] == pytest.approx(500_000, abs=250 + self.offset_na)

    def test_refuses_before_it_is_configured(self, bench: Any) -> None:
        with pytest.raises(SettingRefusedError):
            bench.source.apply_and_read(0)
        with pytest.raises(SettingRefusedError):
            bench.source.switch_on()
        assert bench.control.state()["output_on"] is False

    def test_flags_the_compliance(self, on: Any) -> None:
        declared = on.source.capabilities
        if not (declared.measures_voltage and declared.measures_current):
            pytest.skip("it measures nothing by itself")
        on.control.fault("open_lead")
        reading = on.source.apply_and_read(100_000)
        assert reading.limited
        assert reading.voltage_uv == pytest.approx(20_000_000, rel=1e-3)
        assert abs(reading.current_na) < 50 + self.offset_na

    @pytest.mark.parametrize("compliance_uv", [60_000_001, 0, -1])
    def test_refuses_a_compliance_out_of_bounds(self, bench: Any, compliance_uv: int) -> None:
        with pytest.raises(SettingRefusedError, match="compliance_uv"):
            bench.source.capabilities.smallest_settings(
                peak_current_na=1_000,
                compliance_uv=compliance_uv,
            )

    def test_detects_a_refused_compliance(self, bench: Any) -> None:
        declared = bench.source.capabilities
        first = declared.smallest_settings(peak_current_na=1_000_000, compliance_uv=20_000_000)
        bench.source.configure(first)
        bench.control.fault("refused_compliance")
        second = declared.smallest_settings(peak_current_na=1_000_000, compliance_uv=5_000_000)
        with pytest.raises(SettingRefusedError, match="20000000"):
            bench.source.configure(second)

    def test_detects_a_level_that_was_not_executed(self, on: Any) -> None:
        on.control.fault("ignored_level")
        with pytest.raises(SettingRefusedError, match="level_na"):
            on.source.apply_and_read(10_000)

    def test_makes_safe_from_any_state(self, on: Any) -> None:
        on.source.apply_and_read(700_000)
        report = on.source.make_safe()
        assert report.output_on is False
        assert report.level_na == 0
        assert on.control.state()["output_on"] is False
        assert on.control.state()["current_na"] == 0
        assert on.source.make_safe().output_on is False

    def test_does_not_believe_an_unconfirmed_off(self, on: Any) -> None:
        on.source.apply_and_read(700_000)
        on.control.fault("output_stuck_on")
        with pytest.raises(OffNotConfirmedError, match="PULL THE LEADS"):
            on.source.make_safe()
        on.control.clear_fault()
        assert on.source.make_safe().output_on is False

    def test_makes_safe_over_a_new_connection(self, on: Any) -> None:
        on.source.apply_and_read(700_000)
        on.control.fault("close_connection")
        report = on.source.make_safe()
        assert report.reconnected
        assert on.control.state()["output_on"] is False

    @pytest.mark.parametrize("cut", ["close_connection", "reset_connection"])
    def test_notices_a_closed_connection(self, on: Any, cut: str) -> None:
        on.control.fault(cut)
        with pytest.raises(ConnectionClosedError):
            on.source.apply_and_read(1_000)
        assert on.control.state()["output_on"] is True

    def test_reports_silence_and_recovers(self, on: Any) -> None:
        on.control.fault("silence")
        with pytest.raises(SilentInstrumentError):
            on.source.apply_and_read(1_000)
        on.control.clear_fault("silence")
        assert on.source.apply_and_read(2_000).output_on

    @pytest.mark.parametrize(
        ("fault", "arguments"),
        [
            ("garbage", {}),
            ("cut_reply", {"bytes": 20}),
            ("no_reading", {"token": "9.91E+37"}),
            ("no_reading", {"token": "-9.9e37", "field": "SOUR"}),
            ("no_reading", {"token": "NAN"}),
            ("no_reading", {"token": ""}),
            ("no_reading", {"token": "+OVLD"}),
            ("no_reading", {"token": "1_000"}),
            ("locale_comma", {}),
        ],
    )
    def test_refuses_what_is_no_reading(self, on: Any, fault: str, arguments: Any) -> None:
        on.control.fault(fault, **arguments)
        with pytest.raises(InvalidReadingError):
            on.source.apply_and_read(1_000)
        on.control.clear_fault()
        assert on.source.apply_and_read(2_000).output_on

    def test_never_takes_a_late_reply_for_the_next_answer(self, on: Any) -> None:
        on.source.apply_and_read(100_000)
        on.control.fault("late_reply", ms=600)
        with pytest.raises(SilentInstrumentError):
            on.source.apply_and_read(200_000)
        on.control.clear_fault("late_reply")
        reading = on.source.apply_and_read(900_000)
        assert reading.current_na == pytest.approx(900_000, rel=1e-3, abs=self.offset_na)

    def test_ignores_a_doubled_reply(self, on: Any) -> None:
        on.control.fault("double_reply")
        for level_na in (100_000, 200_000, 300_000):
            reading = on.source.apply_and_read(level_na)
            assert reading.current_na == pytest.approx(level_na, rel=5e-3, abs=self.offset_na)

    def test_drains_its_errors(self, bench: Any) -> None:
        bench.control.fault("push_error", code=-310)
        bench.control.fault("push_error", code=-222)
        assert [entry.split(",")[0] for entry in bench.source.drain_errors()] == ["-310", "-222"]
        assert bench.source.drain_errors() == ()

    def test_reads_the_interlock(self, bench: Any) -> None:
        assert bench.source.read_interlock_closed() is True
        bench.control.fault("interlock_open")
        assert bench.source.read_interlock_closed() is False

    def test_sees_a_front_panel_change(self, on: Any) -> None:
        before = on.source.read_settings()
        on.source.apply_and_read(0)
        on.control.fault("front_panel", range_na=10_000_000)
        assert on.source.read_settings() != before
        on.control.fault("front_panel", autorange=True)
        with pytest.raises(SettingRefusedError, match="autorange"):
            on.source.read_settings()

    def test_sees_a_reboot(self, on: Any) -> None:
        on.control.fault("reboot")
        with pytest.raises(ConnectionClosedError):
            on.source.apply_and_read(1_000)
        assert on.control.state()["output_on"] is False

    def test_the_control_port_refuses_nonsense(self, bench: Any) -> None:
        with pytest.raises(BenchControlError, match="no fault named"):
            bench.control.fault("gremlins")
        with pytest.raises(BenchControlError, match="takes no"):
            bench.control.fault("short", volts=3)
        with pytest.raises(BenchControlError, match="lies before now"):
            bench.control.advance(-1)

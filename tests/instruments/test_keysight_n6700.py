from __future__ import annotations

from typing import Any

import pytest

from instruments.catalog import open_sources
from instruments.errors import SettingRefusedError, WrongInstrumentError
from instruments.source import OffState, SourceSettings
from tests.instruments.contract import SourceContract

SETTINGS = SourceSettings(
    current_range_na=1_000_000,
    compliance_uv=10_000_000,
    voltage_range_uv=20_000_000,
    protection_uv=11_000_000,
)


class TestKeysightN6700(SourceContract):
    model = "keysight-n6700"
    serial = "EMUN6700"
    offset_na = 5_000
    tells_time = False

    @pytest.mark.parametrize(
        ("fault", "arguments"),
        [
            ("garbage", {}),
            ("cut_reply", {"bytes": 20}),
            ("no_reading", {"token": "9.91E+37"}),
            ("no_reading", {"token": "-9.9e37", "field": "SOUR"}),
            ("no_reading", {"token": "NAN"}),
            ("no_reading", {"token": ""}),
            ("locale_comma", {}),
        ],
    )
    def test_refuses_what_is_no_reading(self, on: Any, fault: str, arguments: Any) -> None:
        super().test_refuses_what_is_no_reading(on, fault, arguments)

    def test_sees_a_front_panel_change(self, on: Any) -> None:
        before = on.source.read_settings()
        on.control.fault("front_panel", range_na=100_000_000)
        assert on.source.read_settings() != before
        on.control.fault("front_panel", autorange=True)
        with pytest.raises(SettingRefusedError, match="autorange"):
            on.source.read_settings()

    def test_a_tripped_output_counts_as_off_though_programmed_on(self, on: Any) -> None:
        on.control.advance(3_000)
        assert on.source._link.query(":OUTP? (@1)") == "1"
        assert on.source.read_output_on() is False
        assert on.source.apply_and_read(0).output_on is False

    def test_clearing_a_trip_does_not_bring_an_old_level_back(self, on: Any) -> None:
        on.source.apply_and_read(300_000)
        on.control.advance(3_000)
        on.source.switch_on()
        assert on.source.read_output_on() is True
        assert on.control.state()["level"] == 0.0

    def test_sees_the_watchdog_taken_away(self, on: Any) -> None:
        on.source._link.write(":OUTP:PROT:WDOG OFF")
        with pytest.raises(SettingRefusedError, match="watchdog"):
            on.source.read_settings()
        on.source._link.write(":OUTP:PROT:WDOG ON;:OUTP:PROT:WDOG:DEL 60")
        with pytest.raises(SettingRefusedError, match="watchdog delay"):
            on.source.read_settings()

    def test_the_inhibit_input_ends_the_current(self, on: Any) -> None:
        on.source.apply_and_read(300_000)
        on.control.fault("interlock_open")
        assert on.source.apply_and_read(300_000).output_on is False
        assert on.control.state()["current_na"] == 0

    def test_without_inhibit_there_is_no_interlock(self, bench: Any) -> None:
        bench.source._link.write(":OUTP:INH:MODE OFF")
        assert bench.source.read_interlock_closed() is None

    @pytest.mark.parametrize("off_state", [OffState.HIGH_IMPEDANCE, OffState.ZERO])
    def test_leaves_the_terminals_as_asked(self, bench: Any, off_state: OffState) -> None:
        values = {name: getattr(SETTINGS, name) for name in SourceSettings.__slots__}
        bench.source.configure(SourceSettings(**{**values, "off_state": off_state}))
        assert bench.source.make_safe().off_state is off_state

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("compliance_uv", 21_000_000),
            ("current_range_na", 3_000_000_000),
            ("protection_uv", None),
            ("off_state", OffState.GUARD),
        ],
    )
    def test_refuses_what_it_cannot_set(self, bench: Any, field: str, value: Any) -> None:
        values = {name: getattr(SETTINGS, name) for name in SourceSettings.__slots__}
        with pytest.raises(SettingRefusedError, match=field):
            bench.source.configure(SourceSettings(**{**values, field: value}))

    def test_two_channels_share_one_connection_and_one_watchdog(self, start: Any) -> None:
        twin = start(self.model, clock="lockstep", load="resistor")
        first, second = open_sources(twin.resource, channels=(1, 2))
        for source in (first, second):
            source.configure(SETTINGS)
            source.switch_on()
        assert first.apply_and_read(200_000).output_on
        assert second.apply_and_read(-100_000).current_na == pytest.approx(-100_000, abs=6_000)
        assert first.make_safe().output_on is False
        assert second.read_output_on() is True
        assert second.make_safe().output_on is False
        first.close()
        second.close()

    def test_an_empty_slot_is_refused(self, start: Any) -> None:
        twin = start(self.model, clock="lockstep", load="resistor")
        with pytest.raises(WrongInstrumentError, match="channel 5"):
            open_sources(twin.resource, channels=(1, 5))

from __future__ import annotations

from binascii import crc_hqx
from typing import Any

import pytest

from instruments.catalog import open_source
from instruments.errors import SettingRefusedError, SilentInstrumentError
from instruments.source import SourceSettings
from tests.instruments.contract import SourceContract

SETTINGS = SourceSettings(
    current_range_na=1_000_000,
    compliance_uv=20_000_000,
    voltage_range_uv=36_000_000,
)


class TestHowlandPump(SourceContract):
    model = "howland-pump"
    serial = "EMUPUMP"
    offset_na = 2_000

    @pytest.mark.parametrize(
        ("fault", "arguments"),
        [
            ("garbage", {}),
            ("cut_reply", {"bytes": 3}),
            ("cut_reply", {"bytes": 20}),
            ("no_reading", {"token": "9.91E+37"}),
            ("no_reading", {"token": "NAN", "field": "SOUR"}),
            ("no_reading", {"token": ""}),
            ("no_reading", {"token": "1_000"}),
        ],
    )
    def test_refuses_what_is_no_reading(self, on: Any, fault: str, arguments: Any) -> None:
        super().test_refuses_what_is_no_reading(on, fault, arguments)

    def test_sees_a_front_panel_change(self, on: Any) -> None:
        before = on.source.read_settings()
        on.control.fault("front_panel", range_na=10_000_000)
        assert on.source.read_settings() != before

    def test_every_line_but_its_name_is_framed(self, start: Any) -> None:
        twin = start(self.model, clock="lockstep", load="resistor")
        lines: list[tuple[str, str]] = []
        source = open_source(
            twin.resource, transcript=lambda way, line: lines.append((way, line.strip()))
        )
        source.configure(SETTINGS)
        source.switch_on()
        source.apply_and_read(123_450)
        source.make_safe()
        source.close()
        assert lines[0] == (">", "*IDN?")
        for _, line in lines[2:]:
            body, _, total = line.rpartition("#")
            assert crc_hqx(body.encode(), 0xFFFF) == int(total, 16)

    def test_a_corrupted_level_is_never_executed(self, on: Any) -> None:
        on.source.apply_and_read(100_000)
        with pytest.raises(SilentInstrumentError):
            on.source._link.exchange("7;CURR 900000#0000", "7;")
        assert on.control.state()["level"] == pytest.approx(1e-4)
        assert [entry[:4] for entry in on.source.drain_errors()] == ["-101"]

    def test_a_lease_that_was_changed_is_seen(self, on: Any) -> None:
        on.source._query("LEAS 10000")
        with pytest.raises(SettingRefusedError, match="lease_ms"):
            on.source.read_settings()

    def test_the_interlock_ends_the_current(self, on: Any) -> None:
        on.source.apply_and_read(100_000)
        on.control.fault("interlock_open")
        assert on.control.state()["current_na"] == 0
        on.control.clear_fault()
        assert on.control.state()["output_on"] is False

    def test_tells_its_day_of_calibration(self, bench: Any) -> None:
        assert bench.source.calibration_date == "2026-05-04"

    def test_four_wire_is_refused(self, bench: Any) -> None:
        values = {name: getattr(SETTINGS, name) for name in SourceSettings.__slots__}
        with pytest.raises(SettingRefusedError, match="four_wire"):
            bench.source.configure(SourceSettings(**{**values, "four_wire": True}))

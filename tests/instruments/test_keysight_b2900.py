from __future__ import annotations

from typing import Any

import pytest

from instruments.catalog import open_source, open_sources
from instruments.errors import SettingRefusedError, WrongInstrumentError
from instruments.keysight_b2900_setup import capabilities_of
from instruments.source import SourceSettings
from tests.instruments.contract import SourceContract

SETTINGS = SourceSettings(
    current_range_na=1_000_000,
    compliance_uv=20_000_000,
    voltage_range_uv=20_000_000,
)


class TestKeysightB2900(SourceContract):
    model = "keysight-b2900"
    serial = "EMUB2902"

    def test_never_lets_a_measurement_switch_on(self, bench: Any) -> None:
        bench.source.configure(SETTINGS)
        bench.source._link.write(":OUTP1:ON:AUTO 1")
        with pytest.raises(SettingRefusedError, match="automatic output on"):
            bench.source.read_settings()
        bench.source.configure(SETTINGS)
        assert bench.source._link.query(":OUTP1:ON:AUTO?") == "0"

    def test_a_voltage_limited_start_does_not_trip(self, on: Any) -> None:
        on.control.fault("resistance_step", factor=100.0)
        reading = on.source.apply_and_read(300_000)
        assert reading.limited
        assert reading.output_on
        assert on.source.read_output_on() is True

    def test_never_sends_read_autorange_or_reset(self, start: Any) -> None:
        twin = start(self.model, clock="lockstep", load="resistor")
        sent: list[str] = []
        source = open_source(twin.resource, transcript=lambda _, text: sent.append(text.upper()))
        source.configure(SETTINGS)
        source.switch_on()
        source.apply_and_read(1_000)
        source.make_safe()
        source.close()
        assert not [text for text in sent if "READ" in text or "AUTO 1" in text or "*RST" in text]

    def test_says_that_a_program_plays(self, configured: Any) -> None:
        source = configured.source
        source.load_program((100_000, 200_000), 50)
        source.start_program()
        configured.control.advance(99)
        assert source.read_program().running is True
        assert source.read_output_on() is True
        configured.control.advance(200)
        report = source.read_program()
        assert report.running is False
        times_us = [reading.instrument_time_us for reading in report.readings]
        assert times_us[1] - times_us[0] == 50_000

    def test_its_time_goes_on_where_its_timer_starts_anew(self, on: Any) -> None:
        on.control.advance(5_000)
        before_us = on.source.apply_and_read(0).instrument_time_us
        on.source._link.write(":SYST:TIME:TIM:COUN:RES")
        on.control.advance(5_050)
        assert on.source.apply_and_read(0).instrument_time_us == before_us + 50_000

    def test_an_instrument_that_stays_idle_is_noticed(self, configured: Any) -> None:
        source = configured.source
        source.load_program((100_000,), 50)
        source._link.write(":SOUR1:CURR:MODE FIX")
        with pytest.raises(SettingRefusedError, match="idle"):
            source.start_program()
        assert source.make_safe().output_on is False

    def test_two_channels_play_at_the_same_time(self, start_bench: Any) -> None:
        bench = start_bench(model=self.model, clock="lockstep", load="resistor")
        bench.source.close()
        sources = open_sources(bench.twin.resource, channels=(1, 2))
        for source, level_na in zip(sources, (100_000, -200_000), strict=True):
            source.configure(SETTINGS)
            source.load_program((level_na,) * 4, 50)
        for source in sources:
            source.start_program()
        bench.control.advance(300)
        played = [source.read_program() for source in sources]
        assert [report.running for report in played] == [False, False]
        for report, level_na in zip(played, (100_000, -200_000), strict=True):
            assert [one.current_na for one in report.readings] == pytest.approx(
                [level_na] * 4, abs=300
            )
        sources[0].close()

    def test_a_third_channel_is_refused(self, start: Any) -> None:
        twin = start(self.model, clock="lockstep", load="resistor")
        with pytest.raises(WrongInstrumentError, match="channel"):
            open_sources(twin.resource, channels=(1, 3))


@pytest.mark.parametrize(
    ("model", "channels"), [("B2901A", 1), ("B2902A", 2), ("B2961A", 1), ("B2962B", 2)]
)
def test_the_model_tells_its_channels(model: str, channels: int) -> None:
    assert capabilities_of(model).channels == channels

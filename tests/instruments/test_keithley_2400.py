from __future__ import annotations

import os
import time
from itertools import pairwise
from typing import Any, ClassVar

import pytest

from instruments.catalog import open_source
from instruments.emulation.description import BenchSettings
from instruments.emulation.launch import start_bench
from instruments.errors import SettingRefusedError, SilentInstrumentError
from instruments.keithley_2400 import Keithley2400
from instruments.keithley_2400_program import measuring_ms
from instruments.keithley_2400_setup import capabilities_of
from instruments.source import SourceSettings
from tests.instruments.contract import SourceContract

SETTINGS = SourceSettings(
    current_range_na=1_000_000,
    compliance_uv=20_000_000,
    voltage_range_uv=20_000_000,
    protection_uv=40_000_000,
)


class TestKeithley2400(SourceContract):
    model = "keithley-2400"
    serial: ClassVar[str] = "EMU02400"

    def test_never_sends_what_switches_the_output_on_or_autoranges(self, start: Any) -> None:
        twin = start(model=self.model, clock="lockstep", load="resistor")
        sent: list[str] = []
        source = open_source(
            twin.resource,
            transcript=lambda way, text: sent.append(text.upper()) if way == ">" else None,
        )
        source.configure(SETTINGS)
        source.switch_on()
        source.apply_and_read(0)
        source.make_safe()
        source.load_program((1_000, 2_000), 50)
        source.close()
        for word in ("MEAS", "CONF", "AUTO ON;", "*RST", "RANG:AUTO ON"):
            assert not [text for text in sent if word in text and "CLE:AUTO ON" not in text], word

    def test_a_reading_with_the_output_off_is_refused(self, configured: Any) -> None:
        with pytest.raises(Exception, match="fields instead of"):
            configured.source.apply_and_read(1_000)
        assert [entry[:4] for entry in configured.source.drain_errors()] == ["+803"]
        assert configured.control.state()["output_on"] is False

    def test_a_loaded_program_is_never_played_by_a_reading(self, on: Any) -> None:
        on.source.load_program((500_000,), 50)
        with pytest.raises(SettingRefusedError, match="level_na"):
            on.source.apply_and_read(1_000)
        on.source.switch_on()
        assert on.source.apply_and_read(1_000).current_na == pytest.approx(1_000, abs=500)

    def test_nothing_can_be_asked_while_a_program_plays(self, configured: Any) -> None:
        source = configured.source
        source.load_program((500_000,) * 4, 50)
        source.start_program()
        for ask in (source.read_output_on, source.read_settings, source.read_interlock_closed):
            with pytest.raises(SilentInstrumentError):
                ask()
        assert source.drain_errors() == ()
        assert source.read_program().running is None
        configured.control.advance(250)
        report = source.read_program()
        assert report.running is False
        assert [reading.limited for reading in report.readings] == [False] * 4

    def test_compliance_in_a_program_is_seen_at_its_end(self, configured: Any) -> None:
        configured.source.load_program((500_000,) * 4, 50)
        configured.source.start_program()
        configured.control.fault("open_lead")
        configured.control.advance(250)
        readings = configured.source.read_program().readings
        assert all(reading.limited for reading in readings)
        assert readings[-1].voltage_uv == pytest.approx(20_000_000, rel=1e-3)

    def test_a_point_lasts_as_long_as_stated(self, configured: Any) -> None:
        configured.source.load_program((1_000,) * 5, 75)
        configured.source.start_program()
        configured.control.advance(1_000)
        times = [one.instrument_time_us for one in configured.source.read_program().readings]
        assert [later - earlier for earlier, later in pairwise(times)] == [75_000] * 4

    def test_above_35_v_the_enable_line_counts(self, bench: Any) -> None:
        source = bench.source
        source.configure(
            source.capabilities.smallest_settings(
                peak_current_na=1_000_000, compliance_uv=50_000_000
            )
        )
        bench.control.fault("interlock_open")
        with pytest.raises(SettingRefusedError, match="802"):
            source.switch_on()
        source.load_program((1_000,) * 5, 50)
        source.start_program()
        assert bench.control.state()["output_on"] is False

    def test_an_opened_enable_line_switches_off(self, bench: Any) -> None:
        source = bench.source
        source.configure(
            source.capabilities.smallest_settings(
                peak_current_na=1_000_000, compliance_uv=50_000_000
            )
        )
        source.switch_on()
        source.apply_and_read(100_000)
        bench.control.fault("interlock_open")
        assert bench.control.state()["current_na"] == 0
        assert source.read_output_on() is False

    def test_the_protection_clamps_a_foreign_compliance(self, configured: Any) -> None:
        link = configured.source._link
        link.write(":SENS:VOLT:RANG:AUTO ON;:SENS:VOLT:PROT 100;:OUTP ON;:SOUR:CURR 1E-3")
        configured.control.fault("open_lead")
        assert configured.control.state()["voltage_uv"] == pytest.approx(40_000_000, rel=1e-6)

    def test_reads_the_day_of_its_calibration(self, bench: Any) -> None:
        assert bench.source.calibration_date == "2026,2,11"


@pytest.mark.parametrize("model", ["keithley-2401", "keithley-2410"])
def test_its_sisters_play_programs_up_to_20_v(start_bench: Any, model: str) -> None:
    bench = start_bench(model=model, driver="keithley-2400", clock="lockstep", load="resistor")
    source = bench.source
    declared = source.capabilities
    assert max(declared.voltage_ranges_uv) == declared.max_compliance_uv == 20_000_000
    with pytest.raises(SettingRefusedError):
        declared.smallest_settings(peak_current_na=1_000, compliance_uv=20_000_001)
    wanted = declared.smallest_settings(peak_current_na=15_000_000, compliance_uv=20_000_000)
    assert source.configure(wanted) == wanted
    source.load_program((1_000_000, -500_000), 50)
    source.start_program()
    bench.control.advance(500)
    played = [reading.current_na for reading in source.read_program().readings]
    assert played == pytest.approx([1_000_000, -500_000], rel=5e-3, abs=30_000)
    assert source.make_safe().output_on is False


def test_models_with_a_letter_behind_are_the_same() -> None:
    assert capabilities_of("MODEL 2400-C") == capabilities_of("MODEL 2400")


@pytest.mark.parametrize(("nplc_milli", "ms"), [(10, 3), (500, 22), (1_000, 42)])
def test_a_point_is_at_least_as_long_as_its_measurement(nplc_milli: int, ms: int) -> None:
    values = {name: getattr(SETTINGS, name) for name in SourceSettings.__slots__}
    assert measuring_ms(SourceSettings(**{**values, "nplc_milli": nplc_milli})) == ms


@pytest.mark.real_time
@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo-terminals here")
def test_a_program_is_read_whole_over_a_serial_line() -> None:
    instrument = {
        "name": "s", "model": "keithley-2400", "loads": ["cell"], "serial_line": True
    }  # fmt: skip
    bench = start_bench(
        BenchSettings.from_plain(
            {"loads": {"cell": {"kind": "resistor"}}, "instruments": [instrument]}
        ),
        stay=True,
    )
    try:
        source = open_source(bench.resources["s"], driver="keithley-2400", timeout_ms=2_000)
        source.configure(SETTINGS)
        assert isinstance(source, Keithley2400)
        source.load_program((100_000,) * 20, 50)
        source.start_program()
        deadline = time.monotonic() + 10.0
        while (report := source.read_program()).running is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(report.readings) == 20
        source.load_program((100_000,) * 100, 50)
        source.start_program()
        assert source.make_safe().output_on is False
        source.close()
    finally:
        bench.stop()

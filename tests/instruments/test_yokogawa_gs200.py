from __future__ import annotations

from typing import Any

import pytest

from instruments.catalog import open_source
from instruments.emulation.control import BenchControl
from instruments.emulation.description import BenchSettings
from instruments.emulation.launch import start_bench
from instruments.errors import SettingRefusedError
from instruments.meter import CompanionMeters
from instruments.meter_catalog import open_meter
from instruments.source import SourceSettings
from tests.instruments.contract import SourceContract

SETTINGS = SourceSettings(
    current_range_na=1_000_000,
    compliance_uv=20_000_000,
    voltage_range_uv=30_000_000,
    nplc_milli=1_000,
)


class TestYokogawaGS200(SourceContract):
    model = "yokogawa-gs200"
    serial = "EMUGS200"
    tells_time = False

    def test_flags_the_compliance(self, on: Any) -> None:
        on.control.fault("open_lead")
        reading = on.source.apply_and_read(-100_000)
        assert reading.limited
        assert reading.voltage_uv == pytest.approx(-20_000_000, rel=1e-3)

    def test_reads_the_interlock(self, bench: Any) -> None:
        assert bench.source.read_interlock_closed() is None

    def test_sees_a_front_panel_change(self, on: Any) -> None:
        before = on.source.read_settings()
        on.control.fault("front_panel", range_na=10_000_000)
        assert on.source.read_settings() != before

    @pytest.mark.parametrize(
        ("fault", "arguments"),
        [
            ("garbage", {}),
            ("cut_reply", {"bytes": 20}),
            ("no_reading", {"token": "9.91E+37"}),
            ("no_reading", {"token": "NAN"}),
            ("no_reading", {"token": ""}),
            ("no_reading", {"token": "+OVLD"}),
            ("locale_comma", {}),
        ],
    )
    def test_refuses_what_is_no_reading(self, on: Any, fault: str, arguments: Any) -> None:
        super().test_refuses_what_is_no_reading(on, fault, arguments)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("compliance_uv", 20_500_000),
            ("compliance_uv", 31_000_000),
            ("nplc_milli", 1_500),
            ("nplc_milli", 500),
            ("current_range_na", 200_000_000),
        ],
    )
    def test_refuses_what_it_cannot_set(self, bench: Any, field: str, value: int) -> None:
        values = {name: getattr(SETTINGS, name) for name in SourceSettings.__slots__}
        with pytest.raises(SettingRefusedError, match=field):
            bench.source.configure(SourceSettings(**{**values, field: value}))
        assert bench.control.state()["output_on"] is False

    def test_switches_its_guard_terminal_off(self, bench: Any) -> None:
        bench.source._link.write(":SENS:GUAR 1")
        bench.source.configure(SETTINGS)
        assert bench.source._link.query(":SENS:GUAR?") == "0"

    def test_a_program_in_its_memory_is_stopped_and_made_safe(self, on: Any) -> None:
        on.source._link.write(
            ":PROG:EDIT:STAR;:SOUR:LEV 5E-4;:SOUR:LEV 1E-4;:PROG:EDIT:END;"
            ":PROG:INT 1;:PROG:SLOP 0;:PROG:REP 1;:PROG:RUN"
        )
        on.control.advance(500)
        assert on.control.state()["current_na"] == pytest.approx(500_000, rel=1e-3)
        assert on.source.make_safe().output_on is False
        assert on.control.state()["output_on"] is False


@pytest.fixture
def shunted() -> Any:
    """Give a GS200 on 10 kOhm with a 34461A over 100 Ohm in series."""
    bench = start_bench(
        BenchSettings.from_plain(
            {
                "loads": {"cell": {"kind": "resistor", "resistance_ohm": 10_000.0}},
                "instruments": [
                    {"name": "source", "model": "yokogawa-gs200", "loads": ["cell"]},
                    {
                        "name": "amperes",
                        "model": "keysight-34461a",
                        "taps": [{"load": "cell", "shunt_ohm": 100.0}],
                    },
                ],
                "lockstep": True,
            }
        )
    )
    meter = open_meter(bench.resources["amperes"])
    meters = CompanionMeters(current=meter, shunt_mohm=100_000)
    source = open_source(bench.resources["source"], driver="yokogawa-gs200", meters=meters)
    control = BenchControl(bench.control_port)
    yield source, control
    for one in (source, meter, control):
        one.close()
    bench.stop()


def test_a_meter_over_a_shunt_sees_what_the_source_cannot(shunted: Any) -> None:
    source, control = shunted
    assert source.capabilities.measures_current
    assert source.capabilities.measures_voltage
    source.configure(SETTINGS)
    source.switch_on()
    assert source.apply_and_read(500_000).current_na == pytest.approx(500_000, rel=5e-3)
    control.fault("gain_error", factor=1.1)
    reading = source.apply_and_read(500_000)
    assert reading.current_na == pytest.approx(550_000, rel=5e-3)
    assert reading.voltage_uv == pytest.approx(5_555_000, rel=5e-3)
    assert source.make_safe().output_on is False

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from instruments.catalog import open_source
from instruments.emulation.control import BenchControl
from instruments.emulation.description import BenchSettings
from instruments.emulation.launch import start_bench
from instruments.errors import InvalidReadingError, SettingRefusedError
from instruments.meter import CompanionMeters
from instruments.meter_catalog import open_meter
from tests.instruments.contract import SourceContract
from tests.instruments.fail_safe_contract import LEVEL_NA, POINT_MS, after_worst_case

SHUNT_OHM = 100.0


class TestKeithley6221(SourceContract):
    model = "keithley-6221"
    serial: ClassVar[str] = "EMU06221"
    offset_na: ClassVar[int] = 1_000
    tells_time: ClassVar[bool] = False

    @pytest.mark.parametrize(
        ("fault", "arguments"), [("garbage", {}), ("cut_reply", {"bytes": 20})]
    )
    def test_refuses_what_is_no_reading(self, on: Any, fault: str, arguments: Any) -> None:
        on.control.fault(fault, **arguments)
        with pytest.raises(InvalidReadingError):
            on.source.apply_and_read(1_000)
        on.control.clear_fault()
        assert on.source.apply_and_read(2_000).output_on

    def test_a_program_ends_with_the_wire_cut(self, player: Any) -> None:
        """End at zero; the output of a finished sweep stays on there."""
        points = round(player.source.capabilities.worst_case_off_s * 900) // POINT_MS
        player.source.load_program((LEVEL_NA,) * points, POINT_MS)
        player.source.start_program()
        player.control.fault("close_connection")
        state = after_worst_case(player)
        assert state["level"] == 0.0
        assert abs(state["current_na"]) < self.offset_na

    def test_says_off_behind_a_program_that_stands_at_zero(self, player: Any) -> None:
        player.source.load_program((LEVEL_NA,) * 3, POINT_MS)
        player.source.start_program()
        assert player.source.read_output_on() is True
        after_worst_case(player)
        assert player.source.read_output_on() is False
        assert player.source.read_program().running is False
        assert player.control.state()["output_on"] is False

    def test_reads_the_compliance_bit_in_every_tick(self, on: Any) -> None:
        on.control.fault("open_lead")
        assert on.source.apply_and_read(100_000).limited
        on.control.clear_fault()
        assert not on.source.apply_and_read(100_000).limited

    def test_is_blind_without_meters(self, bench: Any) -> None:
        declared = bench.source.capabilities
        assert not declared.measures_voltage
        assert not declared.measures_current

    def test_an_open_interlock_switches_off(self, on: Any) -> None:
        on.source.apply_and_read(100_000)
        on.control.fault("interlock_open")
        assert on.control.state()["current_na"] == 0
        with pytest.raises(SettingRefusedError, match="802"):
            on.source.switch_on()

    def test_refuses_an_earthed_low_terminal(self, configured: Any) -> None:
        configured.source._link.write(":OUTP:LTE 1")
        with pytest.raises(SettingRefusedError, match="earth"):
            configured.source.read_settings()


@pytest.fixture
def metered() -> Any:
    """Give a 6221 on 10 kOhm with a 2182A across it and a 34461A over 100 Ohm in series."""
    bench = start_bench(
        BenchSettings.from_plain(
            {
                "loads": {"cell": {"kind": "resistor", "resistance_ohm": 10_000.0}},
                "instruments": [
                    {"name": "source", "model": "keithley-6221", "loads": ["cell"]},
                    {"name": "volts", "model": "keithley-2182a", "taps": [{"load": "cell"}]},
                    {
                        "name": "amperes",
                        "model": "keysight-34461a",
                        "taps": [{"load": "cell", "shunt_ohm": SHUNT_OHM}],
                    },
                ],
                "lockstep": True,
            }
        )
    )
    meters = CompanionMeters(
        voltage=open_meter(bench.resources["volts"]),
        current=open_meter(bench.resources["amperes"]),
        shunt_mohm=round(SHUNT_OHM * 1_000),
    )
    source = open_source(bench.resources["source"], driver="keithley-6221", meters=meters)
    source.configure(
        source.capabilities.smallest_settings(peak_current_na=1_000_000, compliance_uv=20_000_000)
    )
    control = BenchControl(bench.control_port)
    yield source, control
    for one in (source, meters.voltage, meters.current, control):
        one.close()
    bench.stop()


def test_meters_read_voltage_and_current_for_it(metered: Any) -> None:
    source, control = metered
    assert source.capabilities.measures_voltage
    assert source.capabilities.measures_current
    source.switch_on()
    reading = source.apply_and_read(500_000)
    assert reading.current_na == pytest.approx(500_000, rel=5e-3)
    assert reading.voltage_uv == pytest.approx(5_050_000, rel=5e-3)
    control.fault("gain_error", factor=1.1)
    assert source.apply_and_read(500_001).current_na == pytest.approx(550_000, rel=5e-3)


def test_meters_follow_a_program_point_by_point(metered: Any) -> None:
    source, control = metered
    levels_na = (100_000, -200_000, 0, 300_000)
    source.load_program(levels_na, POINT_MS)
    source.start_program()
    seen = []
    for point in range(1, 7):
        report = source.read_program()
        seen += [reading.current_na for reading in report.readings]
        if report.running is False:
            break
        control.advance(point * POINT_MS)
    assert report.running is False
    assert seen == pytest.approx(list(levels_na), abs=2_000)


def test_points_that_nobody_asked_for_are_stale(metered: Any) -> None:
    source, control = metered
    source.load_program((100_000,) * 4, POINT_MS)
    source.start_program()
    (first,) = source.read_program().readings
    control.advance(1_000)
    rest = source.read_program().readings
    assert [reading.instrument_time_us for reading in rest] == [first.instrument_time_us] * 3

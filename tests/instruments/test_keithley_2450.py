from __future__ import annotations

from typing import Any

import pytest

from instruments.catalog import open_source
from instruments.errors import SettingRefusedError, WrongInstrumentError
from instruments.keithley_2450 import Keithley2450
from instruments.keithley_2450_setup import CAPABILITIES, configuration
from instruments.orders import amperes
from instruments.scpi_source import check_settings
from instruments.source import OffState, SourceSettings
from tests.instruments.contract import SourceContract

SETTINGS = SourceSettings(
    current_range_na=1_000_000,
    compliance_uv=20_000_000,
    voltage_range_uv=20_000_000,
    protection_uv=40_000_000,
)


class TestKeithley2450(SourceContract):
    model = "keithley-2450"

    def test_sends_one_message_per_tick(self, start: Any) -> None:
        twin = start(clock="lockstep", load="resistor")
        messages: list[tuple[str, str]] = []
        source = open_source(
            twin.resource,
            transcript=lambda way, text: messages.append((way, text)),
        )
        source.configure(SETTINGS)
        source.switch_on()
        del messages[:]
        source.apply_and_read(123_450)
        source.close()
        assert [way for way, _ in messages] == [">", "<"]
        assert ":SOUR:CURR 1.234500000E-4;:READ?" in messages[0][1]

    def test_never_sends_a_measure_query_or_autorange(self, start: Any) -> None:
        twin = start(clock="lockstep")
        sent: list[str] = []
        source = open_source(twin.resource, transcript=lambda _, text: sent.append(text.upper()))
        source.configure(SETTINGS)
        source.switch_on()
        source.apply_and_read(0)
        source.make_safe()
        source.close()
        assert not [text for text in sent if "MEAS" in text or "AUTO ON" in text or "*RST" in text]

    def test_sets_over_voltage_protection_as_second_barrier(self, start_bench: Any) -> None:
        bench = start_bench(clock="lockstep", load="resistor")
        bench.source.configure(SETTINGS)
        assert bench.source._link.query(":SOUR:VOLT:PROT?") == "PROT40"

    def test_reports_a_voltage_held_down_by_the_interlock(self, start_bench: Any) -> None:
        bench = start_bench(clock="lockstep", load="resistor", interlock="open")
        wide = SourceSettings(
            current_range_na=1_000_000,
            compliance_uv=35_000_000,
            voltage_range_uv=200_000_000,
            protection_uv=40_000_000,
        )
        bench.source.configure(wide)
        bench.source.switch_on()
        assert bench.source.read_interlock_closed() is False
        assert [entry[:4] for entry in bench.source.drain_errors()] == ["5074"]

    def test_another_command_set_is_refused(self, start: Any) -> None:
        twin = start(clock="lockstep")

        class Tsp:
            resource = twin.resource

            def query(self, _: str) -> str:
                return "TSP"

        with pytest.raises(WrongInstrumentError, match="command set TSP"):
            Keithley2450(Tsp(), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("current_na", "text"),
    [
        (0, "0.000000000E+0"),
        (10, "1.000000000E-8"),
        (999_999_990, "9.999999900E-1"),
        (-1_234_567, "-1.234567000E-3"),
    ],
)
def test_no_digit_of_a_level_is_lost(current_na: int, text: str) -> None:
    assert amperes(current_na) == text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("current_range_na", 1_000_001),
        ("voltage_range_uv", 1),
        ("compliance_uv", 20_000_001),
        ("compliance_uv", 19_999),
        ("nplc_milli", 9),
        ("nplc_milli", 10_001),
    ],
)
def test_settings_out_of_bounds_are_refused(field: str, value: int) -> None:
    values = {name: getattr(SETTINGS, name) for name in SourceSettings.__slots__}
    with pytest.raises(SettingRefusedError, match=field):
        check_settings(
            CAPABILITIES,
            SourceSettings(**{**values, field: value}),
            nplc_milli=(10, 10_000),
        )


def test_high_impedance_and_two_wire_are_what_is_asked_for_by_default() -> None:
    text = ";".join(configuration(SETTINGS))
    assert ":OUTP:CURR:SMOD HIMP" in text
    assert ":SENS:VOLT:RSEN OFF" in text
    assert SETTINGS.off_state is OffState.HIGH_IMPEDANCE

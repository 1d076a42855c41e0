"""PyMeasure's own drivers, unmodified, on the emulated instruments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pymeasure.instruments import Instrument
from pymeasure.instruments.keithley import (
    Keithley2400,
    Keithley2450,
    Keithley2600,
    Keithley6221,
)
from pymeasure.instruments.yokogawa import YokogawaGS200

CURRENT_A = 5e-4
VOLTAGE_V = 5.0
LOOSE = 0.01

Start = Callable[..., str]


@contextmanager
def connected(driver: Callable[..., Any], resource: str) -> Iterator[Any]:
    ends = {"read_termination": "\n", "write_termination": "\n"}
    unit = driver(resource, visa_library="@py", timeout=3000, **ends)
    try:
        yield unit
    finally:
        unit.adapter.close()


def scpi_errors(unit: Instrument) -> list[str]:
    found = []
    while not (answer := unit.ask(":SYST:ERR?").strip()).lstrip("+").startswith("0"):
        found.append(answer)
    return found


def test_2400(start: Start) -> None:
    with connected(Keithley2400, start("keithley-2400")) as unit:
        assert "2400" in unit.id
        unit.reset()
        unit.apply_current(current_range=1e-3, compliance_voltage=10)
        assert unit.source_current_range == pytest.approx(1e-3)
        assert unit.compliance_voltage == pytest.approx(10)
        unit.measure_voltage(nplc=0.1, voltage=10, auto_range=False)
        unit.enable_source()
        unit.source_current = CURRENT_A
        assert unit.voltage == pytest.approx(VOLTAGE_V, rel=LOOSE)
        unit.shutdown()
        assert not unit.source_enabled
        assert scpi_errors(unit) == []


def test_2400_errors_are_read(start: Start) -> None:
    with connected(Keithley2400, start("keithley-2400")) as unit:
        unit.reset()
        unit.write(":SOUR:CURR 99")
        assert any("222" in error for error in scpi_errors(unit))


def test_2450(start: Start) -> None:
    with connected(Keithley2450, start("keithley-2450")) as unit:
        assert "2450" in unit.id
        unit.reset()
        unit.apply_current(current_range=1e-3, compliance_voltage=10)
        unit.measure_voltage(nplc=0.1, voltage=10, auto_range=False)
        unit.enable_source()
        unit.source_current = CURRENT_A
        assert unit.voltage == pytest.approx(VOLTAGE_V, rel=LOOSE)
        unit.ramp_to_current(1e-4, steps=3, pause=0.01)
        assert unit.voltage == pytest.approx(VOLTAGE_V / 5, rel=LOOSE)
        unit.shutdown()
        assert not unit.source_enabled
        assert scpi_errors(unit) == []


def test_2450_errors_are_read(start: Start) -> None:
    with connected(Keithley2450, start("keithley-2450")) as unit:
        unit.reset()
        unit.write(":SOUR:CURR:RANG 99")
        assert any("222" in error for error in scpi_errors(unit))


def test_2600_both_channels(start: Start) -> None:
    with connected(Keithley2600, start("keithley-2600")) as unit:
        for channel in (unit.ChA, unit.ChB):
            channel.source_mode = "current"
            channel.source_current_range = 1e-3
            channel.compliance_voltage = 20
            channel.source_current = CURRENT_A
            channel.source_output = "ON"
            assert channel.voltage == pytest.approx(VOLTAGE_V, rel=LOOSE)
            assert channel.current == pytest.approx(CURRENT_A, rel=LOOSE)
            channel.shutdown()
            assert channel.source_output == "OFF"
        assert unit.next_error[0] == 0


def test_2600_errors_are_read(start: Start) -> None:
    with connected(Keithley2600, start("keithley-2600")) as unit:
        unit.write("smua.source.leveli = 99")
        assert unit.next_error[0] != 0
        assert unit.next_error[0] == 0


def test_6221(start: Start) -> None:
    with connected(Keithley6221, start("keithley-6221")) as unit:
        assert "6221" in unit.id
        unit.reset()
        unit.source_auto_range = False
        unit.source_range = 1e-3
        unit.source_compliance = 10
        unit.source_current = CURRENT_A
        unit.enable_source()
        assert unit.source_current == pytest.approx(CURRENT_A)
        assert unit.source_compliance == pytest.approx(10)
        assert unit.source_enabled
        unit.shutdown()
        assert not unit.source_enabled
        assert scpi_errors(unit) == []


def test_6221_refuses_the_waveforms_it_does_not_emulate(start: Start) -> None:
    with connected(Keithley6221, start("keithley-6221")) as unit:
        unit.reset()
        unit.waveform_function = "square"
        assert scpi_errors(unit) == []
        unit.waveform_arm()
        assert any("-221" in error for error in scpi_errors(unit))


def test_gs200(start: Start) -> None:
    with connected(YokogawaGS200, start("yokogawa-gs200")) as unit:
        unit.source_mode = "current"
        unit.source_range = 1e-3
        unit.voltage_limit = 10
        unit.source_level = CURRENT_A
        unit.source_enabled = True
        assert unit.source_level == pytest.approx(CURRENT_A)
        assert unit.voltage_limit == pytest.approx(10)
        assert unit.source_enabled
        unit.source_enabled = False
        assert not unit.source_enabled
        assert scpi_errors(unit) == []


def test_gs200_errors_are_read(start: Start) -> None:
    with connected(YokogawaGS200, start("yokogawa-gs200")) as unit:
        unit.write(":SOUR:LEV 99")
        assert scpi_errors(unit)

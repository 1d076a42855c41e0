"""QCoDeS's own drivers, unmodified, on the emulated instruments."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from qcodes.instrument import Instrument
from qcodes.instrument_drivers.Keithley import Keithley2400, Keithley2450, Keithley2602B
from qcodes.instrument_drivers.yokogawa import YokogawaGS200

CURRENT_A = 5e-4
VOLTAGE_V = 5.0
LOOSE = 0.01

Start = Callable[..., str]


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    Instrument.close_all()


def scpi_errors(unit: Instrument) -> list[str]:
    found = []
    while not (answer := unit.ask(":SYST:ERR?").strip()).lstrip("+").startswith("0"):
        found.append(answer)
    return found


def test_2400(start: Start) -> None:
    unit = Keithley2400("unit", start("keithley-2400"), visalib="@py", terminator="\n")
    assert unit.get_idn()["serial"]
    unit.reset()
    unit.mode("CURR")
    unit.rangei(1e-3)
    unit.compliancev(10)
    unit.nplcv(0.1)
    unit.curr(CURRENT_A)
    unit.output(1)
    assert unit.volt() == pytest.approx(VOLTAGE_V, rel=LOOSE)
    assert unit.curr() == pytest.approx(CURRENT_A, rel=LOOSE)
    unit.output(0)
    assert not unit.output()
    assert scpi_errors(unit) == []
    unit.write(":SOUR:CURR 99")
    assert scpi_errors(unit)


def test_2450(start: Start) -> None:
    unit = Keithley2450("unit", start("keithley-2450"), visalib="@py")
    unit.reset()
    unit.sense_function("voltage")
    unit.source_function("current")
    unit.source.range(1e-3)
    unit.source.limit(10)
    unit.sense.nplc(0.1)
    unit.sense.auto_range(False)
    unit.sense.range(20)
    unit.source.current(CURRENT_A)
    with unit.output_enabled.set_to(True):
        assert unit.sense.voltage() == pytest.approx(VOLTAGE_V, rel=LOOSE)
    assert not unit.output_enabled()
    assert scpi_errors(unit) == []
    unit.write(":SOUR:CURR:RANG 99")
    assert scpi_errors(unit)


def test_2602b_both_channels(start: Start) -> None:
    unit = Keithley2602B("unit", start("keithley-2600"), visalib="@py")
    unit.reset()
    for channel in (unit.smua, unit.smub):
        channel.mode("current")
        channel.sourcerange_i(1e-3)
        channel.limitv(20)
        channel.nplc(0.1)
        channel.curr(CURRENT_A)
        channel.output("on")
        assert channel.volt() == pytest.approx(VOLTAGE_V, rel=LOOSE)
        assert channel.curr() == pytest.approx(CURRENT_A, rel=LOOSE)
        channel.output("off")
        assert channel.output() is False
    assert unit.ask("errorqueue.next()").startswith("0")
    unit.write("smua.source.leveli = 99")
    assert not unit.ask("errorqueue.next()").startswith("0")


def test_gs200(start: Start) -> None:
    unit = YokogawaGS200("unit", start("yokogawa-gs200"), visalib="@py")
    unit.source_mode("CURR")
    unit.current_range(1e-3)
    unit.voltage_limit(10)
    unit.current(CURRENT_A)
    unit.output("on")
    assert unit.current() == pytest.approx(CURRENT_A)
    assert unit.output() == "on"
    unit.output("off")
    assert unit.output() == "off"
    assert scpi_errors(unit) == []
    unit.write(":SOUR:LEV 99")
    assert scpi_errors(unit)

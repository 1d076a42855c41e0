from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from instruments.catalog import open_source
from instruments.emulation.control import BenchControl
from instruments.emulation.description import BenchSettings
from instruments.emulation.launch import RunningBench, start_bench
from instruments.errors import InvalidReadingError, SettingRefusedError, WrongInstrumentError
from instruments.meter import VoltageMeter
from instruments.meter_catalog import meter_names, open_meter
from instruments.source import CurrentSource

METERS = ("keithley-2182a", "keithley-dmm6500", "keysight-34461a")
WITHIN_MS = 1_000


@dataclass
class MeteredBench:
    """Hold a 2450 that drives one load, a meter beside it, and their control."""

    running: RunningBench
    source: CurrentSource
    control: BenchControl
    messages: list[str] = field(default_factory=list)
    opened: list[VoltageMeter] = field(default_factory=list)

    def drive(self, current_na: int) -> None:
        declared = self.source.capabilities
        self.source.configure(
            declared.smallest_settings(peak_current_na=1_000_000, compliance_uv=35_000_000)
        )
        self.source.switch_on()
        self.source.apply_and_read(current_na)

    def meter(self, driver: str | None = None) -> VoltageMeter:
        self.opened.append(
            open_meter(
                self.running.resources["meter"],
                driver=driver,
                transcript=lambda _, text: self.messages.append(text),
            )
        )
        return self.opened[-1]

    def stop(self) -> None:
        self.source.close()
        for meter in self.opened:
            meter.close()
        self.control.close()
        self.running.stop()


@pytest.fixture
def bench_with() -> Iterator[Callable[..., MeteredBench]]:
    """Start benches with a 10 kOhm resistor or another load, and a meter with given taps."""
    started: list[MeteredBench] = []

    def start(model: str, *taps: dict[str, Any], load: dict[str, Any] | None = None) -> Any:
        settings = BenchSettings.from_plain(
            {
                "loads": {"cell": load or {"kind": "resistor", "resistance_ohm": 10_000.0}},
                "instruments": [
                    {"name": "source", "model": "keithley-2450", "loads": ["cell"]},
                    {
                        "name": "meter",
                        "model": model,
                        "taps": [{"load": "cell", **tap} for tap in taps],
                    },
                ],
                "lockstep": True,
            }
        )
        running = start_bench(settings)
        source = open_source(running.resources["source"])
        control = BenchControl(running.control_port)
        started.append(MeteredBench(running=running, source=source, control=control))
        return started[-1]

    yield start
    for bench in started:
        bench.stop()


@pytest.mark.parametrize("model", METERS)
def test_reads_the_voltage_of_a_load(bench_with: Any, model: str) -> None:
    bench = bench_with(model, {})
    bench.drive(500_000)
    meter = bench.meter(model)
    meter.configure(10_000_000)
    meter.request()
    assert meter.take(WITHIN_MS) == pytest.approx(5_000_000, rel=1e-3)
    assert meter.take() is None
    meter.request()
    bench.source.apply_and_read(-100_000)
    assert meter.take(WITHIN_MS) == pytest.approx(5_000_000, rel=1e-3)


def test_reads_a_current_over_a_shunt(bench_with: Any) -> None:
    bench = bench_with("keysight-34461a", {"shunt_ohm": 100.0})
    bench.drive(500_000)
    meter = bench.meter()
    meter.configure(100_000)
    meter.request()
    assert meter.take(WITHIN_MS) == pytest.approx(50_000, rel=1e-3)


def test_scans_cells_in_series(bench_with: Any) -> None:
    cells = [{"kind": "resistor", "resistance_ohm": 1_000.0 * cell} for cell in range(1, 7)]
    bench = bench_with(
        "keithley-dmm6500",
        *({"cell": cell} for cell in range(1, 7)),
        load={"kind": "series", "cells": cells},
    )
    bench.drive(1_000_000)
    meter = bench.meter()
    meter.configure(10_000_000, inputs=(1, 2, 3, 4, 5, 6))
    seen = []
    for cell in range(1, 7):
        meter.request(cell)
        seen.append(meter.take(WITHIN_MS))
    assert seen == pytest.approx([1_000_000 * cell for cell in range(1, 7)], rel=2e-3)


@pytest.mark.parametrize("model", METERS)
def test_an_overload_is_no_reading(bench_with: Any, model: str) -> None:
    bench = bench_with(model, {})
    bench.drive(1_000_000)
    meter = bench.meter()
    meter.configure(1_000_000)
    meter.request()
    with pytest.raises(InvalidReadingError, match="no reading"):
        meter.take(WITHIN_MS)


@pytest.mark.parametrize(
    ("model", "range_uv", "inputs"),
    [
        ("keithley-2182a", 10_000_001, (2,)),
        ("keithley-2182a", 1_000, (3,)),
        ("keysight-34461a", 1_000, (2,)),
        ("keysight-34461a", 100_000_001, (1,)),
        ("keithley-dmm6500", 1_000, (11,)),
    ],
)
def test_refuses_what_it_has_not(
    bench_with: Any, model: str, range_uv: int, inputs: tuple[int, ...]
) -> None:
    meter = bench_with(model, {}).meter()
    with pytest.raises(SettingRefusedError):
        meter.configure(range_uv, inputs)
    with pytest.raises(SettingRefusedError, match="unconfigured"):
        meter.request()


def test_never_ranges_by_itself_or_measures_otherwise(bench_with: Any) -> None:
    bench = bench_with("keithley-2182a", {}, {})
    meter = bench.meter()
    meter.configure(1_000_000, inputs=(1, 2))
    meter.request(2)
    assert meter.take(WITHIN_MS) == pytest.approx(0, abs=20)
    assert not [text for text in bench.messages if "MEAS" in text or "AUTO ON" in text]


def test_another_instrument_is_refused(bench_with: Any) -> None:
    bench = bench_with("keysight-34461a", {})
    with pytest.raises(WrongInstrumentError, match="keithley-2182a"):
        bench.meter("keithley-2182a")
    with pytest.raises(WrongInstrumentError, match="one of"):
        bench.meter("ohmmeter")
    assert meter_names() == METERS

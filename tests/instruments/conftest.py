"""Start emulated benches for the tests of drivers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from instruments.catalog import open_source
from instruments.emulation.control import BenchControl
from instruments.emulation.launch import RunningTwin, start_twin
from instruments.source import CurrentSource

pytest.register_assert_rewrite("tests.instruments.contract", "tests.instruments.fail_safe_contract")


@dataclass(frozen=True, kw_only=True)
class RunningBench:
    """Hold a twin, its control and a driver connected to it."""

    twin: RunningTwin
    control: BenchControl
    source: CurrentSource


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., RunningTwin]]:
    """Start twins that end with the test."""
    running: list[RunningTwin] = []

    def start_one(model: str = "keithley-2450", **settings: Any) -> RunningTwin:
        settings.setdefault("truth_path", tmp_path / f"truth-{len(running)}.bin")
        running.append(start_twin(model, **settings))
        return running[-1]

    yield start_one
    for twin in running:
        twin.stop()


@pytest.fixture
def start_bench(start: Callable[..., RunningTwin]) -> Iterator[Callable[..., RunningBench]]:
    """Start twins with a driver connected."""
    running: list[RunningBench] = []

    def start_one(
        timeout_ms: int = 500, driver: str | None = None, **settings: Any
    ) -> RunningBench:
        twin = start(**settings)
        control = BenchControl(twin.control_port)
        source = open_source(twin.resource, driver=driver, timeout_ms=timeout_ms)
        running.append(RunningBench(twin=twin, control=control, source=source))
        return running[-1]

    yield start_one
    for bench in running:
        bench.source.close()
        bench.control.close()


@pytest.fixture
def lockstep_bench(start_bench: Callable[..., RunningBench]) -> RunningBench:
    """Give a bench with a 10 kOhm resistor whose time moves when told."""
    return start_bench(clock="lockstep", load="resistor", resistance_ohm=10_000.0)

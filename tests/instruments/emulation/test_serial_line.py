"""A serial line that comes, goes and comes back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from instruments.catalog import open_source
from instruments.emulation.bench import Bench
from instruments.emulation.control import BenchControl
from instruments.emulation.description import BenchSettings
from instruments.emulation.launch import RunningBench, start_bench
from instruments.errors import InstrumentError
from iontophoresis.bench_instruments import VISA_PATTERN

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo-terminals here"),
]


@pytest.fixture
def pump() -> Iterator[RunningBench]:
    settings = BenchSettings.from_plain(
        {
            "loads": {"cell": {"kind": "resistor"}},
            "instruments": [
                {"name": "pump", "model": "howland-pump", "loads": ["cell"], "serial_line": True}
            ],
        }
    )
    assert Bench(settings).first.name == "pump"
    bench = start_bench(settings, stay=True)
    yield bench
    bench.stop()


def test_a_driver_speaks_over_it(pump: RunningBench) -> None:
    resource = pump.resources["pump"]
    assert resource.startswith("ASRL/")
    assert VISA_PATTERN.fullmatch(resource)
    source = open_source(resource, driver="howland-pump", timeout_ms=2000)
    assert source.identity.serial == "EMUPUMP"
    source.make_safe()
    assert not source.read_output_on()
    source.close()


def test_unplugged_it_vanishes_and_comes_back(pump: RunningBench) -> None:
    resource = pump.resources["pump"]
    path = Path(resource.removeprefix("ASRL").removesuffix("::INSTR"))
    source = open_source(resource, driver="howland-pump", timeout_ms=2000)
    with BenchControl(pump.control_port) as control:
        control.fault("unplugged")
        assert not path.exists()
        with pytest.raises(InstrumentError):
            source.read_output_on()
        source.close()
        control.clear_fault()
        assert path.exists()
    again = open_source(resource, driver="howland-pump", timeout_ms=2000)
    assert again.read_output_on() is False
    again.close()

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from instruments.emulation.description import BenchSettings
from instruments.emulation.launch import RunningBench, RunningTwin, start_bench, start_twin
from iontophoresis.commands.doctor import doctor
from iontophoresis.commands.summary import summary


@pytest.fixture
def twin() -> Iterator[RunningTwin]:
    running = start_twin("yokogawa-gs200", load="resistor", resistance_ohm=1_000.0, linger_s=5)
    yield running
    running.stop()


@pytest.fixture
def metered() -> Iterator[RunningBench]:
    plain = {
        "loads": {"resistor": {"kind": "resistor", "resistance_ohm": 1_000.0}},
        "instruments": [
            {"name": "source", "model": "keithley-6221", "loads": ["resistor"]},
            {"name": "meter", "model": "keithley-2182a", "taps": [{"load": "resistor"}]},
        ],
    }
    bench = start_bench(BenchSettings.from_plain(plain), stay=True)
    yield bench
    bench.stop()


def test_the_computer_alone() -> None:
    result = CliRunner().invoke(doctor, [])
    assert result.exit_code == 0
    assert "package instruments" in result.output


@pytest.mark.real_time
def test_a_source_is_tested_and_written_down(twin: RunningTwin, tmp_path: Path) -> None:
    asked = ["--source", twin.resource, "--resistor", "1000", "--directory", str(tmp_path)]
    result = CliRunner().invoke(doctor, asked)
    assert result.exit_code == 0, result.output
    told = CliRunner().invoke(summary, ["last", "--directory", str(tmp_path)])
    assert told.exit_code == 0
    assert "Self-test of GS2" in told.output
    assert "every check passed" in told.output


@pytest.mark.real_time
def test_a_source_that_fails_ends_with_an_error(twin: RunningTwin, tmp_path: Path) -> None:
    asked = ["--source", twin.resource, "--resistor", "1100", "--directory", str(tmp_path)]
    result = CliRunner().invoke(doctor, asked)
    assert result.exit_code == 1
    assert "not fit for a session" in result.output


@pytest.mark.real_time
def test_a_meter_reads_for_a_source_that_cannot(metered: RunningBench, tmp_path: Path) -> None:
    at = metered.resources
    asked = ["--source", at["source"], "--voltmeter", at["meter"], "--resistor", "1000"]
    result = CliRunner().invoke(doctor, [*asked, "--directory", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "range 20 mA at 0, ±10 mA" in result.output
    assert "give --voltmeter" not in result.output


def test_a_source_without_a_resistor_is_refused() -> None:
    result = CliRunner().invoke(doctor, ["--source", "TCPIP0::127.0.0.1::1::SOCKET"])
    assert result.exit_code == 2
    assert "together" in result.output

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from instruments.emulation.launch import RunningTwin, start_twin
from iontophoresis.commands.instruments import instruments


@pytest.fixture
def twin() -> Iterator[RunningTwin]:
    running = start_twin("keithley-2600", load="resistor")
    yield running
    running.stop()


def test_an_address_is_asked_for_its_name(twin: RunningTwin) -> None:
    result = CliRunner().invoke(instruments, [twin.resource])
    assert result.exit_code == 0
    assert "EMU2602B" in result.output
    assert "keithley-2600" in result.output
    assert "A, 1.6 s" in result.output


def test_without_an_address_the_libraries_are_told() -> None:
    result = CliRunner().invoke(instruments, [])
    assert result.exit_code == 0
    assert "@py: sees" in result.output


def test_the_table_needs_no_instrument() -> None:
    result = CliRunner().invoke(instruments, ["--table"])
    assert result.output.startswith("| driver |")

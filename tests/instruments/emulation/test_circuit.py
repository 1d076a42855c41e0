from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from instruments.emulation.circuit import Circuit
from instruments.emulation.load import Drive, DriveKind, Resistor
from instruments.emulation.truth import TruthRecorder, read_truth


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "truth.bin"


@pytest.fixture
def circuit(path: Path) -> Iterator[Circuit]:
    circuit = Circuit(Resistor(1_000.0), TruthRecorder(path, {}), seed=1)
    circuit.wiring.series_ohm = circuit._lead_ohm = 0.0
    circuit.drive = Drive(kind=DriveKind.CURRENT, level=1e-3, limit=10.0)
    yield circuit
    circuit.close()


def test_samples_lie_on_milliseconds_however_it_is_called(circuit: Circuit, path: Path) -> None:
    for moment_us in (300, 1_700, 1_700, 2_000, 2_500, 9_999, 10_000, 5_000):
        circuit.catch_up(moment_us)
    circuit.close()
    truth = read_truth(path)
    assert truth["time_s"] == pytest.approx(np.arange(1, 11) * 1e-3)
    assert truth["voltage_v"] == pytest.approx(np.ones(10))


def test_a_change_takes_effect_from_its_moment_on(circuit: Circuit, path: Path) -> None:
    circuit.catch_up(5_000)
    circuit.drive = Drive(kind=DriveKind.CURRENT, level=2e-3, limit=10.0)
    circuit.catch_up(8_000)
    circuit.close()
    assert read_truth(path)["current_a"] == pytest.approx([1e-3] * 5 + [2e-3] * 3, rel=1e-6)


def test_an_open_lead_stops_the_current_and_a_short_the_voltage(circuit: Circuit) -> None:
    circuit.open_lead(open_=True)
    current_a, voltage_v, limited = circuit.working_point()
    assert abs(current_a) < 1e-9
    assert (voltage_v, limited) == (10.0, True)
    circuit.open_lead(open_=False)
    circuit.short(1 / 50.0)
    assert circuit.working_point()[1] == pytest.approx(1e-3 / (1 / 50.0 + 1e-3))


def test_a_chattering_lead_opens_and_closes_for_5_to_200_ms(circuit: Circuit, path: Path) -> None:
    circuit.catch_up(1_000_000)
    circuit.chatter(on=True)
    circuit.catch_up(6_000_000)
    circuit.chatter(on=False)
    circuit.catch_up(7_000_000)
    circuit.close()
    flowing = read_truth(path)["current_a"] > 0.5e-3
    assert flowing[:1000].all()
    assert flowing[6000:].all()
    edges = np.flatnonzero(np.diff(flowing[1000:6000].astype(int)))
    assert len(edges) > 20
    assert np.diff(edges).min() >= 5
    assert np.diff(edges).max() <= 200

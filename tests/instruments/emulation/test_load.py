from __future__ import annotations

import math
from array import array

import pytest

from instruments.emulation.load import Drive, DriveKind, Resistor, Wiring, seen_through, solve

CURRENT, VOLTAGE = DriveKind.CURRENT, DriveKind.VOLTAGE


@pytest.mark.parametrize(
    ("drive", "emf_v", "ohm", "point"),
    [
        (Drive(kind=CURRENT, level=1e-3, limit=20.0), 0.0, 1e4, (1e-3, 10.0, False)),
        (Drive(kind=CURRENT, level=3e-3, limit=20.0), 0.0, 1e4, (2e-3, 20.0, True)),
        (Drive(kind=CURRENT, level=-3e-3, limit=20.0), 0.0, 1e4, (-2e-3, -20.0, True)),
        (Drive(kind=CURRENT, level=1e-3, limit=20.0), 12.0, 1e4, (0.8e-3, 20.0, True)),
        (Drive(kind=CURRENT, level=0.0, limit=5.0), 0.3, 1e4, (0.0, 0.3, False)),
        (Drive(kind=VOLTAGE, level=5.0, limit=1.0), 1.0, 1e3, (4e-3, 5.0, False)),
        (Drive(kind=VOLTAGE, level=5.0, limit=1e-3), 1.0, 1e3, (1e-3, 2.0, True)),
        (Drive(kind=VOLTAGE, level=0.0, limit=1e-4), 1.0, 1e3, (-1e-4, 0.9, True)),
        (Drive(), 0.7, 1e3, (0.0, 0.7, False)),
    ],
)
def test_working_point_in_closed_form(
    drive: Drive,
    emf_v: float,
    ohm: float,
    point: tuple[float, float, bool],
) -> None:
    current_a, voltage_v, limited = solve(drive, emf_v, ohm)
    assert (current_a, voltage_v) == pytest.approx(point[:2], rel=1e-12)
    assert limited is point[2]


def test_wiring_adds_its_resistance_and_a_bridge_divides() -> None:
    assert seen_through(Wiring(series_ohm=5.0), 1.0, 95.0) == (1.0, 100.0)
    emf_v, ohm = seen_through(Wiring(series_ohm=0.0, shunt_siemens=1 / 100.0), 1.0, 100.0)
    assert (emf_v, ohm) == pytest.approx((0.5, 50.0))


def test_a_resistor_obeys_ohm() -> None:
    current_a, voltage_v = array("d"), array("d")
    drive = Drive(kind=CURRENT, level=2e-3, limit=100.0)
    Resistor(1_000.0).run(3, 1e-3, drive, Wiring(series_ohm=0.0), current_a, voltage_v)
    assert list(current_a) == [2e-3] * 3
    assert list(voltage_v) == pytest.approx([2.0] * 3)


def test_a_resistor_can_be_scaled() -> None:
    resistor = Resistor(100.0)
    resistor.scale(resistance=3.0, capacitance=5.0)
    assert resistor.terminals() == (0.0, 300.0)
    assert resistor.parameters() == {"kind": "resistor", "resistance_ohm": 100.0}
    assert math.isclose(resistor.terminals()[1], 300.0)

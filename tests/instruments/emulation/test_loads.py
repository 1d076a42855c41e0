from __future__ import annotations

import math
from array import array

import pytest

from instruments.emulation.circuit import Circuit
from instruments.emulation.electrodes import ElectrodeParameters, Electrodes
from instruments.emulation.injection import mend_circuit, part_of, spoil_circuit
from instruments.emulation.load import Drive, DriveKind, Load, Resistor, Wiring
from instruments.emulation.loads import ResistorCapacitor, Series
from instruments.emulation.skin import Skin
from instruments.emulation.skin_parameters import draw_skin


def driven(load: Load, level: float, steps: int, limit: float = 1e3) -> array[float]:
    current_a, voltage_v = array("d"), array("d")
    drive = Drive(kind=DriveKind.CURRENT, level=level, limit=limit)
    load.run(steps, 1e-3, drive, Wiring(series_ohm=0.0), current_a, voltage_v)
    assert len(current_a) == len(voltage_v) == steps
    return voltage_v


def test_a_capacitor_charges_with_its_time_constant() -> None:
    load = ResistorCapacitor(1_000.0, 9_000.0, 1e-5)
    voltage_v = driven(load, 1e-3, 900)
    assert voltage_v[0] == pytest.approx(1.0, abs=0.11)
    assert voltage_v[89] == pytest.approx(1.0 + 9.0 * (1 - math.exp(-1)), rel=5e-3)
    assert voltage_v[-1] == pytest.approx(10.0, rel=1e-3)


def test_what_is_foreseen_for_a_step_is_what_happens() -> None:
    skin = Skin(draw_skin(3), area_cm2=2.0)
    chain = Series([Resistor(50.0), ResistorCapacitor(10.0, 100.0, 1e-4), skin])
    for load in (skin, ResistorCapacitor(1e3, 1e4, 1e-7), chain):
        driven(load, 2e-4, 500)
        emf, ohm = load.after(1e-3)
        assert driven(load, 3e-4, 1)[0] == pytest.approx(emf + ohm * 3e-4, rel=1e-9)


def test_electrodes_climb_when_their_charge_is_used_up_and_recover() -> None:
    parameters = ElectrodeParameters(forward_c=1e-3, backward_c=1e-3, settling_s=0.1)
    electrodes = Electrodes(parameters)
    before = driven(electrodes, 1e-4, 9_000)[-1]
    assert before < 0.1
    assert driven(electrodes, 1e-4, 2_000)[-1] == pytest.approx(before + 1.6, rel=1e-3)
    assert driven(electrodes, 0.0, 2_000)[-1] == pytest.approx(0.0, abs=1e-3)
    assert abs(driven(electrodes, -1e-4, 5_000)[-1]) < 0.1
    assert driven(electrodes, 1e-4, 2_000)[-1] == pytest.approx(before, rel=1e-3)


def test_electrodes_climb_the_other_way_too() -> None:
    electrodes = Electrodes(ElectrodeParameters(backward_c=1e-3, settling_s=0.1))
    assert driven(electrodes, -1e-4, 11_000)[-1] == pytest.approx(-1.64, abs=0.05)


def test_a_series_adds_up_and_a_cell_of_parts_is_one_cell() -> None:
    cell = Series([Resistor(100.0), Resistor(200.0)], one_cell=True)
    chain = Series([cell, Resistor(700.0)])
    assert chain.terminals() == (0.0, 1000.0)
    assert chain.cell_voltages(1e-3) == pytest.approx((0.3, 0.7))
    assert list(driven(chain, 1e-3, 70)) == pytest.approx([1.0] * 70)
    assert list(driven(chain, 1e-3, 70, limit=0.5)) == pytest.approx([0.5] * 70)
    chain.scale(resistance=2.0)
    assert chain.terminals() == (0.0, 2000.0)


def test_a_fault_of_one_cell_is_in_that_cell_alone() -> None:
    circuit = Circuit(Series([Resistor(1_000.0) for _ in range(3)]), None)
    assert part_of(circuit, 0) is circuit.load
    spoil_circuit(circuit, "delamination", {"factor": 2.0, "cell": 2})
    assert circuit.load.cell_voltages(1e-3) == (1.0, 2.0, 1.0)
    mend_circuit(circuit, "delamination", {"factor": 2.0, "cell": 2})
    assert circuit.load.cell_voltages(1e-3) == (1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="no cell 4; there are 3"):
        part_of(circuit, 4)


def test_a_stretch_that_hits_the_limit_is_done_again_from_where_it_began() -> None:
    plain = ResistorCapacitor(100.0, 1e5, 1e-5)
    inside = Series([Series([ResistorCapacitor(100.0, 1e5, 1e-5)], one_cell=True)])
    for load in (plain, inside):
        driven(load, 1e-3, 200, limit=5.0)
    assert inside.terminals() == pytest.approx(plain.terminals(), rel=1e-12)

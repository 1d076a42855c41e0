from __future__ import annotations

import numpy as np
import pytest

from models.constants import FARADAY_C_PER_MOL, GAS_J_PER_MOL_K
from models.forcing import steady
from models.grid import Grid
from models.reference_balance import evaluate, jacobian
from models.reference_course import IonicCourse, integrate_ions
from models.reference_drive import ionic_drive
from models.reference_ions import IonStack
from models.reference_operator import IonicSystem, donnan_potential
from models.reference_solver import Frame

THERMAL_V_37C = GAS_J_PER_MOL_K * 310.15 / FARADAY_C_PER_MOL


def system_of(
    z: tuple[float, ...],
    diffusivity: tuple[float, ...],
    donor: tuple[float, ...],
    bath: tuple[float, ...],
    *,
    fixed: tuple[float, ...] = (0.0,),
    osmotic: float = 0.0,
    donor_m: float = 1e9,
    elements: int = 30,
    sealed: tuple[bool, ...] | None = None,
) -> IonicSystem:
    m, layers = len(z), len(fixed)
    table = np.tile(np.array(diffusivity), (layers, 1))
    zero = np.zeros((layers, m))
    released = np.zeros(m)
    released[-1] = 1.0 / z[-1]
    stack = IonStack(
        names=tuple("abcdef"[:m]),
        charge=np.array(z),
        thickness_m=np.full(layers, 20e-6),
        fixed_charge_mol_per_m3=np.array(fixed),
        pore_m2_per_s=table,
        lipid_m2_per_s=zero,
        water=np.ones((layers, m)),
        oil=zero,
        clearance_per_s=zero,
        flow_share=zero,
        osmotic_m3_per_c=np.full(m, osmotic),
        donor_volume_m=donor_m,
        donor_mol_per_m3=np.array(donor, float),
        bath_mol_per_m3=np.array(bath, float),
        released_per_charge=released,
        sealed=np.zeros(m, bool) if sealed is None else np.array(sealed),
    )
    share = np.full(elements, 1.0 / elements)
    return IonicSystem(
        stack, Grid(share=np.tile(share, layers), layer=np.repeat(np.arange(layers), elements))
    )


def course_of(system: IonicSystem, current: float, at_s: list[float]) -> IonicCourse:
    drive = ionic_drive(system.stack, steady(current, 0.0, at_s[-1]))
    return integrate_ions(system, drive, np.array(at_s), tolerance=1e-3)


def end_of(system: IonicSystem, current: float, until_s: float) -> Frame:
    return course_of(system, current, [until_s]).frame(0)


def test_planck_with_equal_concentrations() -> None:
    system = system_of((1, 1, -1), (0.6e-12, 1.33e-12, 2.03e-12), (100, 0, 100), (0, 100, 100))
    found = end_of(system, 5.0, 1e4).balance
    assert found.here.phi[0] * THERMAL_V_37C == pytest.approx(0.105894, rel=1e-5)
    expected = [1.2116837e-5, -5.109352e-7, -4.0215447e-5]
    assert found.through.flux[:, 15] == pytest.approx(expected, rel=1e-6)
    still = end_of(system, 0.0, 1e4).balance
    assert still.here.phi[0] * THERMAL_V_37C == pytest.approx(6.546886e-3, rel=1e-6)


def test_charged_layers_rest_in_donnan_equilibrium() -> None:
    fixed = (-100.0, 0.0, 50.0)
    system = system_of((1, -1), (1.33e-9, 2.03e-9), (150, 150), (150, 150), fixed=fixed)
    here = end_of(system, 0.0, 100.0).balance.here
    for layer, charge in enumerate(fixed):
        inside = system.point_layer == layer
        potential = np.arcsinh(charge / 300.0)
        assert here.psi[inside] == pytest.approx(potential, abs=1e-12)
        assert here.q[0, inside] == pytest.approx(150.0 * np.exp(-potential), rel=1e-9)


def test_neutral_marker_is_carried_by_water_alone() -> None:
    z, diffusivity = (0, 1, -1), (1e-16, 1e-12, 1e-12)
    system = system_of(z, diffusivity, (50, 150, 150), (0, 150, 150), osmotic=1.4e-9)
    found = end_of(system, 4.0, 2e4).balance
    assert found.through.flux[0, 10] == pytest.approx(4.0 * 1.4e-9 * 50.0, rel=1e-9)


def test_current_is_conserved_through_layers_of_different_charge() -> None:
    system = system_of(
        (1, 1, -1), (0.6e-12, 1.3e-12, 2e-12), (50, 50, 100), (0, 150, 150), fixed=(-80.0, 0.0)
    )
    assert end_of(system, -3.0, 50.0).balance.current == pytest.approx(-3.0, abs=1e-8)


def test_every_ion_is_conserved() -> None:
    system = system_of(
        (2, 1, -1),
        (1e-12, 2e-12, 2e-12),
        (40, 20, 100),
        (0, 150, 150),
        fixed=(-60.0,),
        donor_m=1e-4,
    )
    before, after = course_of(system, 6.0, [0.0, 300.0]).frames()
    change = (after.balance.held - before.balance.held).sum(axis=1) + after.received_mol_per_m2
    added = system.stack.released_per_charge * 6.0 * 300.0 / FARADAY_C_PER_MOL
    assert change[:-1] == pytest.approx(added[:-1], abs=1e-13)


def test_sealed_ions_do_not_leave() -> None:
    z, mobile = (1, 1, -1), (1e-9, 1e-9, 1e-9)
    sealed = (True, False, False)
    system = system_of(z, mobile, (100, 0, 100), (0, 100, 100), donor_m=1e-4, sealed=sealed)
    assert end_of(system, 5.0, 100.0).received_mol_per_m2[0] == 0.0


def test_derivative_is_exact() -> None:
    system = system_of(
        (1, 2, -1),
        (1e-12, 2e-12, 3e-12),
        (10, 20, 50),
        (30, 5, 40),
        fixed=(-40.0, 20.0),
        osmotic=1e-9,
        donor_m=1e-5,
        elements=3,
    )
    random = np.random.default_rng(1)
    y = system.rest() * (1.0 + 0.1 * random.random((6, 3)))
    y[:, -1] = 3.0 * random.random(6)
    step, m = 0.7, 3

    def residual(flat: np.ndarray) -> np.ndarray:
        found = evaluate(system, flat.reshape(6, 3), 2.0, 1.5)
        rows = (found.held - step * found.rate).T
        rows[:, -1] = found.current
        return rows.ravel()

    band = jacobian(system, evaluate(system, y, 2.0, 1.5), step)
    for column in range(18):
        small = 1e-6 * max(1.0, abs(float(y.ravel()[column])))
        moved = np.zeros(18)
        moved[column] = small
        by_difference = (residual(y.ravel() + moved) - residual(y.ravel() - moved)) / (2 * small)
        rows = np.arange(max(0, column - 2 * m + 1), min(18, column + 2 * m))
        exact = np.zeros(18)
        exact[rows] = band[2 * m - 1 + rows - column, column]
        scale = np.abs(by_difference).max()
        assert exact == pytest.approx(by_difference, abs=1e-6 * scale)


def test_donnan_potential_of_multivalent_ions() -> None:
    bath = np.array([[10.0], [100.0], [120.0]])
    charge, excess = np.array([2.0, 1.0, -1.0]), np.array([-200.0])
    psi = donnan_potential(bath, charge, excess)
    left = (charge[:, None] * bath * np.exp(-charge[:, None] * psi)).sum() + excess[0]
    assert abs(left) < 1e-9
    assert psi[0] < 0.0

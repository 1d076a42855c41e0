from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from models.constants import FARADAY_C_PER_MOL, GAS_J_PER_MOL_K
from models.engine import ENGINES
from models.errors import ModelInputError
from models.forcing import Forcing
from models.grid import Grid
from models.reference_course import IonicCourse, integrate_ions
from models.reference_drive import ionic_drive
from models.reference_ions import IonStack
from models.reference_operator import IonicSystem

# The kernel is compiled once, on one worker; that takes half a minute, and more on a busy machine.
pytestmark = [pytest.mark.xdist_group("compiled ions"), pytest.mark.timeout(600)]

SODIUM, CHLORIDE = 1.33e-9, 2.03e-9
ENDLESS_M = 1e9
THERMAL_V_25C = GAS_J_PER_MOL_K * 298.15 / FARADAY_C_PER_MOL


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "compiled":
        pytest.importorskip("numba")
    return str(request.param)


def slab(
    z: Sequence[float],
    diffusivity: Sequence[float],
    donor: Sequence[float],
    bath: Sequence[float],
    *,
    length: float = 20e-6,
    elements: int = 40,
    donor_m: float = ENDLESS_M,
    released: Sequence[float] | None = None,
    fixed: float = 0.0,
    growth: float = 0.0,
    clearance: float = 0.0,
) -> IonicSystem:
    place = np.linspace(0.0, 1.0, elements + 1)
    nodes = np.expm1(growth * place) / np.expm1(growth) if growth else place
    m = len(z)
    last = np.zeros(m)
    last[-1] = 1.0 / z[-1]
    one = np.ones((1, m))
    stack = IonStack(
        names=tuple("abcdef"[:m]),
        charge=np.array(z, float),
        thickness_m=np.array([length]),
        fixed_charge_mol_per_m3=np.array([fixed]),
        pore_m2_per_s=one * diffusivity,
        lipid_m2_per_s=0.0 * one,
        water=one,
        oil=0.0 * one,
        clearance_per_s=clearance * one,
        flow_share=0.0 * one,
        osmotic_m3_per_c=np.zeros(m),
        donor_volume_m=donor_m,
        donor_mol_per_m3=np.array(donor, float),
        bath_mol_per_m3=np.array(bath, float),
        released_per_charge=last if released is None else np.array(released, float),
        sealed=np.zeros(m, bool),
    )
    return IonicSystem(stack, Grid(share=np.diff(nodes), layer=np.zeros(elements, int)))


def course(
    system: IonicSystem,
    knots: Sequence[tuple[float, float]],
    times: Sequence[float],
    *,
    tolerance: float = 1e-4,
    engine: str = "numpy",
    kinks: bool = True,
) -> IonicCourse:
    time, current = np.array(knots, float).T
    one = np.ones((1, time.size))
    forcing = Forcing(
        kink_s=time if kinks else time[[0, -1]],
        time_s=time,
        current_a_per_m2=current,
        opening=one,
        mobility_m3_per_c=0.0 * one,
    )
    return integrate_ions(
        system,
        ionic_drive(system.stack, forcing),
        np.array(times, float),
        tolerance=tolerance,
        engine=engine,
    )


def potential(found: IonicCourse) -> float:
    """Return the donor's potential against the bath's at the end, RT/F."""
    return float(found.potential_drop[-1].sum())


def test_limiting_current_of_a_salt(engine: str) -> None:
    limit = 2.0 * FARADAY_C_PER_MOL * SODIUM * 100.0 / 1e-3
    assert limit == pytest.approx(25.66510, rel=1e-6)
    system = slab(
        (1, -1),
        (SODIUM, CHLORIDE),
        (100, 100),
        (100, 100),
        length=1e-3,
        donor_m=1e-12,
        released=(1.0, 0.0),
    )
    for share in (0.5, 0.9):
        knots = ((0.0, 0.0), (300.0, -share * limit), (3e4, -share * limit))
        found = course(system, knots, [3e4], engine=engine)
        assert found.bath_mol_per_m3[0, 0, 0] == pytest.approx(100 * (1 - share), abs=0.05)


def test_sand_time(engine: str) -> None:
    ambipolar = 2.0 * SODIUM * CHLORIDE / (SODIUM + CHLORIDE)
    share = SODIUM / (SODIUM + CHLORIDE)
    sand = np.pi * ambipolar * (FARADAY_C_PER_MOL * 100.0 / (100.0 * (1.0 - share))) ** 2
    assert share == pytest.approx(0.3958333, rel=1e-6)
    assert sand == pytest.approx(128.76485, rel=1e-6)
    system = slab(
        (1, -1),
        (SODIUM, CHLORIDE),
        (100, 100),
        (100, 100),
        length=5e-3,
        elements=120,
        growth=4.0,
        donor_m=1e-12,
        released=(1.0, 0.0),
    )
    knots = ((0.0, -50.0), (200.0, -50.0))
    found = course(system, knots, [sand / 4.0, 0.81 * sand], engine=engine, tolerance=1e-5)
    assert found.bath_mol_per_m3[:, 0, 0] == pytest.approx([50.0, 10.0], abs=0.05)


def test_junction_potentials(engine: str) -> None:
    salt = slab((1, -1), (SODIUM, CHLORIDE), (100, 100), (10, 10), elements=160)
    acid = slab((1, 1, -1), (9.31e-9, 1.96e-9, CHLORIDE), (10, 0, 10), (0, 10, 10))
    rest = ((0.0, 0.0), (10.0, 0.0))
    # Signs: the donor's potential against the bath's; tables give the bath's against the donor's.
    of_salt, of_acid = (
        -potential(course(system, rest, [10.0], engine=engine)) * THERMAL_V_25C
        for system in (salt, acid)
    )
    assert of_salt == pytest.approx(-12.3249e-3, rel=1e-3)
    assert of_acid == pytest.approx(26.8371e-3, rel=1e-4)


def test_fixed_charge_selects_cations(engine: str) -> None:
    def share(fixed: float) -> float:
        system = slab((1, -1), (SODIUM, CHLORIDE), (150, 150), (150, 150), fixed=fixed)
        found = course(system, ((0.0, 0.0), (10.0, 50.0), (1e3, 50.0)), [1e3], engine=engine)
        flux = found.frame(0).balance.through.flux[0, 10]
        return float(flux) * FARADAY_C_PER_MOL / 50.0

    assert share(0.0) == pytest.approx(0.3958333, rel=1e-6)
    held = np.exp(np.arcsinh(1.0 / 3.0))
    by_donnan = SODIUM * held / (SODIUM * held + CHLORIDE / held)
    assert share(-100.0) == pytest.approx(by_donnan, rel=1e-6)


@pytest.mark.parametrize(("fixed", "spread"), [(0.0, 0.1), (-50.0, 1e-3)])
def test_flux_of_a_single_cation_does_not_depend_on_its_concentration(
    fixed: float, spread: float
) -> None:
    shares = []
    for donor in (10.0, 100.0, 300.0):
        system = slab(
            (1, 1, -1),
            (0.3e-13, 0.665e-13, 1.015e-13),
            (donor, 0, donor),
            (0, 150, 150),
            fixed=fixed,
            elements=60,
        )
        knots = ((0.0, 0.0), (50.0, 5.0), (5e3, 5.0))
        found = course(system, knots, [5e3], tolerance=3e-3)
        flux = found.frame(0).balance.through.flux[0, 30]
        shares.append(float(flux) * FARADAY_C_PER_MOL / 5.0)
    assert max(shares) / min(shares) < 1.0 + spread


def charged_cell() -> IonicSystem:
    return slab(
        (1, 1, -1),
        (0.6e-12, 1.33e-12, 2.03e-12),
        (50, 50, 100),
        (0, 150, 150),
        fixed=-30.0,
        donor_m=1e-3,
        clearance=1e-3,
    )


def waves() -> list[tuple[float, float]]:
    return [(float(t), float(3.0 * np.sin(t / 100.0))) for t in np.arange(0.0, 401.0)]


def test_current_and_ions_are_conserved_at_every_depth_and_moment(engine: str) -> None:
    system, times = charged_cell(), [0.0, 10.0, 100.0, 400.0]
    found = course(system, waves(), times, tolerance=1e-2, engine=engine, kinks=False)
    frames = found.frames()
    for frame, time in zip(frames, times, strict=True):
        expected = 3.0 * np.sin(time / 100.0)
        assert frame.balance.current == pytest.approx(np.full(40, expected), abs=1e-8)
    total = [
        frame.balance.held.sum(axis=1) + frame.cleared_mol_per_m2 + frame.received_mol_per_m2
        for frame in frames
    ]
    assert total[-1][:-1] == pytest.approx(total[0][:-1], rel=1e-12)
    layers = found.amounts()[:, :, 0] + 1e-3 * found.bath_mol_per_m3[:, :, 0]
    held = np.array([frame.balance.held.sum(axis=1) for frame in frames])
    bath_half = system.held_in(found.bath_mol_per_m3)[:, :, -1]
    assert layers - bath_half == pytest.approx(held, rel=1e-9)


def test_error_falls_with_the_third_power_of_its_control_or_faster() -> None:
    exact = course(charged_cell(), waves()[:101], [100.0], tolerance=1e-7, kinks=False)
    errors, counts = [], []
    for tolerance in (1e-2, 1e-4):
        found = course(charged_cell(), waves()[:101], [100.0], tolerance=tolerance, kinks=False)
        errors.append(np.abs(found.bath_mol_per_m3 - exact.bath_mol_per_m3).max())
        counts.append(found.step_end_s.size)
    assert errors[0] < 1.0
    assert np.log(errors[0] / errors[1]) > 3.0 * np.log(counts[1] / counts[0])


@pytest.mark.parametrize("fixed", [0.0, -30.0, 40.0])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_both_engines_give_the_same_ions(fixed: float, sign: float) -> None:
    pytest.importorskip("numba")
    system = slab(
        (1, 2, 0, -1),
        (0.6e-12, 1.33e-12, 1e-12, 2.03e-12),
        (50, 25, 10, 100),
        (0, 75, 0, 150),
        fixed=fixed,
        donor_m=1e-3,
        clearance=1e-4,
    )
    knots = ((0.0, 0.0), (100.0, 5.0 * sign), (300.0, 5.0 * sign), (300.001, 0.0), (400.0, 0.0))
    plain, fast = (
        course(system, knots, [10.0, 100.0, 300.0, 400.0], tolerance=3e-3, engine=engine)
        for engine in ENGINES
    )
    assert fast.step_end_s == pytest.approx(plain.step_end_s, rel=1e-6)
    for name in ("bath_mol_per_m3", "potential_drop", "cleared_mol_per_m2", "received_mol_per_m2"):
        scale = float(np.abs(getattr(plain, name)).max())
        assert getattr(fast, name) == pytest.approx(getattr(plain, name), abs=1e-8 * scale)


def test_says_when_no_current_can_flow(engine: str) -> None:
    system = slab(
        (1, -1),
        (SODIUM, CHLORIDE),
        (100, 100),
        (100, 100),
        length=1e-3,
        donor_m=1e-12,
        released=(1.0, 0.0),
    )
    knots = ((0.0, 0.0), (300.0, -60.0), (3e4, -60.0))
    with pytest.raises(ModelInputError, match=r"lower the current|left after"):
        course(system, knots, [3e4], engine=engine)


def test_refuses_an_unknown_engine() -> None:
    with pytest.raises(ModelInputError, match="engine"):
        course(charged_cell(), ((0.0, 0.0), (1.0, 0.0)), [1.0], engine="fortran")

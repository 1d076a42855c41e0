from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from models.constants import FARADAY_C_PER_MOL, GAS_J_PER_MOL_K
from models.electroneutral import IonicCell, IonicLayer, IonicOperator, donnan_potential
from models.electroneutral_solver import IonicTrajectory, integrate_ions
from models.engine import ENGINES
from models.errors import ModelInputError

SODIUM, CHLORIDE = 1.33e-9, 2.03e-9
ENDLESS_M = 1e9
THERMAL_V_25C = GAS_J_PER_MOL_K * 298.15 / FARADAY_C_PER_MOL
THERMAL_V_37C = GAS_J_PER_MOL_K * 310.15 / FARADAY_C_PER_MOL


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
) -> IonicOperator:
    place = np.linspace(0.0, 1.0, elements + 1)
    nodes = np.expm1(growth * place) / np.expm1(growth) if growth else place
    layer = IonicLayer(
        thickness_m=length,
        partition=1.0,
        diffusivity_m2_per_s=np.array(diffusivity),
        share=np.diff(nodes),
        fixed_charge_mol_per_m3=fixed,
    )
    last = np.zeros(len(z))
    last[-1] = 1.0 / (z[-1] or 1.0)
    return IonicOperator(
        IonicCell(
            charge=np.array(z),
            layers=(layer,),
            donor_volume_m=donor_m,
            donor_mol_per_m3=np.array(donor, float),
            bath_mol_per_m3=np.array(bath, float),
            released_per_charge=last if released is None else np.array(released),
        )
    )


def course(
    operator: IonicOperator,
    current: Callable[[float], float] | float,
    times: Sequence[float],
    tolerance: float = 1e-4,
) -> IonicTrajectory:
    drive = current if callable(current) else lambda t: current * min(t / (times[-1] / 100), 1.0)
    kinks = np.array([times[-1] / 100])
    return integrate_ions(operator, drive, np.array(times), kinks, tolerance=tolerance)


def test_planck_with_equal_concentrations_keeps_the_field_uniform() -> None:
    operator = slab((1, 1, -1), (0.6e-12, 1.33e-12, 2.03e-12), (100, 0, 100), (0, 100, 100))
    found = course(operator, 5.0, [1e4])
    assert found.potential[0, 0] * THERMAL_V_37C == pytest.approx(0.105894, rel=1e-5)
    flux = found.flux_mol_per_m2_s[0, :, 20]
    assert flux == pytest.approx([1.2116837e-5, -5.109352e-7, -4.0215447e-5], rel=1e-6)
    assert flux[0] * FARADAY_C_PER_MOL / 5.0 == pytest.approx(0.2338194, rel=1e-6)
    assert np.ptp(np.diff(found.potential[0])) < 1e-6
    still = course(operator, 0.0, [1e4])
    assert still.potential[0, 0] * THERMAL_V_37C == pytest.approx(6.546886e-3, rel=1e-6)


def test_limiting_current_of_a_salt() -> None:
    limit = 2.0 * FARADAY_C_PER_MOL * SODIUM * 100.0 / 1e-3
    assert limit == pytest.approx(25.66510, rel=1e-6)
    operator = slab(
        (1, -1),
        (SODIUM, CHLORIDE),
        (100, 100),
        (100, 100),
        length=1e-3,
        donor_m=1e-12,
        released=(1.0, 0.0),
    )
    for share in (0.5, 0.9):
        found = course(operator, -share * limit, [3e4])
        assert found.bath_mol_per_m3[0, 0, 0] == pytest.approx(100 * (1 - share), abs=0.05)


def test_sand_time() -> None:
    ambipolar = 2.0 * SODIUM * CHLORIDE / (SODIUM + CHLORIDE)
    share = SODIUM / (SODIUM + CHLORIDE)
    sand = np.pi * ambipolar * (FARADAY_C_PER_MOL * 100.0 / (100.0 * (1.0 - share))) ** 2
    assert share == pytest.approx(0.3958333, rel=1e-6)
    assert sand == pytest.approx(128.76485, rel=1e-6)
    operator = slab(
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
    found = integrate_ions(
        operator,
        lambda _t: -50.0,
        np.array([sand / 4.0, 0.81 * sand]),
        np.empty(0),
        tolerance=1e-5,
    )
    assert found.bath_mol_per_m3[:, 0, 0] == pytest.approx([50.0, 10.0], abs=0.05)


def test_junction_potentials() -> None:
    salt = slab((1, -1), (SODIUM, CHLORIDE), (100, 100), (10, 10), elements=160)
    acid = slab((1, 1, -1), (9.31e-9, 1.96e-9, CHLORIDE), (10, 0, 10), (0, 10, 10))
    # Signs: the donor's potential against the bath's; tables give the bath's against the donor's.
    of_salt = -course(salt, 0.0, [10.0]).potential[0, 0] * THERMAL_V_25C
    of_acid = -course(acid, 0.0, [10.0]).potential[0, 0] * THERMAL_V_25C
    assert of_salt == pytest.approx(-12.3249e-3, rel=1e-3)
    assert of_acid == pytest.approx(26.8371e-3, rel=1e-4)


def test_membrane_at_rest_is_in_donnan_equilibrium() -> None:
    operator = slab((1, -1), (SODIUM, CHLORIDE), (150, 150), (150, 150), fixed=-100.0)
    found = course(operator, 0.0, [1e3])
    expected = 150.0 * np.exp(np.array([1, -1]) * np.arcsinh(100.0 / 300.0))
    assert found.amount_mol_per_m2[0, :, 0] / 20e-6 == pytest.approx(expected, rel=1e-9)


def test_fixed_charge_selects_cations() -> None:
    def share(fixed: float) -> float:
        operator = slab((1, -1), (SODIUM, CHLORIDE), (150, 150), (150, 150), fixed=fixed)
        flux = course(operator, 50.0, [1e3]).flux_mol_per_m2_s[0, 0, 10]
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
        operator = slab(
            (1, 1, -1),
            (0.3e-13, 0.665e-13, 1.015e-13),
            (donor, 0, donor),
            (0, 150, 150),
            fixed=fixed,
            elements=60,
        )
        flux = course(operator, 5.0, [5e3], 3e-3).flux_mol_per_m2_s[0, 0, 30]
        shares.append(float(flux) * FARADAY_C_PER_MOL / 5.0)
    assert max(shares) / min(shares) < 1.0 + spread


def test_current_is_conserved_at_every_depth_and_moment() -> None:
    operator = slab(
        (1, 1, -1),
        (0.6e-12, 1.33e-12, 2.03e-12),
        (50, 50, 100),
        (0, 150, 150),
        fixed=-30.0,
        donor_m=1e-3,
    )
    found = course(operator, lambda t: 3.0 * np.sin(t / 100.0), [10.0, 100.0, 400.0])
    carried = FARADAY_C_PER_MOL * np.einsum(
        "k,tke->te", operator.cell.charge, found.flux_mol_per_m2_s
    )
    expected = 3.0 * np.sin(np.array([10.0, 100.0, 400.0]) / 100.0)
    assert carried == pytest.approx(np.tile(expected[:, None], (1, 40)), abs=1e-8)


def test_donnan_potential_of_multivalent_ions() -> None:
    bath = np.array([[10.0], [100.0], [120.0]], dtype=complex)
    charge, excess = np.array([2.0, 1.0, -1.0]), np.array([-200.0])
    psi = donnan_potential(bath, charge, excess)
    left = (charge[:, None] * bath * np.exp(-charge[:, None] * psi)).sum() + excess[0]
    assert abs(left) < 1e-9
    assert psi[0].real < 0.0
    assert not np.any(donnan_potential(bath, charge, np.zeros(1)))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"donor": (100.0, 90.0)}, "cancel"),
        ({"bath": (-1.0, -1.0)}, "bath_mol_per_m3"),
        ({"donor_m": 0.0}, "donor_volume_m"),
        ({"length": -1.0}, "thickness_m"),
        ({"released": (0.0, 0.0)}, "released_per_charge"),
        ({"diffusivity": (1e-9, 0.0)}, "diffusivity"),
        ({"fixed": float("nan")}, "fixed_charge"),
        ({"z": (1, 0), "released": (1.0, 0.0), "donor": (0, 1), "bath": (0, 1)}, "last is charged"),
    ],
)
def test_refuses(arguments: dict[str, object], word: str) -> None:
    fields: dict[str, object] = {
        "z": (1, -1),
        "diffusivity": (SODIUM, CHLORIDE),
        "donor": (100, 100),
        "bath": (100, 100),
        "released": (0.0, -1.0),
    }
    with pytest.raises(ModelInputError, match=word):
        slab(**{**fields, **arguments})  # type: ignore[arg-type]


def test_says_when_no_current_can_flow() -> None:
    operator = slab(
        (1, -1),
        (SODIUM, CHLORIDE),
        (100, 100),
        (100, 100),
        length=1e-3,
        donor_m=1e-12,
        released=(1.0, 0.0),
    )
    with pytest.raises(ModelInputError, match="lower the current"):
        course(operator, -60.0, [3e4])


def test_both_engines_give_the_same_ions() -> None:
    pytest.importorskip("numba")
    for fixed, ions in ((0.0, (50, 50, 100)), (-30.0, (50, 50, 100))):
        operator = slab(
            (1, 1, -1),
            (0.6e-12, 1.33e-12, 2.03e-12),
            ions,
            (0, 150, 150),
            fixed=fixed,
            donor_m=1e-3,
        )
        times, kinks = np.array([10.0, 100.0, 400.0]), np.array([100.0])
        plain, fast = (
            integrate_ions(operator, lambda t: 0.05 * min(t, 100.0), times, kinks, engine=engine)
            for engine in ENGINES
        )
        assert fast.bath_mol_per_m3 == pytest.approx(plain.bath_mol_per_m3, abs=1e-4)
        assert fast.potential == pytest.approx(plain.potential, abs=1e-5)
        assert fast.flux_mol_per_m2_s == pytest.approx(plain.flux_mol_per_m2_s, abs=1e-9)
        assert fast.amount_mol_per_m2 == pytest.approx(plain.amount_mol_per_m2, rel=1e-5)
        carried = FARADAY_C_PER_MOL * np.einsum(
            "k,tke->te", operator.cell.charge, fast.flux_mol_per_m2_s
        )
        assert carried == pytest.approx(np.tile([[0.5], [5.0], [5.0]], (1, 40)), abs=1e-5)


def test_both_engines_say_when_no_current_can_flow() -> None:
    pytest.importorskip("numba")
    operator = slab(
        (1, -1),
        (SODIUM, CHLORIDE),
        (100, 100),
        (100, 100),
        length=1e-3,
        donor_m=1e-12,
        released=(1.0, 0.0),
    )
    with pytest.raises(ModelInputError, match="lower the current"):
        integrate_ions(operator, lambda _t: -60.0, np.array([3e4]), np.empty(0), engine="compiled")

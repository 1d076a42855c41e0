from __future__ import annotations

import math
from array import array
from dataclasses import replace

import pytest

from instruments.emulation.load import Drive, DriveKind, Wiring
from instruments.emulation.skin import Skin
from instruments.emulation.skin_parameters import SkinParameters, draw_skin

PLAIN = SkinParameters(
    series_kohm_cm2=1.0,
    barrier_kohm_cm2=50.0,
    barrier_nf_per_cm2=400.0,
    electrode_kohm_cm2=1e-6,
    electrode_uf_per_cm2=1.0,
    gains=(0.0, 0.0, 0.0),
    half_density_ma_per_cm2=0.1,
    rise_s=(1.0, 10.0, 100.0),
    recovery_ratio=2.0,
    nonlinearity_v=1e9,
    polarization_v=0.0,
    polarization_density_ma_per_cm2=1.0,
    polarization_s=1.0,
    rest_emf_v=0.0,
    wander=(0.0, 0.0),
    wander_s=(100.0, 10.0),
)
NO_WIRE = Wiring(series_ohm=0.0)


def run(
    skin: Skin,
    seconds: float,
    level_a: float,
    limit_v: float = 200.0,
    step_s: float = 1e-3,
) -> tuple[list[float], list[float]]:
    current_a, voltage_v = array("d"), array("d")
    kind = DriveKind.CURRENT if level_a else DriveKind.OPEN
    drive = Drive(kind=kind, level=level_a, limit=limit_v)
    skin.run(round(seconds / step_s), step_s, drive, NO_WIRE, current_a, voltage_v)
    return list(current_a), list(voltage_v)


def test_a_step_charges_the_barrier_as_the_closed_form_says() -> None:
    # R = 50 kOhm.cm2, C = 400 nF.cm-2: 20 ms on any area; V = I (Rs + R (1 - exp(-t/RC))).
    for step_s, bound in ((1e-3, 0.03), (1e-4, 0.003)):
        skin = Skin(PLAIN, area_cm2=5.0)
        _, voltage_v = run(skin, 0.1, 1e-4, step_s=step_s)
        for index in (0, len(voltage_v) // 5, len(voltage_v) // 2, len(voltage_v) - 1):
            elapsed_s = (index + 1) * step_s
            exact = 1e-4 * (200.0 + 10_000.0 * -math.expm1(-elapsed_s / 0.02))
            assert voltage_v[index] == pytest.approx(exact, rel=bound, abs=bound)


def test_it_settles_at_current_times_resistance_per_area() -> None:
    for area_cm2 in (1.0, 5.0, 20.0):
        _, voltage_v = run(Skin(PLAIN, area_cm2=area_cm2), 1.0, 1e-5 * area_cm2)
        assert voltage_v[-1] == pytest.approx(1e-5 * 51e3, rel=1e-6)


def test_the_compliance_clamps_the_voltage() -> None:
    current_a, voltage_v = run(Skin(PLAIN, area_cm2=5.0), 1.0, 1e-3, limit_v=5.0)
    assert max(voltage_v) <= 5.0
    assert voltage_v[-1] == 5.0
    assert current_a[-1] == pytest.approx(5.0 / 10_200.0, rel=1e-6)
    assert max(current_a) <= 1e-3


def test_resistance_falls_under_current_on_its_time_scale_and_recovers_more_slowly() -> None:
    opening = replace(PLAIN, gains=(0.0, 4.0, 0.0), half_density_ma_per_cm2=0.1)
    skin = Skin(opening, area_cm2=1.0)
    _, falling = run(skin, 60.0, 1e-4)
    gain = 4.0 * 0.1 / 0.2
    for elapsed_s in (5.0, 10.0, 30.0, 60.0):
        share = gain * -math.expm1(-elapsed_s / 10.0)
        exact = 1e-4 * (1e3 + 50e3 / (1.0 + share))
        assert falling[round(elapsed_s * 1000) - 1] == pytest.approx(exact, rel=2e-3)
    run(skin, 20.0, 0.0)
    _, after = run(skin, 0.5, 1e-7)
    left = gain * -math.expm1(-6.0) * math.exp(-1.0)
    assert after[-1] == pytest.approx(1e-7 * (1e3 + 50e3 / (1.0 + left)), rel=0.02)


def test_a_voltage_opens_the_barrier_further() -> None:
    _, linear = run(Skin(PLAIN, area_cm2=1.0), 1.0, 1e-4)
    _, bent = run(Skin(replace(PLAIN, nonlinearity_v=5.0), area_cm2=1.0), 1.0, 1e-4)
    assert bent[-1] < 0.9 * linear[-1]


def test_electrodes_polarize_and_relax() -> None:
    skin = Skin(replace(PLAIN, polarization_v=0.1, polarization_s=2.0), area_cm2=1.0)
    run(skin, 20.0, 1e-3)
    _, resting = run(skin, 1.0, 0.0)
    full = 0.1 * math.asinh(1.0)
    assert resting[-1] == pytest.approx(full * math.exp(-0.5), rel=0.01)


def test_a_bridge_takes_the_current_past_the_skin() -> None:
    skin = Skin(PLAIN, area_cm2=5.0)
    current_a, voltage_v = array("d"), array("d")
    drive = Drive(kind=DriveKind.CURRENT, level=1e-3, limit=20.0)
    wiring = Wiring(series_ohm=0.0, shunt_siemens=1 / 50.0)
    skin.run(1000, 1e-3, drive, wiring, current_a, voltage_v)
    assert current_a[-1] == pytest.approx(1e-3)
    assert voltage_v[-1] == pytest.approx(1e-3 / (1 / 50.0 + 1 / 10_200.0), rel=1e-6)


def test_the_same_seed_gives_the_same_specimen_and_others_differ_widely() -> None:
    assert draw_skin(7) == draw_skin(7)
    barriers = [draw_skin(seed).barrier_kohm_cm2 for seed in range(300)]
    assert 50.0 < sorted(barriers)[150] < 72.0
    assert max(barriers) / min(barriers) > 4.0


def test_delamination_raises_resistance_and_lowers_capacitance() -> None:
    skin = Skin(PLAIN, area_cm2=5.0)
    skin.scale(resistance=1.5, capacitance=1 / 1.5)
    _, voltage_v = run(skin, 1.0, 1e-4)
    assert voltage_v[-1] == pytest.approx(1e-4 * 10_200.0 * 1.5, rel=1e-6)
    assert voltage_v[19] == pytest.approx(1e-4 * 1.5 * (200.0 + 10e3 * -math.expm1(-1)), rel=0.03)


def test_pieces_of_time_add_up() -> None:
    whole, parts = Skin(draw_skin(1), area_cm2=5.0), Skin(draw_skin(1), area_cm2=5.0)
    _, once = run(whole, 0.64, 1e-4)
    several: list[float] = []
    for _ in range(10):
        several += run(parts, 0.064, 1e-4)[1]
    assert several == pytest.approx(once, rel=1e-9)

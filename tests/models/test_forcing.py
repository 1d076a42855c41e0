from __future__ import annotations

import numpy as np
import pytest

import models
from models.assembly import assemble
from models.draws import Draws
from models.forcing import Forcing, steady, tabulate
from models.impedance import conductance


def table(skin, formulation, profile, until_s: float, draws: Draws | None = None) -> Forcing:
    parts = assemble(skin, formulation, draws or Draws.nominal())
    return tabulate(profile, parts.opening, parts.competition, until_s)


def test_table_is_fine_enough_to_be_read_linearly(excised, ascorbate, cathodal) -> None:
    forcing = table(excised, ascorbate, cathodal, 3600.0)
    parts = assemble(excised, ascorbate, Draws.nominal())
    between = 0.5 * (forcing.time_s[1:] + forcing.time_s[:-1])
    exact = conductance(parts.opening, cathodal, between)[0] / parts.opening.rest_s_per_m2
    read = np.array([forcing.at(float(t))[1][0] for t in between])
    assert read == pytest.approx(exact, rel=3e-4)
    current = np.array([forcing.at(float(t))[0] for t in between])
    assert current == pytest.approx(cathodal.current_at(between), abs=1e-9)


def test_kinks_and_end_are_in_the_table(excised, ascorbate, cathodal) -> None:
    forcing = table(excised, ascorbate, cathodal, 1500.0)
    assert forcing.kink_s.tolist() == [0.0, 30.0, 1170.0, 1200.0, 1500.0]
    assert np.all(np.isin(forcing.kink_s, forcing.time_s))
    assert np.all(np.diff(forcing.time_s) > 0.0)


def test_mobility_falls_as_chloride_gathers(excised, ascorbate, cathodal) -> None:
    mobility = table(excised, ascorbate, cathodal, 1200.0).mobility_m3_per_c[0]
    assert np.all(mobility < 0.0)
    assert np.all(np.diff(mobility) >= 0.0)
    assert 0.8 < mobility[-1] / mobility[0] < 0.97


def test_wrong_pole_adds_nothing(excised, ascorbate, anodal) -> None:
    mobility = table(excised, ascorbate, anodal, 1200.0).mobility_m3_per_c[0]
    assert np.ptp(mobility) == 0.0


def test_cut_off_profile_ends_at_zero(excised, ascorbate) -> None:
    profile = models.Profile(time_s=(0, 10), current_density_a_per_m2=(-1, -1))
    forcing = table(excised, ascorbate, profile, 20.0)
    assert forcing.at(9.99)[0] == -1.0
    assert forcing.at(10.01)[0] == 0.0


def test_reading_stays_inside_the_table() -> None:
    forcing = steady(2.0, 3e-9, 10.0)
    assert forcing.at(-5.0)[0] == forcing.at(50.0)[0] == 2.0


def test_steady_drive_reads_the_same_to_the_last_bit() -> None:
    # Solvers keep coefficients and factors only while the drive is exactly the same.
    forcing = steady(3.1, 1.7e-7, 3600.0)
    for time_s in np.linspace(0.0, 3600.0, 101):
        current, opening, mobility = forcing.at(float(time_s))
        assert (current, opening[0], mobility[0]) == (3.1, 1.0, 1.7e-7)

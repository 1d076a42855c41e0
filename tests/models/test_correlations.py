from __future__ import annotations

import pytest

from models import correlations as c


def test_water_diffusivity_and_radius_of_caffeine() -> None:
    diffusivity = c.water_diffusivity_25c(194.19)
    assert diffusivity == pytest.approx(6.68e-10, rel=2e-3)
    assert c.stokes_radius_m(diffusivity) == pytest.approx(3.67e-10, rel=3e-3)


def test_renkin_limits() -> None:
    assert c.renkin(0.0) == 1.0
    assert c.renkin(1.0) == c.renkin(2.0) == 0.0
    assert c.renkin(0.3) == pytest.approx(0.49 * (1 - 0.6312 + 0.05643 - 0.0023085), rel=1e-6)
    assert all(c.renkin(x / 100) >= c.renkin((x + 1) / 100) for x in range(100))


def test_convection_is_hindered_less_than_diffusion() -> None:
    assert c.convective_hindrance(0.0) == 1.0
    assert c.convective_hindrance(0.3) > c.renkin(0.3)
    assert c.convective_hindrance(1.2) == 0.0


def test_potts_guy_of_water() -> None:
    assert c.potts_guy_permeability(-1.38, 18.0) * 3.6e5 == pytest.approx(1.55e-4, rel=0.02)


def test_dermis_diffusivity_at_194() -> None:
    assert c.dermis_diffusivity(194.0) == pytest.approx(2.2e-10, rel=0.03)


def test_pores_conduct_what_the_layer_does() -> None:
    area = c.pore_area_per_tortuosity(2.5e-6)
    assert 1e-7 < area < 1e-4
    assert c.pore_area_per_tortuosity(5e-6) == pytest.approx(2 * area)


def test_clearance_of_a_small_hydrophilic_solute() -> None:
    permeability = c.capillary_permeability(3.5e-10, 10.0**-3, 176.0)
    assert permeability == pytest.approx(1e-7, rel=0.05)
    clearance = c.dermal_clearance_per_s(permeability, 1.0)
    assert clearance == pytest.approx(7e-4, rel=0.05)
    assert c.decay_length_m(2.2e-10, clearance) == pytest.approx(0.6e-3, rel=0.1)


def test_clearance_stays_in_the_observed_range() -> None:
    assert c.dermal_clearance_per_s(1.0, 1.0) == 14e-4
    assert c.dermal_clearance_per_s(1e-12, 100.0) == 0.9e-4


def test_large_molecules_leave_slowly() -> None:
    assert c.capillary_permeability(13e-10, 0.0, 3400.0) < 0.7e-7
    assert c.capillary_permeability(5e-10, 0.0, 400.0) == pytest.approx(1e-7)


def test_fat_mixture_limits() -> None:
    assert c.fat_permeability(1.0, 1.0, 0.75) == pytest.approx(1.0)
    assert c.fat_permeability(1.0, 1e12, 0.75) == pytest.approx(10.0, rel=1e-6)
    assert c.fat_permeability(1.0, 0.0, 0.75) == pytest.approx(0.5 / 2.75)


def test_single_ion_share_of_equal_ions_is_set_by_exclusion() -> None:
    assert c.single_ion_transport_number(1.0, 1.0, 2.03e-9) == pytest.approx(1 / 1.3)
    assert c.single_ion_transport_number(-1.0, 1.0, 1.33e-9) == pytest.approx(0.3 / 1.3)


def test_partly_charged_ions_share_as_their_charged_form() -> None:
    full = c.single_ion_transport_number(1.0, 1.0, 6e-10)
    assert c.single_ion_transport_number(0.25, 0.25, 6e-10) == pytest.approx(full)


def test_aqueous_share_of_sodium() -> None:
    assert c.aqueous_transport_number(1.0, 1.33e-9) == pytest.approx(0.3958, abs=1e-4)
    assert c.aqueous_transport_number(-1.0, 1.33e-9) == pytest.approx(0.5)

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import models
from models.impedance import Opening, conductance, one_sign_knots


def test_closed_form_follows_the_equation(excised: models.Skin) -> None:
    profile = models.Profile(
        time_s=(0, 60, 400, 500, 900, 1000), current_density_a_per_m2=(0, 3, 3, -2, -2, 0)
    )
    opening = Opening(
        rest_s_per_m2=np.array([0.2, 0.1]),
        gain_per_v=np.array([0.5, 1.0]),
        opening_s=np.array([50.0, 120.0]),
        recovery_s=np.array([900.0, 2000.0]),
    )
    times = np.linspace(0.0, 3000.0, 301)
    found = conductance(opening, profile, times)
    for draw in range(2):
        rest, gain = opening.rest_s_per_m2[draw], opening.gain_per_v[draw]
        up, down = opening.opening_s[draw], opening.recovery_s[draw]

        def slope(t: float, g: np.ndarray, r=rest, a=gain, u=up, d=down) -> np.ndarray:
            gap = r + a * abs(float(profile.current_at(np.array(t)))) - g
            return gap / np.where(gap > 0.0, u, d)

        exact = solve_ivp(
            slope, (0.0, 3000.0), [rest], t_eval=times, rtol=1e-8, atol=1e-10, max_step=5.0
        )
        assert found[draw] == pytest.approx(exact.y[0], rel=1e-5)


def test_skin_opens_under_current_and_recovers(
    excised: models.Skin, cathodal: models.Profile
) -> None:
    at_s = np.array([0.0, 30.0, 600.0, 1200.0, 20000.0])
    resistance = models.expected_resistance(excised, cathodal, at_s)
    assert np.all(np.diff(resistance[:3]) < 0.0)
    assert resistance[2] < 0.3 * resistance[0]
    assert resistance[-1] == pytest.approx(resistance[0], rel=0.01)


def test_voltage_is_current_times_resistance(
    excised: models.Skin, cathodal: models.Profile
) -> None:
    at_s = np.array([0.0, 600.0, 1200.0])
    times, voltage = models.expected_voltage(excised, cathodal, 5e-4, at_s=at_s)
    resistance = models.expected_resistance(excised, cathodal, at_s)
    assert np.array_equal(times, at_s)
    assert voltage == pytest.approx(np.array([0.0, 2.0, 0.0]) * resistance)
    _, with_leads = models.expected_voltage(
        excised, cathodal, 5e-4, at_s=at_s, series_resistance_ohm=1000.0
    )
    assert with_leads[1] - voltage[1] == pytest.approx(2.0 * 5e-4 * 1000.0)


def test_voltage_levels_off_with_current(excised: models.Skin) -> None:
    plateau = []
    for density in (2.0, 4.0):
        profile = models.Profile(
            time_s=(0, 30, 3600), current_density_a_per_m2=(0, density, density)
        )
        resistance = models.expected_resistance(excised, profile, np.array([3600.0]))
        plateau.append(density * (float(resistance[0]) - excised.deep_resistance_ohm_m2))
    assert plateau[1] / plateau[0] < 1.2


def test_knots_are_split_where_the_sign_changes() -> None:
    profile = models.Profile(time_s=(0, 10, 20), current_density_a_per_m2=(1, 1, -3))
    knots, currents = one_sign_knots(profile)
    assert knots == pytest.approx([0, 10, 12.5, 20, 20.000001])
    assert currents == pytest.approx([1, 1, 0, -3, 0])


def test_heating_bound(excised: models.Skin, anodal: models.Profile) -> None:
    in_air = models.joule_heating_bound(excised, anodal)
    stirred = models.joule_heating_bound(excised, anodal, heat_transfer_w_per_m2_k=500.0)
    assert 0.0 < stirred < in_air < 5.0


@pytest.mark.parametrize("area", [0.0, -1.0, float("nan")])
def test_refuses_areas(excised: models.Skin, anodal: models.Profile, area: float) -> None:
    with pytest.raises(models.ModelInputError, match="area_m2"):
        models.expected_voltage(excised, anodal, area)


def test_refuses_negative_series_resistance(excised: models.Skin, anodal: models.Profile) -> None:
    with pytest.raises(models.ModelInputError, match="series"):
        models.expected_voltage(excised, anodal, 1e-4, series_resistance_ohm=-1.0)
    with pytest.raises(models.ModelInputError, match="heat_transfer"):
        models.joule_heating_bound(excised, anodal, heat_transfer_w_per_m2_k=0.0)

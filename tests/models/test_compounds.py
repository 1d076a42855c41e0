from __future__ import annotations

import pytest

from models.compounds import compounds, ions, load_compound
from models.errors import ModelInputError


def test_the_three_of_the_shipped_protocols_exist() -> None:
    assert {"ascorbate", "caffeine", "lidocaine"} <= set(compounds())
    assert {"sodium", "chloride", "hydrogen", "hydroxide"} <= set(ions())


def test_ascorbate() -> None:
    ascorbate = load_compound("ascorbate")
    assert ascorbate.molar_mass_g_per_mol == 176.12
    assert ascorbate.mean_charge(6.5) == pytest.approx(-0.995, abs=1e-3)
    assert ascorbate.neutral_fraction(3.2) == pytest.approx(10 / 11)
    assert ascorbate.retardation() == 1.0
    assert ascorbate.radius_m == pytest.approx(3.5e-10, rel=0.02)


def test_binding_slows() -> None:
    assert load_compound("lidocaine").retardation() == pytest.approx(1 + 0.32 * 7 / 3)


def test_tabulated_diffusivity_wins() -> None:
    assert load_compound("chloride").water_diffusivity_25c_m2_per_s == 2.03e-9
    assert load_compound("chloride").kow() == 0.0


def test_unknown_compound_lists_the_known() -> None:
    with pytest.raises(ModelInputError, match="caffeine"):
        load_compound("cafeine")


@pytest.mark.parametrize("ph", [-0.1, 14.1, float("nan")])
def test_refuses_ph(ph: float) -> None:
    with pytest.raises(ModelInputError, match="ph"):
        load_compound("caffeine").mean_charge(ph)

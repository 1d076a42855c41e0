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
    assert ascorbate.radius_m == pytest.approx(3.745e-10, rel=1e-3)


def test_binding_slows() -> None:
    assert load_compound("lidocaine").retardation() == pytest.approx(1 + 0.32 * 7 / 3)


@pytest.mark.parametrize(
    ("name", "ph", "charge"),
    [
        ("ascorbate", 6.5, -0.995),
        ("lidocaine", 6.0, 0.988),
        ("caffeine", 7.0, 0.0),
        ("theophylline", 7.0, -0.017),
        ("theophylline", 9.5, -0.843),
        ("ethylenediammonium", 7.0, 1.407),
        ("ethylenediammonium", 9.5, 0.745),
        ("carnitine", 7.0, 0.0),
        ("carnitine", 2.9, 0.888),
        ("edta", 7.0, -2.874),
        ("edta", 12.0, -3.98),
        ("tranexamic_acid", 7.0, 0.001),
        ("tranexamic_acid", 3.7, 0.799),
        ("thiamine", 3.5, 1.952),
        ("glutathione", 7.0, -1.008),
        ("dexamethasone_phosphate", 7.5, -1.926),
        ("ascorbyl_phosphate", 7.0, -2.76),
        ("calcitonin", 4.5, 4.0),
        ("citrate", 7.4, -2.91),
        ("phosphate", 7.4, -1.608),
        ("hepes", 7.5, -0.5),
        ("acetate", 4.756, -0.5),
        ("choline", 12.0, 1.0),
        ("nitroprusside", 2.0, -2.0),
    ],
)
def test_charge_follows_the_ph(name: str, ph: float, charge: float) -> None:
    assert load_compound(name).mean_charge(ph) == pytest.approx(charge, abs=2e-3)


def test_solubility_falls_to_that_of_the_base() -> None:
    bupivacaine = load_compound("bupivacaine")
    assert bupivacaine.solubility_at(5.0) == 40.0
    assert bupivacaine.solubility_at(8.16) == pytest.approx(2 * 0.174)
    assert bupivacaine.solubility_at(12.0) == pytest.approx(0.174, rel=1e-3)


def test_solubility_without_a_neutral_form_is_that_of_the_salt() -> None:
    assert load_compound("acetylcholine").solubility_at(7.4) == 1000.0
    assert load_compound("sodium").solubility_at(7.4) is None


def test_distribution_falls_with_the_charge() -> None:
    lidocaine = load_compound("lidocaine")
    assert lidocaine.log_distribution(12.0) == pytest.approx(2.41, abs=1e-3)
    assert lidocaine.log_distribution(6.9) == pytest.approx(2.41 - 1.0414, abs=1e-3)
    assert load_compound("acetylcholine").log_distribution(7.0) is None


def test_quantities_are_all_listed() -> None:
    held = dict(load_compound("salicylate").quantities())
    assert list(held) == [
        "molar_mass",
        "pka_1",
        "log_kow",
        "plasma_unbound",
        "solubility",
        "solubility_neutral",
        "diffusivity_25c",
    ]
    assert held["solubility_neutral"].source == "aqsoldb"


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

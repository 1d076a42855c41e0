from __future__ import annotations

from dataclasses import replace

import pytest

import models
from models.extrapolation import extrapolations


def profile(density: float, minutes: float) -> models.Profile:
    return models.Profile(time_s=(0.0, 60.0 * minutes), current_density_a_per_m2=(density, density))


def test_ordinary_sessions_are_not_marked(excised, ascorbate, cathodal) -> None:
    assert extrapolations(excised, ascorbate, cathodal, None) == ()
    assert extrapolations(excised, ascorbate, cathodal, 2e-3) == ()


@pytest.mark.parametrize(
    ("current", "area", "word"),
    [
        (profile(-5.1, 1), None, "0.5 mA/cm2"),
        (profile(-2.0, 20), 3e-3, "80 mA·min"),
        (profile(-2.0, 160), None, "1.8 C/cm2"),
        (profile(-10.0, 1), None, "electroporates"),
        (profile(-1.0, 1), 1e-4, "sideways"),
    ],
)
def test_marks(excised, ascorbate, current: models.Profile, area: float | None, word: str) -> None:
    sentences = extrapolations(excised, ascorbate, current, area)
    assert any(word in sentence for sentence in sentences)


def test_marks_the_donor(excised, caffeine, ascorbate, anodal, cathodal) -> None:
    def sentences(formulation: models.Formulation, current: models.Profile) -> str:
        return " ".join(extrapolations(excised, formulation, current, None))

    assert "solubility" in sentences(replace(caffeine, concentration_mol_per_m3=500.0), anodal)
    assert "reverses" in sentences(replace(caffeine, ph=4.0), anodal)
    platinum = models.Electrode(material="platinum")
    assert "OH-" in sentences(replace(ascorbate, electrode=platinum), cathodal)
    assert "H+" in sentences(replace(caffeine, electrode=platinum), anodal)
    starved = replace(caffeine, salts_mol_per_m3={"sodium": 1.0, "chloride": 1.0})
    assert "chloride" in sentences(starved, anodal)
    thin = models.Electrode(capacity_c_per_m2=100.0)
    assert "cathode needs more silver" in sentences(replace(ascorbate, electrode=thin), cathodal)
    assert "towards 2." in sentences(replace(caffeine, electrode=platinum), anodal)
    bridge = models.Electrode(contact="salt_bridge", bridge_salt="NaCl")
    assert sentences(replace(starved, electrode=bridge), anodal) == ""
    large = replace(
        caffeine, compound="calcitonin", ph=5.0, salts_mol_per_m3={}, concentration_mol_per_m3=1.0
    )
    assert "8 Å" in sentences(large, profile(0.1, 1))

from __future__ import annotations

import pytest

from models.compounds import load_compound
from models.donor import Electrode, Formulation
from models.errors import ModelInputError


def donor(**changes: object) -> Formulation:
    fields: dict[str, object] = {
        "compound": "lidocaine",
        "concentration_mol_per_m3": 100.0,
        "ph": 5.5,
        "salts_mol_per_m3": {"chloride": 100.0},
        "volume_m3_per_m2": 4e-3,
    }
    return Formulation(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("compound", "ph", "pole"),
    [
        ("lidocaine", 5.5, "anode"),
        ("ascorbate", 6.5, "cathode"),
        ("caffeine", 7.0, "anode"),
        ("tranexamic_acid", 7.4, "anode"),
        ("theophylline", 9.5, "cathode"),
        ("nitroprusside", 5.0, "cathode"),
    ],
)
def test_polarity_is_derived(compound: str, ph: float, pole: str) -> None:
    held = donor(compound=compound, ph=ph, salts_mol_per_m3={}, concentration_mol_per_m3=1.0)
    assert held.active_pole == pole
    assert held.sign == (1 if pole == "anode" else -1)


def test_neutral_goes_by_electroosmosis() -> None:
    assert donor(compound="caffeine", salts_mol_per_m3={}).carried_by_electroosmosis
    assert not donor().carried_by_electroosmosis


def test_a_compound_may_be_given_whole() -> None:
    assert donor(compound=load_compound("procaine")).active.name == "procaine"


def test_co_ions_have_the_sign_of_the_drug() -> None:
    held = donor(salts_mol_per_m3={"chloride": 254.0, "sodium": 154.0})
    ions = held.co_ions_mol_per_m3()
    assert set(ions) == {"sodium", "hydrogen"}
    assert ions["hydrogen"] == pytest.approx(10.0**-2.5)


def test_missing_counter_ion_is_inferred_missing_co_ion_is_refused() -> None:
    assert donor(salts_mol_per_m3={}).mean_charge > 0.99
    with pytest.raises(ModelInputError, match="missing cation"):
        donor(salts_mol_per_m3={"chloride": 254.0})
    with pytest.raises(ModelInputError, match="missing anion"):
        donor(compound="ascorbate", ph=6.5, salts_mol_per_m3={"sodium": 250.0})


def test_electrodes_release_competitors() -> None:
    assert Electrode().released_ions(1) == {}
    assert Electrode().released_ions(-1) == {"chloride": 1.0}
    assert Electrode(material="platinum").released_ions(1) == {"hydrogen": 1.0}
    assert Electrode(material="carbon").released_ions(-1) == {"hydroxide": 1.0}
    bridge = Electrode(contact="salt_bridge", bridge_salt="NaCl")
    assert bridge.released_ions(1) == {"sodium": pytest.approx(0.3958, abs=1e-4)}
    assert bridge.released_ions(-1) == {"chloride": pytest.approx(0.6042, abs=1e-4)}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"compound": "hyaluronic_acid"}, "refused"),
        ({"compound": "unobtainium"}, "unknown"),
        ({"concentration_mol_per_m3": 0.0}, "concentration"),
        ({"concentration_mol_per_m3": float("nan")}, "concentration"),
        ({"ph": 15.0}, "ph"),
        ({"volume_m3_per_m2": -1.0}, "volume"),
        ({"salts_mol_per_m3": {"kryptonite": 1.0}}, "vehicle ion"),
        ({"salts_mol_per_m3": {"sodium": -1.0}}, "sodium"),
    ],
)
def test_refuses(changes: dict[str, object], word: str) -> None:
    with pytest.raises(ModelInputError, match=word):
        donor(**changes)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"material": "wood"}, "material"),
        ({"contact": "radio"}, "contact"),
        ({"contact": "salt_bridge"}, "bridge_salt"),
        ({"bridge_concentration_mol_per_m3": -1.0}, "bridge_concentration"),
    ],
)
def test_electrode_refuses(changes: dict[str, object], word: str) -> None:
    with pytest.raises(ModelInputError, match=word):
        Electrode(**changes)  # type: ignore[arg-type]

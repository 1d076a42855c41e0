from __future__ import annotations

from dataclasses import replace

import pytest

from models.errors import ModelInputError
from models.layers import LAYERS, preparations, sites
from models.skin import Skin

KEPT = [
    (site, preparation)
    for site in sites()
    for preparation in preparations()
    if not (site == "hairless_mouse" and preparation.startswith("dermatomed"))
]


@pytest.mark.parametrize(("site", "preparation"), KEPT)
def test_every_site_loads_in_every_preparation(site: str, preparation: str) -> None:
    skin = Skin.load(site=site, preparation=preparation)
    assert tuple(layer.name for layer in skin.layers) == LAYERS[: len(skin.layers)]
    assert skin.deep_boundary == ("sealed" if preparation == "full_thickness" else "sink")
    assert skin.sheet_resistance_ohm_m2 > 10 * skin.deep_resistance_ohm_m2 * 0.1
    assert not skin.perfused


def test_dermatomed_skin_has_thin_dermis() -> None:
    assert Skin.load(preparation="dermatomed").layers[2].thickness_m == 4e-4


def test_a_cut_cannot_leave_more_than_there_is() -> None:
    with pytest.raises(ModelInputError, match="350; use dermis_attached"):
        Skin.load(site="hairless_mouse", preparation="dermatomed")
    assert (
        Skin.load(site="hairless_mouse", preparation="dermis_attached").layers[2].thickness_m < 4e-4
    )


def test_soaking_swells_the_stratum_corneum_at_the_same_resistance() -> None:
    dry, wet = (Skin.load(preparation=p) for p in ("dermatomed", "dermatomed_hydrated"))
    assert wet.layers[0].thickness_m == 43.4e-6
    assert wet.sheet_resistance_ohm_m2 == pytest.approx(dry.sheet_resistance_ohm_m2)


def test_sites_asked_for_exist() -> None:
    asked = {"human_forearm", "human_abdomen", "human_thigh", "human_face", "pig_ear"}
    assert asked | {"hairless_mouse", "hairless_rat"} <= set(sites())
    assert Skin.load(site="pig_ear").isoelectric_ph == 4.4
    assert 17e-6 <= Skin.load(site="pig_ear").layers[0].thickness_m <= 28e-6


def test_overrides_count_as_measured() -> None:
    skin = Skin.load(
        overrides={
            "stratum_corneum": {"thickness_m": 20e-6, "sheet_resistance_ohm_m2": 3.0},
            "dermis": {"diffusivity_m2_per_s": 1e-10, "partition": 0.8},
            "fat": {"thickness_m": 3e-3, "conductivity_s_per_m": 0.05},
        }
    )
    corneum, _, dermis, fat = skin.layers
    assert skin.sheet_resistance_ohm_m2 == pytest.approx(3.0)
    assert corneum.conductivity_s_per_m == pytest.approx(20e-6 / 3.0)
    assert corneum.thickness_ln_sd == corneum.conductivity_ln_sd == 0.0
    assert dermis.diffusivity_ln_sd == dermis.partition_ln_sd == 0.0
    assert fat.thickness_ln_sd == fat.conductivity_ln_sd == 0.0
    assert skin.thickness_m == pytest.approx(20e-6 + 85e-6 + 1.5e-3 + 3e-3)


def test_resistance_does_not_follow_a_measured_thickness() -> None:
    thick = Skin.load(overrides={"stratum_corneum": {"thickness_m": 40e-6}})
    assert thick.sheet_resistance_ohm_m2 == pytest.approx(Skin.load().sheet_resistance_ohm_m2)
    assert thick.layers[0].conductivity_ln_sd > 0.0


def test_boundary_can_be_chosen() -> None:
    assert Skin.load(deep_boundary="sink").deep_boundary == "sink"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"site": "moon"}, "human_abdomen"),
        ({"preparation": "fried"}, "full_thickness"),
        ({"deep_boundary": "open"}, "sealed"),
        ({"overrides": {"bone": {"thickness_m": 1e-3}}}, "bone"),
        ({"overrides": {"fat": {"depth": 1e-3}}}, "depth"),
        ({"overrides": {"fat": {"thickness_m": -1e-3}}}, "thickness_m"),
        ({"overrides": {"fat": {"thickness_m": 0.0}}}, "thickness_m"),
        ({"overrides": {"fat": {"thickness_m": float("nan")}}}, "thickness_m"),
        ({"overrides": {"dermis": {"diffusivity_m2_per_s": -1.0}}}, "diffusivity"),
        ({"overrides": {"dermis": {"clearance_per_s": -1.0}}}, "clearance"),
        ({"overrides": {"dermis": {"sheet_resistance_ohm_m2": 1.0}}}, "stratum corneum"),
        ({"overrides": {"stratum_corneum": {"sheet_resistance_ohm_m2": 0.0}}}, "sheet_resistance"),
        ({"preparation": "dermatomed", "overrides": {"fat": {"thickness_m": 1e-3}}}, "fat"),
    ],
)
def test_refuses(arguments: dict[str, object], word: str) -> None:
    with pytest.raises(ModelInputError, match=word):
        Skin.load(**arguments)  # type: ignore[arg-type]


def test_clearance_needs_blood() -> None:
    given = {"dermis": {"clearance_per_s": 1e-3}}
    assert Skin.load(perfused=True, overrides=given).layers[2].clearance_per_s == 1e-3
    with pytest.raises(ModelInputError, match="perfused"):
        Skin.load(overrides=given)


def test_layers_keep_their_order() -> None:
    skin = Skin.load()
    with pytest.raises(ModelInputError, match="order"):
        replace(skin, layers=skin.layers[::-1])
    with pytest.raises(ModelInputError, match="order"):
        replace(skin, layers=())

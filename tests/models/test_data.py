"""Judge every number that ships."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

import models
from models.citations import DATA, load_toml, sources
from models.compounds import (
    ions,
    load_compound,
    mixtures,
    refused_compounds,
    validation_compounds,
)
from models.errors import ModelInputError
from models.prospects import decay_length_m
from models.quantity import parse_quantity

FILES = sorted(
    item.name
    for item in DATA.iterdir()
    # The experiments carry their sources in a form of their own, judged in test_validation.
    if item.name.endswith(".toml") and item.name not in {"sources.toml", "experiments.toml"}
)
WORDS = {"title", "formula", "note", "evidence", "refused", "source", "layers", "deep_boundary"}
COUNTED = {"charge_protonated", "parts"}
EVIDENCE = {"yes", "moderate", "plausible", "possible", "weak", "poor", "trace", "none"}
ALL = (*models.compounds(), *validation_compounds(), *ions())
WEIGHTS = {
    "H": 1.008, "Li": 6.94, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998, "Na": 22.990,
    "Mg": 24.305, "P": 30.974, "S": 32.06, "Cl": 35.45, "K": 39.098, "Ca": 40.078, "Fe": 55.845,
}  # fmt: skip
ASKED = [
    "lidocaine",
    "procaine",
    "bupivacaine",
    "theophylline",
    "caffeine",
    "carnitine",
    "biotin",
    "minoxidil",
    "tretinoin",
    "lipoic_acid",
    "ascorbate",
    "ascorbyl_phosphate",
    "nicotinamide",
    "thiamine",
    "pyridoxine",
    "dexpanthenol",
    "glutathione",
    "tranexamic_acid",
    "salicylate",
    "ketoprofen",
    "diclofenac",
    "dexamethasone_phosphate",
    "edta",
    "calcitonin",
    "acetylcholine",
    "nitroprusside",
    "pilocarpine",
]
VEHICLE = [
    "hydrogen",
    "hydroxide",
    "sodium",
    "potassium",
    "chloride",
    "calcium",
    "magnesium",
    "phosphate",
    "acetate",
    "citrate",
    "hepes",
    "choline",
    "tetraethylammonium",
    "ethylenediammonium",
]
LONGEST_DECAY_M = 1.5e-3


def numbers(name: str, node: Any) -> Iterator[tuple[str, Any]]:
    """Yield every leaf that is or should be a number with its source."""
    if isinstance(node, dict) and "value" in node:
        yield name, node
    elif isinstance(node, dict):
        for key, child in node.items():
            if key not in WORDS | COUNTED:
                yield from numbers(f"{name}.{key}", child)
    elif isinstance(node, list):
        for child in node:
            yield from numbers(name, child)
    else:
        yield name, node


def test_there_are_data() -> None:
    assert FILES == [
        "actives.toml",
        "ions.toml",
        "layers.toml",
        "mixtures.toml",
        "refused.toml",
        "validation.toml",
    ]
    assert set(ASKED) <= set(models.compounds())
    assert set(VEHICLE) <= set(ions())


@pytest.mark.parametrize("file", [file for file in FILES if file != "mixtures.toml"])
def test_every_number_has_unit_uncertainty_source_and_basis(file: str) -> None:
    found = 0
    for name, node in numbers(file, dict(load_toml(file))):
        assert isinstance(node, dict), f"{name} = {node!r} is a bare number"
        parse_quantity(name, node, sources())
        found += 1
    assert found > 3


@pytest.mark.parametrize("file", FILES)
def test_a_number_called_read_has_a_source_that_was_read(file: str) -> None:
    for name, node in numbers(file, dict(load_toml(file))):
        if node["basis"] == "read":
            assert sources()[node["source"]].read != "no", name


def test_most_numbers_of_compounds_are_confirmed_by_reading() -> None:
    bases = [held.basis for name in ALL for _, held in load_compound(name).quantities()]
    assert bases.count("read") > bases.count("assumed")


def test_a_bare_number_would_be_found() -> None:
    assert list(numbers("x", {"a": {"b": 3.0}})) == [("x.a.b", 3.0)]


def test_every_source_is_used_and_dated() -> None:
    used = {node["source"] for file in FILES for _, node in numbers(file, dict(load_toml(file)))}
    for file in ("refused.toml", "mixtures.toml"):
        used |= {entry["source"] for entry in load_toml(file).values()}
    cited_in_code = {"lai1999", "mudry2006", "mudry2006b"}
    cited_by_cases = {"li2005", "sylvestre2008"}
    assert set(sources()) == used | cited_in_code | cited_by_cases
    assert all(1900 < source.year < 2030 for source in sources().values() if source.year)
    assert {source.read for source in sources().values()} <= {
        "full",
        "excerpt",
        "abstract",
        "secondary",
        "no",
    }


@pytest.mark.parametrize("name", [*models.compounds(), *validation_compounds()])
def test_no_compound_reaches_deep_into_living_dermis(name: str) -> None:
    assert 0.05e-3 < decay_length_m(load_compound(name)) < LONGEST_DECAY_M


@pytest.mark.parametrize("name", ALL)
def test_molar_mass_follows_from_the_formula(name: str) -> None:
    compound = load_compound(name)
    atoms = re.findall(r"([A-Z][a-z]?)(\d*)", compound.formula)
    mass = sum(WEIGHTS[symbol] * int(count or 1) for symbol, count in atoms)
    assert compound.molar_mass_g_per_mol == pytest.approx(mass, rel=2e-4)


@pytest.mark.parametrize("name", ALL)
def test_compounds_are_physical(name: str) -> None:
    compound = load_compound(name)
    constants = [constant.value for constant in compound.pka]
    assert constants == sorted(constants)
    assert 1e-11 < compound.water_diffusivity_25c_m2_per_s < 1e-8
    assert compound.title
    assert compound.kind == "ion" or compound.evidence in EVIDENCE


def test_mixtures_dissolve_into_species_that_load() -> None:
    parts = mixtures()
    assert parts["aminophylline"] == {"theophylline": 2, "ethylenediammonium": 1}
    for name, split in parts.items():
        assert all(load_compound(part) for part in split)
        with pytest.raises(ModelInputError, match="mixture: it dissolves into 2"):
            load_compound(name)


def test_magnesium_ascorbyl_phosphate_is_neutral() -> None:
    parts = mixtures()["magnesium_ascorbyl_phosphate"]
    assert sum(n * round(load_compound(part).mean_charge(9.5)) for part, n in parts.items()) == 0


@pytest.mark.parametrize(
    "name",
    ["phosphatidylcholine", "deoxycholate", "hyaluronic_acid", "botulinum_toxin", "liposomes"],
)
def test_some_substances_are_refused_with_reason_and_source(name: str) -> None:
    assert name not in models.compounds()
    with pytest.raises(ModelInputError, match=r"refused: .*\(\d{4}\)"):
        load_compound(name)
    assert name in refused_compounds()


def test_cite_prints_what_is_known() -> None:
    assert "10.1016/j.jconrel.2007.07.004" in models.cite("mudry2007")
    assert len(models.cite().splitlines()) == len(sources())
    with pytest.raises(ModelInputError, match="nobody"):
        models.cite("nobody")

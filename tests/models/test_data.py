"""Judge every number that ships."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import models
from models import correlations
from models.citations import DATA, load_toml, sources
from models.compounds import ions, load_compound, refused_compounds
from models.errors import ModelInputError
from models.quantity import parse_quantity

FILES = sorted(
    item.name
    for item in DATA.iterdir()
    if item.name.endswith(".toml") and item.name != "sources.toml"
)
WORDS = {"title", "note", "evidence", "refused", "source", "layers", "deep_boundary"}
COUNTED = {"charge_protonated"}
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
    assert FILES == ["actives.toml", "ions.toml", "layers.toml", "refused.toml"]


@pytest.mark.parametrize("file", FILES)
def test_every_number_has_unit_uncertainty_source_and_basis(file: str) -> None:
    found = 0
    for name, node in numbers(file, dict(load_toml(file))):
        assert isinstance(node, dict), f"{name} = {node!r} is a bare number"
        parse_quantity(name, node, sources())
        found += 1
    assert found > 3


def test_a_bare_number_would_be_found() -> None:
    assert list(numbers("x", {"a": {"b": 3.0}})) == [("x.a.b", 3.0)]


def test_every_source_is_used_and_dated() -> None:
    used = {node["source"] for file in FILES for _, node in numbers(file, dict(load_toml(file)))}
    used |= {entry["source"] for entry in load_toml("refused.toml").values()}
    cited_in_code = {"lai1999", "mudry2006", "mudry2006b"}
    assert set(sources()) == used | cited_in_code
    assert all(1900 < source.year < 2030 for source in sources().values())
    assert {source.read for source in sources().values()} <= {
        "full",
        "excerpt",
        "abstract",
        "secondary",
        "no",
    }


@pytest.mark.parametrize("name", models.compounds())
def test_no_compound_reaches_deep_into_living_dermis(name: str) -> None:
    active = load_compound(name)
    free = correlations.dermis_diffusivity(active.molar_mass_g_per_mol)
    diffusivity = free / active.retardation()
    reach = correlations.decay_length_m(diffusivity, active.dermal_clearance_per_s())
    assert 0.05e-3 < reach < LONGEST_DECAY_M


@pytest.mark.parametrize("name", [*models.compounds(), *ions()])
def test_compounds_are_physical(name: str) -> None:
    compound = load_compound(name)
    constants = [constant.value for constant in compound.pka]
    assert constants == sorted(constants)
    assert 1e-11 < compound.water_diffusivity_25c_m2_per_s < 1e-8
    assert compound.title


@pytest.mark.parametrize(
    "name", ["phosphatidylcholine", "deoxycholate", "hyaluronic_acid", "botulinum_toxin"]
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

from __future__ import annotations

import math

import pytest

from models.errors import ModelInputError
from models.quantity import parse_quantity, parse_uncertainty, positive_quantity

GOOD = {
    "value": 2.0,
    "unit": "m",
    "uncertainty": "factor 3",
    "source": "crc",
    "basis": "assumed",
}
SOURCES = {"crc": object()}


def test_reads_a_whole_number() -> None:
    quantity = parse_quantity("here", GOOD, SOURCES)
    assert (quantity.value, quantity.unit, quantity.basis) == (2.0, "m", "assumed")
    assert quantity.ln_sd == pytest.approx(math.log(3.0) / 2.0)


@pytest.mark.parametrize("key", sorted(GOOD))
def test_every_key_is_needed(key: str) -> None:
    with pytest.raises(ModelInputError, match=key):
        parse_quantity("here", {k: v for k, v in GOOD.items() if k != key}, SOURCES)


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": float("nan")},
        {"value": True},
        {"value": "2"},
        {"unit": " "},
        {"uncertainty": "large"},
        {"uncertainty": "factor 0.5"},
        {"uncertainty": "sd x"},
        {"source": "nobody"},
        {"basis": "guessed"},
        {"surprise": 1},
    ],
)
def test_refuses(wrong: dict[str, object]) -> None:
    with pytest.raises(ModelInputError, match="here"):
        parse_quantity("here", {**GOOD, **wrong}, SOURCES)


def test_uncertainty_forms() -> None:
    assert parse_uncertainty("n", "exact") == 0.0
    assert parse_uncertainty("n", "sd 0.2") == 0.2


def test_positive_quantity() -> None:
    with pytest.raises(ModelInputError, match="above 0"):
        positive_quantity("here", {**GOOD, "value": 0.0}, SOURCES)

from __future__ import annotations

import math

import pytest

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.parameters import Parameter


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1", "", 1.0),
        ("+1.", "", 1.0),
        ("-.5", "", -0.5),
        ("1.5e-3", "", 1.5e-3),
        ("1.5 E -3", "", 1.5e-3),
        ("123456789012", "", 123456789012.0),
        ("2 mA", "A", 2e-3),
        ("2MA", "A", 2e-3),
        ("250uA", "A", 250e-6),
        ("10 nA", "A", 10e-9),
        ("1A", "A", 1.0),
        ("0.02KV", "V", 20.0),
        ("#H1F", "", 31.0),
        ("#b101", "", 5.0),
        ("#Q17", "", 15.0),
        ("INF", "", math.inf),
    ],
)
def test_numbers_in_every_form(text: str, unit: str, value: float) -> None:
    assert Parameter(text).number(unit) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "unit", "code"),
    [
        ("abc", "", -104),
        ("'1'", "", -104),
        ("1..2", "", -104),
        ("1,5", "", -104),
        ("0x10", "", -104),
        ("10X", "", -138),
        ("1 V", "A", -131),
        ("1 QA", "A", -131),
        ("1 V", "", -138),
        ("1" * 300, "", -120),
        ("(@1)", "", -104),
        ("٣", "", -104),
    ],
)
def test_what_is_no_number(text: str, unit: str, code: int) -> None:
    with pytest.raises(ScpiError) as caught:
        Parameter(text).number(unit)
    assert caught.value.code == code


def test_an_integer_is_rounded_and_finite() -> None:
    assert Parameter("2.6").integer() == 3
    for text in ("INF", "NAN", "1e400"):
        with pytest.raises(ScpiError):
            Parameter(text).integer()


@pytest.mark.parametrize(
    ("text", "value"),
    [("ON", True), ("off", False), ("1", True), ("0", False), ("0.4", False), ("7", True)],
)
def test_booleans(text: str, value: bool) -> None:
    assert Parameter(text).boolean() is value


@pytest.mark.parametrize(("text", "code"), [("YES", -224), ("'ON'", -104)])
def test_what_is_no_boolean(text: str, code: int) -> None:
    with pytest.raises(ScpiError) as caught:
        Parameter(text).boolean()
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["HIMP", "himp", "HIMPedance", "HIMPEDANCE"])
def test_short_and_long_form(text: str) -> None:
    assert Parameter(text).choice("NORMal", "HIMPedance") == "HIMP"


@pytest.mark.parametrize("text", ["HIM", "HIMPE", "HIMPEDANC", "X"])
def test_nothing_between_short_and_long_form(text: str) -> None:
    with pytest.raises(ScpiError) as caught:
        Parameter(text).choice("NORMal", "HIMPedance")
    assert caught.value.code == -224


@pytest.mark.parametrize(
    ("text", "value"),
    [("'VOLT'", "VOLT"), ('"VOLT:DC"', "VOLT:DC"), ('"a""b"', 'a"b'), ("'it''s'", "it's")],
)
def test_strings(text: str, value: str) -> None:
    assert Parameter(text).string() == value


def test_a_word_is_no_string() -> None:
    with pytest.raises(ScpiError) as caught:
        Parameter("VOLT").string()
    assert caught.value.code == -104

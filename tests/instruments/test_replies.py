from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.errors import InvalidReadingError
from instruments.replies import parse_flag, parse_scaled, split_fields, unquote


@pytest.mark.parametrize(
    ("text", "exponent", "value"),
    [
        ("1.000000E-03", 9, 1_000_000),
        ("-1.234567E-4", 9, -123_457),
        ("+5", 6, 5_000_000),
        ("0.0000000005", 9, 0),
        ("0.0000000015", 9, 2),
        (".5", 0, 0),
        ("9.9E29", 0, 99 * 10**28),
    ],
)
def test_numbers_become_integers(text: str, exponent: int, value: int) -> None:
    assert parse_scaled(text, exponent) == value


@pytest.mark.parametrize(
    "text",
    [
        "9.91E37",
        "-9.9e37",
        "9.9E+37",
        "1E30",
        "NaN",
        "nan",
        "inf",
        "-Infinity",
        "",
        " ",
        "+OVLD",
        "1,23",
        "1_000",
        "1e",
        "0x10",
        "1.0 V",
        "--1",
        "1.2.3",
        "١",
        "1E99999",
        "True",
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidReadingError, match="do not act on it"):
        parse_scaled(text, 9)


@given(st.text(max_size=40))
def test_any_text_is_a_bounded_integer_or_refused(text: str) -> None:
    try:
        value = parse_scaled(text, 9)
    except InvalidReadingError:
        value = 0
    assert abs(value) < 10**39


@given(st.integers(-(10**9), 10**9))
def test_a_level_survives_the_way_there_and_back(current_na: int) -> None:
    assert parse_scaled(f"{current_na}E-9", 9) == current_na


def test_fields_are_counted() -> None:
    assert split_fields("1, 2,3", 3) == ("1", "2", "3")
    for answer in ("1,2", "1,2,3,4", ""):
        with pytest.raises(InvalidReadingError, match="fields instead of 3"):
            split_fields(answer, 3)


def test_flags_and_strings() -> None:
    assert (parse_flag("1"), parse_flag("0")) == (True, False)
    for text in ("2", "", "ON", "1.0"):
        with pytest.raises(InvalidReadingError):
            parse_flag(text)
    assert unquote('"VOLT:DC"') == "VOLT:DC"
    assert unquote("'VOLT'") == "VOLT"

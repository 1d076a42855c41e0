"""Turn answers of instruments into integers, or refuse them.

Instruments say 9.91E+37 for "no reading", send empty fields and, after a fault on the wire, anything.
A number is accepted only in the decimal form of IEEE 488.2 (NRf) and below 1e30.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeVar

from instruments.errors import InvalidReadingError, SettingRefusedError

__all__ = [
    "confirm_kept",
    "parse_decimal",
    "parse_flag",
    "parse_scaled",
    "parse_word",
    "split_fields",
    "unquote",
]

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_Meaning = TypeVar("_Meaning")
_LARGEST = Decimal("1e30")


def split_fields(answer: str, count: int, separator: str = ",") -> tuple[str, ...]:
    """Split an answer into exactly so many fields.

    Parameters
    ----------
    answer : str
        What the instrument sent.
    count : int
        How many fields it must have.
    separator : str
        What stands between them.

    Returns
    -------
    tuple of str
        Fields without surrounding blanks.

    Raises
    ------
    InvalidReadingError
        If the count differs.
    """
    fields = tuple(field.strip(" ") for field in answer.split(separator))
    if len(fields) != count:
        raise InvalidReadingError(answer, f"{len(fields)} fields instead of {count}")
    return fields


def parse_decimal(text: str) -> Decimal:
    """Read one number exactly.

    Parameters
    ----------
    text : str
        Decimal number with or without exponent.

    Returns
    -------
    Decimal
        Its exact value.

    Raises
    ------
    InvalidReadingError
        If it is no decimal number, or 1e30 or more in magnitude.
    """
    if _NUMBER.fullmatch(text) is None:
        raise InvalidReadingError(text, "not a decimal number")
    value = Decimal(text)
    if abs(value) >= _LARGEST:
        raise InvalidReadingError(text, "the instrument's mark for no reading")
    return value


def parse_scaled(text: str, exponent: int) -> int:
    """Read one number in units of a power of ten.

    Parameters
    ----------
    text : str
        Decimal number in base units.
    exponent : int
        Minus the power of ten of the unit wanted: 9 for nano, 6 for micro.

    Returns
    -------
    int
        Value in that unit, rounded half to even.

    Raises
    ------
    InvalidReadingError
        As `parse_decimal`.
    """
    return round(parse_decimal(text).scaleb(exponent))


def parse_flag(text: str) -> bool:
    """Read a 0 or 1.

    Parameters
    ----------
    text : str
        What the instrument sent.

    Returns
    -------
    bool
        True for 1.

    Raises
    ------
    InvalidReadingError
        If it is neither.
    """
    if text not in {"0", "1"}:
        raise InvalidReadingError(text, "neither 0 nor 1")
    return text == "1"


def unquote(text: str) -> str:
    """Remove the quotation marks around a string answer.

    Parameters
    ----------
    text : str
        What the instrument sent.

    Returns
    -------
    str
        The string itself.
    """
    return text.strip('"') if text.startswith('"') else text.strip("'")


def parse_word(answer: str, meanings: Mapping[str, _Meaning], what: str) -> _Meaning:
    """Read one word of several.

    Parameters
    ----------
    answer : str
        What the instrument sent, in any case.
    meanings : Mapping
        What each word means, in capitals.
    what : str
        What it should be, for the message.

    Returns
    -------
    object
        What it means.

    Raises
    ------
    InvalidReadingError
        If it is none of them.
    """
    try:
        return meanings[answer.upper()]
    except KeyError as error:
        raise InvalidReadingError(answer, f"no {what}") from error


def confirm_kept(rows: Iterable[tuple[str, object, object]]) -> None:
    """Refuse the first setting that is kept at another value than it must have.

    Parameters
    ----------
    rows : iterable of tuple
        Name, wanted value and the value that was read back.

    Raises
    ------
    SettingRefusedError
        If one differs.
    """
    for name, wanted, kept in rows:
        if kept != wanted:
            raise SettingRefusedError(name, asked=wanted, kept=kept)

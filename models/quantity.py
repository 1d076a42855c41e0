"""Numbers with their unit, uncertainty, source and basis, as the data files hold them.

A number without all four cannot be loaded, so none can ship.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.bounds import finite, known, not_negative, positive
from models.errors import ModelInputError

BASES = ("read", "derived", "assumed")
_KEYS = {"value", "unit", "uncertainty", "source", "basis", "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """Hold one number of a data file with everything needed to judge it.

    Parameters
    ----------
    value : float
        The number, in `unit`.
    unit : str
        Unit as written in the file; "1" for a pure number.
    ln_sd : float
        Standard deviation of the natural logarithm; 0 for exact numbers. For a quantity that can
        be zero or negative (log K_ow, pKa) it is the standard deviation of the value itself.
    source : str
        Key into `sources.toml`.
    basis : str
        "read" in the source, "derived" by a named correlation, or "assumed".
    note : str
        What a reader should know before relying on it.
    """

    value: float
    unit: str
    ln_sd: float
    source: str
    basis: str
    note: str = ""


def parse_uncertainty(name: str, text: object) -> float:
    """Return the ln standard deviation written as "exact", "factor 3" or "sd 0.2".

    "factor 3" means 95 % of draws within a factor of three either way, hence ln(3)/2.

    Raises
    ------
    ModelInputError
        If the text has none of the three forms.
    """
    if text == "exact":
        return 0.0
    words = str(text).split()
    if len(words) == 2 and words[0] in {"factor", "sd"}:
        try:
            number = float(words[1])
        except ValueError:
            number = math.nan
        if words[0] == "factor" and number > 1.0:
            return math.log(number) / 2.0
        if words[0] == "sd":
            return not_negative(name, number)
    raise ModelInputError(f'{name}: uncertainty {text!r}; write "exact", "factor 3" or "sd 0.2"')


def parse_quantity(name: str, table: Mapping[str, Any], sources: Mapping[str, Any]) -> Quantity:
    """Return the quantity a table of a data file describes.

    Parameters
    ----------
    name : str
        File and key, for messages.
    table : mapping
        With keys value, unit, uncertainty, source, basis and optionally note.
    sources : mapping
        The known sources; the table's source must be one of them.

    Raises
    ------
    ModelInputError
        If a key is missing or unknown, or the source is not listed.
    """
    missing = _KEYS - {"note"} - set(table)
    unknown = set(table) - _KEYS
    if missing or unknown:
        raise ModelInputError(
            f"{name}: missing {sorted(missing)}, unknown {sorted(unknown)}; every number needs "
            "value, unit, uncertainty, source and basis"
        )
    if table["source"] not in sources:
        raise ModelInputError(f"{name}: source {table['source']!r} is not in sources.toml; add it")
    if not str(table["unit"]).strip():
        raise ModelInputError(f'{name}: unit is empty; write "1" for a pure number')
    return Quantity(
        value=finite(name, table["value"]),
        unit=str(table["unit"]),
        ln_sd=parse_uncertainty(name, table["uncertainty"]),
        source=str(table["source"]),
        basis=known(f"{name} basis", str(table["basis"]), BASES),
        note=str(table.get("note", "")),
    )


def positive_quantity(name: str, table: Mapping[str, Any], sources: Mapping[str, Any]) -> Quantity:
    """Return a quantity whose value must be above zero; see `parse_quantity`."""
    quantity = parse_quantity(name, table, sources)
    positive(name, quantity.value)
    return quantity

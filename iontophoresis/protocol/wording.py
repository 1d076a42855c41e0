"""The sentences of refused values: for each kind of pydantic error, the reason and the advice.

One table, so that every refusal of every file reads alike.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Mapping, Sequence

from pydantic_core import ErrorDetails

from iontophoresis.errors import printable
from iontophoresis.protocol.locate import Place, known_keys
from iontophoresis.protocol.unit_hints import display_unit, suggest_key, suggest_value

Wording = tuple[str, str]

KINDS: Sequence[tuple[type, str]] = (
    (bool, "true or false"),
    (int, "a number"),
    (float, "a number"),
    (str, "text in quotes"),
    (dict, "a table"),
    (list, "a list"),
    (dt.date, "a date"),
    (dt.time, "a time"),
)
WANTED: Mapping[str, str] = {
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "string_type": "text in quotes",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "tuple_type": "a list",
    "date_type": "a date such as 2026-01-31, without quotes",
}
UNBOUNDED = float("inf")


def show(value: object) -> str:
    """Show a value the way the file writes it, on one line, shortened."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{printable(value)}"'
    if isinstance(value, dict | list):
        return "{...}" if isinstance(value, dict) else "[...]"
    return printable(str(value))


def one_of(choices: Sequence[str]) -> str:
    """Name the values that are allowed."""
    quoted = ", ".join(f'"{choice}"' for choice in choices)
    return f"must be {quoted}" if len(choices) == 1 else f"must be one of {quoted}"


def closest(value: object, choices: Sequence[str]) -> str:
    """Ask whether one of the choices was meant, or say to choose."""
    text = str(value)[:80].casefold()
    folded = {choice.casefold(): choice for choice in choices}
    close = difflib.get_close_matches(text, folded, n=1, cutoff=0.5)
    return f'did you mean "{folded[close[0]]}"?' if close else "choose one of them"


def word(place: Place, details: ErrorDetails) -> Wording:
    """Say what is wrong with a value and what to do.

    Parameters
    ----------
    place : Place
        Where it stands.
    details : ErrorDetails
        What pydantic found.

    Returns
    -------
    tuple of (str, str)
        Reason and advice.
    """
    kind = details["type"]
    if kind in WANTED:
        return _wrong_type(WANTED[kind], place.value)
    wording = WORDINGS.get(kind)
    return wording(place, details) if wording else (details["msg"], "correct it")


def _wrong_type(wanted: str, value: object) -> Wording:
    found = next((name for cls, name in KINDS if isinstance(value, cls)), "")
    advice = "correct it"
    if "number" in wanted and isinstance(value, str):
        advice = "write it without quotes"
    same = found == wanted or not found
    return f"must be {wanted}" + ("" if same else f", not {found}"), advice


def _missing(place: Place, _: ErrorDetails) -> Wording:
    purpose = (place.field.description or "") if place.field else ""
    note = place.section.missing_note if place.section else ""
    return "is missing", "; ".join(p for p in (f"add it: {purpose}" if purpose else "", note) if p)


def _unknown(place: Place, _: ErrorDetails) -> Wording:
    known = known_keys(place.section) if place.section else ()
    hint = suggest_key(place.last, known, place.value)
    return "unknown key", hint[1] if hint else "this table knows " + ", ".join(known)


def _infinite(_place: Place, _: ErrorDetails) -> Wording:
    return "must be a finite number", "write the number you mean"


def _out_of_bounds(place: Place, details: ErrorDetails) -> Wording:
    limits = {k: float(v) for k, v in (details.get("ctx") or {}).items() if k in _SIDES}
    for bound in place.field.metadata if place.field else ():
        limits |= {side: float(getattr(bound, side)) for side in _SIDES if hasattr(bound, side)}
    sides = [f"{phrase} {limits[side]:.10g}" for side, phrase in _SIDES.items() if side in limits]
    low = limits.get("ge", limits.get("gt", -UNBOUNDED))
    high = limits.get("le", limits.get("lt", UNBOUNDED))
    unit = display_unit(place.last) or display_unit(place.table)
    reason = f"must be {' and '.join(sides)}" + (f" {unit}" if unit else "")
    return reason, suggest_value(place.last, place.value, low, high) or "correct it"


def _literal(place: Place, details: ErrorDetails) -> Wording:
    expected = str((details.get("ctx") or {}).get("expected", ""))
    choices = re.findall(r"'([^']*)'", expected)
    if not choices:
        return f"must be {expected}", "correct it"
    return one_of(choices), closest(place.value, choices)


def _bad_name(_place: Place, _: ErrorDetails) -> Wording:
    reason = (
        'must be letters, digits, "_", "-" and ".", at most 40, beginning with a letter or digit'
    )
    return reason, "shorten it, and put the long form in notes"


def _too_short(_place: Place, details: ErrorDetails) -> Wording:
    least = (details.get("ctx") or {}).get("min_length")
    return f"must have at least {least} characters", "write it out"


def _too_long(place: Place, details: ErrorDetails) -> Wording:
    most = (details.get("ctx") or {}).get("max_length")
    noun = "characters" if isinstance(place.value, str) else "entries"
    return f"must have at most {most} {noun}", "shorten it"


_SIDES: Mapping[str, str] = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
WORDINGS: Mapping[str, Callable[[Place, ErrorDetails], Wording]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "finite_number": _infinite,
    "greater_than": _out_of_bounds,
    "greater_than_equal": _out_of_bounds,
    "less_than": _out_of_bounds,
    "less_than_equal": _out_of_bounds,
    "literal_error": _literal,
    "string_pattern_mismatch": _bad_name,
    "string_too_short": _too_short,
    "string_too_long": _too_long,
    "too_long": _too_long,
}

"""Recognize a key or number written in another unit than the file uses.

A stray unit is the commonest and most dangerous slip in a protocol (mm2 for cm2 is a factor 100 in
current density), so the refusal names the right key and the converted number.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

#: Right unit -> other spellings of the same quantity and what one of them is in the right unit.
OTHER_UNITS: Mapping[str, Mapping[str, float]] = {
    "cm2": {"mm2": 1e-2, "m2": 1e4, "in2": 6.4516},
    "ma": {"ua": 1e-3, "na": 1e-6, "a": 1e3},
    "ma_per_cm2": {"ua_per_cm2": 1e-3, "a_per_m2": 0.1, "ma_per_mm2": 100.0},
    "ma_min": {"c": 1 / 0.06, "mc": 1 / 60, "ma_s": 1 / 60, "mah": 60.0, "ma_h": 60.0},
    "c_per_cm2": {"mc_per_cm2": 1e-3, "ma_min_per_cm2": 0.06, "c_per_m2": 1e-4},
    "ma_per_s": {"ua_per_s": 1e-3, "ma_per_min": 1 / 60},
    "v": {"mv": 1e-3, "kv": 1e3},
    "s": {"ms": 1e-3, "min": 60.0, "h": 3600.0},
    "min": {"s": 1 / 60, "h": 60.0},
    "mm": {"um": 1e-3, "m": 1e3, "mol_per_m3": 1.0},
    "ml": {"ul": 1e-3, "l": 1e3, "cm3": 1.0},
    "um": {"nm": 1e-3, "mm": 1e3, "cm": 1e4, "m": 1e6},
    "kohm_cm2": {"ohm_cm2": 1e-3, "mohm_cm2": 1e3, "kohm_m2": 1e4},
    "ug_per_cm2": {"ng_per_cm2": 1e-3, "mg_per_cm2": 1e3, "mg_per_m2": 0.1, "g_per_m2": 100.0},
}

DISPLAY: Mapping[str, str] = {
    "cm2": "cm2",
    "ma": "mA",
    "ma_per_cm2": "mA/cm2",
    "ma_min": "mA·min",
    "c_per_cm2": "C/cm2",
    "ma_per_s": "mA/s",
    "v": "V",
    "s": "s",
    "min": "min",
    "ms": "ms",
    "mm": "mM",
    "ml": "mL",
    "um": "um",
    "kohm_cm2": "kOhm·cm2",
    "ug_per_cm2": "ug/cm2",
    "kohm": "kOhm",
}
OTHER_DISPLAY: Mapping[str, str] = {
    "ua": "uA",
    "na": "nA",
    "a": "A",
    "mv": "mV",
    "kv": "kV",
    "c": "C",
    "mc": "mC",
    "ma_s": "mA·s",
    "mah": "mA·h",
    "m": "M",
    "ul": "uL",
    "l": "L",
    "ua_per_cm2": "uA/cm2",
    "a_per_m2": "A/m2",
    "ohm_cm2": "Ohm·cm2",
}


def split_unit(key: str) -> tuple[str, str]:
    """Split a key into what it names and its unit; the unit is empty when it has none of ours."""
    fitting = [unit for unit in DISPLAY if key.endswith("_" + unit)]
    unit = max(fitting, key=len, default="")
    return (key.removesuffix("_" + unit) if unit else key), unit


def display_unit(key: str) -> str:
    """Show the unit of a key as printed on screens, or nothing."""
    return DISPLAY.get(split_unit(key)[1], "")


def suggest_key(unknown: str, known: Iterable[str], value: object) -> tuple[str, str] | None:
    """Find the key that was probably meant.

    Parameters
    ----------
    unknown : str
        The key in the file.
    known : iterable of str
        The keys this table has.
    value : object
        The number written there, if it is one.

    Returns
    -------
    tuple of (str, str) or None
        The right key and a sentence about it.
    """
    known = list(known)
    for key in known:
        hint = _other_unit(unknown.lower(), key, value)
        if hint:
            return key, hint
    close = difflib.get_close_matches(unknown.lower(), known, n=1, cutoff=0.6)
    return (close[0], f'did you mean "{close[0]}"?') if close else None


def suggest_value(key: str, value: object, low: float, high: float) -> str:
    """Say what an out-of-range number would be if it were in another unit, or nothing.

    Only the likeliest slip is offered: the first of the other units that lands within the bounds.
    """
    unit = split_unit(key)[1]
    number = _number(value)
    if not number:
        return ""
    for other, factor in OTHER_UNITS.get(unit, {}).items():
        if low <= number * factor <= high:
            shown = OTHER_DISPLAY.get(other, DISPLAY.get(other, other))
            return f"if this is in {shown}, write {number * factor:g} ({DISPLAY[unit]})"
    return ""


def _other_unit(unknown: str, key: str, value: object) -> str:
    stem, unit = split_unit(key)
    if not unit:
        return ""
    if unknown == stem:
        return f'this key is "{key}", in {DISPLAY[unit]}'
    for other, factor in OTHER_UNITS.get(unit, {}).items():
        if unknown == f"{stem}_{other}":
            number = _number(value)
            converted = f" (here {number * factor:g})" if number is not None else ""
            return f'this key is "{key}", in {DISPLAY[unit]}{converted}'
    return ""


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, int | float) and value is not True else None
    except OverflowError:
        return None

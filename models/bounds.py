"""Checks of single numbers, so that every refusal reads alike."""

from __future__ import annotations

import math
from numbers import Real

from models.errors import ModelInputError


def finite(name: str, value: object) -> float:
    """Return a finite float.

    Raises
    ------
    ModelInputError
        If the value is no real number, a boolean, NaN or infinite.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ModelInputError(f"{name} = {value!r}: give one finite number")
    return float(value)


def positive(name: str, value: object) -> float:
    """Return a finite float above zero, or raise `ModelInputError`."""
    number = finite(name, value)
    if number <= 0.0:
        raise ModelInputError(f"{name} = {number:g}: must be above 0")
    return number


def not_negative(name: str, value: object) -> float:
    """Return a finite float of zero or more, or raise `ModelInputError`."""
    number = finite(name, value)
    if number < 0.0:
        raise ModelInputError(f"{name} = {number:g}: must not be negative")
    return number


def within(name: str, value: object, low: float, high: float) -> float:
    """Return a finite float in the closed range, or raise `ModelInputError`."""
    number = finite(name, value)
    if not low <= number <= high:
        raise ModelInputError(f"{name} = {number:g}: must lie between {low:g} and {high:g}")
    return number


def known(name: str, value: str, choices: tuple[str, ...]) -> str:
    """Return a name that is among the choices, or raise `ModelInputError` listing them."""
    if value not in choices:
        raise ModelInputError(f"{name} = {value!r}: choose one of {', '.join(choices)}")
    return value

"""Hold what a script of a test script processor can reach: attributes, functions, constants."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "Attribute",
    "Function",
    "ScriptError",
    "Space",
    "Word",
    "constant",
    "finite",
    "number",
    "switch",
]


class ScriptError(Exception):
    """End the script that asked for something that is not there."""


class Word(str):
    """Name one of the instrument's constants, such as ``smu.ON``; it prints as its name."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """Hold something that is read, written or both.

    Parameters
    ----------
    read : callable or None
        Gives the value.
    write : callable or None
        Takes a value and gives the seconds it takes.
    """

    read: Callable[[], Any] | None = None
    write: Callable[[Any], float] | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """Hold something that is called.

    Parameters
    ----------
    call : callable
        Gives a value, a tuple of values or None.
    duration : callable or None
        Seconds that pass before each call of a measurement, which is given its number from 1.
    count : callable
        How many measurements one call makes.
    """

    call: Callable[..., Any]
    duration: Callable[[int], float] | None = None
    count: Callable[[], int] = lambda: 1


Space = Mapping[str, "Attribute | Function | Space"]
"""Names of one level."""


def constant(value: Any) -> Attribute:
    """Give a constant.

    Parameters
    ----------
    value : Any
        What it is.

    Returns
    -------
    Attribute
        Read only.
    """
    return Attribute(lambda: value)


def finite(value: Any) -> float:
    """Read a number that a script gave.

    Parameters
    ----------
    value : Any
        What it gave.

    Returns
    -------
    float
        The number; infinite and undefined ones are refused.

    Raises
    ------
    ScriptError
        If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ScriptError("parameter is not a number")
    given = float(value)
    if not math.isfinite(given):
        raise ScriptError("parameter is not a finite number")
    return given


def number(
    read: Callable[[], float], write: Callable[[float], None], takes_s: float = 0.0
) -> Attribute:
    """Give an attribute that is a number.

    Parameters
    ----------
    read : callable
        Gives it.
    write : callable
        Sets it, or raises `ScpiError`.
    takes_s : float
        Seconds that setting takes.

    Returns
    -------
    Attribute
        Read and written.
    """

    def put(value: Any) -> float:
        write(finite(value))
        return takes_s

    return Attribute(read, put)


def switch(
    words: Sequence[str],
    read: Callable[[], int],
    write: Callable[[int], None],
    *,
    named: bool,
    takes_s: float = 0.0,
) -> Attribute:
    """Give an attribute that is one of several constants.

    Parameters
    ----------
    words : sequence of str
        Full names of the constants; their positions are their numbers.
    read, write : callable
        Give and set the position.
    named : bool
        Whether it reads as a name or as a number; either is understood.
    takes_s : float
        Seconds that setting takes.

    Returns
    -------
    Attribute
        Read and written.
    """

    def get() -> Any:
        return Word(words[read()]) if named else float(read())

    def put(value: Any) -> float:
        if isinstance(value, str) and value in words:
            position = words.index(value)
        else:
            asked = finite(value)
            position = int(asked)
            if position != asked or not 0 <= position < len(words):
                raise ScriptError("parameter is none of the constants allowed")
        write(position)
        return takes_s

    return Attribute(get, put)

"""Write integers as the decimal numbers of program messages, without losing a digit."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["amperes", "seconds", "thousandths", "volts"]


def amperes(current_na: int) -> str:
    """Write nanoamperes as amperes.

    Parameters
    ----------
    current_na : int
        Current, nA.

    Returns
    -------
    str
        The same in A, ten significant digits.
    """
    return f"{Decimal(current_na).scaleb(-9):.9E}"


def volts(voltage_uv: int) -> str:
    """Write microvolts as volts.

    Parameters
    ----------
    voltage_uv : int
        Voltage, uV.

    Returns
    -------
    str
        The same in V, in fixed point.
    """
    return f"{Decimal(voltage_uv).scaleb(-6):f}"


def seconds(time_ms: int) -> str:
    """Write milliseconds as seconds.

    Parameters
    ----------
    time_ms : int
        Time, ms.

    Returns
    -------
    str
        The same in s, in fixed point.
    """
    return thousandths(time_ms)


def thousandths(value_milli: int) -> str:
    """Write thousandths of a unit in that unit.

    Parameters
    ----------
    value_milli : int
        Thousandths.

    Returns
    -------
    str
        The same in the unit, in fixed point.
    """
    return f"{Decimal(value_milli).scaleb(-3):f}"

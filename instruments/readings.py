"""Hold what comes back from an instrument: who it is, what it read, how it was shown to be off.

Everything is an integer with its unit in the name: nA, uV, us.
"""

from __future__ import annotations

from dataclasses import dataclass

from instruments.declarations import OffState

__all__ = ["Identity", "OffReport", "ProgramReport", "Reading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Hold what an instrument says it is.

    Parameters
    ----------
    manufacturer, model, serial, firmware : str
        The four fields of its identification.
    """

    manufacturer: str
    model: str
    serial: str
    firmware: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Hold one answer of a source, taken in one query.

    Parameters
    ----------
    voltage_uv : int
        Measured voltage at the terminals, uV.
    current_na : int
        Measured current, nA, positive out of HI.
    limited : bool
        The source could not reach its level: the compliance holds the voltage.
    output_on : bool
        The output was on when the reading was taken.
    instrument_time_us : int
        The instrument's own time of the reading, us; it must advance from reading to reading.
    """

    voltage_uv: int
    current_na: int
    limited: bool
    output_on: bool
    instrument_time_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OffReport:
    """Hold how an output was shown to be off.

    Parameters
    ----------
    level_na : int
        Programmed level that was read back, nA.
    output_on : bool
        Output state that was read back; False in every report that is returned.
    off_state : OffState
        Terminals while the output is off.
    attempts : int
        How often OFF was sent until it was confirmed.
    reconnected : bool
        The connection had to be opened anew for it.
    """

    level_na: int
    output_on: bool
    off_state: OffState
    attempts: int
    reconnected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramReport:
    """Hold what could be read of a running program without disturbing it.

    Parameters
    ----------
    running : bool or None
        Whether it still plays; None while the bus cannot be asked.
    readings : tuple of Reading
        New since the last report, one a point, in order.
    """

    running: bool | None
    readings: tuple[Reading, ...] = ()

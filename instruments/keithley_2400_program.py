"""Write a finite program for a Series 2400 and read what it measured.

A list sweep with auto output-off at the end of the trigger count: the output comes on with the first
point and goes off by itself after the last, which is always zero (2400S-900-01, 18-72 and 18-75).
"""

from __future__ import annotations

from instruments.declarations import SourceSettings
from instruments.errors import InvalidReadingError
from instruments.list_program import ListProgram, in_pieces
from instruments.orders import seconds
from instruments.readings import Reading
from instruments.replies import confirm_kept, parse_scaled, split_fields

__all__ = [
    "PROGRAM_QUERY",
    "confirm_program",
    "measuring_ms",
    "parse_reading",
    "parse_readings",
    "program_messages",
]

_ELEMENTS = 4
_LONGEST_LINE_PERIOD_MS = 20
_OVERHEAD_MS = 2
_LIMITED = 1 << 3 | 1 << 4 | 1 << 16
"""Bits of the status word: compliance, over-voltage protection, compliance of the range."""
PROGRAM_QUERY = (
    ":SOUR:LIST:CURR:POIN?;:TRIG:COUN?;:ARM:COUN?;:SOUR:CURR:MODE?;:SOUR:CLE:AUTO?;"
    ":SOUR:CLE:AUTO:MODE?;:SOUR:SWE:RANG?;:SOUR:DEL:AUTO?;:SOUR:DEL?;:TRIG:DEL?;"
    ":SOUR:LIST:CURR?"
)


def measuring_ms(settings: SourceSettings) -> int:
    """Give the longest time that one point takes beside its source delay.

    Parameters
    ----------
    settings : SourceSettings
        What is set.

    Returns
    -------
    int
        Two integrations at 50 Hz and overhead, ms, rounded up.
    """
    return -(-2 * settings.nplc_milli * _LONGEST_LINE_PERIOD_MS // 1000) + _OVERHEAD_MS


def program_messages(program: ListProgram) -> tuple[str, ...]:
    """List the messages that load a program.

    Parameters
    ----------
    program : ListProgram
        Checked.

    Returns
    -------
    tuple of str
        Messages, in order.
    """
    delay = seconds(program.point_ms - measuring_ms(program.settings))
    return (
        (
            f":ARM:COUN 1;:TRIG:COUN {program.points};:TRIG:DEL 0;"
            f":SOUR:DEL:AUTO OFF;:SOUR:DEL {delay}"
        ),
        *in_pieces(":SOUR:LIST:CURR", program.amperes()),
        ":SOUR:SWE:RANG FIX;:SOUR:CURR:MODE LIST;:SOUR:CLE:AUTO:MODE TCO;:SOUR:CLE:AUTO ON",
    )


def confirm_program(answer: str, program: ListProgram, step_na: int) -> None:
    """Compare the answer to PROGRAM_QUERY with what was loaded.

    Parameters
    ----------
    answer : str
        Eleven fields.
    program : ListProgram
        What was loaded.
    step_na : int
        How far the instrument may round a level, nA.

    Raises
    ------
    SettingRefusedError
        If it keeps something else.
    InvalidReadingError
        If a field cannot be read.
    """
    fields = split_fields(answer, 11, ";")
    delay_ms = program.point_ms - measuring_ms(program.settings)
    counts = tuple(parse_scaled(field, 0) for field in fields[:3])
    words = tuple(word.upper()[:4] for word in fields[3:8])
    delays_ms = tuple(parse_scaled(field, 3) for field in fields[8:10])
    confirm_kept(
        (
            ("points", (program.points, program.points, 1), counts),
            ("program", ("LIST", "1", "TCO", "FIX", "0"), words),
            ("delays_ms", (delay_ms, 0), delays_ms),
        )
    )
    program.confirm_levels(fields[10], step_na)


def parse_reading(answer: str, *, output_on: bool) -> Reading:
    """Read voltage, current, time and status word.

    Parameters
    ----------
    answer : str
        Four fields.
    output_on : bool
        Whether the output was on.

    Returns
    -------
    Reading
        With the instrument's own time, which starts anew after 100 000 s.

    Raises
    ------
    InvalidReadingError
        If a field is no reading.
    """
    voltage, current, time, status = split_fields(answer, _ELEMENTS)
    return Reading(
        voltage_uv=parse_scaled(voltage, 6),
        current_na=parse_scaled(current, 9),
        limited=bool(parse_scaled(status, 0) & _LIMITED),
        output_on=output_on,
        instrument_time_us=parse_scaled(time, 6),
    )


def parse_readings(answer: str, count: int) -> tuple[Reading, ...]:
    """Read what a program measured.

    Parameters
    ----------
    answer : str
        Four fields a point.
    count : int
        Points of the program, without the zero at its end.

    Returns
    -------
    tuple of Reading
        One a point, without the zero at the end.

    Raises
    ------
    InvalidReadingError
        If there are more or fewer, or one is no reading.
    """
    fields = answer.split(",")
    if len(fields) != _ELEMENTS * (count + 1):
        raise InvalidReadingError(answer, f"{len(fields)} fields for {count + 1} points")
    return tuple(
        parse_reading(",".join(fields[first : first + _ELEMENTS]), output_on=True)
        for first in range(0, _ELEMENTS * count, _ELEMENTS)
    )

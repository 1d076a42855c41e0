"""Write a finite program for a Series 2400 and read what it measured.

A list sweep with auto output-off at the end of the trigger count: the output comes on with the first
point and goes off by itself after the last, which is always zero (2400S-900-01, 18-72 and 18-75).
"""

from __future__ import annotations

from collections.abc import Sequence

from instruments.declarations import SourceSettings
from instruments.errors import InvalidReadingError, SettingRefusedError
from instruments.keithley_2400_setup import LONGEST_PROGRAM_MS
from instruments.orders import amperes, seconds
from instruments.readings import Reading
from instruments.replies import parse_scaled, split_fields

__all__ = [
    "PROGRAM_QUERY",
    "check_program",
    "confirm_program",
    "measuring_ms",
    "parse_reading",
    "parse_readings",
    "program",
]

_ELEMENTS = 4
_POINTS_A_MESSAGE = 100
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


def check_program(
    levels_na: Sequence[int], point_ms: int, settings: SourceSettings, most_points: int
) -> None:
    """Refuse a program that cannot be played as it stands.

    Parameters
    ----------
    levels_na : sequence of int
        Levels, nA.
    point_ms : int
        Time at each, ms.
    settings : SourceSettings
        What is set.
    most_points : int
        Most points there is room for.

    Raises
    ------
    SettingRefusedError
        If there are too few or too many points, one is beyond the range, a point is shorter than its
        measurement, or the whole is longer than LONGEST_PROGRAM_MS.
    """
    highest = max(map(abs, levels_na), default=0)
    longest = LONGEST_PROGRAM_MS // max(point_ms, 1)
    for name, value, low, high in (
        ("points", len(levels_na), 1, most_points),
        ("level_na", highest, 0, settings.current_range_na),
        ("point_ms", point_ms, measuring_ms(settings), LONGEST_PROGRAM_MS),
        ("points", len(levels_na), 1, longest),
    ):
        if not low <= value <= high:
            raise SettingRefusedError(name, asked=value, kept=f"{low} to {high}")


def program(levels_na: Sequence[int], point_ms: int, settings: SourceSettings) -> tuple[str, ...]:
    """List the messages that load a program, with level zero at its end.

    Parameters
    ----------
    levels_na : sequence of int
        Checked levels, nA.
    point_ms : int
        Time at each, ms.
    settings : SourceSettings
        What is set.

    Returns
    -------
    tuple of str
        Messages, in order.
    """
    points = [amperes(level_na) for level_na in (*levels_na, 0)]
    pieces = [
        ",".join(points[first : first + _POINTS_A_MESSAGE])
        for first in range(0, len(points), _POINTS_A_MESSAGE)
    ]
    delay = seconds(point_ms - measuring_ms(settings))
    return (
        f":ARM:COUN 1;:TRIG:COUN {len(points)};:TRIG:DEL 0;:SOUR:DEL:AUTO OFF;:SOUR:DEL {delay}",
        f":SOUR:LIST:CURR {pieces[0]}",
        *(f":SOUR:LIST:CURR:APP {piece}" for piece in pieces[1:]),
        ":SOUR:SWE:RANG FIX;:SOUR:CURR:MODE LIST;:SOUR:CLE:AUTO:MODE TCO;:SOUR:CLE:AUTO ON",
    )


def confirm_program(
    answer: str, levels_na: Sequence[int], point_ms: int, settings: SourceSettings, step_na: int
) -> None:
    """Compare the answer to PROGRAM_QUERY with what was loaded.

    Parameters
    ----------
    answer : str
        Eleven fields.
    levels_na : sequence of int
        Levels without the zero at the end, nA.
    point_ms : int
        Time at each, ms.
    settings : SourceSettings
        What is set.
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
    count = len(levels_na) + 1
    words = tuple(word.upper()[:4] for word in fields[3:8])
    for name, asked, kept in (
        ("points", (count, count, 1), tuple(parse_scaled(field, 0) for field in fields[:3])),
        ("program", ("LIST", "1", "TCO", "FIX", "0"), words),
        (
            "delays_ms",
            (point_ms - measuring_ms(settings), 0),
            tuple(parse_scaled(field, 3) for field in fields[8:10]),
        ),
    ):
        if kept != asked:
            raise SettingRefusedError(name, asked=asked, kept=kept)
    kept_na = [parse_scaled(field, 9) for field in split_fields(fields[10], count)]
    for asked_na, found_na in zip((*levels_na, 0), kept_na, strict=True):
        if abs(asked_na - found_na) > (step_na if asked_na else 0):
            raise SettingRefusedError("level_na", asked=asked_na, kept=found_na)


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

"""Write a finite program for one channel of a Keysight B2900.

A list of levels on the channel's own timer, with as many measurements, each at the end of its point.
Automatic output off opens the output when source and measurement are both idle again, and the last
level is always zero.
"""

from __future__ import annotations

from collections.abc import Sequence

from instruments.declarations import SourceSettings
from instruments.errors import SettingRefusedError
from instruments.keysight_b2900_setup import LONGEST_PROGRAM_MS
from instruments.orders import amperes, seconds
from instruments.replies import parse_scaled, split_fields

__all__ = ["check_program", "confirm_program", "measuring_ms", "program", "program_query"]

_POINTS_A_MESSAGE = 100
_LONGEST_LINE_PERIOD_MS = 20
_OVERHEAD_MS = 5


def measuring_ms(settings: SourceSettings) -> int:
    """Give the longest time that the measurement of one point takes.

    Parameters
    ----------
    settings : SourceSettings
        What is set.

    Returns
    -------
    int
        One integration at 50 Hz and overhead, ms, rounded up.
    """
    return -(-settings.nplc_milli * _LONGEST_LINE_PERIOD_MS // 1000) + _OVERHEAD_MS


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
    longest = LONGEST_PROGRAM_MS // max(point_ms, 1)
    highest = max(map(abs, levels_na), default=0)
    for name, value, low, high in (
        ("points", len(levels_na), 1, min(most_points, longest)),
        ("level_na", highest, 0, settings.current_range_na),
        ("point_ms", point_ms, measuring_ms(settings), LONGEST_PROGRAM_MS),
    ):
        if not low <= value <= high:
            raise SettingRefusedError(name, asked=value, kept=f"{low} to {high}")


def program(
    levels_na: Sequence[int], point_ms: int, settings: SourceSettings, channel: int
) -> tuple[str, ...]:
    """List the messages that load a program, with level zero at its end.

    Parameters
    ----------
    levels_na : sequence of int
        Checked levels, nA.
    point_ms : int
        Time at each, ms.
    settings : SourceSettings
        What is set.
    channel : int
        1 or 2.

    Returns
    -------
    tuple of str
        Messages, in order.
    """
    points = [amperes(level_na) for level_na in (*levels_na, 0)]
    first, *others = (
        ",".join(points[start : start + _POINTS_A_MESSAGE])
        for start in range(0, len(points), _POINTS_A_MESSAGE)
    )
    source, trigger = f":SOUR{channel}", f":TRIG{channel}"
    delay = seconds(point_ms - measuring_ms(settings))
    return (
        f":OUTP{channel}:OFF:AUTO 1;:ARM{channel}:TRAN:COUN 1;:ARM{channel}:ACQ:COUN 1",
        f"{trigger}:TRAN:SOUR TIM;{trigger}:TRAN:TIM {seconds(point_ms)};{trigger}:TRAN:DEL 0",
        f"{trigger}:ACQ:SOUR TIM;{trigger}:ACQ:TIM {seconds(point_ms)};{trigger}:ACQ:DEL {delay}",
        f"{trigger}:TRAN:COUN {len(points)};{trigger}:ACQ:COUN {len(points)}",
        f"{source}:LIST:CURR {first}",
        *(f"{source}:LIST:CURR:APP {piece}" for piece in others),
        f"{source}:CURR:MODE LIST",
    )


def program_query(channel: int) -> str:
    """Write the question for a whole program.

    Parameters
    ----------
    channel : int
        1 or 2.

    Returns
    -------
    str
        For `confirm_program`.
    """
    source, trigger, arm = f":SOUR{channel}", f":TRIG{channel}", f":ARM{channel}"
    return (
        f"{source}:LIST:CURR:POIN?;{trigger}:TRAN:COUN?;{trigger}:ACQ:COUN?;{arm}:TRAN:COUN?;"
        f"{arm}:ACQ:COUN?;{trigger}:TRAN:SOUR?;{trigger}:ACQ:SOUR?;{source}:CURR:MODE?;"
        f":OUTP{channel}:OFF:AUTO?;{trigger}:TRAN:TIM?;{trigger}:ACQ:TIM?;{trigger}:TRAN:DEL?;"
        f"{trigger}:ACQ:DEL?;{source}:LIST:CURR?"
    )


def confirm_program(
    answer: str, levels_na: Sequence[int], point_ms: int, settings: SourceSettings, step_na: int
) -> None:
    """Compare the answer to the question for a program with what was loaded.

    Parameters
    ----------
    answer : str
        Fourteen fields.
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
    fields = split_fields(answer, 14, ";")
    count = len(levels_na) + 1
    delay_ms = point_ms - measuring_ms(settings)
    for name, asked, kept in (
        ("points", (count,) * 3 + (1, 1), tuple(parse_scaled(field, 0) for field in fields[:5])),
        ("program", ("TIM", "TIM", "LIST", "1"), tuple(word.upper() for word in fields[5:9])),
        (
            "times_ms",
            (point_ms, point_ms, 0, delay_ms),
            tuple(parse_scaled(field, 3) for field in fields[9:13]),
        ),
    ):
        if kept != asked:
            raise SettingRefusedError(name, asked=asked, kept=kept)
    kept_na = [parse_scaled(field, 9) for field in split_fields(fields[13], count)]
    for asked_na, found_na in zip((*levels_na, 0), kept_na, strict=True):
        if abs(asked_na - found_na) > (step_na if asked_na else 0):
            raise SettingRefusedError("level_na", asked=asked_na, kept=found_na)

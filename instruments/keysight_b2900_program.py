"""Write a finite program for one channel of a Keysight B2900.

A list of levels on the channel's own timer, with as many measurements, each at the end of its point.
Automatic output off opens the output when source and measurement are both idle again, and the last
level is always zero.
"""

from __future__ import annotations

from instruments.declarations import SourceSettings
from instruments.list_program import ListProgram, in_pieces
from instruments.orders import seconds
from instruments.replies import confirm_kept, parse_scaled, split_fields

__all__ = ["confirm_program", "measuring_ms", "program_messages", "program_query"]

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


def program_messages(program: ListProgram, channel: int) -> tuple[str, ...]:
    """List the messages that load a program.

    Parameters
    ----------
    program : ListProgram
        Checked.
    channel : int
        1 or 2.

    Returns
    -------
    tuple of str
        Messages, in order.
    """
    source, trigger = f":SOUR{channel}", f":TRIG{channel}"
    point = seconds(program.point_ms)
    delay = seconds(program.point_ms - measuring_ms(program.settings))
    return (
        f":OUTP{channel}:OFF:AUTO 1;:ARM{channel}:TRAN:COUN 1;:ARM{channel}:ACQ:COUN 1",
        f"{trigger}:TRAN:SOUR TIM;{trigger}:TRAN:TIM {point};{trigger}:TRAN:DEL 0",
        f"{trigger}:ACQ:SOUR TIM;{trigger}:ACQ:TIM {point};{trigger}:ACQ:DEL {delay}",
        f"{trigger}:TRAN:COUN {program.points};{trigger}:ACQ:COUN {program.points}",
        *in_pieces(f"{source}:LIST:CURR", program.amperes()),
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


def confirm_program(answer: str, program: ListProgram, step_na: int) -> None:
    """Compare the answer to the question for a program with what was loaded.

    Parameters
    ----------
    answer : str
        Fourteen fields.
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
    fields = split_fields(answer, 14, ";")
    count, point_ms = program.points, program.point_ms
    delay_ms = point_ms - measuring_ms(program.settings)
    counts = tuple(parse_scaled(field, 0) for field in fields[:5])
    words = tuple(word.upper() for word in fields[5:9])
    times_ms = tuple(parse_scaled(field, 3) for field in fields[9:13])
    confirm_kept(
        (
            ("points", (count, count, count, 1, 1), counts),
            ("program", ("TIM", "TIM", "LIST", "1"), words),
            ("times_ms", (point_ms, point_ms, 0, delay_ms), times_ms),
        )
    )
    program.confirm_levels(fields[13], step_na)

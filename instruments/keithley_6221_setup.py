"""Set up a Keithley 6220 or 6221: what it can do, what to send, what to read back.

Forms are those of the Model 6220/6221 reference manual, 622x-901-01: lists 4-22, status registers
11-3; ranges and steps those of its specifications.
"""

from __future__ import annotations

from collections.abc import Sequence

from instruments.declarations import Capabilities, Conduct, FailSafeTier, OffState, SourceSettings
from instruments.errors import SettingRefusedError
from instruments.orders import amperes, seconds, volts
from instruments.replies import parse_scaled, split_fields

__all__ = [
    "CAPABILITIES",
    "PROGRAM_QUERY",
    "SETTINGS_QUERY",
    "check_program",
    "configuration",
    "confirm_program",
    "parse_settings",
    "program",
]

LONGEST_PROGRAM_MS = 9_000
_SHORTEST_POINT_MS = 10
_POINTS_A_MESSAGE = 100
_COMPLIANCE_RANGE_UV = 105_000_000
_NPLC_MILLI = 500
"""It integrates nothing; the settings that are read back say what they are by default."""
CAPABILITIES = Capabilities(
    driver="keithley-6221",
    tick_ms=100,
    conduct=Conduct.FINITE_PROGRAM,
    tier=FailSafeTier.FINITE_PROGRAM,
    worst_case_off_s=10.0,
    current_ranges_na=(2_000, 20_000, 200_000, 2_000_000, 20_000_000, 100_000_000),
    current_resolutions_na=(1, 1, 10, 100, 1_000, 10_000),
    voltage_ranges_uv=(_COMPLIANCE_RANGE_UV,),
    max_compliance_uv=60_000_000,
    min_compliance_uv=100_000,
    measures_voltage=False,
    measures_current=False,
    off_states=(OffState.HIGH_IMPEDANCE,),
    program_points_max=65_534,
)
"""What the driver declares without companion meters."""
SETTINGS_QUERY = ":SOUR:CURR:RANG?;:SOUR:CURR:RANG:AUTO?;:SOUR:CURR:COMP?;:OUTP:LTE?"
PROGRAM_QUERY = (
    ":SOUR:LIST:CURR:POIN?;:SOUR:LIST:DEL:POIN?;:SOUR:LIST:COMP:POIN?;:SOUR:SWE:COUN?;"
    ":SOUR:SWE:SPAC?;:SOUR:SWE:RANG?;:SOUR:SWE:CAB?;:SOUR:LIST:CURR?;:SOUR:LIST:DEL?;"
    ":SOUR:LIST:COMP?"
)


def parse_settings(answer: str) -> SourceSettings:
    """Read the answer to SETTINGS_QUERY.

    Parameters
    ----------
    answer : str
        Four fields.

    Returns
    -------
    SourceSettings
        What is set.

    Raises
    ------
    SettingRefusedError
        If its range is automatic, or its low terminal is earthed.
    InvalidReadingError
        If a field cannot be read.
    """
    current_range, auto, compliance, earthed = split_fields(answer, 4, ";")
    for name, asked, kept in (
        ("current autorange", "0", auto),
        ("low terminal to earth", "0", earthed),
    ):
        if kept != asked:
            raise SettingRefusedError(name, asked=asked, kept=kept)
    return SourceSettings(
        current_range_na=parse_scaled(current_range, 9),
        compliance_uv=parse_scaled(compliance, 6),
        voltage_range_uv=_COMPLIANCE_RANGE_UV,
        nplc_milli=_NPLC_MILLI,
    )


def configuration(settings: SourceSettings) -> tuple[str, ...]:
    """List the messages that configure.

    Parameters
    ----------
    settings : SourceSettings
        What to set.

    Returns
    -------
    tuple of str
        Messages, in order.
    """
    return (
        f":SOUR:CURR:COMP {volts(settings.compliance_uv)};:OUTP:LTE 0;:SOUR:CURR:FILT 0",
        f":SOUR:CURR:RANG:AUTO 0;:SOUR:CURR:RANG {amperes(settings.current_range_na)}",
    )


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
        If there are too few or too many points, one is beyond the range, or the program is too long.
    """
    longest = min(most_points, LONGEST_PROGRAM_MS // max(point_ms, 1))
    for name, value, low, high in (
        ("level_na", max(map(abs, levels_na), default=0), 0, settings.current_range_na),
        ("point_ms", point_ms, _SHORTEST_POINT_MS, LONGEST_PROGRAM_MS),
        ("points", len(levels_na), 1, longest),
    ):
        if not low <= value <= high:
            raise SettingRefusedError(name, asked=value, kept=f"{low} to {high}")


def _lists(
    levels_na: Sequence[int], point_ms: int, settings: SourceSettings
) -> dict[str, list[str]]:
    count = len(levels_na) + 1
    return {
        "CURR": [amperes(level_na) for level_na in (*levels_na, 0)],
        "DEL": [seconds(point_ms)] * count,
        "COMP": [volts(settings.compliance_uv)] * count,
    }


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
    messages = [":SOUR:SWE:SPAC LIST;:SOUR:SWE:COUN 1;:SOUR:SWE:CAB 0;:SOUR:SWE:RANG FIX"]
    for node, values in _lists(levels_na, point_ms, settings).items():
        for first in range(0, len(values), _POINTS_A_MESSAGE):
            more = ":APP" if first else ""
            piece = ",".join(values[first : first + _POINTS_A_MESSAGE])
            messages.append(f":SOUR:LIST:{node}{more} {piece}")
    return tuple(messages)


def confirm_program(
    answer: str, levels_na: Sequence[int], point_ms: int, settings: SourceSettings, step_na: int
) -> None:
    """Compare the answer to PROGRAM_QUERY with what was loaded.

    Parameters
    ----------
    answer : str
        Ten fields.
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
    fields = split_fields(answer, 10, ";")
    count = len(levels_na) + 1
    counts = tuple(parse_scaled(field, 0) for field in fields[:4])
    words = tuple(word.upper()[:4] for word in fields[4:7])
    kept_na = [parse_scaled(field, 9) for field in split_fields(fields[7], count)]
    delays_ms = {parse_scaled(field, 3) for field in split_fields(fields[8], count)}
    ceilings_uv = {parse_scaled(field, 6) for field in split_fields(fields[9], count)}
    for name, asked, kept in (
        ("points", (count, count, count, 1), counts),
        ("program", ("LIST", "FIX", "0"), words),
        ("delays_ms", {point_ms}, delays_ms),
        ("compliance_uv", {settings.compliance_uv}, ceilings_uv),
    ):
        if kept != asked:
            raise SettingRefusedError(name, asked=asked, kept=kept)
    for asked_na, found_na in zip((*levels_na, 0), kept_na, strict=True):
        if abs(asked_na - found_na) > (step_na if asked_na else 0):
            raise SettingRefusedError("level_na", asked=asked_na, kept=found_na)

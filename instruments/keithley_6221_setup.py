"""Set up a Keithley 6220 or 6221: what it can do, what to send, what to read back.

Forms are those of the Model 6220/6221 reference manual, 622x-901-01: lists 4-22, status registers
11-3; ranges and steps those of its specifications.
"""

from __future__ import annotations

from instruments.declarations import Capabilities, Conduct, FailSafeTier, OffState, SourceSettings
from instruments.list_program import ListProgram, in_pieces
from instruments.orders import amperes, seconds, volts
from instruments.replies import confirm_kept, parse_scaled, split_fields

__all__ = [
    "CAPABILITIES",
    "LONGEST_PROGRAM_MS",
    "PROGRAM_QUERY",
    "SETTINGS_QUERY",
    "SHORTEST_POINT_MS",
    "configuration",
    "confirm_program",
    "parse_settings",
    "program_messages",
]

LONGEST_PROGRAM_MS = 9_000
SHORTEST_POINT_MS = 10
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
    confirm_kept((("current autorange", "0", auto), ("low terminal to earth", "0", earthed)))
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
    return (
        ":SOUR:SWE:SPAC LIST;:SOUR:SWE:COUN 1;:SOUR:SWE:CAB 0;:SOUR:SWE:RANG FIX",
        *in_pieces(":SOUR:LIST:CURR", program.amperes()),
        *in_pieces(":SOUR:LIST:DEL", [seconds(program.point_ms)] * program.points),
        *in_pieces(":SOUR:LIST:COMP", [volts(program.settings.compliance_uv)] * program.points),
    )


def confirm_program(answer: str, program: ListProgram, step_na: int) -> None:
    """Compare the answer to PROGRAM_QUERY with what was loaded.

    Parameters
    ----------
    answer : str
        Ten fields.
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
    fields = split_fields(answer, 10, ";")
    count = program.points
    delays_ms = {parse_scaled(field, 3) for field in split_fields(fields[8], count)}
    ceilings_uv = {parse_scaled(field, 6) for field in split_fields(fields[9], count)}
    confirm_kept(
        (
            ("points", (count, count, count, 1), tuple(parse_scaled(one, 0) for one in fields[:4])),
            ("program", ("LIST", "FIX", "0"), tuple(word.upper()[:4] for word in fields[4:7])),
            ("delays_ms", {program.point_ms}, delays_ms),
            ("compliance_uv", {program.settings.compliance_uv}, ceilings_uv),
        )
    )
    program.confirm_levels(fields[7], step_na)

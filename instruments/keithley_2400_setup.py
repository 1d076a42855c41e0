"""Set up a Keithley 2400, 2401 or 2410 as a current source: what it can do, what to send and read.

Forms are those of the Series 2400 user's manual, 2400S-900-01: compliance and sense range 18-67 and
18-37, over-voltage protection 3-12 and 18-81, output enable line and output-off states 18-58, data
elements 18-51; ranges and steps those of its specifications.
"""

from __future__ import annotations

from dataclasses import replace

from instruments.declarations import Capabilities, Conduct, FailSafeTier, OffState, SourceSettings
from instruments.errors import InvalidReadingError, SettingRefusedError
from instruments.orders import amperes, thousandths, volts
from instruments.replies import parse_flag, parse_scaled, split_fields

__all__ = [
    "GUARDED_ABOVE_UV",
    "LONGEST_PROGRAM_MS",
    "NPLC_BOUNDS_MILLI",
    "READ",
    "SETTINGS_QUERY",
    "capabilities_of",
    "configuration",
    "off_state_of",
    "parse_settings",
]

LONGEST_PROGRAM_MS = 9_000
"""A program answers nothing while it plays, so its length bounds what nobody can see or stop."""
_WORST_CASE_S = 10.0
"""The longest program, and a ninth for what a point takes beyond its stated time."""
NPLC_BOUNDS_MILLI = (10, 10_000)
GUARDED_ABOVE_UV = 35_000_000
"""Above this compliance the output enable line is made to count."""
_2400 = Capabilities(
    driver="keithley-2400",
    tick_ms=100,
    conduct=Conduct.FINITE_PROGRAM,
    tier=FailSafeTier.FINITE_PROGRAM,
    worst_case_off_s=_WORST_CASE_S,
    current_ranges_na=(1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000),
    current_resolutions_na=(1, 1, 5, 50, 500, 5_000),
    voltage_ranges_uv=(2_000_000, 20_000_000, 200_000_000),
    max_compliance_uv=60_000_000,
    min_compliance_uv=20_000,
    measures_voltage=True,
    measures_current=True,
    off_states=tuple(OffState),
    longest_unreadable_s=_WORST_CASE_S,
    program_points_max=2_499,
    protection_levels_uv=(20_000_000, 40_000_000, 60_000_000),
)
_MODELS = {
    "2400": _2400,
    "2401": replace(
        _2400,
        voltage_ranges_uv=(2_000_000, 20_000_000),
        max_compliance_uv=20_000_000,
        protection_levels_uv=(20_000_000,),
    ),
    # Above 20 V the 2410 has only its 1 kV range, which stays locked out.
    "2410": replace(
        _2400,
        current_ranges_na=(1_000, 10_000, 100_000, 1_000_000, 20_000_000, 100_000_000),
        voltage_ranges_uv=(2_000_000, 20_000_000),
        max_compliance_uv=20_000_000,
        protection_levels_uv=(20_000_000, 40_000_000),
    ),
}
_OFF_WORDS = {
    OffState.HIGH_IMPEDANCE: "HIMP",
    OffState.NORMAL: "NORM",
    OffState.ZERO: "ZERO",
    OffState.GUARD: "GUAR",
}
_OFF_STATES = {word: state for state, word in _OFF_WORDS.items()}
_ELEMENTS = "VOLT,CURR,TIME,STAT"
_FUNCTIONS = '"VOLT:DC","CURR:DC"'
READ = ":READ?;:SOUR:CURR?;:OUTP?"
SETTINGS_QUERY = (
    ":SOUR:FUNC?;:SENS:FUNC?;:FORM:ELEM?;:SOUR:CURR:RANG?;:SOUR:CURR:RANG:AUTO?;"
    ":SENS:VOLT:PROT?;:SENS:VOLT:RANG?;:SENS:VOLT:RANG:AUTO?;:SENS:VOLT:NPLC?;:SYST:AZER?;"
    ":SYST:RSEN?;:OUTP:SMOD?;:SOUR:VOLT:PROT?"
)


def capabilities_of(model: str) -> Capabilities:
    """Give what the driver declares of one model.

    Parameters
    ----------
    model : str
        As the instrument names it: MODEL 2400, perhaps with a letter behind.

    Returns
    -------
    Capabilities
        Of the 2400, 2401 or 2410.
    """
    return next(declared for name, declared in _MODELS.items() if name in model)


def off_state_of(answer: str) -> OffState:
    """Read an output-off state.

    Parameters
    ----------
    answer : str
        The instrument's word for it.

    Returns
    -------
    OffState
        What it means.

    Raises
    ------
    InvalidReadingError
        If it is none the instrument has.
    """
    try:
        return _OFF_STATES[answer[:4].upper()]
    except KeyError as error:
        raise InvalidReadingError(answer, "no output-off state") from error


def parse_settings(answer: str, declared: Capabilities) -> SourceSettings:
    """Read the answer to SETTINGS_QUERY.

    Parameters
    ----------
    answer : str
        Thirteen fields.
    declared : Capabilities
        Of this model.

    Returns
    -------
    SourceSettings
        What is set.

    Raises
    ------
    SettingRefusedError
        If it does not source current on a fixed range, measure voltage and current on fixed ranges
        without autozero, or is not protected.
    InvalidReadingError
        If a field cannot be read.
    """
    fields = split_fields(answer, 13, ";")
    function, sensed, elements, i_range, i_auto, limit, v_range, v_auto, nplc = fields[:9]
    autozero, four_wire, off, protection = fields[9:]
    for name, asked, kept in (
        ("source function", "CURR", function[:4].upper()),
        ("measure functions", _FUNCTIONS, sensed.upper()),
        ("data elements", _ELEMENTS, elements.upper()),
        ("current autorange", "0", i_auto),
        ("voltage autorange", "0", v_auto),
        ("autozero", "0", autozero),
    ):
        if kept != asked:
            raise SettingRefusedError(name, asked=asked, kept=kept)
    protection_uv = parse_scaled(protection, 6)
    if protection_uv not in declared.protection_levels_uv:
        raise SettingRefusedError(
            "over-voltage protection", asked=declared.protection_levels_uv, kept=protection_uv
        )
    return SourceSettings(
        current_range_na=parse_scaled(i_range, 9),
        compliance_uv=parse_scaled(limit, 6),
        voltage_range_uv=parse_scaled(v_range, 6),
        nplc_milli=parse_scaled(nplc, 3),
        off_state=off_state_of(off),
        four_wire=parse_flag(four_wire),
        protection_uv=protection_uv,
    )


def configuration(settings: SourceSettings) -> tuple[str, ...]:
    """List the messages that configure, in an order in which none is refused.

    The smallest sense range comes first: a compliance may not fall below a thousandth of the sense
    range, and a sense range may not exceed that of the compliance.

    Parameters
    ----------
    settings : SourceSettings
        What to set.

    Returns
    -------
    tuple of str
        Messages, in order.
    """
    messages = (
        f":SOUR:FUNC CURR;:SOUR:CLE:AUTO OFF;:SOUR:VOLT:PROT {volts(settings.protection_uv or 0)}",
        ":SOUR:CURR:MODE FIX;:ARM:COUN 1;:ARM:SOUR IMM;:TRIG:COUN 1;:TRIG:SOUR IMM;:TRIG:DEL 0",
        ":SENS:FUNC:CONC ON;:SENS:FUNC:OFF 'RES';:SENS:FUNC 'VOLT','CURR';:SENS:AVER OFF",
        f":FORM:DATA ASC;:FORM:ELEM {_ELEMENTS};:SOUR:DEL:AUTO OFF;:SOUR:DEL 0",
        f":SOUR:CURR:RANG:AUTO OFF;:SOUR:CURR:RANG {amperes(settings.current_range_na)}",
        f":SENS:VOLT:RANG 0.2;:SENS:VOLT:PROT {volts(settings.compliance_uv)}",
        f":SENS:VOLT:RANG {volts(settings.voltage_range_uv)};:SENS:VOLT:RANG:AUTO OFF",
        f":SENS:VOLT:NPLC {thousandths(settings.nplc_milli)};:SYST:AZER ONCE;:SYST:AZER OFF",
        f":SYST:RSEN {int(settings.four_wire)};:OUTP:SMOD {_OFF_WORDS[settings.off_state]}",
    )
    if settings.compliance_uv > GUARDED_ABOVE_UV:
        return (*messages, ":OUTP:ENAB ON")
    return messages

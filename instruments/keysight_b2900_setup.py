"""Set up one channel of a Keysight B2900: what it can do, what to send, what to read back.

Forms are those of the B2900 and B2961A/B2962A SCPI command references; ranges, steps and accuracies
those of the B2900A data sheet.
"""

from __future__ import annotations

from dataclasses import replace

from instruments.declarations import Capabilities, Conduct, FailSafeTier, OffState, SourceSettings
from instruments.orders import amperes, thousandths, volts
from instruments.readings import Reading
from instruments.replies import confirm_kept, parse_flag, parse_scaled, parse_word, split_fields

__all__ = [
    "LONGEST_PROGRAM_MS",
    "NPLC_BOUNDS_MILLI",
    "OFF_STATES",
    "capabilities_of",
    "configuration",
    "parse_reading",
    "parse_settings",
    "settings_query",
]

LONGEST_PROGRAM_MS = 9_000
"""What a program measures is read at its end, so its length bounds what nobody has looked at."""
_WORST_CASE_S = 10.0
NPLC_BOUNDS_MILLI = (10, 10_000)
_ONE_CHANNEL = Capabilities(
    driver="keysight-b2900",
    tick_ms=50,
    conduct=Conduct.FINITE_PROGRAM,
    tier=FailSafeTier.FINITE_PROGRAM,
    worst_case_off_s=_WORST_CASE_S,
    current_ranges_na=(1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000),
    current_resolutions_na=(1, 1, 1, 10, 100, 1_000),
    voltage_ranges_uv=(2_000_000, 20_000_000, 200_000_000),
    max_compliance_uv=60_000_000,
    min_compliance_uv=20_000,
    measures_voltage=True,
    measures_current=True,
    off_states=(OffState.HIGH_IMPEDANCE, OffState.NORMAL, OffState.ZERO),
    longest_unreadable_s=_WORST_CASE_S,
    program_points_max=2_499,
)
_TWO_CHANNELS = replace(_ONE_CHANNEL, channels=2)
_OFF_WORDS = {
    OffState.HIGH_IMPEDANCE: "HIZ",
    OffState.NORMAL: "NORM",
    OffState.ZERO: "ZERO",
}
OFF_STATES = {word: state for state, word in _OFF_WORDS.items()}
_COMPLIANCE, _OVER_VOLTAGE = 2 | 4, 8


def capabilities_of(model: str) -> Capabilities:
    """Give what a model can do.

    Parameters
    ----------
    model : str
        As it names itself: those with an even last digit have two channels.

    Returns
    -------
    Capabilities
        What the driver declares.
    """
    return _TWO_CHANNELS if model.rstrip("ABCL")[-1:] in {"2", "4"} else _ONE_CHANNEL


def settings_query(channel: int) -> str:
    """Write the question for all settings.

    Parameters
    ----------
    channel : int
        1 or 2.

    Returns
    -------
    str
        For `parse_settings`.
    """
    source, sense, output = f":SOUR{channel}", f":SENS{channel}", f":OUTP{channel}"
    return (
        f"{source}:FUNC:MODE?;{source}:CURR:RANG?;{source}:CURR:RANG:AUTO?;{sense}:VOLT:PROT?;"
        f"{sense}:VOLT:RANG?;{sense}:VOLT:RANG:AUTO?;{sense}:VOLT:NPLC?;{sense}:REM?;"
        f"{output}:OFF:MODE?;{output}:ON:AUTO?;{output}:PROT?"
    )


def parse_settings(answer: str) -> SourceSettings:
    """Read the answer to the question for all settings.

    Parameters
    ----------
    answer : str
        Eleven fields.

    Returns
    -------
    SourceSettings
        What is set.

    Raises
    ------
    SettingRefusedError
        If it does not source current on fixed ranges, would switch on by itself, or would trip on
        its compliance.
    InvalidReadingError
        If a field cannot be read.
    """
    fields = split_fields(answer, 11, ";")
    function, i_range, i_auto, limit, v_range, v_auto, nplc, remote, off, auto_on, trip = fields
    confirm_kept(
        (
            ("source function", "CURR", function[:4].upper()),
            ("current autorange", "0", i_auto),
            ("voltage autorange", "0", v_auto),
            ("automatic output on", "0", auto_on),
            ("output protection", "0", trip),
        )
    )
    return SourceSettings(
        current_range_na=parse_scaled(i_range, 9),
        compliance_uv=parse_scaled(limit, 6),
        voltage_range_uv=parse_scaled(v_range, 6),
        nplc_milli=parse_scaled(nplc, 3),
        off_state=parse_word(off, OFF_STATES, "output-off state"),
        four_wire=parse_flag(remote),
    )


def configuration(settings: SourceSettings, channel: int) -> tuple[str, ...]:
    """List the messages that configure, with the output off.

    Parameters
    ----------
    settings : SourceSettings
        What to set.
    channel : int
        1 or 2.

    Returns
    -------
    tuple of str
        Messages, in order.
    """
    source, sense, output = f":SOUR{channel}", f":SENS{channel}", f":OUTP{channel}"
    return (
        f"{output}:ON:AUTO 0;{output}:OFF:AUTO 0;{output}:PROT 0",
        f"{output}:OFF:MODE {_OFF_WORDS[settings.off_state]}",
        f"{source}:FUNC:MODE CURR;{source}:CURR:MODE FIX;{source}:CURR:RANG:AUTO 0",
        f"{source}:CURR:RANG {amperes(settings.current_range_na)};{source}:CURR 0",
        f"{sense}:VOLT:PROT {volts(settings.compliance_uv)};{sense}:VOLT:RANG:AUTO 0",
        f"{sense}:VOLT:RANG {volts(settings.voltage_range_uv)};{sense}:REM {settings.four_wire:d}",
        f'{sense}:VOLT:NPLC {thousandths(settings.nplc_milli)};{sense}:FUNC:ON "VOLT","CURR"',
        ":SYST:TIME:TIM:COUN:RES;:FORM:DATA ASC;:FORM:ELEM:SENS VOLT,CURR,TIME,STAT",
    )


def parse_reading(fields: tuple[str, ...], *, output_on: bool) -> Reading:
    """Read voltage, current, time and status.

    Parameters
    ----------
    fields : tuple of str
        Four, in this order.
    output_on : bool
        Whether the output was on.

    Returns
    -------
    Reading
        With the instrument's own time.

    Raises
    ------
    InvalidReadingError
        If a field is no reading.
    """
    voltage, current, time, status = fields
    bits = parse_scaled(status, 0)
    return Reading(
        voltage_uv=parse_scaled(voltage, 6),
        current_na=parse_scaled(current, 9),
        limited=bool(bits & (_COMPLIANCE | _OVER_VOLTAGE)),
        output_on=output_on,
        instrument_time_us=parse_scaled(time, 6),
    )

"""Set up a Keithley 2450 as a current source: what it can do, what to send, what to read back.

Values are those of SPEC-2450 Rev. A (2013), forms those of 2450-901-01 Rev. B (2013): VLIMit 6-71,
output-off states 6-32, ASCII precision 6-28, over-voltage protection 6-73.
"""

from __future__ import annotations

from instruments.declarations import Capabilities, Conduct, FailSafeTier, OffState, SourceSettings
from instruments.errors import InvalidReadingError, SettingRefusedError, WrongInstrumentError
from instruments.orders import amperes, thousandths, volts
from instruments.replies import parse_flag, parse_scaled, split_fields, unquote

__all__ = [
    "CAPABILITIES",
    "SETTINGS_QUERY",
    "configuration",
    "off_state_of",
    "parse_settings",
    "require_language",
]

CAPABILITIES = Capabilities(
    driver="keithley-2450",
    tick_ms=50,
    conduct=Conduct.PER_TICK,
    tier=FailSafeTier.NONE,
    worst_case_off_s=None,
    current_ranges_na=(1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000),
    current_resolutions_na=(1, 1, 5, 50, 500, 5_000),
    voltage_ranges_uv=(2_000_000, 20_000_000, 200_000_000),
    max_compliance_uv=60_000_000,
    min_compliance_uv=20_000,
    measures_voltage=True,
    measures_current=True,
    off_states=tuple(OffState),
    protection_levels_uv=(2_000_000, 5_000_000, 10_000_000, 20_000_000, 40_000_000, 60_000_000),
)
_OFF_WORDS = {
    OffState.HIGH_IMPEDANCE: "HIMP",
    OffState.NORMAL: "NORM",
    OffState.ZERO: "ZERO",
    OffState.GUARD: "GUAR",
}
_OFF_STATES = {word: state for state, word in _OFF_WORDS.items()}
SETTINGS_QUERY = (
    ":SOUR:FUNC?;:SENS:FUNC?;:SOUR:CURR:RANG?;:SOUR:CURR:RANG:AUTO?;:SOUR:CURR:VLIM?;"
    ":SOUR:CURR:READ:BACK?;:SENS:VOLT:RANG?;:SENS:VOLT:RANG:AUTO?;:SENS:VOLT:NPLC?;"
    ":SENS:VOLT:RSEN?;:OUTP:CURR:SMOD?;:SOUR:VOLT:PROT?"
)
_PROTECTION_WORDS = {
    level_uv: f"PROT{level_uv // 1_000_000}" for level_uv in CAPABILITIES.protection_levels_uv
}
_PROTECTIONS_UV = {word: level_uv for level_uv, word in _PROTECTION_WORDS.items()}


def off_state_of(answer: str) -> OffState:
    """Read an output-off state.

    Parameters
    ----------
    answer : str
        The instrument's word for it, long or short.

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


def parse_settings(answer: str) -> SourceSettings:
    """Read the answer to SETTINGS_QUERY.

    Parameters
    ----------
    answer : str
        Twelve fields.

    Returns
    -------
    SourceSettings
        What is set.

    Raises
    ------
    SettingRefusedError
        If it does not source current, measure voltage and read back its source on fixed ranges
        under an over-voltage protection of 60 V or less.
    InvalidReadingError
        If a field cannot be read.
    """
    fields = split_fields(answer, 12, ";")
    function, sense, i_range, i_auto, limit, readback = fields[:6]
    v_range, v_auto, nplc, rsen, off, protection = fields[6:]
    for name, asked, kept in (
        ("source function", "CURR", function[:4].upper()),
        ("measure function", "VOLT", unquote(sense)[:4].upper()),
        ("current autorange", "0", i_auto),
        ("voltage autorange", "0", v_auto),
        ("source readback", "1", readback),
    ):
        if kept != asked:
            raise SettingRefusedError(name, asked=asked, kept=kept)
    if protection.upper() not in _PROTECTIONS_UV:
        raise SettingRefusedError("over-voltage protection", asked="60 V or less", kept=protection)
    return SourceSettings(
        current_range_na=parse_scaled(i_range, 9),
        compliance_uv=parse_scaled(limit, 6),
        voltage_range_uv=parse_scaled(v_range, 6),
        nplc_milli=parse_scaled(nplc, 3),
        off_state=off_state_of(off),
        four_wire=parse_flag(rsen),
        protection_uv=_PROTECTIONS_UV[protection.upper()],
    )


def configuration(settings: SourceSettings) -> tuple[str, ...]:
    """List the messages that configure, in an order that never opens a limit beyond 60 V.

    Parameters
    ----------
    settings : SourceSettings
        What to set.

    Returns
    -------
    tuple of str
        Messages, in order.
    """
    current_range = amperes(settings.current_range_na)
    voltage_range = volts(settings.voltage_range_uv)
    limit = volts(settings.compliance_uv)
    nplc = thousandths(settings.nplc_milli)
    sense = "ON" if settings.four_wire else "OFF"
    highest = _PROTECTION_WORDS[CAPABILITIES.protection_levels_uv[-1]]
    protection = _PROTECTION_WORDS[settings.protection_uv or CAPABILITIES.protection_levels_uv[-1]]
    return (
        ':SOUR:FUNC CURR;:SENS:FUNC "VOLT";:FORM:DATA ASC;:FORM:ASC:PREC 12',
        f":SOUR:CURR:RANG:AUTO OFF;:SOUR:CURR:RANG {current_range};:SOUR:CURR 0",
        f":SENS:VOLT:RANG:AUTO OFF;:SENS:VOLT:RANG {voltage_range};:SOUR:VOLT:PROT {highest}",
        f":SOUR:CURR:VLIM {limit};:SOUR:VOLT:PROT {protection}",
        f":SENS:VOLT:NPLC {nplc};:SENS:VOLT:RSEN {sense};:SOUR:CURR:READ:BACK ON",
        f":OUTP:CURR:SMOD {_OFF_WORDS[settings.off_state]}",
    )


def require_language(resource: str, found: str, wanted: str) -> None:
    """Refuse an instrument that was set to another command set.

    Parameters
    ----------
    resource : str
        VISA resource name.
    found, wanted : str
        What it answered to ``*LANG?``, and what the driver speaks.

    Raises
    ------
    WrongInstrumentError
        If they differ.
    """
    if found != wanted:
        raise WrongInstrumentError(
            resource,
            found=f"command set {found}",
            wanted=f"{wanted}; choose it in the instrument's system menu and restart it, or name "
            "the other driver in the bench file",
        )

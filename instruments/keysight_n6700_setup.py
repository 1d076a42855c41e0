"""Set up an SMU module in a Keysight N6700: what it can do, what to send, what to read back.

Forms are those of the N6700C and N6705C operating and service guides. A range of this driver is a
pair: the module sources on 10 mA or 100 mA and measures on 1 mA or 100 mA, so that a current below
1 mA is measured a hundred times finer than it could be on the range of its source.
"""

from __future__ import annotations

from instruments.declarations import Capabilities, Conduct, FailSafeTier, OffState, SourceSettings
from instruments.orders import amperes, volts
from instruments.replies import (
    confirm_kept,
    parse_decimal,
    parse_scaled,
    parse_word,
    split_fields,
)

__all__ = [
    "CAPABILITIES",
    "FOUR_QUADRANTS",
    "OFF_STATES",
    "TRIPPED",
    "TWO_QUADRANTS",
    "configuration",
    "parse_settings",
    "settings_query",
]

FOUR_QUADRANTS = frozenset({"N6784A"})
"""Modules that drive a current both ways through a passive load."""
TWO_QUADRANTS = frozenset({"N6781A", "N6782A"})
"""Modules whose voltage is positive."""
_WATCHDOG_S = 1
CAPABILITIES = Capabilities(
    driver="keysight-n6700",
    tick_ms=50,
    conduct=Conduct.PER_TICK,
    tier=FailSafeTier.LEASE,
    # The delay is a whole number of seconds; how late the timer may fire is not in the manual.
    worst_case_off_s=_WATCHDOG_S + 1.0,
    current_ranges_na=(1_000_000, 10_000_000, 100_000_000),
    current_resolutions_na=(1_000, 1_000, 10_000),
    voltage_ranges_uv=(20_000_000,),
    max_compliance_uv=20_000_000,
    min_compliance_uv=100_000,
    measures_voltage=True,
    measures_current=True,
    off_states=(OffState.HIGH_IMPEDANCE, OffState.ZERO),
    channels=4,
    protection_levels_uv=(5_500_000, 11_000_000, 22_000_000),
    lease_ms=_WATCHDOG_S * 1_000,
    # The source's lowest range is 10 mA, and its offset is not a part of full scale.
    current_offsets_na=(6_000, 15_000, 30_000),
)
TRIPPED = 1 | 2 | 4 | 16 | 64 | 512 | 2048 | 4096
"""Questionable conditions in which an output is off although it is programmed on: over-voltage,
over-current, power failure, temperature, negative over-voltage, inhibit, watchdog, oscillation."""
_RANGES = {
    1_000_000: (10_000_000, 1_000_000),
    10_000_000: (10_000_000, 100_000_000),
    100_000_000: (100_000_000, 100_000_000),
}
_PAIRS = {pair: nominal for nominal, pair in _RANGES.items()}
_OFF_WORDS = {OffState.HIGH_IMPEDANCE: "HIGHZ", OffState.ZERO: "LOWZ"}
OFF_STATES = {word: state for state, word in _OFF_WORDS.items()}
_SAMPLE_NS, _CYCLE_NS = 20_480, 20_000_000


def settings_query(channel: int) -> str:
    """Write the question for all settings.

    Parameters
    ----------
    channel : int
        Slot, from 1.

    Returns
    -------
    str
        For `parse_settings`.
    """
    of = f"(@{channel})"
    headers = (
        *(":FUNC", ":CURR:RANG", ":SENS:CURR:RANG", ":SENS:CURR:RANG:AUTO", ":SENS:VOLT:RANG"),
        *(":SENS:VOLT:RANG:AUTO", ":SENS:FUNC:VOLT", ":SENS:FUNC:CURR", ":SENS:SWE:POIN"),
        *(":SENS:SWE:TINT", ":VOLT:LIM", ":VOLT:PROT:REM", ":OUTP:TMOD", ":VOLT:SENS:SOUR"),
    )
    asked = ";".join(f"{header}? {of}" for header in headers)
    return f"{asked};:OUTP:PROT:WDOG?;:OUTP:PROT:WDOG:DEL?"


def parse_settings(answer: str) -> SourceSettings:
    """Read the answer to the question for all settings.

    Parameters
    ----------
    answer : str
        Sixteen fields.

    Returns
    -------
    SourceSettings
        What is set.

    Raises
    ------
    SettingRefusedError
        If it does not source current and measure both on fixed ranges, or its watchdog is not set.
    InvalidReadingError
        If a field cannot be read.
    """
    fields = split_fields(answer, 16, ";")
    function, source, i_sense, i_auto, v_sense, v_auto, v_on, i_on = fields[:8]
    points, sample, limit, protection, off, sensing, watchdog, delay = fields[8:]
    confirm_kept(
        (
            ("priority", "CURR", function[:4].upper()),
            ("current autorange", "0", i_auto),
            ("voltage autorange", "0", v_auto),
            ("voltage measurement", "1", v_on),
            ("current measurement", "1", i_on),
            ("watchdog", "1", watchdog),
            ("watchdog delay, s", str(_WATCHDOG_S), str(parse_scaled(delay, 0))),
        )
    )
    pair = parse_scaled(source, 9), parse_scaled(i_sense, 9)
    aperture_ns = int(parse_decimal(points)) * parse_scaled(sample, 9)
    return SourceSettings(
        # A pair that is none of ours shows as the range of its source, and is not what was asked.
        current_range_na=_PAIRS.get(pair, pair[0] + 1),
        compliance_uv=parse_scaled(limit, 6),
        voltage_range_uv=parse_scaled(v_sense, 6),
        nplc_milli=round(aperture_ns * 1000 / _CYCLE_NS),
        off_state=parse_word(off, OFF_STATES, "output-off state"),
        four_wire=sensing[:3].upper() == "EXT",
        protection_uv=parse_scaled(protection, 6),
    )


def configuration(settings: SourceSettings, channel: int) -> tuple[str, ...]:
    """List the messages that configure, with the output off.

    Parameters
    ----------
    settings : SourceSettings
        What to set.
    channel : int
        Slot, from 1.

    Returns
    -------
    tuple of str
        Messages, in order.
    """
    of = f",(@{channel})"
    source_na, sense_na = _RANGES[settings.current_range_na]
    points = round(settings.nplc_milli * _CYCLE_NS / 1000 / _SAMPLE_NS)
    sensing = "EXT" if settings.four_wire else "INT"
    return (
        f":FUNC CURR{of};:CURR:RANG {amperes(source_na)}{of};:CURR 0{of}",
        f":VOLT:LIM {volts(settings.compliance_uv)}{of};:VOLT:LIM:COUP ON{of}",
        f":VOLT:PROT:REM {volts(settings.protection_uv or 0)}{of};:VOLT:SENS:SOUR {sensing}{of}",
        f":SENS:CURR:RANG:AUTO OFF{of};:SENS:CURR:RANG {amperes(sense_na)}{of}",
        f":SENS:VOLT:RANG:AUTO OFF{of};:SENS:VOLT:RANG {volts(settings.voltage_range_uv)}{of}",
        f":SENS:FUNC:VOLT ON{of};:SENS:FUNC:CURR ON{of}",
        f":SENS:SWE:POIN {points}{of};:SENS:SWE:TINT {_SAMPLE_NS * 1e-9:.8E}{of}",
        f":OUTP:TMOD {_OFF_WORDS[settings.off_state]}{of}",
        f":OUTP:PROT:WDOG:DEL {_WATCHDOG_S};:OUTP:PROT:WDOG ON",
    )

"""Read voltages with a bench multimeter: a Keysight 34461A, or a Keithley DMM6500 and its scanner.

Forms are those of Keysight's Truevolt operating and service guide, 34460-90901, and of the DMM6500
reference manual, DMM6500-901-01. The DMM6500 scans with a 2000-SCAN card, whose ten channels switch
both leads: cells in series stand on channels 1 to 10, and a channel takes 110 V at most.

Still to be seen on hardware: how long the scanner's relay takes, and that READ? waits for it.
"""

from __future__ import annotations

from instruments.orders import volts
from instruments.scpi_meter import MeterDialect

__all__ = ["DMM6500", "KEYSIGHT_34461A"]

_RANGES_UV = (100_000, 1_000_000, 10_000_000, 100_000_000)
_SCANNER_INPUTS = 10


def _setup_34461a(ranges_uv: dict[int, int]) -> tuple[str, ...]:
    (full_scale,) = ranges_uv.values()
    return (
        f":CONF:VOLT:DC {volts(full_scale)};:VOLT:DC:RANG:AUTO OFF;:VOLT:DC:NPLC 1",
        ":VOLT:DC:IMP:AUTO ON;:TRIG:SOUR IMM;:TRIG:COUN 1;:SAMP:COUN 1",
    )


def _setup_dmm6500(ranges_uv: dict[int, int]) -> tuple[str, ...]:
    highest = volts(max(ranges_uv.values()))
    return (
        ":SENS:FUNC 'VOLT:DC';:SENS:VOLT:RANG:AUTO OFF;:SENS:VOLT:NPLC 1;:SENS:COUN 1",
        f":SENS:VOLT:RANG {highest};:FORM:DATA ASC;:FORM:ASC:PREC 9",
    )


KEYSIGHT_34461A = MeterDialect(
    ranges_uv=(_RANGES_UV,),
    setup=_setup_34461a,
    range_query=lambda _: ":VOLT:DC:RANG?;:VOLT:DC:RANG:AUTO?",
    select=lambda _: "",
)
"""What a 34461A is told."""
DMM6500 = MeterDialect(
    ranges_uv=(_RANGES_UV,) * _SCANNER_INPUTS,
    setup=_setup_dmm6500,
    range_query=lambda _: ":SENS:VOLT:RANG?;:SENS:VOLT:RANG:AUTO?",
    select=lambda one: f":ROUT:OPEN:ALL;:ROUT:CLOS (@{one})",
)
"""What a DMM6500 with a scanner card is told; without one, its input is the only one there is."""

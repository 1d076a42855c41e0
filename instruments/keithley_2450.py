"""Drive a Keithley 2450 as a current source, in SCPI, tick by tick.

Command forms, ranges and status bits are those of the Model 2450 reference manual, 2450-901-01
Rev. B (2013): READ? with buffer elements 6-6, VLIMit 6-71, output-off states 6-32, interlock 6-33,
ASCII precision 6-28, source status bits 8-29; resolutions are those of SPEC-2450 Rev. A (2013).
Still to be seen on hardware: that answers of a compound message come joined with ";" on one line,
and that the seconds element of a reading advances with every reading.

MEASure? is never sent: it changes the measure function. Autorange is never used: a range change is
a transient through the specimen.
"""

from __future__ import annotations

from instruments.keithley_2450_setup import (
    CAPABILITIES,
    SETTINGS_QUERY,
    configuration,
    off_state_of,
    parse_settings,
    require_language,
)
from instruments.orders import amperes
from instruments.replies import parse_flag, parse_scaled, split_fields
from instruments.scpi_source import ScpiSource, check_settings
from instruments.source import Capabilities, Identity, OffState, Reading, SourceSettings
from instruments.visa import VisaLink

__all__ = ["Keithley2450"]

_LIMIT_BIT = 32
_OUTPUT_BIT = 128
_READ = ':READ? "defbuffer1",SOUR,READ,SOURSTAT,SEC,FRAC;:SOUR:CURR?'


class Keithley2450(ScpiSource):
    """Hold one 2450 over one exclusive connection.

    Parameters
    ----------
    link : VisaLink
        Open connection.
    identity : Identity
        What the instrument answered to ``*IDN?``.

    Raises
    ------
    WrongInstrumentError
        If its command set is not SCPI.
    """

    def __init__(self, link: VisaLink, identity: Identity) -> None:
        super().__init__(link, identity)
        require_language(link.resource, link.query("*LANG?"), "SCPI")

    @property
    def capabilities(self) -> Capabilities:
        """Give what this driver declares."""
        return CAPABILITIES

    def _check(self, settings: SourceSettings) -> None:
        check_settings(CAPABILITIES, settings, nplc_milli=(10, 10_000))

    def _configuration(self, settings: SourceSettings) -> tuple[str, ...]:
        return configuration(settings)

    def read_settings(self) -> SourceSettings:
        """Ask the instrument for its settings.

        Returns
        -------
        SourceSettings
            What is set now.

        Raises
        ------
        SettingRefusedError
            If it does not source current, measure voltage and read back its source on fixed ranges.
        """
        return parse_settings(self._link.query(SETTINGS_QUERY))

    def _begin(self) -> None:
        level = parse_scaled(self._link.query(":SOUR:CURR 0;:SOUR:CURR?"), 9)
        output = level == 0 and parse_flag(self._link.query(":OUTP ON;:OUTP?"))
        self._confirm_on(level, output_on=output)

    def _exchange(self, current_na: int) -> tuple[int, Reading]:
        answer = self._link.query(f":SOUR:CURR {amperes(current_na)};{_READ}")
        reading, level = split_fields(answer, 2, ";")
        current, voltage, status, seconds, fraction = split_fields(reading, 5)
        bits = parse_scaled(status, 0)
        return parse_scaled(level, 9), Reading(
            voltage_uv=parse_scaled(voltage, 6),
            current_na=parse_scaled(current, 9),
            limited=bool(bits & _LIMIT_BIT),
            output_on=bool(bits & _OUTPUT_BIT),
            instrument_time_us=parse_scaled(seconds, 6) + parse_scaled(fraction, 6),
        )

    def read_output_on(self) -> bool:
        """Ask whether the output is on.

        Returns
        -------
        bool
            True while the output is on.
        """
        return parse_flag(self._link.query(":OUTP?"))

    def read_interlock_closed(self) -> bool:
        """Ask whether the interlock is closed; the instrument answers 1 when it is.

        Returns
        -------
        bool
            True if the interlock permits all voltages.
        """
        return parse_flag(self._link.query(":OUTP:INT:TRIP?"))

    def _ask_off(self, attempt: int) -> tuple[int, bool, OffState]:
        # The first try zeroes the level before the relay opens; later ones open it at once.
        order = ":SOUR:CURR 0;:SOUR:VOLT 0;:OUTP OFF" if attempt == 1 else ":OUTP OFF;:SOUR:CURR 0"
        answer = self._link.query(f"{order};:OUTP?;:SOUR:CURR?;:OUTP:CURR:SMOD?")
        output, level, off = split_fields(answer, 3, ";")
        return parse_scaled(level, 9), parse_flag(output), off_state_of(off)

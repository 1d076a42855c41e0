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

from instruments.errors import (
    ConnectionClosedError,
    InstrumentError,
    NoSuchResourceError,
    OffNotConfirmedError,
    SettingRefusedError,
    WrongInstrumentError,
)
from instruments.keithley_2450_setup import (
    CAPABILITIES,
    SETTINGS_QUERY,
    amperes,
    check_settings,
    configuration,
    off_state_of,
    parse_settings,
)
from instruments.replies import parse_decimal, parse_flag, parse_scaled, split_fields
from instruments.source import (
    Capabilities,
    CurrentSource,
    Identity,
    OffReport,
    Reading,
    SourceSettings,
)
from instruments.visa import VisaLink

__all__ = ["Keithley2450"]

_LIMIT_BIT = 32
_OUTPUT_BIT = 128
_SAFE_ATTEMPTS = 3
_LONGEST_QUEUE = 64
_READ = ':READ? "defbuffer1",SOUR,READ,SOURSTAT,SEC,FRAC;:SOUR:CURR?'


class Keithley2450(CurrentSource):
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
        self._link = link
        self._identity = identity
        self._settings: SourceSettings | None = None
        language = link.query("*LANG?")
        if language != "SCPI":
            raise WrongInstrumentError(
                link.resource,
                found=f"command set {language}",
                wanted="SCPI; choose it in the instrument's system menu and restart it",
            )

    @property
    def resource(self) -> str:
        """Give the VISA resource name."""
        return self._link.resource

    @property
    def identity(self) -> Identity:
        """Give what the instrument said it is."""
        return self._identity

    @property
    def capabilities(self) -> Capabilities:
        """Give what this driver declares."""
        return CAPABILITIES

    def configure(self, settings: SourceSettings) -> SourceSettings:
        """Set everything with the output off, and read it back.

        Parameters
        ----------
        settings : SourceSettings
            What to set; ranges must be fixed ranges of the instrument.

        Returns
        -------
        SourceSettings
            What was read back, equal to what was asked.

        Raises
        ------
        SettingRefusedError
            If a value is outside the driver's bounds, or the instrument keeps another.
        OffNotConfirmedError
            If the output cannot be shown to be off first.
        """
        check_settings(settings)
        self.make_safe()
        self._link.write("*CLS")
        for message in configuration(settings):
            self._link.write(message)
        kept = self.read_settings()
        complaints = "; ".join(self.drain_errors())
        for name in SourceSettings.__slots__:
            if getattr(kept, name) != getattr(settings, name):
                raise SettingRefusedError(
                    name,
                    asked=getattr(settings, name),
                    kept=getattr(kept, name),
                    detail=complaints,
                )
        if complaints:
            raise SettingRefusedError("settings", asked=settings, kept=kept, detail=complaints)
        self._settings = kept
        return kept

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

    def switch_on(self) -> None:
        """Set the level to zero, confirm it, switch on and confirm that.

        Raises
        ------
        SettingRefusedError
            If `configure` was not called, the level is not zero or the output stays off.
        """
        if self._settings is None:
            raise SettingRefusedError("output", asked="on", kept="off", detail="not configured yet")
        level = parse_scaled(self._link.query(":SOUR:CURR 0;:SOUR:CURR?"), 9)
        if level != 0:
            raise SettingRefusedError("level_na", asked=0, kept=level)
        if not parse_flag(self._link.query(":OUTP ON;:OUTP?")):
            raise SettingRefusedError(
                "output",
                asked="on",
                kept="off",
                detail="; ".join(self.drain_errors()),
            )

    def apply_and_read(self, current_na: int) -> Reading:
        """Set the level and read the source's own measurement, as one message.

        Parameters
        ----------
        current_na : int
            Level, nA.

        Returns
        -------
        Reading
            Taken at that level.

        Raises
        ------
        SettingRefusedError
            If the level is outside the range, or another level is read back.
        InstrumentError
            As the contract says.
        """
        settings = self._settings
        if settings is None or abs(current_na) > settings.current_range_na:
            kept = "unconfigured" if settings is None else f"+-{settings.current_range_na}"
            raise SettingRefusedError("level_na", asked=current_na, kept=kept)
        answer = self._link.query(f":SOUR:CURR {amperes(current_na)};{_READ}")
        reading, echo = split_fields(answer, 2, ";")
        level = parse_scaled(echo, 9)
        # An instrument may round a level to a step of its range, never further.
        if abs(level - current_na) > CAPABILITIES.resolution_na(settings.current_range_na):
            raise SettingRefusedError("level_na", asked=current_na, kept=level)
        current, voltage, status, seconds, fraction = split_fields(reading, 5)
        bits = parse_scaled(status, 0)
        return Reading(
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

    def make_safe(self) -> OffReport:
        """Set the level to zero, switch off and confirm both; repeat, reconnect if need be.

        Returns
        -------
        OffReport
            How it was confirmed.

        Raises
        ------
        OffNotConfirmedError
            If the output cannot be shown to be off.
        """
        reconnected = False
        last = ""
        for attempt in range(1, _SAFE_ATTEMPTS + 1):
            try:
                return self._switch_off(attempt, reconnected=reconnected)
            except ConnectionClosedError as error:
                last = str(error)
                reconnected = self._reconnect()
            except InstrumentError as error:
                last = str(error)
        raise OffNotConfirmedError(self.resource, attempts=_SAFE_ATTEMPTS, last=last)

    def _switch_off(self, attempt: int, *, reconnected: bool) -> OffReport:
        # The first try zeroes the level before the relay opens; later ones open it at once.
        order = ":SOUR:CURR 0;:SOUR:VOLT 0;:OUTP OFF" if attempt == 1 else ":OUTP OFF;:SOUR:CURR 0"
        answer = self._link.query(f"{order};:OUTP?;:SOUR:CURR?;:OUTP:CURR:SMOD?")
        output, level, off = split_fields(answer, 3, ";")
        report = OffReport(
            level_na=parse_scaled(level, 9),
            output_on=parse_flag(output),
            off_state=off_state_of(off),
            attempts=attempt,
            reconnected=reconnected,
        )
        if report.output_on or report.level_na != 0:
            raise SettingRefusedError("output", asked="off at 0 nA", kept=answer)
        return report

    def _reconnect(self) -> bool:
        try:
            self._link.reopen()
        except NoSuchResourceError:
            return False
        return True

    def drain_errors(self) -> tuple[str, ...]:
        """Read the error queue until it is empty.

        Returns
        -------
        tuple of str
            Entries, oldest first, at most 64.
        """
        entries: list[str] = []
        while len(entries) < _LONGEST_QUEUE:
            entry = self._link.query(":SYST:ERR?")
            if parse_decimal(entry.partition(",")[0]) == 0:
                break
            entries.append(entry)
        return tuple(entries)

    def close(self) -> None:
        """Close the connection; the output stays as it is."""
        self._link.close()

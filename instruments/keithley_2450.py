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

from decimal import Decimal

from instruments.errors import (
    ConnectionClosedError,
    InstrumentError,
    NoSuchResourceError,
    OffNotConfirmedError,
    SettingRefusedError,
    WrongInstrumentError,
)
from instruments.replies import parse_decimal, parse_flag, parse_scaled, split_fields, unquote
from instruments.source import (
    Capabilities,
    Conduct,
    CurrentSource,
    FailSafeTier,
    Identity,
    OffReport,
    OffState,
    Reading,
    SourceSettings,
)
from instruments.visa import VisaLink

__all__ = ["Keithley2450"]

_CAPABILITIES = Capabilities(
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
)
_OFF_WORDS = {
    OffState.HIGH_IMPEDANCE: "HIMP",
    OffState.NORMAL: "NORM",
    OffState.ZERO: "ZERO",
    OffState.GUARD: "GUAR",
}
_OFF_STATES = {word: state for state, word in _OFF_WORDS.items()}
_LIMIT_BIT = 32
_OUTPUT_BIT = 128
_SAFE_ATTEMPTS = 3
_LONGEST_QUEUE = 64
_READ = ':READ? "defbuffer1",SOUR,READ,SOURSTAT,SEC,FRAC;:SOUR:CURR?'
_SETTINGS = (
    ":SOUR:FUNC?;:SENS:FUNC?;:SOUR:CURR:RANG?;:SOUR:CURR:RANG:AUTO?;:SOUR:CURR:VLIM?;"
    ":SOUR:CURR:READ:BACK?;:SENS:VOLT:RANG?;:SENS:VOLT:RANG:AUTO?;:SENS:VOLT:NPLC?;"
    ":SENS:VOLT:RSEN?;:OUTP:CURR:SMOD?"
)


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
        return _CAPABILITIES

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
        _check(settings)
        self.make_safe()
        self._link.write("*CLS")
        for message in _configuration(settings):
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
        fields = split_fields(self._link.query(_SETTINGS), 11, ";")
        function, sense, i_range, i_auto, limit, readback, v_range, v_auto, nplc, rsen, off = fields
        for name, asked, kept in (
            ("source function", "CURR", function[:4].upper()),
            ("measure function", "VOLT", unquote(sense)[:4].upper()),
            ("current autorange", "0", i_auto),
            ("voltage autorange", "0", v_auto),
            ("source readback", "1", readback),
        ):
            if kept != asked:
                raise SettingRefusedError(name, asked=asked, kept=kept)
        return SourceSettings(
            current_range_na=parse_scaled(i_range, 9),
            compliance_uv=parse_scaled(limit, 6),
            voltage_range_uv=parse_scaled(v_range, 6),
            nplc_milli=parse_scaled(nplc, 3),
            off_state=_OFF_STATES[off[:4].upper()],
            four_wire=parse_flag(rsen),
        )

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
        answer = self._link.query(f":SOUR:CURR {_amperes(current_na)};{_READ}")
        reading, echo = split_fields(answer, 2, ";")
        level = parse_scaled(echo, 9)
        if level != current_na:
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
            off_state=_OFF_STATES[off[:4].upper()],
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


def _amperes(current_na: int) -> str:
    """Write nanoamperes as amperes without losing a digit."""
    return f"{Decimal(current_na).scaleb(-9):.9E}"


def _check(settings: SourceSettings) -> None:
    """Refuse what the driver does not set, before anything is sent."""
    for name, value, allowed in (
        ("current_range_na", settings.current_range_na, _CAPABILITIES.current_ranges_na),
        ("voltage_range_uv", settings.voltage_range_uv, _CAPABILITIES.voltage_ranges_uv),
    ):
        if value not in allowed:
            raise SettingRefusedError(name, asked=value, kept=f"one of {allowed}")
    low = _CAPABILITIES.min_compliance_uv
    high = min(_CAPABILITIES.max_compliance_uv, settings.voltage_range_uv)
    for name, value, bounds in (
        ("compliance_uv", settings.compliance_uv, (low, high)),
        ("nplc_milli", settings.nplc_milli, (10, 10_000)),
    ):
        if not bounds[0] <= value <= bounds[1]:
            raise SettingRefusedError(name, asked=value, kept=f"{bounds[0]} to {bounds[1]}")


def _configuration(settings: SourceSettings) -> tuple[str, ...]:
    """List the messages that configure, in an order that never opens a wider limit."""
    current_range = _amperes(settings.current_range_na)
    voltage_range = f"{Decimal(settings.voltage_range_uv).scaleb(-6):f}"
    limit = f"{Decimal(settings.compliance_uv).scaleb(-6):f}"
    nplc = f"{Decimal(settings.nplc_milli).scaleb(-3):f}"
    sense = "ON" if settings.four_wire else "OFF"
    return (
        ':SOUR:FUNC CURR;:SENS:FUNC "VOLT";:FORM:DATA ASC;:FORM:ASC:PREC 12',
        f":SOUR:CURR:RANG:AUTO OFF;:SOUR:CURR:RANG {current_range};:SOUR:CURR 0",
        f":SENS:VOLT:RANG:AUTO OFF;:SENS:VOLT:RANG {voltage_range};:SOUR:CURR:VLIM {limit}",
        f":SENS:VOLT:NPLC {nplc};:SENS:VOLT:RSEN {sense};:SOUR:CURR:READ:BACK ON",
        f":OUTP:CURR:SMOD {_OFF_WORDS[settings.off_state]}",
    )

"""Drive a Keithley 2400, 2401 or 2410 as a current source: finite programs, and a tick between them.

Over GPIB, RS-232 or a serial-device server; it has no network port. While a program plays the bus
answers nothing (2400S-900-01, 16-3), so a question is sent behind it whose answer is its end, and
only ABORt breaks it off. MEASure? is never sent: it switches the output on and puts the compliance
back to its default. READ? with the output off is error 803 and no answer.

Outside a program nothing switches this instrument off when the host dies.

Still to be seen on hardware: how long one point really takes beside its delay (a longer point makes a
program longer than declared); that a break leaves the output on, as assumed; that FETCh? returns
every reading of a list; that auto output-off opens the relay of the high-impedance state.
"""

from __future__ import annotations

from dataclasses import replace

from instruments.errors import SettingRefusedError, SilentInstrumentError
from instruments.keithley_2400_program import (
    PROGRAM_QUERY,
    confirm_program,
    measuring_ms,
    parse_reading,
    parse_readings,
    program_messages,
)
from instruments.keithley_2400_setup import (
    GUARDED_ABOVE_UV,
    LONGEST_PROGRAM_MS,
    NPLC_BOUNDS_MILLI,
    READ,
    SETTINGS_QUERY,
    capabilities_of,
    configuration,
    off_state_of,
    parse_settings,
)
from instruments.list_program import ListProgram, ListProgramSource
from instruments.orders import amperes
from instruments.readings import Identity, ProgramReport, Reading
from instruments.replies import parse_flag, parse_scaled, split_fields
from instruments.scpi_source import check_settings
from instruments.source import Capabilities, OffState, SourceSettings
from instruments.visa import VisaLink

__all__ = ["Keithley2400"]

_ROLLOVER_US = 100_000_000_000
_FIXED = ":SOUR:CLE:AUTO OFF;:SOUR:CURR:MODE FIX;:TRIG:COUN 1;:SOUR:DEL 0"


class Keithley2400(ListProgramSource):
    """Hold one unit of the Series 2400 over one exclusive connection.

    Parameters
    ----------
    link : VisaLink
        Open connection.
    identity : Identity
        What the instrument answered to ``*IDN?``.
    """

    longest_program_ms = LONGEST_PROGRAM_MS

    def __init__(self, link: VisaLink, identity: Identity) -> None:
        super().__init__(link, identity)
        self._capabilities = capabilities_of(identity.model)
        self._points = 0
        self._readings: tuple[Reading, ...] = ()
        self._time_us = 0

    @property
    def capabilities(self) -> Capabilities:
        """Give what this driver declares."""
        return self._capabilities

    @property
    def calibration_date(self) -> str | None:
        """Give year, month and day of the calibration the instrument stores."""
        return None if self._plays() else self._link.query(":CAL:PROT:DATE?")

    def _check(self, settings: SourceSettings) -> None:
        check_settings(self._capabilities, settings, nplc_milli=NPLC_BOUNDS_MILLI)

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
            If it does not source current and measure both on fixed ranges, protected.
        SilentInstrumentError
            While a program plays.
        """
        return parse_settings(self._ask(SETTINGS_QUERY), self._capabilities)

    def read_output_on(self) -> bool:
        """Ask whether the output is on.

        Returns
        -------
        bool
            True while the output is on.

        Raises
        ------
        SilentInstrumentError
            While a program plays.
        """
        return parse_flag(self._ask(":OUTP?"))

    def read_interlock_closed(self) -> bool:
        """Ask for the output enable line; the instrument answers 1 when it permits the output.

        Returns
        -------
        bool
            True if the line is low. An unwired line is open, and counts above 35 V only.

        Raises
        ------
        SilentInstrumentError
            While a program plays.
        """
        return parse_flag(self._ask(":OUTP:ENAB:TRIP?"))

    def drain_errors(self) -> tuple[str, ...]:
        """Read the error queue until it is empty; while a program plays it cannot be read.

        Returns
        -------
        tuple of str
            Entries, oldest first.
        """
        return () if self._plays() else super().drain_errors()

    # ------------------------------------------------------------------ tick by tick

    def _begin(self) -> None:
        self._confirm_enable_line()
        level = parse_scaled(self._ask(f"{_FIXED};:SOUR:CURR 0;:SYST:TIME:RES;:SOUR:CURR?"), 9)
        self._time_us = 0
        self._forget_program()
        output = level == 0 and parse_flag(self._link.query(":OUTP ON;:OUTP?"))
        self._confirm_on(level, output_on=output)

    def _confirm_enable_line(self) -> None:
        if self._settings is None or self._settings.compliance_uv <= GUARDED_ABOVE_UV:
            return
        if not parse_flag(self._ask(":OUTP:ENAB?")):
            raise SettingRefusedError("output enable line", asked="counts", kept="ignored")

    def _exchange(self, current_na: int) -> tuple[int, Reading]:
        # READ? would play a loaded program.
        self._refuse_beside_a_program(current_na)
        answer = self._link.query(f":SOUR:CURR {amperes(current_na)};{READ}")
        reading, level, output = split_fields(answer, 3, ";")
        return parse_scaled(level, 9), self._timed(
            parse_reading(reading, output_on=parse_flag(output))
        )

    def _timed(self, reading: Reading) -> Reading:
        """Let the instrument's time go on where its timer starts anew."""
        turns = self._time_us // _ROLLOVER_US
        time_us = turns * _ROLLOVER_US + reading.instrument_time_us
        if time_us < self._time_us:
            time_us += _ROLLOVER_US
        self._time_us = time_us
        return replace(reading, instrument_time_us=time_us)

    def _ask_off(self, attempt: int) -> tuple[int, bool, OffState]:
        # Alone in its message: nothing else is executed while a program plays.
        self._link.write(":ABOR")
        order = ":SOUR:CURR 0;:SOUR:VOLT 0;:OUTP OFF" if attempt == 1 else ":OUTP OFF;:SOUR:CURR 0"
        answer = self._link.query(f"{order};{_FIXED};:OUTP?;:SOUR:CURR?;:OUTP:SMOD?")
        output, level, off = split_fields(answer, 3, ";")
        self._forget_program()
        return parse_scaled(level, 9), parse_flag(output), off_state_of(off)

    # ------------------------------------------------------------------ programs

    def _shortest_point_ms(self, settings: SourceSettings) -> int:
        return measuring_ms(settings)

    def _program_messages(self, program: ListProgram) -> tuple[str, ...]:
        return program_messages(program)

    def _confirm_program(self, program: ListProgram) -> None:
        step_na = self._capabilities.resolution_na(program.settings.current_range_na)
        confirm_program(self._link.query(PROGRAM_QUERY), program, step_na)

    def start_program(self) -> None:
        """Let the loaded program begin; the output comes on with its first point.

        Raises
        ------
        SettingRefusedError
            If none is loaded, or one plays.
        """
        program = self._ready_program()
        self._confirm_enable_line()
        self._points = len(program.levels_na)
        self._readings = ()
        # What stands behind INITiate is executed when the instrument is idle again.
        self._link.request("*OPC?;:OUTP?;:FETC?", after=":INIT")
        self._playing = True

    def read_program(self) -> ProgramReport:
        """Look for the end of the program; before it nothing can be read.

        Returns
        -------
        ProgramReport
            Running None while the program plays; all readings with its end.

        Raises
        ------
        SettingRefusedError
            If the output is still on at the end.
        InvalidReadingError
            If what came at the end is not one reading a point.
        """
        if self._plays():
            return ProgramReport(running=None)
        readings, self._readings = self._readings, ()
        return ProgramReport(running=False, readings=readings)

    def abort_program(self) -> None:
        """Break the program off; the output stays on until `make_safe`."""
        self._link.write(":ABOR")
        self._playing = False

    def _plays(self) -> bool:
        """Take the end of the program, if it has come."""
        if not self._playing:
            return False
        answer = self._link.take()
        if answer is None:
            return True
        self._playing = False
        done, output, readings = split_fields(answer, 3, ";")
        self._readings = tuple(
            self._timed(reading) for reading in parse_readings(readings, self._points)
        )
        if done != "1" or parse_flag(output):
            raise SettingRefusedError("output", asked="off after the program", kept=answer[:9])
        return False

    def _ask(self, question: str) -> str:
        if self._plays():
            raise SilentInstrumentError(self.resource, question, 0)
        return self._link.query(question)

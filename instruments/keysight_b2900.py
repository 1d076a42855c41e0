"""Drive one channel of a Keysight B2900 as a current source: finite programs, and a tick between.

For B2901A, B2902A and their sisters, and the power sources B2961A and B2962A. Command forms are those
of the B2900 and B2961A/B2962A SCPI command references: data elements B2961A 4-21, output subsystem
4-67, status data B2900 1-14, questionable status 4-116, lists B2900 4-105.

It has no lease. A program is a list on the channel's own timer; automatic output off opens the output
at its end (tier B). Its bus is not dead meanwhile, so the driver asks for the operation status, and
ABORt breaks the program off; what was measured is read at the end. OUTPut:ON:AUTO is on after a reset
and lets INITiate and READ? switch the output on: it is switched off and read back. OUTPut:PROTection
switches off at the first touch of the compliance, which would end a voltage-limited start, so it is
kept off and the compliance is the ceiling. High impedance does not hold for an emergency off: then
the instrument goes to 0 V first. Outside a program nothing switches this instrument off when the host
dies.

Times come with seven digits, so the timer is started anew when a channel is configured; beyond 27
hours they advance by a tenth of a second.

Still to be seen on hardware: the bits of the operation status (1 and 4, 7 and 10 for idle); that
automatic output off counts for each channel by itself, as the default grouping has it; that a
measurement ends within its integration and 5 ms; that ABORt with automatic output off opens the
output; that MEAS? leaves it as it is with ON:AUTO off.
"""

from __future__ import annotations

from dataclasses import replace

from instruments.errors import SettingRefusedError
from instruments.keysight_b2900_program import (
    confirm_program,
    measuring_ms,
    program_messages,
    program_query,
)
from instruments.keysight_b2900_setup import (
    LONGEST_PROGRAM_MS,
    NPLC_BOUNDS_MILLI,
    OFF_STATES,
    capabilities_of,
    configuration,
    parse_reading,
    parse_settings,
    settings_query,
)
from instruments.list_program import ListProgram, ListProgramSource
from instruments.orders import amperes
from instruments.readings import Identity, ProgramReport, Reading
from instruments.replies import parse_flag, parse_scaled, parse_word, split_fields
from instruments.scpi_source import check_settings
from instruments.source import Capabilities, OffState, SourceSettings
from instruments.visa import VisaLink

__all__ = ["KeysightB2900"]

_INTERLOCK_OPEN = 1 << 10
_IDLE = {1: 1 << 1 | 1 << 4, 2: 1 << 7 | 1 << 10}
_ELEMENTS = 4


class KeysightB2900(ListProgramSource):
    """Hold one channel of one instrument.

    Parameters
    ----------
    link : VisaLink
        Open connection; both channels share it.
    identity : Identity
        What the instrument answered to ``*IDN?``.
    channel : int
        1 or 2.
    """

    longest_program_ms = LONGEST_PROGRAM_MS

    def __init__(self, link: VisaLink, identity: Identity, channel: int = 1) -> None:
        super().__init__(link, identity)
        self._capabilities = capabilities_of(identity.model)
        self._channel = channel
        self._source, self._output = f":SOUR{channel}:CURR", f":OUTP{channel}"
        self._began_us = self._time_us = 0

    @property
    def capabilities(self) -> Capabilities:
        """Give what this driver declares."""
        return self._capabilities

    def _check(self, settings: SourceSettings) -> None:
        check_settings(self._capabilities, settings, nplc_milli=NPLC_BOUNDS_MILLI)

    def _configuration(self, settings: SourceSettings) -> tuple[str, ...]:
        self._forget_program()
        return configuration(settings, self._channel)

    def read_settings(self) -> SourceSettings:
        """Ask the instrument for its settings.

        Returns
        -------
        SourceSettings
            What is set now.

        Raises
        ------
        SettingRefusedError
            If it does not source current on fixed ranges, or would switch on by itself.
        """
        return parse_settings(self._link.query(settings_query(self._channel)))

    def read_output_on(self) -> bool:
        """Ask whether the output is on."""
        return parse_flag(self._link.query(f"{self._output}?"))

    def read_interlock_closed(self) -> bool:
        """Ask whether the interlock is closed; the instrument sets a bit while it is open."""
        condition = parse_scaled(self._link.query(":STAT:QUES:COND?"), 0)
        return not condition & _INTERLOCK_OPEN

    # ------------------------------------------------------------------ tick by tick

    def _begin(self) -> None:
        self._forget_program()
        source, output = self._source, self._output
        order = f"{output}:OFF:AUTO 0;{source}:MODE FIX;{source} 0"
        level = parse_scaled(self._link.query(f"{order};{source}?"), 9)
        on = level == 0 and parse_flag(self._link.query(f"{output} ON;{output}?"))
        self._confirm_on(level, output_on=on)

    def _exchange(self, current_na: int) -> tuple[int, Reading]:
        # With automatic output off, a measurement of a single point could end the current.
        self._refuse_beside_a_program(current_na)
        answer = self._link.query(
            f"{self._source} {amperes(current_na)};:MEAS? (@{self._channel});"
            f"{self._source}?;{self._output}?"
        )
        reading, level, output = split_fields(answer, 3, ";")
        fields = split_fields(reading, _ELEMENTS)
        read = parse_reading(fields, output_on=parse_flag(output))
        return parse_scaled(level, 9), self._timed(read)

    def _timed(self, reading: Reading) -> Reading:
        """Let the instrument's time go on where its timer, which both channels share, starts anew."""
        time_us = self._began_us + reading.instrument_time_us
        if time_us < self._time_us:
            self._began_us = self._time_us
            time_us = self._began_us + reading.instrument_time_us
        self._time_us = time_us
        return replace(reading, instrument_time_us=time_us)

    def _ask_off(self, attempt: int) -> tuple[int, bool, OffState]:
        source, output = self._source, self._output
        # The first try zeroes the level before the relay opens; later ones open it at once.
        orders = (f"{source} 0", f"{output} OFF")
        order = ";".join(orders if attempt == 1 else reversed(orders))
        answer = self._link.query(
            f":ABOR:ALL (@{self._channel});{order};{output}:OFF:AUTO 0;{source}:MODE FIX;"
            f"{output}?;{source}?;{output}:OFF:MODE?"
        )
        on, level, off = split_fields(answer, 3, ";")
        self._forget_program()
        return parse_scaled(level, 9), parse_flag(on), parse_word(off, OFF_STATES, "off state")

    # ------------------------------------------------------------------ programs

    def _shortest_point_ms(self, settings: SourceSettings) -> int:
        return measuring_ms(settings)

    def _program_messages(self, program: ListProgram) -> tuple[str, ...]:
        return program_messages(program, self._channel)

    def _confirm_program(self, program: ListProgram) -> None:
        step_na = self._capabilities.resolution_na(program.settings.current_range_na)
        confirm_program(self._link.query(program_query(self._channel)), program, step_na)

    def start_program(self) -> None:
        """Switch the output on at zero and let the loaded program begin.

        Raises
        ------
        SettingRefusedError
            If none is loaded, one plays, or the instrument stays idle.
        """
        self._ready_program()
        answer = self._link.query(
            f"{self._source} 0;{self._output} ON;:INIT:ALL (@{self._channel});:STAT:OPER:COND?"
        )
        self._playing = True
        if self._idle(answer):
            raise SettingRefusedError("program", asked="started", kept="idle")

    def _idle(self, answer: str) -> bool:
        idle = _IDLE[self._channel]
        return parse_scaled(answer, 0) & idle == idle

    def read_program(self) -> ProgramReport:
        """Ask whether it plays; at its end read what was measured.

        Returns
        -------
        ProgramReport
            All readings with the end.

        Raises
        ------
        SettingRefusedError
            If the output is still on at the end.
        InvalidReadingError
            If there is not one reading a point.
        """
        program = self._program
        if not self._playing or program is None:
            return ProgramReport(running=False)
        if not self._idle(self._link.query(":STAT:OPER:COND?")):
            return ProgramReport(running=True)
        self._playing = False
        answer = self._link.query(f"{self._output}?;:FETC:ARR? (@{self._channel})")
        output, data = split_fields(answer, 2, ";")
        if parse_flag(output):
            raise SettingRefusedError("output", asked="off after the program", kept="on")
        return ProgramReport(running=False, readings=self._parse(data, program))

    def _parse(self, data: str, program: ListProgram) -> tuple[Reading, ...]:
        fields = split_fields(data, program.points * _ELEMENTS)
        # The last point is the zero at the end.
        starts = range(0, len(program.levels_na) * _ELEMENTS, _ELEMENTS)
        return tuple(
            self._timed(parse_reading(fields[start : start + _ELEMENTS], output_on=True))
            for start in starts
        )

    def abort_program(self) -> None:
        """Break the program off; `make_safe` confirms that the output is off."""
        self._link.write(f":ABOR:ALL (@{self._channel})")
        self._playing = False

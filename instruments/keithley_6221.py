"""Drive a Keithley 6220 or 6221 current source: finite programs, and a tick between them.

It measures nothing. Companion meters read voltage, and current over a shunt; without them a session
is blind. Its compliance, read back, is the only ceiling of the voltage. A program is a list of
currents with their delays that ends at zero: no means is known by which it opens its output itself,
so it stays on at zero after a program until it is told. It tells no time; readings are counted.

Still to be seen on hardware: that status can be asked while a sweep runs; how long a point takes
beside its delay; that the level asked for after a sweep is that of its last point; whether arming
switches the output on, and whether a finished sweep stays armed (both are provided for).
"""

from __future__ import annotations

from dataclasses import replace

from instruments.keithley_6221_setup import (
    CAPABILITIES,
    LONGEST_PROGRAM_MS,
    PROGRAM_QUERY,
    SETTINGS_QUERY,
    SHORTEST_POINT_MS,
    configuration,
    confirm_program,
    parse_settings,
    program_messages,
)
from instruments.list_program import ListProgram, ListProgramSource
from instruments.meter import CompanionMeters
from instruments.orders import amperes
from instruments.readings import Identity, ProgramReport, Reading
from instruments.replies import parse_flag, parse_scaled, split_fields
from instruments.scpi_source import check_settings
from instruments.source import Capabilities, OffState, SourceSettings
from instruments.visa import VisaLink

__all__ = ["Keithley6221"]

_SWEEPING, _COMPLIANCE = 1 << 3, 1 << 3
_STATE = ":STAT:OPER:COND?;:STAT:MEAS:COND?"
_DISARM = ":SOUR:SWE:ABOR"


class Keithley6221(ListProgramSource):
    """Hold one 6220 or 6221 over one exclusive connection, and the meters beside it.

    Parameters
    ----------
    link : VisaLink
        Open connection.
    identity : Identity
        What the instrument answered to ``*IDN?``.
    meters : CompanionMeters or None
        What measures for it.
    """

    longest_program_ms = LONGEST_PROGRAM_MS

    def __init__(
        self, link: VisaLink, identity: Identity, meters: CompanionMeters | None = None
    ) -> None:
        super().__init__(link, identity)
        self._meters = meters or CompanionMeters()
        self._capabilities = replace(
            CAPABILITIES,
            measures_voltage=self._meters.voltage is not None,
            measures_current=self._meters.current is not None,
        )
        self._count = 0
        self._levels_na: tuple[int, ...] = ()
        self._left = 0
        self._last: Reading | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Give what this driver declares with the meters it has."""
        return self._capabilities

    def _check(self, settings: SourceSettings) -> None:
        check_settings(self._capabilities, settings, nplc_milli=(500, 500))

    def _configuration(self, settings: SourceSettings) -> tuple[str, ...]:
        self._meters.configure(
            compliance_uv=settings.compliance_uv, current_range_na=settings.current_range_na
        )
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
            If its range is automatic, or its low terminal is earthed.
        """
        return parse_settings(self._link.query(SETTINGS_QUERY))

    def read_output_on(self) -> bool:
        """Ask whether current may flow.

        Returns
        -------
        bool
            Whether the output is on; behind a program, whether it still plays or stands elsewhere
            than at zero.
        """
        if not self._playing:
            return parse_flag(self._link.query(":OUTP?"))
        if self._sweeping()[0]:
            return True
        output, level = split_fields(self._link.query(":OUTP?;:SOUR:CURR?"), 2, ";")
        return parse_flag(output) and parse_scaled(level, 9) != 0

    def read_interlock_closed(self) -> bool:
        """Ask whether the interlock is closed; the instrument answers 1 when it is.

        Returns
        -------
        bool
            True if it permits the output.
        """
        return parse_flag(self._link.query(":OUTP:INT:TRIP?"))

    # ------------------------------------------------------------------ tick by tick

    def _begin(self) -> None:
        self._disarm()
        self._forget_program()
        level = parse_scaled(self._link.query(":SOUR:CURR 0;:SOUR:CURR?"), 9)
        output = level == 0 and parse_flag(self._link.query(":OUTP 1;:OUTP?"))
        self._confirm_on(level, output_on=output)

    def _exchange(self, current_na: int) -> tuple[int, Reading]:
        self._refuse_beside_a_program(current_na)
        order = f":SOUR:CURR {amperes(current_na)};:SOUR:CURR?;:OUTP?;:STAT:MEAS:COND?"
        level, output, condition = split_fields(self._link.query(order), 3, ";")
        level_na = parse_scaled(level, 9)
        limited = bool(parse_scaled(condition, 0) & _COMPLIANCE)
        return level_na, self._read(level_na, limited=limited, output_on=parse_flag(output))

    def _read(self, level_na: int, *, limited: bool, output_on: bool) -> Reading:
        """Let the meters read, both at once; without one for the current, show what is set."""
        voltage_uv, current_na = self._meters.read(self._link.timeout_ms)
        self._count += 1
        return Reading(
            voltage_uv=voltage_uv or 0,
            current_na=level_na if current_na is None else current_na,
            limited=limited,
            output_on=output_on,
            instrument_time_us=self._count,
        )

    def _ask_off(self, attempt: int) -> tuple[int, bool, OffState]:
        clear = ":SOUR:CLE" if attempt == 1 else ":SOUR:CURR 0;:OUTP 0"
        answer = self._link.query(f"{_DISARM};{clear};:SOUR:CURR 0;:OUTP?;:SOUR:CURR?")
        output, level = split_fields(answer, 2, ";")
        self._forget_program()
        self._left = 0
        return parse_scaled(level, 9), parse_flag(output), OffState.HIGH_IMPEDANCE

    # ------------------------------------------------------------------ programs

    def _shortest_point_ms(self, settings: SourceSettings) -> int:  # noqa: ARG002 - it is the same
        return SHORTEST_POINT_MS

    def _program_messages(self, program: ListProgram) -> tuple[str, ...]:
        return (_DISARM, *program_messages(program))

    def _confirm_program(self, program: ListProgram) -> None:
        step_na = self._capabilities.resolution_na(program.settings.current_range_na)
        confirm_program(self._link.query(PROGRAM_QUERY), program, step_na)

    def start_program(self) -> None:
        """Switch the output on at zero, arm the sweep and let it begin.

        Raises
        ------
        SettingRefusedError
            If none is loaded, one plays, or the output stays off.
        """
        program = self._ready_program()
        answer = self._link.query(":SOUR:CURR 0;:OUTP 1;:SOUR:CURR?;:OUTP?")
        level, output = split_fields(answer, 2, ";")
        self._confirm_on(parse_scaled(level, 9), output_on=parse_flag(output))
        self._levels_na, self._last = program.levels_na, None
        self._playing, self._left = True, len(self._levels_na)
        self._link.write(":SOUR:SWE:ARM;:INIT")

    def read_program(self) -> ProgramReport:
        """Let the meters read, once a call and point; at the end, switch the output off.

        Returns
        -------
        ProgramReport
            One new reading while it runs. Points that were not asked for in their time repeat the
            last reading, with its time.

        Raises
        ------
        InstrumentError
            If instrument or meters do not answer, or the output stays on.
        """
        if not self._playing:
            return ProgramReport(running=False)
        sweeping, limited = self._sweeping()
        if not sweeping:
            missing = self._missing()
            self.make_safe()
            return ProgramReport(running=False, readings=missing)
        if not self._left:
            return ProgramReport(running=True)
        level_na = self._levels_na[-self._left]
        self._left -= 1
        self._last = self._read(level_na, limited=limited, output_on=True)
        return ProgramReport(running=True, readings=(self._last,))

    def _missing(self) -> tuple[Reading, ...]:
        """Give the points that were not asked for: as the last was, and at its time."""
        if self._last is None or not self._left:
            return ()
        blind = self._meters.current is None
        levels_na = self._levels_na[-self._left :]
        return tuple(
            replace(self._last, current_na=level_na if blind else self._last.current_na)
            for level_na in levels_na
        )

    def abort_program(self) -> None:
        """Break the program off; the output stays on until `make_safe`."""
        self._disarm()
        self._left = 0

    def _disarm(self) -> None:
        self._link.write(_DISARM)

    def _sweeping(self) -> tuple[bool, bool]:
        """Tell whether the sweep runs, and whether the compliance holds the voltage."""
        operation, measurement = split_fields(self._link.query(_STATE), 2, ";")
        return (
            bool(parse_scaled(operation, 0) & _SWEEPING),
            bool(parse_scaled(measurement, 0) & _COMPLIANCE),
        )

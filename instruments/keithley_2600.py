"""Drive one channel of a Keithley 2601B or 2602B as a current source, under a lease.

Names, defaults and status are those of the Series 2600B reference manual, 2600BS-901-01 Rev. F (2021),
section 9; command triggers and `trigger.wait` section 4 (page 143 of the file); ranges and resolutions
those of SPEC-2602B Rev. B (2014). What the lease does is told in `tsp_source`; it is one for both
channels. The voltage has two ceilings, the limit and the fixed range of 40 V; there is no over-voltage
protection. The normal output-off state of this family drives 0 V with up to 1 mA, so only the open
relay is offered. The output-enable line of the digital port is not read.

Still to be seen on hardware, beside what `tsp_source` lists: that `timer.measure.t` resolves a
millisecond after days; the integration of `measure.iv` (one or two conversions).
"""

from __future__ import annotations

from dataclasses import replace

from instruments.declarations import Capabilities, Conduct, FailSafeTier, OffState, SourceSettings
from instruments.errors import InvalidReadingError, SettingRefusedError
from instruments.orders import amperes, thousandths, volts
from instruments.readings import Identity, Reading
from instruments.replies import parse_flag, parse_scaled, split_fields
from instruments.scpi_source import check_settings
from instruments.tsp_source import LEASE_MS, WORST_CASE_OFF_S, TspSource, program_lines
from instruments.visa import VisaLink

__all__ = ["CAPABILITIES", "Keithley2600"]

CAPABILITIES = Capabilities(
    driver="keithley-2600",
    tick_ms=50,
    conduct=Conduct.PER_TICK,
    tier=FailSafeTier.LEASE,
    worst_case_off_s=WORST_CASE_OFF_S,
    current_ranges_na=(1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000),
    current_resolutions_na=(1, 1, 2, 20, 200, 2_000),
    voltage_ranges_uv=(1_000_000, 6_000_000, 40_000_000),
    max_compliance_uv=40_000_000,
    min_compliance_uv=20_000,
    measures_voltage=True,
    measures_current=True,
    off_states=(OffState.HIGH_IMPEDANCE,),
    channels=2,
    lease_ms=LEASE_MS,
)
_HIGH_IMPEDANCE = 2
_OFF_STATES = {0: OffState.NORMAL, 1: OffState.ZERO, _HIGH_IMPEDANCE: OffState.HIGH_IMPEDANCE}
_PROGRAM = program_lines("keithley_2600.lua")


class Keithley2600(TspSource):
    """Hold one channel of one 2600B.

    Parameters
    ----------
    link : VisaLink
        Open connection, which both channels share.
    identity : Identity
        What the instrument answered to ``*IDN?``.
    channel : int
        1 for channel A, 2 for channel B.
    """

    def __init__(self, link: VisaLink, identity: Identity, channel: int = 1) -> None:
        super().__init__(link, identity)
        self._smu = f"smu{'ab'[channel - 1]}" if channel in {1, 2} else ""
        has_two = "2602" in identity.model
        self._capabilities = replace(CAPABILITIES, channels=2 if has_two else 1)

    @property
    def capabilities(self) -> Capabilities:
        """Give what this driver declares."""
        return self._capabilities

    def _program(self) -> tuple[str, ...]:
        return _PROGRAM

    def _clear_errors(self) -> str:
        return "errorqueue.clear()"

    def _next_error(self) -> str:
        return '(function(code, text) return string.format("%d,", code) .. text end)(errorqueue.next())'

    def _check(self, settings: SourceSettings) -> None:
        check_settings(self._capabilities, settings, nplc_milli=(10, 10_000))

    def _configuration(self, settings: SourceSettings) -> tuple[str, ...]:
        self._install()
        sense = "SENSE_REMOTE" if settings.four_wire else "SENSE_LOCAL"
        return tuple(
            f"{self._smu}.{name} = {value}"
            for name, value in (
                ("source.func", f"{self._smu}.OUTPUT_DCAMPS"),
                ("source.autorangei", "0"),
                ("source.rangei", amperes(settings.current_range_na)),
                ("source.leveli", "0"),
                ("measure.autorangev", "0"),
                ("measure.rangev", volts(settings.voltage_range_uv)),
                ("source.limitv", volts(settings.compliance_uv)),
                ("measure.nplc", thousandths(settings.nplc_milli)),
                ("measure.count", "1"),
                ("measure.filter.enable", "0"),
                ("sense", f"{self._smu}.{sense}"),
                ("source.offmode", f"{self._smu}.OUTPUT_HIGH_Z"),
            )
        )

    def read_settings(self) -> SourceSettings:
        """Ask the instrument for the settings of this channel.

        Returns
        -------
        SourceSettings
            What is set now.

        Raises
        ------
        SettingRefusedError
            If it does not source current on fixed ranges, or the program is not on board.
        """
        self._install()
        fields = split_fields(self._ask(f"ion_settings, {self._smu}"), 9)
        for name, kept in zip(
            ("source function", "current autorange", "voltage autorange"), fields[:3], strict=True
        ):
            if parse_flag(kept):
                raise SettingRefusedError(name, asked="0", kept=kept)
        current_range, limit, voltage_range, nplc, off, sense = fields[3:]
        return SourceSettings(
            current_range_na=parse_scaled(current_range, 9),
            compliance_uv=parse_scaled(limit, 6),
            voltage_range_uv=parse_scaled(voltage_range, 6),
            nplc_milli=parse_scaled(nplc, 3),
            off_state=_off_state(off),
            four_wire=parse_flag(sense),
        )

    def _begin(self) -> None:
        smu = self._smu
        level = self._ask(f"function() {smu}.source.leveli = 0 return {smu}.source.leveli end")
        level_na = parse_scaled(level, 9)
        output = level_na == 0 and parse_flag(self._ask(f"ion_begin, {smu}"))
        self._confirm_on(level_na, output_on=output)

    def _exchange(self, current_na: int) -> tuple[int, Reading]:
        answer = self._ask(f"ion_tick, {self._smu}, {amperes(current_na)}")
        current, voltage, limited, output, seconds, level = self._fields(answer, 6)
        return parse_scaled(level, 9), Reading(
            voltage_uv=parse_scaled(voltage, 6),
            current_na=parse_scaled(current, 9),
            limited=parse_flag(limited),
            output_on=parse_flag(output),
            instrument_time_us=parse_scaled(seconds, 6),
        )

    def _output(self) -> str:
        return f'string.format("%d", {self._smu}.source.output)'

    def read_interlock_closed(self) -> bool | None:
        """Give nothing: these models have no interlock, and 40 V at most."""
        return None

    def _ask_off(self, attempt: int) -> tuple[int, bool, OffState]:
        smu = self._smu
        state = f'string.format("%d,%.9e,%d", {smu}.source.output, {smu}.source.leveli, {smu}.source.offmode)'
        if attempt == 1:
            # The other channel may be on: its lease goes on while this one ends.
            off = f"{smu}.source.leveli = 0 {smu}.source.output = 0"
            answer = self._ask_past(
                f"(function() {off} if ion_disarm then ion_disarm({smu}) end return {state} end)()"
            )
        else:
            # Whatever script runs is ended, and no lease is left to any channel.
            off = f"{smu}.source.output = 0 {smu}.source.leveli = 0 ion_armed = nil"
            both = f"{off} smua.source.output = 0 if smub then smub.source.output = 0 end"
            answer = self._ask_plainly(both, state, first="abort")
        output, level, off_mode = split_fields(answer, 3)
        return parse_scaled(level, 9), parse_flag(output), _off_state(off_mode)


def _off_state(answer: str) -> OffState:
    position = parse_scaled(answer, 0)
    if position not in _OFF_STATES:
        raise InvalidReadingError(answer, "no output-off state")
    return _OFF_STATES[position]

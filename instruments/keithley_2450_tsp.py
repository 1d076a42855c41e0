"""Drive a Keithley 2450, 2460 or 2461 as a current source, in TSP, under a lease.

Names are those of the Model 2450 reference manual, 2450-901-01 Rev. B (2013), section 8: source
attributes 8-117 to 8-149, over-voltage protection 8-141, off state 8-139, measurement 8-86 to 8-110,
buffers 8-9 to 8-34 with the source status bits 8-29, interlock 8-86; `trigger.wait` as in the manual
of its sister 2470 (2470-901-01 Rev. A, 14-268). What the lease does is told in `tsp_source`.

The 2460 and 2461 share these names; nothing of them was read but their list of trigger events.

Still to be seen on hardware, beside what `tsp_source` lists: how long clearing a buffer of ten
readings takes; that ``abort`` ends a script that is not ours.
"""

from __future__ import annotations

from dataclasses import replace

from instruments.declarations import Capabilities, FailSafeTier, OffState, SourceSettings
from instruments.errors import InvalidReadingError, SettingRefusedError
from instruments.keithley_2450_setup import CAPABILITIES as IN_SCPI
from instruments.keithley_2450_setup import require_language
from instruments.orders import amperes, thousandths, volts
from instruments.readings import Identity, Reading
from instruments.replies import parse_flag, parse_scaled, split_fields
from instruments.scpi_source import check_settings
from instruments.tsp_source import LEASE_MS, WORST_CASE_OFF_S, TspSource, program_lines
from instruments.visa import VisaLink

__all__ = ["CAPABILITIES", "Keithley2450Tsp"]

CAPABILITIES = replace(
    IN_SCPI,
    driver="keithley-2450-tsp",
    tier=FailSafeTier.LEASE,
    worst_case_off_s=WORST_CASE_OFF_S,
    lease_ms=LEASE_MS,
)
# The 2460 and 2461 end at 100 V; their data sheets give the same steps up to 100 mA.
_OF_2460 = replace(CAPABILITIES, voltage_ranges_uv=(2_000_000, 20_000_000, 100_000_000))
_LIMIT_BIT, _OUTPUT_BIT = 32, 128
_OFF_MODES = {
    OffState.HIGH_IMPEDANCE: "smu.OFFMODE_HIGHZ",
    OffState.NORMAL: "smu.OFFMODE_NORMAL",
    OffState.ZERO: "smu.OFFMODE_ZERO",
    OffState.GUARD: "smu.OFFMODE_GUARD",
}
_OFF_STATES = tuple(_OFF_MODES)
_PROTECTIONS = {
    level_uv: f"smu.PROTECT_{level_uv // 1_000_000}V" for level_uv in IN_SCPI.protection_levels_uv
}
_BY_OFF_MODE = ", ".join(f"[{mode}] = {index}" for index, mode in enumerate(_OFF_MODES.values()))
_OFF_ANSWER = (
    '(smu.source.output == smu.OFF and "0" or "1") .. string.format(",%.9e,", smu.source.level) .. '
    f"({{{_BY_OFF_MODE}}})[smu.source.offmode]"
)
_PROGRAM = program_lines("keithley_2450_tsp.lua")


class Keithley2450Tsp(TspSource):
    """Hold one 2450 that was set to TSP, over one exclusive connection.

    Parameters
    ----------
    link : VisaLink
        Open connection.
    identity : Identity
        What the instrument answered to ``*IDN?``.

    Raises
    ------
    WrongInstrumentError
        If its command set is not TSP.
    """

    def __init__(self, link: VisaLink, identity: Identity) -> None:
        super().__init__(link, identity)
        require_language(link.resource, link.ask("*LANG?"), "TSP")

    @property
    def capabilities(self) -> Capabilities:
        """Give what this driver declares."""
        return CAPABILITIES if "2450" in self.identity.model else _OF_2460

    def _program(self) -> tuple[str, ...]:
        return _PROGRAM

    def _clear_errors(self) -> str:
        return "eventlog.clear()"

    def _next_error(self) -> str:
        return (
            '(function(code, text) return string.format("%d,", code) .. text end)(eventlog.next())'
        )

    def _check(self, settings: SourceSettings) -> None:
        check_settings(self.capabilities, settings, nplc_milli=(10, 10_000))

    def _configuration(self, settings: SourceSettings) -> tuple[str, ...]:
        highest = _PROTECTIONS[IN_SCPI.protection_levels_uv[-1]]
        protection = _PROTECTIONS[settings.protection_uv or IN_SCPI.protection_levels_uv[-1]]
        sense = "smu.SENSE_4WIRE" if settings.four_wire else "smu.SENSE_2WIRE"
        self._install()
        current_range = amperes(settings.current_range_na)
        return tuple(
            " ".join(f"smu.{name} = {value}" for name, value in group)
            for group in (
                (("source.func", "smu.FUNC_DC_CURRENT"), ("measure.func", "smu.FUNC_DC_VOLTAGE")),
                (("source.autorange", "smu.OFF"), ("source.range", current_range)),
                (("source.level", "0"), ("measure.autorange", "smu.OFF")),
                (("measure.range", volts(settings.voltage_range_uv)),),
                (("source.protect.level", highest),),
                (("source.vlimit.level", volts(settings.compliance_uv)),),
                (("source.protect.level", protection), ("source.readback", "smu.ON")),
                (("measure.nplc", thousandths(settings.nplc_milli)), ("measure.sense", sense)),
                (("source.offmode", _OFF_MODES[settings.off_state]),),
            )
        )

    def read_settings(self) -> SourceSettings:
        """Ask the instrument for its settings.

        Returns
        -------
        SourceSettings
            What is set now.

        Raises
        ------
        SettingRefusedError
            If it does not source current, measure voltage and read back its source on fixed ranges
            under an over-voltage protection of 60 V or less, or the program is not on board.
        """
        self._install()
        fields = split_fields(self._ask("ion_settings"), 12)
        for name, flag in zip(
            (
                "source function current",
                "measure function voltage",
                "current autorange off",
                "voltage autorange off",
                "source readback",
            ),
            fields[:5],
            strict=True,
        ):
            if not parse_flag(flag):
                raise SettingRefusedError(name, asked="yes", kept="no")
        current_range, limit, voltage_range, nplc, off, sense, protection = fields[5:]
        if (protection_uv := parse_scaled(protection, 6)) not in _PROTECTIONS:
            raise SettingRefusedError("over-voltage protection", asked="60 V or less", kept="more")
        return SourceSettings(
            current_range_na=parse_scaled(current_range, 9),
            compliance_uv=parse_scaled(limit, 6),
            voltage_range_uv=parse_scaled(voltage_range, 6),
            nplc_milli=parse_scaled(nplc, 3),
            off_state=_off_state(off),
            four_wire=parse_flag(sense),
            protection_uv=protection_uv,
        )

    def _begin(self) -> None:
        level = self._ask("function() smu.source.level = 0 return smu.source.level end")
        level_na = parse_scaled(level, 9)
        output = level_na == 0 and parse_flag(self._ask("ion_begin"))
        self._confirm_on(level_na, output_on=output)

    def _exchange(self, current_na: int) -> tuple[int, Reading]:
        answer = self._ask(f"ion_tick, {amperes(current_na)}")
        current, voltage, status, seconds, fraction, level = self._fields(answer, 6)
        bits = parse_scaled(status, 0)
        return parse_scaled(level, 9), Reading(
            voltage_uv=parse_scaled(voltage, 6),
            current_na=parse_scaled(current, 9),
            limited=bool(bits & _LIMIT_BIT),
            output_on=bool(bits & _OUTPUT_BIT),
            instrument_time_us=parse_scaled(seconds, 6) + parse_scaled(fraction, 6),
        )

    def _output(self) -> str:
        return "(smu.source.output == smu.OFF and 0 or 1)"

    def read_interlock_closed(self) -> bool:
        """Ask whether the interlock is closed; ``tripped`` is ON when it is (8-86).

        Returns
        -------
        bool
            True if the interlock permits all voltages.
        """
        return parse_flag(self._ask_past("(smu.interlock.tripped == smu.ON and 1 or 0)"))

    def _ask_off(self, attempt: int) -> tuple[int, bool, OffState]:
        # The first try zeroes the level before the relay opens; later ones open it at once, whatever
        # script runs.
        zero, off = "smu.source.level = 0", "ion_armed = nil smu.source.output = smu.OFF"
        order = f"{zero} {off}" if attempt == 1 else f"{off} {zero}"
        answer = self._ask_plainly(order, _OFF_ANSWER, first="" if attempt == 1 else "abort")
        output, level, state = split_fields(answer, 3)
        return parse_scaled(level, 9), parse_flag(output), _off_state(state)


def _off_state(answer: str) -> OffState:
    position = parse_scaled(answer, 0)
    if not 0 <= position < len(_OFF_STATES):
        raise InvalidReadingError(answer, "no output-off state")
    return _OFF_STATES[position]

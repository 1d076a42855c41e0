"""Drive a Yokogawa GS200 as a current source, tick by tick.

Command forms, limiter and condition bits are those of the GS200 user's manual, IM GS210-01EN:
messages 13-2, limiter 13-12, extended event and condition register 13-30, error queue 13-31. Ranges
and steps are those of its data sheet; the sense group is in the form that QCoDeS's driver uses on
hardware.

Nothing in it ends the current when the host dies (tier C): its program memory holds the last step,
and the limiter, whole volts up to 30 V, is its only ceiling. It cannot measure its own current: a
companion meter over a shunt does, or the session is blind. With the /MON option it measures the
voltage of a current source, and without it that comes from a companion meter or not at all. It tells no time, so the driver counts readings instead: one whose
end-of-measurement event is missing is not counted, and is stale.

Still to be seen on hardware: that MEAS? waits for a measurement begun after the level was set, that
the end-of-measurement event is set before MEAS? answers, and what the terminals are when it is off.
"""

from __future__ import annotations

from dataclasses import replace

from instruments.declarations import Capabilities, Conduct, FailSafeTier, OffState, SourceSettings
from instruments.errors import SettingRefusedError
from instruments.meter import CompanionMeters
from instruments.orders import amperes, volts
from instruments.replies import confirm_kept, parse_flag, parse_scaled, split_fields
from instruments.scpi_source import ScpiSource, check_settings
from instruments.source import Identity, Reading
from instruments.visa import VisaLink

__all__ = ["CAPABILITIES", "YokogawaGS200"]

_VOLT_UV = 1_000_000
_END_OF_MEASUREMENT = 1
_LIMITED = 1 << 10 | 1 << 11
CAPABILITIES = Capabilities(
    driver="yokogawa-gs200",
    # Its own measurement and that of a meter follow one another.
    tick_ms=150,
    conduct=Conduct.PER_TICK,
    tier=FailSafeTier.NONE,
    worst_case_off_s=None,
    current_ranges_na=(1_000_000, 10_000_000, 100_000_000),
    current_resolutions_na=(10, 100, 1_000),
    voltage_ranges_uv=(30_000_000,),
    max_compliance_uv=30_000_000,
    min_compliance_uv=1_000_000,
    measures_voltage=False,
    measures_current=False,
    off_states=(OffState.HIGH_IMPEDANCE,),
    nplc_milli=1_000,
)
_SETTINGS = ":SOUR:FUNC?;:SOUR:RANG?;:SOUR:PROT:VOLT?;:SENS:REM?;:SENS:GUAR?"
_MONITOR_SETTINGS = ";:SENS:STAT?;:SENS:TRIG?;:SENS:NPLC?"


class YokogawaGS200(ScpiSource):
    """Hold one GS200 over one exclusive connection.

    Parameters
    ----------
    link : VisaLink
        Open connection.
    identity : Identity
        What the instrument answered to ``*IDN?``.
    meters : CompanionMeters or None
        What measures for it; a meter's voltage goes before that of the /MON option.
    """

    def __init__(
        self, link: VisaLink, identity: Identity, meters: CompanionMeters | None = None
    ) -> None:
        super().__init__(link, identity)
        self._meters = meters or CompanionMeters()
        self._monitor = "/MON" in link.query("*OPT?").upper()
        self._readings = 0
        self._capabilities = replace(
            CAPABILITIES,
            measures_voltage=self._monitor or self._meters.voltage is not None,
            measures_current=self._meters.current is not None,
        )

    @property
    def capabilities(self) -> Capabilities:
        """Give what this driver declares, with the option and the meters it has."""
        return self._capabilities

    def _check(self, settings: SourceSettings) -> None:
        longest = 25_000 if self._monitor else 1_000
        check_settings(self.capabilities, settings, nplc_milli=(1_000, longest))
        if settings.compliance_uv % _VOLT_UV:
            raise SettingRefusedError(
                "compliance_uv", asked=settings.compliance_uv, kept="whole volts"
            )
        if settings.nplc_milli % 1_000:
            raise SettingRefusedError("nplc_milli", asked=settings.nplc_milli, kept="whole cycles")

    def _configuration(self, settings: SourceSettings) -> tuple[str, ...]:
        self._meters.configure(
            compliance_uv=settings.compliance_uv, current_range_na=settings.current_range_na
        )
        source = (
            f":SOUR:FUNC CURR;:SOUR:PROT:VOLT {volts(settings.compliance_uv)}",
            f":SOUR:RANG {amperes(settings.current_range_na)};:SOUR:LEV 0",
            f":SENS:REM {int(settings.four_wire)};:SENS:GUAR 0",
        )
        if not self._monitor:
            return source
        cycles = settings.nplc_milli // 1_000
        return (*source, f":SENS:TRIG IMM;:SENS:DEL 0;:SENS:NPLC {cycles};:SENS:STAT 1")

    def read_settings(self) -> SourceSettings:
        """Ask the instrument for its settings.

        Returns
        -------
        SourceSettings
            What is set now; integration is one cycle where there is no /MON option.

        Raises
        ------
        SettingRefusedError
            If it does not source current, or its guard or measurement is set otherwise.
        """
        query = _SETTINGS + (_MONITOR_SETTINGS if self._monitor else "")
        fields = split_fields(self._link.query(query), 8 if self._monitor else 5, ";")
        function, current_range, limit, remote, guard, *sense = fields
        state, trigger, cycles = sense or ("1", "IMM", "1")
        confirm_kept(
            (
                ("source function", "CURR", function.upper()),
                ("guard terminal", "0", guard),
                ("measurement", "1", state),
                ("measurement trigger", "IMM", trigger.upper()),
            )
        )
        return SourceSettings(
            current_range_na=parse_scaled(current_range, 9),
            compliance_uv=parse_scaled(limit, 6),
            voltage_range_uv=30 * _VOLT_UV,
            nplc_milli=parse_scaled(cycles, 3),
            four_wire=parse_flag(remote),
        )

    def _begin(self) -> None:
        level = parse_scaled(self._link.query(":SOUR:LEV 0;:SOUR:LEV?"), 9)
        output = level == 0 and parse_flag(self._link.query(":OUTP 1;:OUTP?"))
        self._confirm_on(level, output_on=output)

    def _exchange(self, current_na: int) -> tuple[int, Reading]:
        # The events are read first to clear them, and again to see that a measurement has ended.
        measured = ":STAT:EVEN?;:MEAS?;:STAT:EVEN?;" if self._monitor else ""
        answer = self._link.query(
            f":SOUR:LEV {amperes(current_na)};{measured}:STAT:COND?;:OUTP?;:SOUR:LEV?"
        )
        *seen, condition, output, echo = split_fields(answer, 6 if self._monitor else 3, ";")
        own_uv = parse_scaled(seen[1], 6) if seen else 0
        voltage_uv, seen_na = self._meters.read(self._link.timeout_ms)
        fresh = not seen or parse_scaled(seen[2], 0) & _END_OF_MEASUREMENT
        self._readings += bool(fresh)
        level_na, output_on = parse_scaled(echo, 9), parse_flag(output)
        return level_na, Reading(
            voltage_uv=own_uv if voltage_uv is None else voltage_uv,
            current_na=level_na * output_on if seen_na is None else seen_na,
            limited=bool(parse_scaled(condition, 0) & _LIMITED),
            output_on=output_on,
            instrument_time_us=self._readings,
        )

    def read_output_on(self) -> bool:
        """Ask whether the output is on."""
        return parse_flag(self._link.query(":OUTP?"))

    def read_interlock_closed(self) -> bool | None:
        """Tell that there is no interlock."""
        return None

    def _ask_off(self, attempt: int) -> tuple[int, bool, OffState]:
        # The first try zeroes the level before the relay opens; later ones open it at once.
        order = ":SOUR:LEV 0;:OUTP 0" if attempt == 1 else ":OUTP 0;:SOUR:LEV 0"
        output, level = split_fields(self._link.query(f"{order};:OUTP?;:SOUR:LEV?"), 2, ";")
        return parse_scaled(level, 9), parse_flag(output), OffState.HIGH_IMPEDANCE

"""Drive an SMU module in a Keysight N6700 or N6705 mainframe, in current priority, tick by tick.

Command forms and status bits are those of the N6700C and N6705C operating and service guides:
watchdog N6700C 158, status registers N6701C 309, simultaneous measurement of the SMU modules N6705
user's guide 134, quadrants N6700 user's guide 122.

The lease is the mainframe's I/O watchdog (tier A): a second without any message latches every output
off. It is the whole mainframe's: messages of another program to another module feed it too, so the
mainframe must belong to this program alone, and it stays armed when the program goes. A tripped
output still says that it is programmed on, and OUTP:PROT:CLE switches it on again; an output counts
as on only without a trip, and is programmed off before a trip is cleared. The delay is a whole
number of seconds, so the worst case is given with one second more.

It tells no time, so the driver counts readings instead. MEAS? starts an acquisition and never
touches the output of these modules.

Still to be seen on hardware: that a delay of one second never trips early; that FETC:CURR? after
MEAS:VOLT? gives the current of the same acquisition; the limits of VOLT:LIM and VOLT:PROT:REM; the
source ranges of each module (another one that is kept is refused).
"""

from __future__ import annotations

from instruments.declarations import Capabilities, OffState, SourceSettings
from instruments.errors import SettingRefusedError, WrongInstrumentError
from instruments.keysight_n6700_setup import (
    CAPABILITIES,
    FOUR_QUADRANTS,
    OFF_STATES,
    TRIPPED,
    TWO_QUADRANTS,
    configuration,
    parse_settings,
    settings_query,
)
from instruments.orders import amperes
from instruments.replies import parse_flag, parse_scaled, parse_word, split_fields, unquote
from instruments.scpi_source import ScpiSource, check_settings
from instruments.source import Identity, Reading
from instruments.visa import VisaLink

__all__ = ["KeysightN6700"]

_LIMITED = 1 << 7 | 1 << 8
_INHIBITED = 1 << 9


class KeysightN6700(ScpiSource):
    """Hold one module of a mainframe.

    Parameters
    ----------
    link : VisaLink
        Open connection; the modules of one mainframe share it.
    identity : Identity
        What the mainframe answered to ``*IDN?``.
    channel : int
        Slot of the module, from 1.

    Raises
    ------
    WrongInstrumentError
        If there is no SMU module in that slot.
    """

    def __init__(self, link: VisaLink, identity: Identity, channel: int = 1) -> None:
        super().__init__(link, identity)
        self._channel = channel
        self._of = f"(@{channel})"
        self._readings = 0
        slots = parse_scaled(link.query(":SYST:CHAN:COUN?"), 0)
        module = "none"
        if channel <= slots:
            module = unquote(link.query(f":SYST:CHAN:MOD? {self._of}")).upper()
        self._reverses = module in FOUR_QUADRANTS
        if module not in FOUR_QUADRANTS | TWO_QUADRANTS:
            raise WrongInstrumentError(
                link.resource,
                found=f"module {module} on channel {channel}",
                wanted="an SMU module N6781A, N6782A or N6784A; correct the channel",
            )

    @property
    def capabilities(self) -> Capabilities:
        """Give what this driver declares."""
        return CAPABILITIES

    def _check(self, settings: SourceSettings) -> None:
        check_settings(CAPABILITIES, settings, nplc_milli=(20, 10_000))

    def _configuration(self, settings: SourceSettings) -> tuple[str, ...]:
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
            If it is not in current priority on fixed ranges with the watchdog armed.
        """
        return parse_settings(self._link.query(settings_query(self._channel)))

    def _begin(self) -> None:
        of = self._of
        order = f":OUTP OFF,{of};:CURR 0,{of};:OUTP:PROT:CLE {of}"
        answer = self._link.query(f"{order};:CURR? {of};:STAT:QUES:COND? {of}")
        level, condition = split_fields(answer, 2, ";")
        if bits := parse_scaled(condition, 0) & TRIPPED:
            raise SettingRefusedError("output", asked="on", kept="off", detail=f"tripped: {bits}")
        level_na = parse_scaled(level, 9)
        self._confirm_on(level_na, output_on=level_na == 0 and self._switch_on())

    def _switch_on(self) -> bool:
        self._link.query(f":OUTP:PROT:WDOG ON;:OUTP ON,{self._of};:OUTP:PROT:WDOG?")
        return self.read_output_on()

    def _exchange(self, current_na: int) -> tuple[int, Reading]:
        if current_na < 0 and not self._reverses:
            raise SettingRefusedError(
                "level_na", asked=current_na, kept=0, detail="the module has two quadrants"
            )
        of = self._of
        answer = self._link.query(
            f":CURR {amperes(current_na)},{of};:MEAS:VOLT? {of};:FETC:CURR? {of};"
            f":STAT:QUES:COND? {of};:OUTP? {of};:CURR? {of}"
        )
        voltage, current, condition, output, level = split_fields(answer, 5, ";")
        bits = parse_scaled(condition, 0)
        self._readings += 1
        return parse_scaled(level, 9), Reading(
            voltage_uv=parse_scaled(voltage, 6),
            current_na=parse_scaled(current, 9),
            limited=bool(bits & _LIMITED),
            output_on=parse_flag(output) and not bits & TRIPPED,
            instrument_time_us=self._readings,
        )

    def read_output_on(self) -> bool:
        """Ask whether the output is on: programmed on, and not tripped."""
        answer = self._link.query(f":OUTP? {self._of};:STAT:QUES:COND? {self._of}")
        output, condition = split_fields(answer, 2, ";")
        return parse_flag(output) and not parse_scaled(condition, 0) & TRIPPED

    def read_interlock_closed(self) -> bool | None:
        """Ask whether the inhibit input permits the output; None while it is not used."""
        mode, condition = split_fields(
            self._link.query(f":OUTP:INH:MODE?;:STAT:QUES:COND? {self._of}"), 2, ";"
        )
        if mode.upper() == "OFF":
            return None
        return not parse_scaled(condition, 0) & _INHIBITED

    def _ask_off(self, attempt: int) -> tuple[int, bool, OffState]:
        of = self._of
        # The first try zeroes the level before the relay opens; later ones open it at once.
        orders = (f":CURR 0,{of}", f":OUTP OFF,{of}")
        order = ";".join(orders if attempt == 1 else reversed(orders))
        answer = self._link.query(f"{order};:OUTP? {of};:CURR? {of};:OUTP:TMOD? {of}")
        output, level, off = split_fields(answer, 3, ";")
        return parse_scaled(level, 9), parse_flag(output), parse_word(off, OFF_STATES, "off state")

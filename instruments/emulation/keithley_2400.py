"""Answer as a Keithley 2400, 2401 or 2410 does.

Forms follow the Series 2400 user's manual, 2400S-900-01. It has no network port of its own: this is
what stands behind a serial-device server or a GPIB gateway. While the trigger model runs, everything
but ABORt, *RST, *RCL, *TRG and SYSTem:PRESet waits until it is idle again (page 16-3), OUTPut OFF
included. Only immediate triggers, fixed, list and linear staircase sources are here.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from functools import partial

from instruments.emulation.device import PanelTouch, Parts
from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Command, Parameters, Timed, within
from instruments.emulation.keithley_2400_messages import (
    acts_at_once,
    result_of,
    split_at_initiation,
)
from instruments.emulation.keithley_2400_readings import Readings
from instruments.emulation.keithley_2400_source import SourceSide
from instruments.emulation.keithley_2400_specification import PROTECTIONS_V, SPECIFICATIONS
from instruments.emulation.keithley_2400_trigger import TRIGGER_SETTINGS, Cycles
from instruments.emulation.keithley_status import KeithleyStatus
from instruments.emulation.saved_setups import setup_commands
from instruments.emulation.settings import Settings, number, switch, whole, word
from instruments.emulation.smu import SourceMeter

__all__ = ["Keithley2400", "build"]

_NONE = (0, 0)
_DELAY = ":SOURce[1]:DELay"
_SOURCE_CLEAR = ":SOURce[1]:CLEar:AUTO"
_SWEEPING, _IDLE = 1 << 3, 1 << 10
_BUFFER_FULL, _ENABLED, _PROTECTING, _COMPLIANCE = 1 << 9, 1 << 11, 1 << 13, 1 << 14
_PLAIN = {
    **TRIGGER_SETTINGS,
    ":SYSTem:LFRequency": whole(50, 60, 50),
    ":SYSTem:LFRequency:AUTO": switch(default=True),
    ":SYSTem:BEEPer:STATe": switch(default=True),
    ":DISPlay:ENABle": switch(default=True),
    "[:SENSe[1]]:AVERage[:STATe]": switch(default=False),
    "[:SENSe[1]]:AVERage:TCONtrol": word("REPeat", "MOVing"),
    "[:SENSe[1]]:AVERage:COUNt": whole(1, 100, 10),
    "[:SENSe[1]]:RESistance:MODE": word("MANual", "AUTO"),
    "[:SENSe[1]]:RESistance:RANGe[:UPPer]": number(0.0, 2.1e8, 2.1e5),
    "[:SENSe[1]]:RESistance:RANGe:AUTO": switch(default=True),
    "[:SENSe[1]]:RESistance:NPLCycles": number(0.01, 10.0, 1.0),
    ":FORMat[:DATA]": word("ASCii"),
    ":ROUTe:TERMinals": word("FRONt", "REAR"),
}


class Keithley2400(KeithleyStatus):
    """Hold one emulated unit of the Series 2400.

    Parameters
    ----------
    model : str
        2400, 2401 or 2410.
    parts : Parts
        What it is built around.
    """

    def __init__(self, model: str, parts: Parts) -> None:
        firmware = "C32   Oct  4 2010 14:20:11/A02  /K/J"
        super().__init__(
            f"KEITHLEY INSTRUMENTS INC.,MODEL {model},{parts.serial},{firmware}",
            self._measurement_condition,
            lambda: _SWEEPING if self._playing else _IDLE,
        )
        self.smu = smu = SourceMeter(
            parts.circuits[0],
            parts.faults.on(1),
            SPECIFICATIONS[model],
            seed=parts.seed,
            interlock_closed=parts.interlock_closed,
        )
        self._clock = parts.clock
        self._plain = Settings(_PLAIN)
        self._cycles = Cycles(smu, self._plain, self._functions, self._measured, self._permitted)
        self._source = SourceSide(smu, self._cycles.lists, PROTECTIONS_V[model])
        self._readings = Readings(smu, parts, self._source.held_by)
        self._playing: Generator[float, None, None] | None = None
        self._due_us = 0.0
        self._held: list[tuple[str, str]] = []
        self._said: list[str] = []
        plain = self._plain.commands()
        plain[_DELAY] = replace(plain[_DELAY], order=self._delay)
        for table in (
            plain,
            self._source.commands(),
            self._readings.commands(),
            self._own_commands(),
            setup_commands(smu),
        ):
            for pattern, command in table.items():
                self._tree.add(pattern, command)
        self.reset()

    # ------------------------------------------------------------------ being an instrument

    def reset(self) -> None:
        """Put every setting back, with the output off and the trigger model idle."""
        self._playing = None
        self._plain.reset()
        self._source.reset()
        self._readings.reset()

    def refresh(self) -> None:
        """Bring the terminals in line with the settings."""
        self._source.refresh()

    def power_on(self) -> None:
        """Start as after switching on; whatever waited is lost."""
        self._held.clear()
        self._source.enable_line = False
        super().power_on()
        self._readings.restart_timer()

    def device_clear(self) -> None:
        """Return to idle and forget what waits; the output stays as it is."""
        self._playing = None
        self._held.clear()

    def touch_panel(self, touch: PanelTouch) -> None:
        """Do what somebody does at the front panel."""
        self.smu.touch_panel(touch)

    def time_s(self) -> float:
        """Tell the calendar time, UTC seconds."""
        return self._clock.wall_s() + self._clock.now_us() * 1e-6

    def said(self) -> list[str]:
        """Take the answers to what had to wait."""
        said, self._said = self._said, []
        return said

    # ------------------------------------------------------------------ trigger model

    def next_wake_us(self) -> int | None:
        """Tell when the running cycles go on."""
        return None if self._playing is None else round(self._due_us)

    def wake(self, now_us: int) -> None:
        """Go on with the cycles; when they end, do what had to wait."""
        if self._playing is None or now_us < round(self._due_us):
            return
        try:
            self._due_us += 1e6 * next(self._playing)
        except StopIteration:
            self._playing = None
        self.refresh()
        self._do_held()

    def _do_held(self) -> None:
        while self._held and self._playing is None:
            begun, message = self._held.pop(0)
            answer = result_of(self.run(message))
            if text := ";".join(part for part in (begun, answer) if part):
                self._said.append(text)

    def run(self, message: str) -> Generator[float, None, str | None]:
        """Execute one program message, or let it wait while the trigger model runs.

        Parameters
        ----------
        message : str
            Without terminator.

        Yields
        ------
        float
            Seconds to wait before it is resumed.

        Returns
        -------
        str or None
            Answers joined with ";"; None if nothing was asked, or it has to wait.
        """
        if self._playing is not None and not acts_at_once(message):
            self._held.append(("", message))
            return None
        first, rest = split_at_initiation(message)
        answer = yield from super().run(first)
        self._do_held()
        if not rest:
            return answer
        if self._playing is not None:
            self._held.append((answer or "", rest))
            return None
        more = yield from super().run(rest)
        return ";".join(part for part in (answer, more) if part) or None

    def _permitted(self) -> bool:
        return self._source.permitted()

    def _functions(self) -> int:
        return len(self._readings.functions)

    def _measured(self) -> None:
        self.refresh()
        if self._readings.take():
            self.measurement.happened(_BUFFER_FULL)

    def _initiate(self, _: Parameters) -> float:
        self._readings.begin()
        self._playing = self._cycles.begin()
        self._due_us = self._clock.now_us() + 1e6 * next(self._playing, 0.0)
        return 0.0

    def _abort(self, _: Parameters) -> float:
        self._playing = None
        return 0.0

    def _read(self, _: Parameters) -> Timed:
        self._readings.begin()
        for wait_s in self._cycles.begin():
            self.refresh()
            yield wait_s
        self.refresh()
        return self._readings.fetch()

    def _measure(self, name: str, _: Parameters) -> Timed:
        """Do what MEASure does: put defaults into the function, switch the output on, read."""
        if name:
            self._configure(name)
        if not self._source.permitted():
            raise ScpiError(802)
        self.smu.set_output(on=True)
        self._plain.put(_SOURCE_CLEAR, value=False)
        self.refresh()
        return (yield from self._read(()))

    def _configure(self, name: str) -> None:
        self._readings.functions = [name]
        for layer in (":ARM[:SEQuence[1]][:LAYer[1]]", ":TRIGger[:SEQuence[1]]"):
            self._plain.put(f"{layer}:COUNt", 1)
            self._plain.put(f"{layer}:SOURce", "IMM")
        self._plain.put(":TRIGger[:SEQuence[1]]:DELay", 0.0)
        if name == "RES":
            return
        sensed = self.smu.state.quantities[name]
        sensed.sense_auto, sensed.nplc = True, 1.0
        other = "CURR" if name == "VOLT" else "VOLT"
        fresh = self.smu.specification.settings(other)
        self.smu.state.quantities[other].limit = fresh.limit

    # ------------------------------------------------------------------ commands

    def _own_commands(self) -> dict[str, Command]:
        table = {
            ":INITiate[:IMMediate]": Command(order=self._initiate, orders=_NONE),
            ":ABORt": Command(order=self._abort, orders=_NONE),
            ":TRIGger:CLEar": Command(order=lambda _: 0.0, orders=_NONE),
            ":READ": Command(measure=self._read),
            ":MEASure": Command(measure=partial(self._measure, "")),
            ":CALibration:PROTected:DATE": Command(query=lambda _: "2026,2,11"),
            **{
                f":SYSTem:{name}": Command(order=lambda _: 0.0, orders=_NONE)
                for name in ("LOCal", "REMote")
            },
        }
        for spelling in ("CURRent[:DC]", "VOLTage[:DC]", "RESistance"):
            name = "".join(letter for letter in spelling.partition("[")[0] if letter.isupper())
            table[f":MEASure:{spelling}"] = Command(measure=partial(self._measure, name))
        return table

    def _delay(self, parameters: Parameters) -> float:
        """Set the source delay, which ends the automatic one."""
        self._plain.put(_DELAY, within(parameters[0], 0.0, 9999.999, default=0.0))
        self._plain.put(f"{_DELAY}:AUTO", value=False)
        return 0.0

    def _measurement_condition(self) -> int:
        condition = _ENABLED if self.smu.interlock_closed else 0
        if not self.smu.limited():
            return condition
        return condition | (_PROTECTING if self._source.held_by() == "protection" else _COMPLIANCE)


def build(model: str, parts: Parts) -> Keithley2400:
    """Make one unit of the Series 2400.

    Parameters
    ----------
    model : str
        2400, 2401 or 2410.
    parts : Parts
        What it is built around.

    Returns
    -------
    Keithley2400
        Just switched on.
    """
    return Keithley2400(model, parts)

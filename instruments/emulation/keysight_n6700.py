"""Answer as a Keysight N6700 mainframe with two N6784A modules does.

Forms follow the N6700C and N6705C operating and service guides: watchdog N6700C 158, status
registers N6701C 309. Its watchdog runs on the bench's time and is fed by any message; a trip leaves
what is programmed, and clearing it switches on again what is still programmed on. What the manual
leaves open - a range change with the output on - is refused with -221. Lists, arbitrary waveforms
and triggers are not here.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from functools import partial

from instruments.emulation.channel_lists import read_channels
from instruments.emulation.device import PanelTouch, Parts
from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Command, Parameters, ScpiInstrument, Timed, within
from instruments.emulation.keysight_n6700_specification import N6784A
from instruments.emulation.n6700_commands import (
    Order,
    Question,
    output_commands,
    priority_commands,
    quantity_commands,
)
from instruments.emulation.n6700_module import WATCHDOG, Module
from instruments.emulation.smu import SourceMeter
from instruments.emulation.spoiling import Spoiler

__all__ = ["KeysightN6700", "build"]


class KeysightN6700(ScpiInstrument):
    """Hold one emulated mainframe.

    Parameters
    ----------
    parts : Parts
        What it is built around.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(f"Keysight Technologies,N6700C,{parts.serial},E.02.07.3271")
        self._clock = parts.clock
        self._faults = parts.faults
        self.modules = tuple(
            Module(
                SourceMeter(
                    circuit,
                    parts.faults.on(channel),
                    N6784A,
                    seed=parts.seed + channel - 1,
                    interlock_closed=parts.interlock_closed,
                )
            )
            for channel, circuit in enumerate(parts.circuits, start=1)
        )
        self._spoilers = {
            (module.smu, name): Spoiler(parts.faults.on(channel), _number)
            for channel, module in enumerate(self.modules, start=1)
            for name in ("CURR", "VOLT")
        }
        self._inhibit = "LATC"
        self._watchdog_on = False
        self._watchdog_s = 60
        self._last_io_us = 0
        self._barked = False
        for table in (
            priority_commands(self._each),
            output_commands(self._each),
            *(quantity_commands(name, self._each) for name in ("CURR", "VOLT")),
            self._readings("CURR", "CURRent"),
            self._readings("VOLT", "VOLTage"),
            self._watch(),
            self._system(),
        ):
            for pattern, command in table.items():
                self._tree.add(pattern, command)
        self.reset()

    def reset(self) -> None:
        """Put every setting back, with the outputs off; the inhibit mode is kept."""
        for module in self.modules:
            module.reset()
        self._watchdog_on, self._watchdog_s = False, 60

    def refresh(self) -> None:
        """Bring the terminals in line with the settings."""
        for module in self.modules:
            inhibited = self._inhibit != "OFF" and not module.smu.interlock_closed
            module.refresh(inhibited=inhibited)

    def touch_panel(self, touch: PanelTouch) -> None:
        """Do what somebody does at the front panel; the watchdog does not notice."""
        self.modules[touch.channel - 1].touch_panel(touch)

    def time_s(self) -> float:
        """Tell the time since its start, s."""
        return self._clock.now_us() * 1e-6

    def run(self, message: str) -> Generator[float, None, str | None]:
        """Execute one program message; any message feeds the watchdog."""
        self._last_io_us = self._clock.now_us()
        self._barked = False
        return super().run(message)

    def next_wake_us(self) -> int | None:
        """Tell when the watchdog will have waited too long."""
        if not self._watchdog_on or self._barked:
            return None
        patience_s = self._faults.lease_s(self._watchdog_s)
        return None if math.isinf(patience_s) else self._last_io_us + round(patience_s * 1e6)

    def wake(self, now_us: int) -> None:  # noqa: ARG002 - the moment is the one it asked for
        """Let the watchdog trip every output."""
        self._barked = True
        for module in self.modules:
            module.trip(WATCHDOG)

    def _each(self, order: Order | None, question: Question) -> Command:
        """Build a command whose last parameter is a channel list."""

        def act(parameters: Parameters) -> float:
            for channel in read_channels(parameters[1], len(self.modules)):
                if order is not None:
                    order(self.modules[channel - 1], parameters[0])
            return N6784A.settling_s

        def tell(parameters: Parameters) -> str:
            channels = read_channels(parameters[0], len(self.modules))
            return ",".join(question(self.modules[channel - 1]) for channel in channels)

        return Command(
            order=None if order is None else act, query=tell, orders=(2, 2), queries=(1, 1)
        )

    def _watch(self) -> dict[str, Command]:
        return {
            ":OUTPut:PROTection:CLEar": Command(order=self._clear_trips, orders=(1, 1)),
            ":OUTPut:PROTection:WDOG[:STATe]": Command(
                order=self._arm, query=lambda _: str(int(self._watchdog_on))
            ),
            ":OUTPut:PROTection:WDOG:DELay": Command(
                order=self._delay, query=lambda _: str(self._watchdog_s)
            ),
            ":OUTPut:INHibit:MODE": Command(order=self._set_inhibit, query=lambda _: self._inhibit),
        }

    def _readings(self, name: str, spelling: str) -> dict[str, Command]:
        return {
            f":MEASure[:SCALar]:{spelling}[:DC]": Command(
                measure=partial(self._measure, name), queries=(1, 1)
            ),
            f":FETCh[:SCALar]:{spelling}[:DC]": self._each(None, partial(self._fetch, name)),
        }

    def _system(self) -> dict[str, Command]:
        return {
            ":SYSTem:CHANnel[:COUNt]": Command(query=lambda _: str(len(self.modules))),
            ":SYSTem:CHANnel:MODel": self._each(None, lambda _: '"N6784A"'),
            ":SYSTem:ERRor[:NEXT]": Command(query=lambda _: self._next_error()),
            ":SYSTem:VERSion": Command(query=lambda _: "1999.0"),
            ":STATus:QUEStionable:CONDition": self._each(
                None, lambda module: str(module.questionable())
            ),
            ":STATus:OPERation:CONDition": self._each(None, lambda module: str(module.operating())),
        }

    def _clear_trips(self, parameters: Parameters) -> float:
        for channel in read_channels(parameters[0], len(self.modules)):
            self.modules[channel - 1].clear()
        return N6784A.relay_s

    def _arm(self, parameters: Parameters) -> float:
        self._watchdog_on = parameters[0].boolean()
        return 0.0

    def _delay(self, parameters: Parameters) -> float:
        self._watchdog_s = round(within(parameters[0], 1.0, 3_600.0, unit="S"))
        return 0.0

    def _set_inhibit(self, parameters: Parameters) -> float:
        self._inhibit = parameters[0].choice("LATChing", "LIVE", "OFF")
        return 0.0

    def _measure(self, name: str, parameters: Parameters) -> Timed:
        channels = read_channels(parameters[0], len(self.modules))
        modules = [self.modules[channel - 1] for channel in channels]
        yield max(module.points * module.sample_s for module in modules) + N6784A.overhead_s
        for module in modules:
            module.acquired = module.smu.measure()
        return ",".join(self._write(name, module) for module in modules)

    def _fetch(self, name: str, module: Module) -> str:
        if module.acquired is None or not module.measured[name]:
            raise ScpiError(-230, "nothing was acquired")
        return self._write(name, module)

    def _write(self, name: str, module: Module) -> str:
        if module.acquired is None:
            raise ScpiError(-230, "nothing was acquired")
        seen = module.acquired
        value = seen.current_a if name == "CURR" else seen.voltage_v
        field = "SOUR" if name == "CURR" else "READ"
        return self._spoilers[module.smu, name].spoil((_number(value),), (field,))

    def _next_error(self) -> str:
        entry = self.status.next_error()
        return f'{entry.code:+d},"{entry.text}"'


def build(parts: Parts) -> KeysightN6700:
    """Make one.

    Parameters
    ----------
    parts : Parts
        What it is built around.

    Returns
    -------
    KeysightN6700
        As after switching on.
    """
    return KeysightN6700(parts)


def _number(value: float) -> str:
    return f"{value:+.8E}"

"""Answer as a Yokogawa GS200 with the /MON option does.

Forms follow the GS200 user's manual, IM GS210-01EN: messages 13-2, source group 13-12, condition
and extended event registers 13-30, error queue 13-31. What the manual leaves open - a measurement
with the output off, a range below the present level, a change while a program runs - is refused
with -221, so that the twin never confirms a guess.
"""

from __future__ import annotations

from instruments.emulation.device import PanelTouch, Parts
from instruments.emulation.ieee4882 import ErrorEntry, ScpiError
from instruments.emulation.instrument import Command, Parameters, ScpiInstrument, Timed, within
from instruments.emulation.smu import SourceMeter
from instruments.emulation.smu_state import QuantitySettings
from instruments.emulation.spoiling import Spoiler
from instruments.emulation.yokogawa_gs200_program import ProgramMemory
from instruments.emulation.yokogawa_gs200_source import SourceGroup, number
from instruments.emulation.yokogawa_gs200_specification import YOKOGAWA_GS200

__all__ = ["YokogawaGS200", "build"]

_QUIET = 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 8
"""Condition without measurement, storage or program in progress."""
_END_OF_MEASUREMENT, _LOW, _HIGH = 1, 1 << 10, 1 << 11
_TRIGGERS = ("READy", "TIMer", "COMMunicate", "IMMediate")


class YokogawaGS200(ScpiInstrument):
    """Hold one emulated GS200.

    Parameters
    ----------
    parts : Parts
        What it is built around.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(f"YOKOGAWA,GS210,{parts.serial},2.02")
        self.smu = SourceMeter(
            parts.circuits[0],
            parts.faults.on(1),
            YOKOGAWA_GS200,
            seed=parts.seed,
            interlock_closed=parts.interlock_closed,
        )
        self._clock = parts.clock
        self._spoiler = Spoiler(parts.faults, number)
        self._events = 0
        self._options: dict[str, str] = {}
        self._numbers: dict[str, float] = {}
        self._program = ProgramMemory(self.smu, parts.clock.now_us, self._note)
        source = SourceGroup(self.smu, self._program, self._note)
        for table in (source.table(), self._sense(), self._system(), self._program.table()):
            for pattern, command in table.items():
                self._tree.add(pattern, command)
        self.reset()

    def reset(self) -> None:
        """Put every setting back, with the output off."""
        self._program.stop()
        self.smu.reset()
        self._options = {
            "monitor": "0",
            "trigger": "READ",
            "guard": "0",
            "output": "TRIG",
            "input": "TRIG",
        }
        self._numbers = {"delay": 0.0, "interval": 1.0}

    def refresh(self) -> None:
        """Bring the terminals in line with the settings."""
        self.smu.refresh()

    def touch_panel(self, touch: PanelTouch) -> None:
        """Do what somebody does at the front panel."""
        if touch.autorange is not None:
            raise ScpiError(-221, "it has no autorange")
        self.smu.touch_panel(touch)

    def time_s(self) -> float:
        """Tell the time since its start, s."""
        return self._clock.now_us() * 1e-6

    def next_wake_us(self) -> int | None:
        """Tell when its program goes on."""
        return self._program.next_us

    def wake(self, now_us: int) -> None:
        """Let its program go on."""
        self._program.go_on(now_us)
        self.refresh()

    def _note(self, event: int) -> None:
        self._events |= event

    def _sense(self) -> dict[str, Command]:
        measure = Command(measure=self._measure)
        return {
            ":SENSe[:STATe]": self._option("monitor"),
            ":SENSe:TRIGger": self._option("trigger", *_TRIGGERS),
            ":SENSe:GUARd": self._option("guard"),
            ":SENSe:DELay": self._setting("delay", 0.0, 999_999.0),
            ":SENSe:INTerval": self._setting("interval", 0.1, 3_600.0),
            ":SENSe:NPLC": Command(order=self._integration, query=lambda _: self._cycles()),
            ":SENSe:REMote": Command(
                order=self._remote,
                query=lambda _: str(int(self._quantity.four_wire)),
            ),
            ":MEASure": measure,
            ":READ": measure,
        }

    def _system(self) -> dict[str, Command]:
        return {
            "*OPT": Command(query=lambda _: "/MON"),
            ":SYSTem:ERRor": Command(query=lambda _: _entry(self.status.next_error())),
            ":SYSTem:LFRequency": Command(query=lambda _: "50"),
            ":STATus:CONDition": Command(query=lambda _: str(self._condition())),
            ":STATus:EVENt": Command(query=lambda _: str(self._take_events())),
            ":ROUTe:BNCOut": self._option("output", "TRIGger", "OUTPut", "READy"),
            ":ROUTe:BNCIn": self._option("input", "TRIGger", "OUTPut"),
        }

    @property
    def _quantity(self) -> QuantitySettings:
        return self.smu.state.quantities[self.smu.state.source]

    def _option(self, key: str, *words: str) -> Command:
        def order(parameters: Parameters) -> float:
            given = parameters[0]
            self._options[key] = given.choice(*words) if words else str(int(given.boolean()))
            return 0.0

        return Command(order=order, query=lambda _: self._options[key])

    def _setting(self, key: str, low: float, high: float) -> Command:
        def order(parameters: Parameters) -> float:
            self._numbers[key] = within(parameters[0], low, high)
            return 0.0

        return Command(order=order, query=lambda _: number(self._numbers[key]))

    def _integration(self, parameters: Parameters) -> float:
        cycles = parameters[0].integer()
        if not 1 <= cycles <= 25:
            raise ScpiError(-222, parameters[0].text)
        for quantity in self.smu.state.quantities.values():
            quantity.nplc = float(cycles)
        return 0.0

    def _cycles(self) -> str:
        return f"{self._quantity.nplc:.0f}"

    def _remote(self, parameters: Parameters) -> float:
        for quantity in self.smu.state.quantities.values():
            quantity.four_wire = parameters[0].boolean()
        return 0.0

    def _measure(self, _: Parameters) -> Timed:
        """Measure the quantity that is not sourced."""
        state = self.smu.state
        if self._options["monitor"] == "0" or not state.output:
            raise ScpiError(-221, "measurement or output is off")
        if state.source == "VOLT" and self._quantity.source_range < 1.0:
            raise ScpiError(-221, "no measurement below the 1 V range")
        yield self._numbers["delay"] * 1e-3 + self.smu.aperture_s()
        measured = self.smu.measure()
        self._note(_END_OF_MEASUREMENT)
        value = measured.voltage_v if state.source == "CURR" else measured.current_a
        # The one value it measures stands for both fields that a fault can name.
        name = "READ" if state.source == "CURR" else "SOUR"
        return self._spoiler.spoil((number(value),), (name,))

    def _condition(self) -> int:
        bits = _QUIET
        if self._program.running:
            bits &= ~(1 << 8)
        if self.smu.limited():
            bits |= _LOW if self.smu.measure().voltage_v < 0.0 else _HIGH
        return bits

    def _take_events(self) -> int:
        events, self._events = self._events, 0
        return events


def build(parts: Parts) -> YokogawaGS200:
    """Make one.

    Parameters
    ----------
    parts : Parts
        What it is built around.

    Returns
    -------
    YokogawaGS200
        As after switching on.
    """
    return YokogawaGS200(parts)


def _entry(entry: ErrorEntry) -> str:
    return f'{entry.code},"{entry.text}"'

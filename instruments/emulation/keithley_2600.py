"""Answer as a Keithley 2601B or 2602B does.

Names follow the Series 2600B reference manual, 2600BS-901-01 Rev. F (2021), section 9. Numbers print
with six significant digits unless more are asked for. Trigger model, digital lines, TSP-Link and
files are not here; display and beeper are accepted and do nothing.
"""

from __future__ import annotations

from functools import partial

from instruments.emulation.device import PanelTouch, Parts
from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.keithley_2600_channel import channel_space
from instruments.emulation.keithley_2600_specification import KEITHLEY_2602B
from instruments.emulation.keithley_2600_unit import ChannelUnit
from instruments.emulation.tsp import TspInstrument
from instruments.emulation.tsp_buffers import Buffers
from instruments.emulation.tsp_readings import ReadingFaults
from instruments.emulation.tsp_tree import (
    Attribute,
    Function,
    Space,
    Word,
    constant,
    finite,
    number,
)

__all__ = ["Keithley2600", "build"]

_COLUMNS = ("readings", "sourcevalues", "timestamps", "statuses")
_FIRMWARE = "3.3.5"
_LEAST_DIGITS, _MOST_DIGITS, _DEFAULT_DIGITS = 1, 16, 6
_ASCII, _REAL32 = 1, 2
_SEVERITY = 20.0


class Keithley2600(TspInstrument):
    """Hold one emulated 2600B.

    Parameters
    ----------
    parts : Parts
        What it is built around: a circuit for every channel, time, faults, seed, serial number.
    model : str
        ``2601B`` or ``2602B``.
    """

    def __init__(self, parts: Parts, model: str) -> None:
        identity = f"Keithley Instruments Inc., Model {model}, {parts.serial}, {_FIRMWARE}"
        super().__init__(parts, identity, language="", digits=_DEFAULT_DIGITS)
        self._model = model
        self._buffers = Buffers(_COLUMNS)
        self._timer_us = 0
        self._faults = {
            f"smu{'ab'[index]}": parts.faults.on(index + 1) for index in range(len(parts.circuits))
        }
        self.units = {
            name: ChannelUnit(circuit, faults, KEITHLEY_2602B, seed=parts.seed + 1000 * index)
            for index, (circuit, (name, faults)) in enumerate(
                zip(parts.circuits, self._faults.items(), strict=True)
            )
        }
        self.reset()
        self._boot()

    def reset(self) -> None:
        """Put every setting back, outputs off; scripts, variables and buffers stay."""
        for unit in self.units.values():
            unit.reset()
        self.digits, self.binary = self._default_digits, False
        self.refresh()

    def refresh(self) -> None:
        """Bring the terminals in line with the settings."""
        for unit in self.units.values():
            unit.refresh()

    def touch_panel(self, touch: PanelTouch) -> None:
        """Change settings of one channel as somebody does at the front panel."""
        tuple(self.units.values())[touch.channel - 1].touch_panel(touch)

    def _tree(self) -> Space:
        self._buffers.clear()
        nothing = Function(lambda *_: None)
        return {
            **{name: self._channel(name, unit) for name, unit in self.units.items()},
            "trigger": {"clear": Function(self.clear_trigger)},
            "timer": {
                "reset": Function(self._start_timer),
                "measure": {"t": Function(lambda: (self._now_us() - self._timer_us) * 1e-6)},
            },
            "format": self._format(),
            "errorqueue": {
                "next": Function(self._next_error),
                "clear": Function(self.status.clear),
                "count": Attribute(lambda: float(self.status.count_errors())),
            },
            "status": {"measurement": {"instrument": self._conditions()}},
            "localnode": {
                "model": constant(self._model),
                "serialno": constant(self._parts.serial),
                "revision": constant(_FIRMWARE),
                "linefreq": constant(50.0),
                "prompts": _always(0.0),
                "showerrors": _always(0.0),
            },
            "display": dict.fromkeys(("settext", "clear", "sendkey", "setcursor"), nothing)
            | {"screen": _always(0.0), "SMUA_SMUB": constant(2.0), "SMUA": constant(0.0)},
            "beeper": {"beep": nothing, "enable": _always(0.0)},
            "reset": Function(self.reset),
            "opc": Function(self.status.complete),
            "waitcomplete": nothing,
        }

    def _channel(self, name: str, unit: ChannelUnit) -> Space:
        faults = ReadingFaults(self._faults[name])
        return channel_space(name, unit, faults, self._buffers, self._make_buffer)

    def _format(self) -> Space:
        return {
            "asciiprecision": number(lambda: float(self.digits), self._precision),
            "data": number(lambda: float(_REAL32 if self.binary else _ASCII), self._choose_format),
            "byteorder": number(lambda: 1.0, self._choose_order),
            "ASCII": constant(float(_ASCII)),
            "REAL32": constant(float(_REAL32)),
            "SREAL": constant(float(_REAL32)),
            "LITTLEENDIAN": constant(1.0),
        }

    def _conditions(self) -> Space:
        return {
            name: {"condition": Attribute(partial(_condition, unit))}
            for name, unit in self.units.items()
        }

    def _make_buffer(self, size: object) -> Word:
        path = self._buffers.new_path()
        buffer = self._buffers.make(path, finite(size), appending=False)
        return self._processor.add_space(path, buffer.space())

    def _precision(self, value: float) -> None:
        if not _LEAST_DIGITS <= value <= _MOST_DIGITS:
            raise ScpiError(-222, f"{value:g}")
        self.digits = int(value)

    def _choose_format(self, value: float) -> None:
        if value not in {_ASCII, _REAL32}:
            raise ScpiError(-221, "this twin prints text and 32-bit numbers only")
        self.binary = value == _REAL32

    def _choose_order(self, value: float) -> None:
        if value != 1.0:
            raise ScpiError(-221, "this twin sends the least significant byte first only")

    def _start_timer(self) -> None:
        self._timer_us = self._now_us()

    def _next_error(self) -> tuple[float, str, float, float]:
        entry = self.status.next_error()
        if entry.code == 0:
            return 0.0, "Queue Is Empty", 0.0, 1.0
        return float(entry.code), entry.text, _SEVERITY, 1.0


def _condition(unit: ChannelUnit) -> float:
    return float(unit.condition)


def _always(value: float) -> Attribute:
    """Give an attribute that may be set and stays as it is."""
    return number(lambda: value, lambda _: None)


def build(model: str, parts: Parts) -> Keithley2600:
    """Make a 2600B.

    Parameters
    ----------
    model : str
        ``2601B`` or ``2602B``.
    parts : Parts
        What it is built around.

    Returns
    -------
    Keithley2600
        Just switched on.
    """
    return Keithley2600(parts, model)

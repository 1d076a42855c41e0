"""Answer as a Keithley 2450 does in its TSP command set.

Names follow the Model 2450 reference manual, 2450-901-01 Rev. B (2013), section 8: attributes of the
source 8-117 to 8-149, of the measurement 8-86 to 8-110, buffers 8-9 to 8-34, interlock 8-86. A
measurement with the output off is refused, and so is a range below the present level: the manual
leaves both open, and a twin must not confirm a guess. Trigger models and configuration lists are
not here.
"""

from __future__ import annotations

from instruments.emulation.device import PanelTouch, Parts
from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.keithley_2450_specification import KEITHLEY_2450
from instruments.emulation.smu import SourceMeter
from instruments.emulation.tsp import TspInstrument
from instruments.emulation.tsp_buffers import Buffers, ScriptBuffer
from instruments.emulation.tsp_readings import ReadingFaults
from instruments.emulation.tsp_smu_2450 import smu_space
from instruments.emulation.tsp_tree import (
    Attribute,
    Function,
    Space,
    Word,
    constant,
    finite,
    number,
)

__all__ = ["Keithley2450Tsp", "build"]

_COLUMNS = (
    "readings",
    "sourcevalues",
    "statuses",
    "sourcestatuses",
    "seconds",
    "fractionalseconds",
    "relativetimestamps",
)
_STATUS_BITS = {"STAT_OVER_TEMP": 16, "STAT_LIMIT": 32, "STAT_SENSE": 64, "STAT_OUTPUT": 128}
_DEFAULT_READINGS = 100_000
_MOST_DIGITS = 16


class Keithley2450Tsp(TspInstrument):
    """Hold one emulated 2450 that was set to TSP.

    Parameters
    ----------
    parts : Parts
        What it is built around: one circuit, time, faults, seed and serial number.
    """

    def __init__(self, parts: Parts) -> None:
        identity = f"KEITHLEY INSTRUMENTS,MODEL 2450,{parts.serial},1.7.12b"
        super().__init__(parts, identity, language="TSP", digits=0)
        self._serial = parts.serial
        self.smu = SourceMeter(
            parts.circuits[0],
            parts.faults.on(1),
            KEITHLEY_2450,
            seed=parts.seed,
            interlock_closed=parts.interlock_closed,
        )
        self._spoiled = ReadingFaults(parts.faults)
        self._buffers = Buffers(_COLUMNS)
        self._timer_us = 0
        self.reset()
        self._boot()

    def reset(self) -> None:
        """Put every setting back, output off; scripts, variables and buffers stay."""
        self.smu.reset()
        self.digits = self._default_digits
        self.refresh()

    def refresh(self) -> None:
        """Bring the terminals in line with the settings."""
        self.smu.refresh()

    def touch_panel(self, touch: PanelTouch) -> None:
        """Change settings as somebody does at the front panel."""
        self.smu.touch_panel(touch)

    def _tree(self) -> Space:
        self._buffers.clear()
        buffers = {
            name: self._buffers.make(name, _DEFAULT_READINGS, appending=True)
            for name in ("defbuffer1", "defbuffer2")
        }
        measured = Function(self._read, duration=lambda _: self.smu.aperture_s())
        return {
            "smu": smu_space(self.smu, self.report, measured, self.reset),
            **{name: buffer.space() for name, buffer in buffers.items()},
            "buffer": {
                "make": Function(self._make_buffer),
                "delete": Function(self._buffers.delete),
            }
            | {name: constant(float(bit)) for name, bit in _STATUS_BITS.items()},
            "trigger": {"clear": Function(self.clear_trigger)},
            "timer": {
                "cleartime": Function(self._start_timer),
                "gettime": Function(lambda: (self._now_us() - self._timer_us) * 1e-6),
            },
            "format": {
                "asciiprecision": number(lambda: float(self.digits), self._precision),
                "data": Attribute(lambda: Word("format.ASCII"), lambda _: 0.0),
                "ASCII": constant(Word("format.ASCII")),
            },
            "eventlog": {
                "next": Function(self._next_event),
                "clear": Function(self.status.clear),
                "getcount": Function(lambda *_: float(self.status.count_errors())),
            },
            "localnode": {
                "model": constant("2450"),
                "serialno": constant(self._serial),
                "version": constant("1.7.12b"),
                "linefreq": constant(50.0),
                "gettime": Function(self.time_s),
            },
            "beeper": {"beep": Function(lambda *_: None)},
            "reset": Function(lambda *_: self.reset()),
            "opc": Function(self.status.complete),
            "waitcomplete": Function(lambda *_: None),
        }

    def _read(self, given: object = None) -> float | None:
        buffer = self._buffers.find(given) or self._buffers.find("defbuffer1")
        if not self.smu.state.output:
            raise ScpiError(-221, "measurement with the output off")
        row = self._spoiled.spoil(self._row())
        if buffer is not None:
            buffer.store(row)
        return row["readings"]

    def _row(self) -> dict[str, float]:
        measured, state = self.smu.measure(), self.smu.state
        reading = measured.current_a if state.sense == "CURR" else measured.voltage_v
        seconds, fraction_us = divmod(measured.time_us, 1_000_000)
        bits = 32 * measured.limited + 64 * measured.four_wire + 128 * measured.output_on
        return {
            "readings": reading,
            "sourcevalues": measured.source,
            "statuses": 8.0,
            "sourcestatuses": float(bits),
            "seconds": float(self._parts.clock.wall_s() + seconds),
            "fractionalseconds": fraction_us * 1e-6,
            "relativetimestamps": measured.time_us * 1e-6,
        }

    def _make_buffer(self, size: object = 10, *_: object) -> Word:
        path = self._buffers.new_path()
        buffer: ScriptBuffer = self._buffers.make(path, max(10.0, finite(size)), appending=True)
        return self._processor.add_space(path, buffer.space())

    def _precision(self, value: float) -> None:
        if not 0 <= value <= _MOST_DIGITS:
            raise ScpiError(-222, f"{value:g}")
        self.digits = int(value)

    def _start_timer(self) -> None:
        self._timer_us = self._now_us()

    def _next_event(self, *_: object) -> tuple[float, str, float, float, float, float]:
        entry = self.status.next_error()
        severity = float(entry.code != 0)
        whole = float(int(entry.time_s))
        return float(entry.code), entry.text, severity, severity, whole, 0.0


def build(parts: Parts) -> Keithley2450Tsp:
    """Make a 2450 that was set to TSP.

    Parameters
    ----------
    parts : Parts
        What it is built around.

    Returns
    -------
    Keithley2450Tsp
        Just switched on.
    """
    return Keithley2450Tsp(parts)

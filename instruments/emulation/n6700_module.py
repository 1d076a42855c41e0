"""Be one SMU module of an emulated N6700: what is programmed, what is tripped, what was acquired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from instruments.emulation.device import PanelTouch
from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.keysight_n6700_specification import SOURCE_RANGES
from instruments.emulation.smu import SourceMeter
from instruments.emulation.smu_state import Measurement

__all__ = ["INHIBITED", "WATCHDOG", "Module", "smallest_of"]

OVER_VOLTAGE, INHIBITED, WATCHDOG = 1, 1 << 9, 1 << 11
_LIMITED_HIGH, _LIMITED_LOW = 1 << 7, 1 << 8
_CONSTANT_VOLTAGE, _CONSTANT_CURRENT, _OFF = 1, 2, 4


@dataclass(slots=True)
class Module:
    """Hold one module.

    Parameters
    ----------
    smu : SourceMeter
        Its inside.
    programmed_on : bool
        What OUTPut says; a trip does not change it.
    tripped : int
        Questionable conditions that hold the output off.
    protection_v : float
        Over-voltage protection, V.
    points, sample_s : int and float
        Acquisition.
    measured : dict of str to bool
        Which quantities are acquired.
    external_sense : bool
        Four-wire.
    acquired : Measurement or None
        The last acquisition.
    """

    smu: SourceMeter
    programmed_on: bool = False
    tripped: int = 0
    protection_v: float = 24.0
    points: int = 3255
    sample_s: float = 2.048e-5
    measured: dict[str, bool] = field(default_factory=lambda: {"CURR": False, "VOLT": True})
    external_sense: bool = False
    acquired: Measurement | None = None

    def reset(self) -> None:
        """Put every setting back, with the output off."""
        fresh = Module(self.smu)
        for name in Module.__slots__:
            setattr(self, name, getattr(fresh, name))
        self.smu.reset()

    def refresh(self, *, inhibited: bool) -> None:
        """Bring the terminals in line with settings and trips."""
        self.smu.refresh()
        if inhibited:
            self.trip(INHIBITED)
        if self.smu.state.output and abs(self.smu.measure().voltage_v) > self.protection_v:
            self.trip(OVER_VOLTAGE)

    def trip(self, condition: int) -> None:
        """Hold the output off; what is programmed stays."""
        self.tripped |= condition
        self.smu.set_output(on=False)
        self.smu.refresh()

    def clear(self) -> None:
        """Clear the trips; an output that is programmed on comes on again."""
        self.tripped = 0
        self.smu.set_output(on=self.programmed_on)

    def switch(self, *, on: bool) -> None:
        """Program the output."""
        self.programmed_on = on
        self.smu.set_output(on=on and not self.tripped)

    def reported_on(self) -> bool:
        """Tell what OUTPut? says."""
        return self.programmed_on or self.smu.reported_output()

    def prioritize(self, name: str) -> None:
        """Choose what is regulated; the output goes off for it."""
        if name != self.smu.state.source:
            self.switch(on=False)
            self.smu.state.source = name
            self.smu.state.sense = {"CURR": "VOLT", "VOLT": "CURR"}[name]

    def choose_range(self, name: str, value: float) -> None:
        """Choose the smallest source range that holds a value, with the output off."""
        full_scale = smallest_of(SOURCE_RANGES[name], value)
        if self.smu.state.output:
            raise ScpiError(-221, "a range change with the output on")
        self.smu.set_source_range(name, full_scale)

    def touch_panel(self, touch: PanelTouch) -> None:
        """Do what somebody does at the front panel."""
        if touch.autorange is not None:
            self.smu.state.quantities["CURR"].sense_auto = touch.autorange
        if touch.range_na is not None:
            full_scale = smallest_of(SOURCE_RANGES["CURR"], touch.range_na * 1e-9)
            self.smu.set_source_range("CURR", full_scale)
        if touch.level_na is not None:
            self.smu.set_level("CURR", touch.level_na * 1e-9)
        if touch.output is not None:
            self.switch(on=touch.output)

    def questionable(self) -> int:
        """Compose the questionable condition."""
        if not self.smu.limited():
            return self.tripped
        low = self.smu.measure().voltage_v < 0.0
        return self.tripped | (_LIMITED_LOW if low else _LIMITED_HIGH)

    def operating(self) -> int:
        """Compose the operation condition."""
        if not self.programmed_on:
            return _OFF
        constant_current = (self.smu.state.source == "CURR") != self.smu.limited()
        return _CONSTANT_CURRENT if constant_current else _CONSTANT_VOLTAGE


def smallest_of(ranges: Sequence[float], value: float) -> float:
    """Find the smallest range that holds a value.

    Parameters
    ----------
    ranges : sequence of float
        Full scales, rising.
    value : float
        In the same unit.

    Returns
    -------
    float
        Full scale.

    Raises
    ------
    ScpiError
        -222 if none does.
    """
    for full_scale in ranges:
        if abs(value) <= full_scale * 1.02:
            return full_scale
    raise ScpiError(-222, f"{value:g}")

"""Lead the ``smu`` attributes of a 2450's TSP command set to a source-measure unit.

Source attributes act on the function that is sourced, measure attributes on the one that is
measured (2450-901-01 Rev. B, section 8).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.smu import SourceMeter
from instruments.emulation.smu_state import QuantitySettings
from instruments.emulation.tsp_tree import (
    Attribute,
    Function,
    Space,
    Word,
    constant,
    number,
    switch,
)

__all__ = ["smu_space"]

_OFF_ON = ("smu.OFF", "smu.ON")
_FUNCTIONS = ("smu.FUNC_DC_VOLTAGE", "smu.FUNC_DC_CURRENT", "smu.FUNC_RESISTANCE")
_QUANTITIES = ("VOLT", "CURR", "RES")
_SENSES = ("smu.SENSE_2WIRE", "smu.SENSE_4WIRE")
_OFF_MODES = (
    "smu.OFFMODE_NORMAL",
    "smu.OFFMODE_ZERO",
    "smu.OFFMODE_HIGHZ",
    "smu.OFFMODE_GUARD",
)
_OFF_STATES = ("NORM", "ZERO", "HIMP", "GUAR")
_PROTECTIONS_V = (2, 5, 10, 20, 40, 60, 80, 100, 120, 140, 160, 180, math.inf)
_PROTECTIONS = tuple(
    "smu.PROTECT_NONE" if math.isinf(volts) else f"smu.PROTECT_{volts:.0f}V"
    for volts in _PROTECTIONS_V
)
_TERMINALS = ("smu.TERMINALS_FRONT", "smu.TERMINALS_REAR")
_NAMES = {"CURR": "v", "VOLT": "i"}


def smu_space(
    smu: SourceMeter,
    report: Callable[[int, str], None],
    measured: Function,
    reset: Callable[[], None],
) -> Space:
    """Build the table ``smu``.

    Parameters
    ----------
    smu : SourceMeter
        What it acts on.
    report : callable
        Puts an error into the queue.
    measured : Function
        Measures into a buffer.
    reset : callable
        Puts every setting back.

    Returns
    -------
    Space
        Constants, attributes and functions.
    """
    words = (*_OFF_ON, *_FUNCTIONS, *_SENSES, *_OFF_MODES, *_PROTECTIONS, *_TERMINALS)
    constants = {word.removeprefix("smu."): constant(Word(word)) for word in words}
    unit = _Unit(smu, report)
    return constants | {
        "source": unit.source(),
        "measure": unit.measure(measured),
        "interlock": {"tripped": Attribute(lambda: Word(_OFF_ON[smu.interlock_closed]))},
        "terminals": switch(_TERMINALS, lambda: 0, unit.choose_terminals, named=True),
        "reset": Function(reset),
    }


class _Unit:
    """Hold the attributes of one unit."""

    def __init__(self, smu: SourceMeter, report: Callable[[int, str], None]) -> None:
        self._smu = smu
        self._report = report

    def _sourced(self) -> QuantitySettings:
        return self._smu.state.quantities[self._smu.state.source]

    def _sensed(self) -> QuantitySettings:
        sense = self._smu.state.sense
        return self._smu.state.quantities["VOLT" if sense == "RES" else sense]

    def _flag(self, of: Callable[[], QuantitySettings], name: str) -> Attribute:
        def write(position: int) -> None:
            setattr(of(), name, bool(position))

        return switch(_OFF_ON, lambda: int(getattr(of(), name)), write, named=True)

    def source(self) -> Space:
        smu = self._smu
        takes = smu.specification
        return {
            "func": switch(
                _FUNCTIONS[:2],
                lambda: _QUANTITIES.index(smu.state.source),
                self._choose_source,
                named=True,
                takes_s=takes.relay_s,
            ),
            "level": number(
                lambda: self._sourced().level,
                lambda value: smu.set_level(smu.state.source, value),
                takes.settling_s,
            ),
            "range": number(
                lambda: self._sourced().source_range,
                lambda value: smu.set_source_range(smu.state.source, value),
                takes.settling_s,
            ),
            "autorange": self._flag(self._sourced, "source_auto"),
            "readback": self._flag(self._sourced, "readback"),
            "autodelay": switch(_OFF_ON, lambda: 1, self._keep_on, named=True),
            "output": switch(
                _OFF_ON,
                lambda: int(smu.reported_output()),
                self._switch,
                named=True,
                takes_s=takes.relay_s,
            ),
            "offmode": switch(
                _OFF_MODES,
                lambda: _OFF_STATES.index(self._sourced().off_state),
                self._choose_off_state,
                named=True,
            ),
            "protect": {
                "level": switch(
                    _PROTECTIONS,
                    lambda: _PROTECTIONS_V.index(smu.state.protection_v),
                    self._protect,
                    named=True,
                ),
            },
            **{f"{_NAMES[name]}limit": self._limit(name) for name in ("CURR", "VOLT")},
        }

    def _limit(self, name: str) -> Space:
        """Give the limit that holds while a quantity is sourced; nil while another is."""
        smu = self._smu

        def level() -> float | None:
            return smu.state.quantities[name].limit if smu.state.source == name else None

        def tripped() -> Word | None:
            return Word(_OFF_ON[smu.limited()]) if smu.state.source == name else None

        set_level = number(lambda: 0.0, partial(smu.set_limit, name)).write
        return {"level": Attribute(level, set_level), "tripped": Attribute(tripped)}

    def measure(self, measured: Function) -> Space:
        smu = self._smu
        return {
            "func": switch(
                _FUNCTIONS,
                lambda: _QUANTITIES.index(smu.state.sense),
                self._choose_sense,
                named=True,
            ),
            "range": number(
                lambda: self._sensed().sense_range,
                lambda value: smu.set_sense_range(self._sense_name(), value),
                smu.specification.settling_s,
            ),
            "autorange": self._flag(self._sensed, "sense_auto"),
            "nplc": number(lambda: self._sensed().nplc, self._integrate),
            "sense": switch(
                _SENSES,
                lambda: int(self._sensed().four_wire),
                lambda position: setattr(self._sensed(), "four_wire", bool(position)),
                named=True,
            ),
            "autozero": {"enable": switch(_OFF_ON, lambda: 1, self._keep_on, named=True)},
            "count": number(lambda: 1.0, self._count),
            "read": measured,
        }

    def _sense_name(self) -> str:
        return "VOLT" if self._smu.state.sense == "RES" else self._smu.state.sense

    def _choose_source(self, position: int) -> None:
        if _QUANTITIES[position] != self._smu.state.source:
            self._smu.set_output(on=False)
            self._smu.state.source = _QUANTITIES[position]

    def _choose_sense(self, position: int) -> None:
        self._smu.state.sense = _QUANTITIES[position]

    def _choose_off_state(self, position: int) -> None:
        self._sourced().off_state = _OFF_STATES[position]

    def _switch(self, position: int) -> None:
        if self._smu.set_output(on=bool(position)):
            self._report(5074, "")

    def _protect(self, position: int) -> None:
        self._smu.state.protection_v = _PROTECTIONS_V[position]

    def _integrate(self, value: float) -> None:
        if not 0.01 <= value <= 10.0:
            raise ScpiError(-222, f"{value:g}")
        self._sensed().nplc = value

    def _count(self, value: float) -> None:
        if value != 1.0:
            raise ScpiError(-221, "this twin makes one measurement at a time")

    def _keep_on(self, position: int) -> None:
        if not position:
            raise ScpiError(-221, "this twin keeps it on")

    def choose_terminals(self, position: int) -> None:
        """Refuse the rear terminals: nothing hangs on them."""
        if position:
            raise ScpiError(-221, "nothing is connected to the rear terminals of this twin")

"""Lead the output and source headers of an emulated GS200 to its inside.

Forms follow the GS200 user's manual, IM GS210-01EN, 13-10 to 13-13.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Command, Parameters, within
from instruments.emulation.smu import SourceMeter
from instruments.emulation.smu_state import QuantitySettings
from instruments.emulation.yokogawa_gs200_program import ProgramMemory
from instruments.emulation.yokogawa_gs200_specification import (
    LARGEST_CURRENT_A,
    LARGEST_VOLTAGE_V,
    YOKOGAWA_GS200,
)

__all__ = ["SourceGroup", "number"]

_LARGEST = {"CURR": LARGEST_CURRENT_A, "VOLT": LARGEST_VOLTAGE_V}
_OTHER = {"CURR": "VOLT", "VOLT": "CURR"}
_UNIT = {"CURR": "A", "VOLT": "V"}
_ASKED = (0, 1)
_SOURCE_CHANGE = 1 << 5


def number(value: float) -> str:
    """Write a number as the instrument does.

    Parameters
    ----------
    value : float
        Any.

    Returns
    -------
    str
        In exponential form.
    """
    return f"{value:+.6E}"


class SourceGroup:
    """Hold the commands of output and source.

    Parameters
    ----------
    smu : SourceMeter
        What they act on.
    program : ProgramMemory
        What takes levels while it is edited, and refuses settings while it plays.
    note : callable
        Takes the bits of the extended event register that occur.
    """

    def __init__(
        self, smu: SourceMeter, program: ProgramMemory, note: Callable[[int], None]
    ) -> None:
        self._smu = smu
        self._program = program
        self._note = note

    def table(self) -> dict[str, Command]:
        """Give its commands.

        Returns
        -------
        dict of str to Command
            By header pattern.
        """
        return {
            ":OUTPut[:STATe]": Command(
                order=self._switch,
                query=lambda _: str(int(self._smu.reported_output())),
            ),
            ":SOURce:FUNCtion": Command(
                order=self._function,
                query=lambda _: self._smu.state.source,
            ),
            ":SOURce:RANGe": Command(
                order=self._range,
                query=lambda _: number(self._quantity.source_range),
            ),
            ":SOURce:LEVel[:FIX]": Command(
                order=self._level,
                query=lambda _: number(self._quantity.level),
            ),
            ":SOURce:LEVel:AUTO": Command(
                order=self._level_and_range,
                query=lambda _: number(self._quantity.level),
            ),
            **{
                f":SOURce:PROTection:{word}": Command(
                    order=partial(self._limit, name),
                    query=partial(self._ask_limit, name),
                    queries=_ASKED,
                )
                for name, word in (("CURR", "VOLTage"), ("VOLT", "CURRent"))
            },
        }

    @property
    def _quantity(self) -> QuantitySettings:
        return self._smu.state.quantities[self._smu.state.source]

    def _idle(self) -> None:
        if self._program.running:
            raise ScpiError(-221, "a program runs")

    def _switch(self, parameters: Parameters) -> float:
        on = parameters[0].boolean()
        if not on:
            self._program.stop()
        self._smu.set_output(on=on)
        return YOKOGAWA_GS200.relay_s

    def _function(self, parameters: Parameters) -> float:
        self._idle()
        word = parameters[0].choice("VOLTage", "CURRent")
        if word != self._smu.state.source:
            if self._smu.state.output:
                raise ScpiError(-221, "the output is on")
            self._smu.state.source, self._smu.state.sense = word, _OTHER[word]
        return YOKOGAWA_GS200.relay_s

    def _value(self, parameters: Parameters) -> float:
        name = self._smu.state.source
        return within(parameters[0], -_LARGEST[name], _LARGEST[name], unit=_UNIT[name])

    def _range(self, parameters: Parameters) -> float:
        self._idle()
        self._smu.set_source_range(self._smu.state.source, self._value(parameters))
        return YOKOGAWA_GS200.relay_s

    def _level(self, parameters: Parameters) -> float:
        value = self._value(parameters)
        if self._program.editing:
            self._program.add(value)
            return 0.0
        self._idle()
        self._smu.set_level(self._smu.state.source, value)
        self._note(_SOURCE_CHANGE)
        return YOKOGAWA_GS200.settling_s

    def _level_and_range(self, parameters: Parameters) -> float:
        self._idle()
        value = self._value(parameters)
        name = self._smu.state.source
        if abs(value) <= abs(self._quantity.level):
            self._smu.set_level(name, value)
        self._smu.set_source_range(name, value)
        self._smu.set_level(name, value)
        self._note(_SOURCE_CHANGE)
        return YOKOGAWA_GS200.relay_s

    def _limit(self, name: str, parameters: Parameters) -> float:
        self._idle()
        low, high = YOKOGAWA_GS200.limits[name]
        self._smu.set_limit(name, within(parameters[0], low, high, unit=_UNIT[_OTHER[name]]))
        return 0.0

    def _ask_limit(self, name: str, parameters: Parameters) -> str:
        if not parameters:
            return number(self._smu.state.quantities[name].limit)
        bounds = dict(zip(("MIN", "MAX"), YOKOGAWA_GS200.limits[name], strict=True))
        return number(bounds[parameters[0].choice("MINimum", "MAXimum")])

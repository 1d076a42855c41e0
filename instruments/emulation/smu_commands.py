"""Lead SOURce, SENSe and OUTPut headers to a source-measure unit, in the words of a 2450.

Forms are those of the Model 2450 reference manual, 2450-901-01 Rev. B (2013), section 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from instruments.emulation.ieee4882 import ScpiError, StatusModel
from instruments.emulation.instrument import Command, Parameters, within
from instruments.emulation.smu import SourceMeter
from instruments.emulation.smu_state import QuantitySettings

__all__ = ["output_commands", "quantity_commands"]

_PROTECTIONS = (2, 5, 10, 20, 40, 60, 80, 100, 120, 140, 160, 180)
_UNIT = {"CURR": "A", "VOLT": "V"}
_LIMIT_UNIT = {"CURR": "V", "VOLT": "A"}
_SPELLING = {"CURR": "CURRent", "VOLT": "VOLTage"}
_LIMIT_SPELLING = {"CURR": "VLIMit", "VOLT": "ILIMit"}
_OFF_STATES = ("NORMal", "HIMPedance", "ZERO", "GUARd")
_ASKED = (0, 1)
_Number = Callable[[float], str]


def quantity_commands(name: str, smu: SourceMeter, number: _Number) -> dict[str, Command]:
    """Build the commands of current or voltage, as source and as measurement.

    Parameters
    ----------
    name : str
        CURR or VOLT.
    smu : SourceMeter
        What they act on.
    number : callable
        Writes a number.

    Returns
    -------
    dict of str to Command
        By header pattern.
    """
    return _Quantity(name, smu, number).table()


class _Quantity:
    """Hold the commands of one quantity."""

    def __init__(self, name: str, smu: SourceMeter, number: _Number) -> None:
        self._name = name
        self._smu = smu
        self._number = number

    @property
    def _set(self) -> QuantitySettings:
        return self._smu.state.quantities[self._name]

    def table(self) -> dict[str, Command]:
        name = self._name
        source = f":SOURce[1]:{_SPELLING[name]}"
        sense = f"[:SENSe[1]]:{_SPELLING[name]}[:DC]"
        limit = f"{source}:{_LIMIT_SPELLING[name]}[:LEVel]"
        specification = self._smu.specification
        largest, top = specification.largest(name), specification.limits[name][1]
        table = {
            f"{source}[:LEVel][:IMMediate][:AMPLitude]": Command(
                order=self._level,
                query=partial(self._ask, "level", (-largest, largest, 0.0)),
                queries=_ASKED,
            ),
            f"{source}:RANGe": Command(
                order=self._range,
                query=partial(self._ask, "source_range", (0.0, largest, 0.0)),
                queries=_ASKED,
            ),
            f"{source}:RANGe:AUTO": self._switch("source_auto"),
            limit: Command(
                order=self._limit,
                query=partial(self._ask, "limit", (-top, top, 21.0 if name == "CURR" else 1e-4)),
                queries=_ASKED,
            ),
            f"{limit}:TRIPped": Command(query=self._tripped),
            f"{source}:READ:BACK": self._switch("readback"),
            f"{source}:DELay:AUTO": Command(order=self._nothing, query=lambda _: "1"),
            f"{sense}:RANGe[:UPPer]": Command(
                order=self._sense_range,
                query=partial(self._ask, "sense_range", (0.0, largest, 0.0)),
                queries=_ASKED,
            ),
            f"{sense}:RANGe:AUTO": self._switch("sense_auto"),
            f"{sense}:NPLCycles": Command(
                order=self._integration,
                query=partial(self._ask, "nplc", (0.01, 10.0, 1.0)),
                queries=_ASKED,
            ),
            f"{sense}:RSENse": self._switch("four_wire"),
            f"{sense}:AZERo[:STATe]": Command(order=self._nothing, query=lambda _: "1"),
        }
        if name == "VOLT":
            table[f"{source}:PROTection[:LEVel]"] = Command(
                order=self._protection,
                query=self._ask_protection,
            )
            table[f"{source}:PROTection[:LEVel]:TRIPped"] = Command(query=self._protecting)
        return table

    def _ask(self, key: str, bounds: tuple[float, float, float], parameters: Parameters) -> str:
        if not parameters:
            return self._number(getattr(self._set, key))
        word = parameters[0].choice("MINimum", "MAXimum", "DEFault")
        return self._number(dict(zip(("MIN", "MAX", "DEF"), bounds, strict=True))[word])

    def _switch(self, key: str) -> Command:
        def order(parameters: Parameters) -> float:
            setattr(self._set, key, parameters[0].boolean())
            return 0.0

        return Command(order=order, query=lambda _: str(int(getattr(self._set, key))))

    def _nothing(self, parameters: Parameters) -> float:
        if not parameters[0].boolean():
            raise ScpiError(-221, "this twin keeps it on")
        return 0.0

    def _level(self, parameters: Parameters) -> float:
        largest = self._smu.specification.largest(self._name)
        value = within(parameters[0], -largest, largest, default=0.0, unit=_UNIT[self._name])
        self._smu.set_level(self._name, value)
        return self._smu.specification.settling_s

    def _range(self, parameters: Parameters) -> float:
        largest = self._smu.specification.largest(self._name)
        value = within(parameters[0], -largest, largest, default=0.0, unit=_UNIT[self._name])
        self._smu.set_source_range(self._name, value)
        return self._smu.specification.settling_s

    def _limit(self, parameters: Parameters) -> float:
        top = self._smu.specification.limits[self._name][1]
        default = 21.0 if self._name == "CURR" else 1e-4
        unit = _LIMIT_UNIT[self._name]
        value = within(parameters[0], -top, top, default=default, unit=unit)
        self._smu.set_limit(self._name, abs(value))
        return 0.0

    def _sense_range(self, parameters: Parameters) -> float:
        largest = self._smu.specification.largest(self._name)
        value = within(parameters[0], -largest, largest, default=0.0, unit=_UNIT[self._name])
        self._smu.set_sense_range(self._name, value)
        return self._smu.specification.settling_s

    def _integration(self, parameters: Parameters) -> float:
        self._set.nplc = within(parameters[0], 0.01, 10.0, default=1.0)
        return 0.0

    def _tripped(self, _: Parameters) -> str:
        return str(int(self._smu.state.source == self._name and self._smu.limited()))

    def _protection(self, parameters: Parameters) -> float:
        words = tuple(f"PROT{volts}" for volts in _PROTECTIONS)
        word = parameters[0].choice("NONE", *words)
        limit = math.inf if word == "NONE" else float(word.removeprefix("PROT"))
        self._smu.state.protection_v = limit
        return 0.0

    def _ask_protection(self, _: Parameters) -> str:
        limit = self._smu.state.protection_v
        return "NONE" if math.isinf(limit) else f"PROT{limit:.0f}"

    def _protecting(self, _: Parameters) -> str:
        state = self._smu.state
        beyond = abs(state.quantities["VOLT"].level) > state.protection_v
        return str(int(state.source == "VOLT" and state.output and beyond))


def output_commands(smu: SourceMeter, status: StatusModel) -> dict[str, Command]:
    """Build the commands of the output and of the choice of functions.

    Parameters
    ----------
    smu : SourceMeter
        What they act on.
    status : StatusModel
        Told when the interlock holds a voltage down.

    Returns
    -------
    dict of str to Command
        By header pattern.
    """
    return _Output(smu, status).table()


class _Output:
    """Hold the commands of the output."""

    def __init__(self, smu: SourceMeter, status: StatusModel) -> None:
        self._smu = smu
        self._status = status

    def table(self) -> dict[str, Command]:
        state = self._smu
        table = {
            ":OUTPut[1][:STATe]": Command(order=self._switch, query=self._ask_switch),
            ":OUTPut[1]:INTerlock:TRIPped": Command(
                query=lambda _: str(int(state.interlock_closed)),
            ),
            ":OUTPut[1]:SMODe": Command(
                order=partial(self._off_state, tuple(_SPELLING)),
                query=lambda _: state.state.quantities[state.state.source].off_state,
            ),
            ":SOURce[1]:FUNCtion[:MODE]": Command(
                order=self._function,
                query=lambda _: state.state.source,
            ),
        }
        for name, spelling in _SPELLING.items():
            table[f":OUTPut[1]:{spelling}:SMODe"] = Command(
                order=partial(self._off_state, (name,)),
                query=partial(self._ask_off_state, name),
            )
        return table

    def _switch(self, parameters: Parameters) -> float:
        if self._smu.set_output(on=parameters[0].boolean()):
            self._status.report(5074)
        return self._smu.specification.relay_s

    def _ask_switch(self, _: Parameters) -> str:
        return str(int(self._smu.reported_output()))

    def _off_state(self, names: tuple[str, ...], parameters: Parameters) -> float:
        word = parameters[0].choice(*_OFF_STATES)
        for name in names:
            self._smu.state.quantities[name].off_state = word
        return 0.0

    def _ask_off_state(self, name: str, _: Parameters) -> str:
        return self._smu.state.quantities[name].off_state

    def _function(self, parameters: Parameters) -> float:
        word = parameters[0].choice("CURRent", "VOLTage")
        if word != self._smu.state.source:
            # Changing what is sourced switches the output off, as the manual says of the function.
            self._smu.set_output(on=False)
            self._smu.state.source = word
        return self._smu.specification.relay_s

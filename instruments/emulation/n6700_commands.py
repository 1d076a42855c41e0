"""Lead the headers of one SMU module of an emulated N6700 to what they set and tell.

Forms follow the N6700C and N6705C operating and service guides.
"""

from __future__ import annotations

from collections.abc import Callable

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Command, within
from instruments.emulation.keysight_n6700_specification import MEASURING_RANGES, N6784A
from instruments.emulation.n6700_module import Module, smallest_of
from instruments.emulation.parameters import Parameter

__all__ = ["Each", "Order", "Question", "output_commands", "priority_commands", "quantity_commands"]

Order = Callable[[Module, Parameter], None]
Question = Callable[[Module], str]
Each = Callable[[Order | None, Question], Command]
_SPELLINGS = {"CURR": "CURRent", "VOLT": "VOLTage"}
_UNIT = {"CURR": "A", "VOLT": "V"}
_OTHER = {"CURR": "VOLT", "VOLT": "CURR"}
_LEVEL = "[:LEVel][:IMMediate][:AMPLitude]"
_OFF_WORDS = {"HIMP": "HIGHZ", "ZERO": "LOWZ"}
_SHORTEST_SAMPLE_S = 2.048e-5


def priority_commands(each: Each) -> dict[str, Command]:
    """Build what chooses the priority, its limits and its sense.

    Parameters
    ----------
    each : callable
        Builds a command that ends in a channel list.

    Returns
    -------
    dict of str to Command
        By header pattern.
    """

    def prioritize(module: Module, word: Parameter) -> None:
        module.prioritize(word.choice("CURRent", "VOLTage"))

    def couple(_: Module, flag: Parameter) -> None:
        if not flag.boolean():
            raise ScpiError(-221, "this twin's limits track")

    def protect(module: Module, value: Parameter) -> None:
        module.protection_v = within(value, 0.0, 24.0, unit="V")

    def sense(module: Module, word: Parameter) -> None:
        module.external_sense = word.choice("INTernal", "EXTernal") == "EXT"

    volt = "[:SOURce]:VOLTage"
    priority = each(prioritize, lambda module: module.smu.state.source)
    return {
        "[:SOURce]:FUNCtion": priority,
        ":OUTPut:PMODe": priority,
        f"{volt}:LIMit:COUPle": each(couple, lambda _: "1"),
        f"{volt}:PROTection:REMote[:POSitive]": each(
            protect, lambda module: _number(module.protection_v)
        ),
        f"{volt}:SENSe:SOURce": each(
            sense, lambda module: "EXT" if module.external_sense else "INT"
        ),
    }


def quantity_commands(name: str, each: Each) -> dict[str, Command]:
    """Build the commands of current or voltage, as source and as measurement.

    Parameters
    ----------
    name : str
        CURR or VOLT.
    each : callable
        Builds a command that ends in a channel list.

    Returns
    -------
    dict of str to Command
        By header pattern.
    """
    spelling, unit = _SPELLINGS[name], _UNIT[name]

    def level(module: Module, value: Parameter) -> None:
        largest = N6784A.largest(name)
        module.smu.set_level(name, within(value, -largest, largest, unit=unit))

    def choose(module: Module, value: Parameter) -> None:
        module.choose_range(name, value.number(unit))

    def limit(module: Module, value: Parameter) -> None:
        low, high = N6784A.limits[_OTHER[name]]
        module.smu.set_limit(_OTHER[name], within(value, low, high, unit=unit))

    def measure_on(module: Module, value: Parameter) -> None:
        full_scale = smallest_of(MEASURING_RANGES[name], value.number(unit))
        module.smu.set_sense_range(name, full_scale)

    def autorange(module: Module, flag: Parameter) -> None:
        module.smu.state.quantities[name].sense_auto = flag.boolean()

    def acquire(module: Module, flag: Parameter) -> None:
        module.measured[name] = flag.boolean()

    def of(module: Module, key: str) -> str:
        return _number(getattr(module.smu.state.quantities[name], key))

    source, sense = f"[:SOURce]:{spelling}", f":SENSe:{spelling}[:DC]"
    return {
        f"{source}{_LEVEL}": each(level, lambda module: of(module, "level")),
        f"{source}:RANGe": each(choose, lambda module: of(module, "source_range")),
        f"{source}:LIMit[:POSitive][:IMMediate][:AMPLitude]": each(
            limit, lambda module: _number(module.smu.state.quantities[_OTHER[name]].limit)
        ),
        f"{sense}:RANGe[:UPPer]": each(measure_on, lambda module: of(module, "sense_range")),
        f"{sense}:RANGe:AUTO": each(
            autorange,
            lambda module: str(int(module.smu.state.quantities[name].sense_auto)),
        ),
        f":SENSe:FUNCtion:{spelling}": each(
            acquire, lambda module: str(int(module.measured[name]))
        ),
    }


def output_commands(each: Each) -> dict[str, Command]:
    """Build the commands of the output and of the acquisition.

    Parameters
    ----------
    each : callable
        Builds a command that ends in a channel list.

    Returns
    -------
    dict of str to Command
        By header pattern.
    """

    def switch(module: Module, flag: Parameter) -> None:
        module.switch(on=flag.boolean())

    def leave(module: Module, word: Parameter) -> None:
        state = {"HIGHZ": "HIMP", "LOWZ": "ZERO"}[word.choice("HIGHZ", "LOWZ")]
        for quantity in module.smu.state.quantities.values():
            quantity.off_state = state

    def points(module: Module, value: Parameter) -> None:
        module.points = round(within(value, 1.0, 524_288.0))

    def sample(module: Module, value: Parameter) -> None:
        asked_s = within(value, 5.12e-6, 40_000.0, unit="S")
        steps = max(1, round(asked_s / _SHORTEST_SAMPLE_S))
        module.sample_s = steps * _SHORTEST_SAMPLE_S

    return {
        ":OUTPut[:STATe]": each(switch, lambda module: str(int(module.reported_on()))),
        ":OUTPut:TMODe": each(
            leave, lambda module: _OFF_WORDS[module.smu.state.quantities["CURR"].off_state]
        ),
        ":SENSe:SWEep:POINts": each(points, lambda module: str(module.points)),
        ":SENSe:SWEep:TINTerval": each(sample, lambda module: f"{module.sample_s:.8E}"),
    }


def _number(value: float) -> str:
    return f"{value:+.8E}"

"""Lead the headers of one channel of an emulated B2900 to what they set and tell.

Forms follow the B2900 and B2961A/B2962A SCPI command references. While a program plays, every setting
is refused with -221: the references do not say that any is taken then.
"""

from __future__ import annotations

from collections.abc import Callable

from instruments.emulation.b2900_player import Player, Trigger
from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Command, Parameters, within
from instruments.emulation.keysight_b2900_specification import KEYSIGHT_B2900
from instruments.emulation.parameters import Parameter

__all__ = ["channel_commands", "number"]

_LONGEST_LIST = 2_500
_OFF_WORDS = {"NORM": "NORM", "HIZ": "HIMP", "ZERO": "ZERO"}
_OFF_STATES = {state: word for word, state in _OFF_WORDS.items()}
_LEVEL = "[:LEVel][:IMMediate][:AMPLitude]"


def number(value: float) -> str:
    """Write a number as the instrument does, with seven digits.

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


def channel_commands(channel: int, player: Player) -> dict[str, Command]:
    """Build the commands of one channel.

    Parameters
    ----------
    channel : int
        1 or 2; the suffix 1 may be left out.
    player : Player
        What they act on.

    Returns
    -------
    dict of str to Command
        By header pattern.
    """
    suffix = "[1]" if channel == 1 else str(channel)
    table = _Table(player)
    source, sense, output = f":SOURce{suffix}", f":SENSe{suffix}", f":OUTPut{suffix}"
    return {
        **{f"{output}{end}": command for end, command in table.output().items()},
        **{f"{source}{end}": command for end, command in table.source().items()},
        **{f"{sense}{end}": command for end, command in table.sense().items()},
        **table.triggers(suffix),
    }


class _Table:
    """Hold the commands of one channel."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._smu = player.smu

    def _set(self, act: Callable[[Parameter], None], tell: Callable[[], str]) -> Command:
        def order(parameters: Parameters) -> float:
            if self._player.running:
                raise ScpiError(-221, "a program plays")
            act(parameters[0])
            return KEYSIGHT_B2900.settling_s

        return Command(order=order, query=lambda _: tell())

    def _flag(self, holder: object, key: str) -> Command:
        def act(value: Parameter) -> None:
            setattr(holder, key, value.boolean())

        return self._set(act, lambda: str(int(getattr(holder, key))))

    def output(self) -> dict[str, Command]:
        smu, player = self._smu, self._player

        def leave(word: Parameter) -> None:
            chosen = word.choice("NORMal", "HIZ", "ZERO")
            for quantity in smu.state.quantities.values():
                quantity.off_state = _OFF_WORDS[chosen]

        return {
            "[:STATe]": self._set(
                lambda flag: void(smu.set_output(on=flag.boolean())),
                lambda: str(int(smu.reported_output())),
            ),
            ":ON:AUTO": self._flag(player, "auto_on"),
            ":OFF:AUTO": self._flag(player, "auto_off"),
            ":PROTection[:STATe]": self._flag(player, "protect"),
            ":OFF:MODE": self._set(
                leave, lambda: _OFF_STATES[smu.state.quantities["CURR"].off_state]
            ),
        }

    def source(self) -> dict[str, Command]:
        smu, player = self._smu, self._player

        def choose(word: Parameter) -> None:
            name = word.choice("CURRent", "VOLTage")
            if name != smu.state.source and smu.state.output:
                raise ScpiError(-221, "the output is on")
            smu.state.source = name
            smu.state.sense = {"CURR": "VOLT", "VOLT": "CURR"}[name]

        def shape(word: Parameter) -> None:
            player.mode = word.choice("FIXed", "LIST")

        commands = {
            ":FUNCtion:MODE": self._set(choose, lambda: smu.state.source),
            ":CURRent:MODE": self._set(shape, lambda: player.mode),
            ":LIST:CURRent": Command(
                order=lambda parameters: self._list(parameters, append=False),
                query=lambda _: ",".join(number(level) for level in player.levels),
                orders=(1, _LONGEST_LIST),
            ),
            ":LIST:CURRent:APPend": Command(
                order=lambda parameters: self._list(parameters, append=True),
                orders=(1, _LONGEST_LIST),
            ),
            ":LIST:CURRent:POINts": Command(query=lambda _: str(len(player.levels))),
        }
        for name, spelling in (("CURR", "CURRent"), ("VOLT", "VOLTage")):
            commands |= self._levels(name, spelling)
        return commands

    def _levels(self, name: str, spelling: str) -> dict[str, Command]:
        smu = self._smu
        largest = KEYSIGHT_B2900.largest(name)

        def level(value: Parameter) -> None:
            smu.set_level(name, within(value, -largest, largest, default=0.0))

        def fix(value: Parameter) -> None:
            smu.set_source_range(name, within(value, 0.0, largest))

        def auto(flag: Parameter) -> None:
            smu.state.quantities[name].source_auto = flag.boolean()

        return {
            f":{spelling}{_LEVEL}": self._set(
                level, lambda: number(smu.state.quantities[name].level)
            ),
            f":{spelling}:RANGe": self._set(
                fix, lambda: number(smu.state.quantities[name].source_range)
            ),
            f":{spelling}:RANGe:AUTO": self._set(
                auto, lambda: str(int(smu.state.quantities[name].source_auto))
            ),
        }

    def _list(self, parameters: Parameters, *, append: bool) -> float:
        if self._player.running:
            raise ScpiError(-221, "a program plays")
        largest = KEYSIGHT_B2900.largest("CURR")
        levels = [within(parameter, -largest, largest) for parameter in parameters]
        before = self._player.levels if append else []
        if len(before) + len(levels) > _LONGEST_LIST:
            raise ScpiError(-223, "the list is full")
        self._player.levels = before + levels
        return 0.0

    def sense(self) -> dict[str, Command]:
        smu = self._smu

        def integrate(value: Parameter) -> None:
            cycles = within(value, 4e-4, 120.0, default=0.01)
            for quantity in smu.state.quantities.values():
                quantity.nplc = cycles

        def wires(flag: Parameter) -> None:
            for quantity in smu.state.quantities.values():
                quantity.four_wire = flag.boolean()

        commands = {
            ":REMote": self._set(wires, lambda: str(int(smu.state.quantities["VOLT"].four_wire))),
            ":FUNCtion[:ON]": Command(
                order=self._functions, query=lambda _: '"VOLT","CURR"', orders=(1, 3)
            ),
        }
        for name, other, spelling in (("CURR", "VOLT", "CURRent"), ("VOLT", "CURR", "VOLTage")):
            commands |= self._measurements(name, other, spelling)
            commands[f":{spelling}[:DC]:NPLCycles"] = self._set(
                integrate, lambda: number(smu.state.quantities["VOLT"].nplc)
            )
        return commands

    def _measurements(self, name: str, other: str, spelling: str) -> dict[str, Command]:
        smu = self._smu
        largest = KEYSIGHT_B2900.largest(name)

        def limit(value: Parameter) -> None:
            smu.set_limit(other, within(value, *KEYSIGHT_B2900.limits[other]))

        def fix(value: Parameter) -> None:
            smu.set_sense_range(name, within(value, 0.0, largest))

        def auto(flag: Parameter) -> None:
            smu.state.quantities[name].sense_auto = flag.boolean()

        measured = f":{spelling}[:DC]"
        return {
            f"{measured}:PROTection[:LEVel]": self._set(
                limit, lambda: number(smu.state.quantities[other].limit)
            ),
            f"{measured}:PROTection:TRIPped": Command(query=lambda _: str(int(smu.limited()))),
            f"{measured}:RANGe[:UPPer]": self._set(
                fix, lambda: number(smu.state.quantities[name].sense_range)
            ),
            f"{measured}:RANGe:AUTO": self._set(
                auto, lambda: str(int(smu.state.quantities[name].sense_auto))
            ),
        }

    def _functions(self, parameters: Parameters) -> float:
        for parameter in parameters:
            if parameter.string().upper() not in {"VOLT", "VOLTAGE", "CURR", "CURRENT"}:
                raise ScpiError(-224, parameter.text)
        return 0.0

    def triggers(self, suffix: str) -> dict[str, Command]:
        commands: dict[str, Command] = {}
        for trigger, spelling in (
            (self._player.transient, "TRANsient"),
            (self._player.acquire, "ACQuire"),
        ):
            commands |= self._trigger(trigger, f":TRIGger{suffix}:{spelling}")
            commands[f":ARM{suffix}:{spelling}:COUNt"] = self._count(trigger, "arm_count")
        return commands

    def _trigger(self, trigger: Trigger, header: str) -> dict[str, Command]:
        def choose(word: Parameter) -> None:
            trigger.source = word.choice("AINT", "BUS", "TIMer")

        def period(value: Parameter) -> None:
            trigger.period_s = within(value, 1e-5, 1e5)

        def delay(value: Parameter) -> None:
            trigger.delay_s = within(value, 0.0, 1e5)

        return {
            f"{header}:SOURce": self._set(choose, lambda: trigger.source),
            f"{header}:TIMer": self._set(period, lambda: number(trigger.period_s)),
            f"{header}:DELay": self._set(delay, lambda: number(trigger.delay_s)),
            f"{header}:COUNt": self._count(trigger, "count"),
        }

    def _count(self, trigger: Trigger, key: str) -> Command:
        def act(value: Parameter) -> None:
            setattr(trigger, key, round(within(value, 1.0, 100_000.0, default=1.0)))

        return self._set(act, lambda: str(getattr(trigger, key)))


def void(_: object) -> None:
    """Take a result that nobody needs."""

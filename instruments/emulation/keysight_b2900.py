"""Answer as a Keysight B2902A does.

Forms follow the B2900 and B2961A/B2962A SCPI command references: data elements B2961A 4-21, output
subsystem 4-67, status data B2900 1-14, questionable status 4-116. What they leave open is refused with
-221: a setting while a program plays, data of a program that is not over, a measurement with the
output off. Sweeps, traces and limit tests are not here.
"""

from __future__ import annotations

from functools import partial

from instruments.emulation.b2900_commands import channel_commands, number
from instruments.emulation.b2900_player import Player
from instruments.emulation.channel_lists import read_channels
from instruments.emulation.device import PanelTouch, Parts
from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Command, Parameters, ScpiInstrument, Timed
from instruments.emulation.keysight_b2900_specification import KEYSIGHT_B2900
from instruments.emulation.smu import SourceMeter
from instruments.emulation.smu_state import Measurement
from instruments.emulation.spoiling import Spoiler

__all__ = ["KeysightB2900", "build"]

_ELEMENTS = ("VOLT", "CURR", "RES", "TIME", "STAT", "SOUR")
_FAULTY = {"VOLT": "READ", "CURR": "SOUR"}
_IDLE = ((1 << 1, 1 << 4), (1 << 7, 1 << 10))
_INTERLOCK_OPEN = 1 << 10
_CURRENT_SOURCE, _COMPLIANCE = 1, 2


class KeysightB2900(ScpiInstrument):
    """Hold one emulated B2902A.

    Parameters
    ----------
    parts : Parts
        What it is built around.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(f"Keysight Technologies,B2902A,{parts.serial},3.4.2011.5100")
        self._clock = parts.clock
        self.players = tuple(
            Player(
                SourceMeter(
                    circuit,
                    parts.faults.on(channel),
                    KEYSIGHT_B2900,
                    seed=parts.seed + channel - 1,
                    interlock_closed=parts.interlock_closed,
                )
            )
            for channel, circuit in enumerate(parts.circuits, start=1)
        )
        self._spoilers = tuple(
            Spoiler(parts.faults.on(channel), number)
            for channel, _ in enumerate(self.players, start=1)
        )
        self._elements: tuple[str, ...] = _ELEMENTS
        self._since_us = 0
        tables = [channel_commands(*one) for one in enumerate(self.players, start=1)]
        for table in (self._system(), *tables):
            for pattern, command in table.items():
                self._tree.add(pattern, command)
        self.reset()

    def reset(self) -> None:
        """Put every setting back, with the outputs off."""
        for player in self.players:
            player.reset()
        self._elements = _ELEMENTS

    def refresh(self) -> None:
        """Bring the terminals in line with the settings."""
        for player in self.players:
            player.refresh()

    def touch_panel(self, touch: PanelTouch) -> None:
        """Do what somebody does at the front panel."""
        self.players[touch.channel - 1].smu.touch_panel(touch)

    def time_s(self) -> float:
        """Tell the time since its start, s."""
        return self._clock.now_us() * 1e-6

    def next_wake_us(self) -> int | None:
        """Tell when a program goes on."""
        moments = [player.next_us() for player in self.players]
        return min((moment for moment in moments if moment is not None), default=None)

    def wake(self, now_us: int) -> None:
        """Let the programs go on."""
        for player in self.players:
            next_us = player.next_us()
            if next_us is not None and next_us <= now_us:
                player.go_on(now_us)

    def _system(self) -> dict[str, Command]:
        listed = (0, 1)
        return {
            ":ABORt[:ALL]": Command(order=self._abort, orders=listed),
            ":INITiate[:IMMediate][:ALL]": Command(order=self._start, orders=listed),
            ":FETCh:ARRay": Command(query=self._fetch, queries=listed),
            ":MEASure": Command(measure=partial(self._measure, None), queries=listed),
            **{
                f":MEASure:{spelling}[:DC]": Command(
                    measure=partial(self._measure, name), queries=listed
                )
                for name, spelling in (("VOLT", "VOLTage"), ("CURR", "CURRent"))
            },
            ":FORMat[:DATA]": Command(order=self._format, query=lambda _: "ASC"),
            ":FORMat:ELEMents:SENSe": Command(
                order=self._choose, query=lambda _: ",".join(self._elements), orders=(1, 6)
            ),
            ":STATus:OPERation:CONDition": Command(query=lambda _: str(self._operating())),
            ":STATus:QUEStionable:CONDition": Command(query=lambda _: str(self._questionable())),
            ":SYSTem:ERRor[:NEXT]": Command(query=lambda _: self._error()),
            ":SYSTem:TIME:TIMer:COUNt:RESet[:IMMediate]": Command(
                order=self._reset_timer, orders=(0, 0)
            ),
        }

    def _of(self, parameters: Parameters) -> list[int]:
        if not parameters:
            return [0]
        return [channel - 1 for channel in read_channels(parameters[0], len(self.players))]

    def _abort(self, parameters: Parameters) -> float:
        for index in self._of(parameters) if parameters else range(len(self.players)):
            self.players[index].abort()
        return 0.0

    def _start(self, parameters: Parameters) -> float:
        for index in self._of(parameters):
            self.players[index].start(self._clock.now_us())
        return 0.0

    def _reset_timer(self, _: Parameters) -> float:
        self._since_us = self._clock.now_us()
        return 0.0

    def _format(self, parameters: Parameters) -> float:
        if parameters[0].choice("ASCii", "REAL") != "ASC":
            raise ScpiError(-221, "this twin writes ASCII")
        return 0.0

    def _choose(self, parameters: Parameters) -> float:
        words = ("VOLTage", "CURRent", "RESistance", "TIME", "STATus", "SOURce")
        chosen = {parameter.choice(*words) for parameter in parameters}
        # The order of the elements is the instrument's own, whatever order they were named in.
        self._elements = tuple(element for element in _ELEMENTS if element in chosen)
        return 0.0

    def _measure(self, name: str | None, parameters: Parameters) -> Timed:
        indexes = self._of(parameters)
        for index in indexes:
            player = self.players[index]
            if player.running or not player.smu.state.output:
                raise ScpiError(-221, "a program plays, or the output is off")
        yield max(self.players[index].smu.aperture_s() for index in indexes)
        return ",".join(
            self._write(index, self.players[index].smu.measure(), (name,) if name else None)
            for index in indexes
        )

    def _fetch(self, parameters: Parameters) -> str:
        (index,) = self._of(parameters)
        player = self.players[index]
        if player.running or not player.measured:
            raise ScpiError(-230, "a program plays, or none has")
        return ",".join(self._write(index, seen) for seen in player.measured)

    def _write(self, index: int, seen: Measurement, names: tuple[str, ...] | None = None) -> str:
        elements = names or self._elements
        values = {
            "VOLT": seen.voltage_v,
            "CURR": seen.current_a,
            "RES": seen.voltage_v / seen.current_a if seen.current_a else 9.91e37,
            "TIME": (seen.time_us - self._since_us) * 1e-6,
            "STAT": float(_CURRENT_SOURCE + _COMPLIANCE * seen.limited),
            "SOUR": seen.source,
        }
        texts = [number(values[element]) for element in elements]
        return self._spoilers[index].spoil(texts, [_FAULTY.get(one, "") for one in elements])

    def _operating(self) -> int:
        bits = 0
        for player, (transient, acquire) in zip(self.players, _IDLE, strict=False):
            bits |= 0 if player.running else transient | acquire
        return bits

    def _questionable(self) -> int:
        return 0 if self.players[0].smu.interlock_closed else _INTERLOCK_OPEN

    def _error(self) -> str:
        entry = self.status.next_error()
        return f'{entry.code:+d},"{entry.text}"'


def build(parts: Parts) -> KeysightB2900:
    """Make one.

    Parameters
    ----------
    parts : Parts
        What it is built around.

    Returns
    -------
    KeysightB2900
        As after switching on.
    """
    return KeysightB2900(parts)

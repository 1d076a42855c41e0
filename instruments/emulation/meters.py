"""Answer as a meter beside a source does: a 2182A, a 34461A, or a DMM6500 with a scanner card.

Only DC voltage on fixed or automatic ranges, triggered at once; forms are those of 2182A-900-01,
34460-90901 and DMM6500-901-01. Accuracies are one year's of their data sheets, rounded up.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from functools import partial

from instruments.emulation.channel_lists import read_channels
from instruments.emulation.device import Parts
from instruments.emulation.ieee4882 import ErrorEntry, ScpiError
from instruments.emulation.instrument import Command, Parameters, ScpiInstrument, Timed, within
from instruments.emulation.meter_models import (
    DMM6500,
    KEITHLEY_2182A,
    KEYSIGHT_34461A,
    MeterModel,
)
from instruments.emulation.settings import Settings
from instruments.emulation.spoiling import Spoiler

__all__ = ["VoltageMeterTwin", "build_2182a", "build_34461a", "build_dmm6500"]

_LINE_PERIOD_S, _OVERHEAD_S = 0.02, 0.001
_OVERLOAD = 9.9e37
_OVERRANGE = 1.2
_NONE = (0, 0)


class VoltageMeterTwin(ScpiInstrument):
    """Hold one emulated meter.

    Parameters
    ----------
    model : MeterModel
        What it is.
    parts : Parts
        What it is built around.
    """

    def __init__(self, model: MeterModel, parts: Parts) -> None:
        super().__init__(model.identity.format(serial=parts.serial))
        self._model = model
        self._clock = parts.clock
        self._inputs = parts.inputs[: len(model.ranges_v)]
        self._noise = random.Random(f"meter {parts.seed}")  # noqa: S311 - noise is no secret
        self._gain = 1.0 + max(-1.0, min(1.0, self._noise.gauss(0.0, 1 / 3))) * model.gain
        self._spoiler = Spoiler(parts.faults, _write)
        self._plain = Settings(model.settings)
        self._last: str | None = None
        next_error = Command(query=lambda _: _entry(self.status.next_error()))
        table = {
            ":READ": Command(measure=self._read),
            ":FETCh": Command(query=self._fetch),
            ":INITiate[:IMMediate]": Command(order=self._initiate, orders=_NONE),
            ":ABORt": Command(order=lambda _: 0.0, orders=_NONE),
            ":SYSTem:ERRor[:NEXT]": next_error,
            ":SYSTem:VERSion": Command(query=lambda _: "1999.0"),
            **self._plain.commands(),
        }
        for one in range(1, len(model.ranges_v) + 1 if "{input}" in model.voltage else 2):
            table |= self._range_commands(one)
        for pattern, command in table.items():
            self._tree.add(pattern, command)
        self.reset()

    def add(self, table: Mapping[str, Command]) -> None:
        """Add the commands that only this model has."""
        for pattern, command in table.items():
            self._tree.add(pattern, command)

    def reset(self) -> None:
        """Put every setting back."""
        self._plain.reset()
        self.channel = 1
        self._ranges = {one: (ranges[-1], True) for one, ranges in enumerate(self._tables(), 1)}
        self._last = None

    def _tables(self) -> tuple[tuple[float, ...], ...]:
        return self._model.ranges_v

    def time_s(self) -> float:
        """Tell the calendar time, UTC seconds."""
        return self._clock.wall_s() + self._clock.now_us() * 1e-6

    def _range_commands(self, one: int) -> dict[str, Command]:
        header = self._model.voltage.format(input=one)
        return {
            f"{header}:RANGe[:UPPer]": Command(
                order=partial(self._set_range, one),
                query=lambda _: _write(self._ranges[one][0]),
            ),
            f"{header}:RANGe:AUTO": Command(
                order=partial(self._set_auto, one),
                query=lambda _: str(int(self._ranges[one][1])),
            ),
        }

    def _set_range(self, one: int, parameters: Parameters) -> float:
        self.fix_range(one, within(parameters[0], 0.0, 1000.0, default=1000.0, unit="V"))
        return 0.0

    def fix_range(self, one: int, value_v: float) -> None:
        """Choose the smallest range that holds a value.

        Parameters
        ----------
        one : int
            Input, from 1.
        value_v : float
            V.

        Raises
        ------
        ScpiError
            -222 beyond the largest.
        """
        for full_scale in self._tables()[one - 1]:
            if value_v <= full_scale:
                self._ranges[one] = (full_scale, False)
                return
        raise ScpiError(-222, f"{value_v:g}")

    def _set_auto(self, one: int, parameters: Parameters) -> float:
        self._ranges[one] = (self._ranges[one][0], parameters[0].boolean())
        return 0.0

    def connect(self, channel: int) -> float:
        """Connect an input.

        Parameters
        ----------
        channel : int
            From 1; 0 for none.

        Returns
        -------
        float
            What that takes, s.
        """
        self.channel = channel
        return self._model.relay_s

    def _integration_s(self) -> float:
        return self._plain.number(self._model.nplc) * _LINE_PERIOD_S + _OVERHEAD_S

    def _read(self, _: Parameters) -> Timed:
        yield self._integration_s()
        self._last = self._measure()
        return self._last

    def _measure(self) -> str:
        seen = 0.0
        if 1 <= self.channel <= len(self._inputs):
            seen = self._inputs[self.channel - 1]()
        shared = self.channel if "{input}" in self._model.voltage else 1
        full_scale, auto = self._ranges.get(shared, (1000.0, False))
        if not auto and abs(seen) > _OVERRANGE * full_scale:
            return _write(math.copysign(_OVERLOAD, seen))
        share = full_scale / 10.0
        noise = self._noise.gauss(0.0, self._model.offset_v / 3) * share
        step = self._model.step_v * share
        value = round((seen * self._gain + noise) / step) * step
        return self._spoiler.spoil([_write(value)], ["READ"])

    def _fetch(self, _: Parameters) -> str:
        if self._last is None:
            raise ScpiError(-230, "no reading")
        return self._last

    def _initiate(self, _: Parameters) -> float:
        self._last = self._measure()
        return self._integration_s()


def _write(value: float) -> str:
    return f"{value:+.9E}"


def _entry(entry: ErrorEntry) -> str:
    return f'{entry.code:+d},"{entry.text}"'


def build_2182a(parts: Parts) -> VoltageMeterTwin:
    """Make a 2182A: two inputs, chosen by SENSe:CHANnel."""
    twin = VoltageMeterTwin(KEITHLEY_2182A, parts)

    def choose(parameters: Parameters) -> float:
        return twin.connect(round(within(parameters[0], 0, 2, default=1)))

    twin.add({"[:SENSe[1]]:CHANnel": Command(order=choose, query=lambda _: str(twin.channel))})
    return twin


def build_34461a(parts: Parts) -> VoltageMeterTwin:
    """Make a 34461A: one input, ranged by CONFigure as well."""
    twin = VoltageMeterTwin(KEYSIGHT_34461A, parts)

    def configure(parameters: Parameters) -> float:
        twin.reset()
        if parameters:
            twin.fix_range(1, within(parameters[0], 0.0, 1000.0, default=1000.0, unit="V"))
        return 0.0

    twin.add({":CONFigure:VOLTage[:DC]": Command(order=configure, orders=(0, 2))})
    return twin


def build_dmm6500(parts: Parts) -> VoltageMeterTwin:
    """Make a DMM6500 with a scanner card of ten channels, all open."""
    twin = VoltageMeterTwin(DMM6500, parts)

    def close(parameters: Parameters) -> float:
        (channel,) = read_channels(parameters[0], len(DMM6500.ranges_v))
        return twin.connect(channel)

    def open_all(_: Parameters) -> float:
        return twin.connect(0)

    twin.add(
        {
            ":ROUTe[:CHANnel]:CLOSe": Command(
                order=close, query=lambda _: f"(@{twin.channel})" if twin.channel else "(@)"
            ),
            ":ROUTe[:CHANnel]:OPEN:ALL": Command(order=open_all, orders=_NONE),
        }
    )
    return twin

"""Lead the ``measure`` attributes and functions of a 2600B to the unit behind a channel.

Names and numbers are those of 2600BS-901-01 Rev. F (2021), section 9.
"""

from __future__ import annotations

from functools import partial

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.keithley_2600_unit import ChannelUnit
from instruments.emulation.smu_state import Measurement
from instruments.emulation.tsp_buffers import Buffers
from instruments.emulation.tsp_readings import ReadingFaults
from instruments.emulation.tsp_tree import (
    Attribute,
    Function,
    ScriptError,
    Space,
    number,
    switch,
)

__all__ = ["measure_space"]

_KEPT = ("delay", "autozero", "lowrangei", "lowrangev", "rel")
_LONGEST_NPLC, _SHORTEST_NPLC, _MOST_COUNT = 25.0, 0.001, 60_000


def measure_space(unit: ChannelUnit, faults: ReadingFaults, buffers: Buffers) -> Space:
    """Build the table ``smua.measure``.

    Parameters
    ----------
    unit : ChannelUnit
        What it acts on.
    faults : ReadingFaults
        What is wrong with its readings.
    buffers : Buffers
        Where readings go.

    Returns
    -------
    Space
        Attributes and functions.
    """
    return _Measure(unit, faults, buffers).space()


class _Measure:
    """Hold the measurements of one channel."""

    def __init__(self, unit: ChannelUnit, faults: ReadingFaults, buffers: Buffers) -> None:
        self._unit = unit
        self._faults = faults
        self._buffers = buffers
        self._is_first = True

    def space(self) -> Space:
        unit = self._unit
        table: dict[str, Attribute | Function | Space] = {
            "nplc": number(lambda: unit.quantity("CURR").nplc, self._integrate),
            "count": number(lambda: float(unit.count), self._set_count),
            "interval": number(lambda: self._unit.interval_s, self._set_interval),
            "filter": {"enable": switch(("OFF", "ON"), lambda: 0, _no_filter, named=False)},
            "iv": self._measurement("iv", 2),
        }
        for letter in "virp":
            table[letter] = self._measurement(letter, 1)
        for letter, name in (("i", "CURR"), ("v", "VOLT")):
            table[f"range{letter}"] = number(
                partial(self._measuring_range, name),
                partial(unit.set_sense_range, name),
                unit.specification.settling_s,
            )
            table[f"autorange{letter}"] = unit.flag(name, "sense_auto")
        return table | unit.kept("measure", _KEPT, autozero=2.0)

    def _measurement(self, letters: str, conversions: int) -> Function:
        def duration(index: int) -> float:
            takes = self._unit.specification
            integration_s = conversions * self._unit.quantity("CURR").nplc * takes.line_period_s
            aperture_s = integration_s + takes.overhead_s
            return aperture_s if index == 1 else max(aperture_s, self._unit.interval_s)

        return Function(partial(self._take, letters), duration, self._begin)

    def _begin(self) -> int:
        self._is_first = True
        return self._unit.count

    def _take(self, letters: str, *given: object) -> tuple[float, ...]:
        row = self._faults.spoil(self._row(self._unit.measure()))
        values = {"i": row["sourcevalues"], "v": row["readings"]}
        values["r"] = values["v"] / values["i"] if values["i"] else 9.91e37
        values["p"] = values["v"] * values["i"]
        for letter, path in zip(letters, given, strict=False):
            buffer = self._buffers.find(path)
            if buffer is not None:
                if self._is_first:
                    buffer.begin()
                buffer.store({**row, "readings": values[letter]})
        self._is_first = False
        return tuple(values[letter] for letter in letters)

    def _row(self, measured: Measurement) -> dict[str, float]:
        """Note a measurement; only now do the status bits follow."""
        self._unit.note(limited=measured.limited)
        return {
            "readings": measured.voltage_v,
            "sourcevalues": measured.current_a,
            "timestamps": measured.time_us * 1e-6,
            "statuses": 64.0 * measured.limited + 16.0 * measured.four_wire,
        }

    def _measuring_range(self, name: str) -> float:
        """Give the range; what is sourced is measured on the range it is sourced on."""
        quantity = self._unit.quantity(name)
        return quantity.source_range if name == self._unit.state.source else quantity.sense_range

    def _integrate(self, value: float) -> None:
        if not _SHORTEST_NPLC <= value <= _LONGEST_NPLC:
            raise ScpiError(-222, f"{value:g}")
        for quantity in self._unit.state.quantities.values():
            quantity.nplc = value

    def _set_count(self, value: float) -> None:
        if not 1 <= value <= _MOST_COUNT:
            raise ScpiError(-222, f"{value:g}")
        self._unit.count = int(value)

    def _set_interval(self, value: float) -> None:
        if not 0 <= value <= 1:
            raise ScpiError(-222, f"{value:g}")
        self._unit.interval_s = value


def _no_filter(position: int) -> None:
    if position:
        raise ScriptError("this twin has no filter")

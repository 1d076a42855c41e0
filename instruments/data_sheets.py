"""Say how far a source may be off by its data sheet, for a test on a known load.

The figures are those the emulated instruments keep to; their modules name the data sheets. A source
without one here is tested without a bound.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from instruments.emulation.keithley_2400_specification import SPECIFICATIONS
from instruments.emulation.keithley_2450_specification import KEITHLEY_2450
from instruments.emulation.keithley_2600_specification import KEITHLEY_2602B
from instruments.emulation.keithley_6221_specification import KEITHLEY_6221
from instruments.emulation.keysight_b2900_specification import KEYSIGHT_B2900
from instruments.emulation.keysight_n6700_specification import MEASURING_RANGES, N6784A
from instruments.emulation.specification import RangeSpecification, SourceMeterSpecification
from instruments.emulation.yokogawa_gs200_specification import YOKOGAWA_GS200

__all__ = ["DataSheet", "data_sheet"]

_NA_PER_A, _UV_PER_V = 1e9, 1e6
_SLACK = 1 + 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSheet:
    """Hold the one-year accuracy of one model.

    Parameters
    ----------
    specification : SourceMeterSpecification
        Range by range.
    measuring : Mapping of str to tuple of float
        Full scales that are measured on, A and V, where they are not those of the source.
    """

    specification: SourceMeterSpecification
    measuring: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def set_bound_na(self, range_na: int, level_na: int) -> float:
        """Give how far the current may lie from its level, nA.

        Parameters
        ----------
        range_na : int
            Full scale of the fixed range, nA.
        level_na : int
            What is set, nA.
        """
        row = self._row("CURR", range_na / _NA_PER_A, self._sourced("CURR"))
        return (
            row.source_gain * abs(level_na) + (row.source_offset + row.source_step) * _NA_PER_A + 1
        )

    def read_bound_na(self, range_na: int, level_na: int) -> float:
        """Give how far the measured current may lie from the current, nA.

        Parameters
        ----------
        range_na : int
            Full scale of the fixed range, nA.
        level_na : int
            What flows, nA.
        """
        row = self._row("CURR", range_na / _NA_PER_A, self._measured("CURR"))
        return (
            row.measure_gain * abs(level_na)
            + (row.measure_offset + row.measure_step) * _NA_PER_A
            + 1
        )

    def read_bound_uv(self, range_uv: int, voltage_uv: float) -> float:
        """Give how far the measured voltage may lie from the voltage, uV.

        Parameters
        ----------
        range_uv : int
            Full scale of the fixed range, uV.
        voltage_uv : float
            What stands at the terminals, uV.
        """
        row = self._row("VOLT", range_uv / _UV_PER_V, self._measured("VOLT"))
        return (
            row.measure_gain * abs(voltage_uv)
            + (row.measure_offset + row.measure_step) * _UV_PER_V
            + 1
        )

    def _sourced(self, name: str) -> tuple[float, ...]:
        return tuple(row.full_scale for row in self.specification.ranges[name])

    def _measured(self, name: str) -> tuple[float, ...]:
        return self.measuring.get(name, self._sourced(name))

    def _row(self, name: str, scale: float, scales: tuple[float, ...]) -> RangeSpecification:
        held = next((one for one in scales if scale <= one * _SLACK), scales[-1])
        return self.specification.find_range(name, held)


_SHEETS: Mapping[str, DataSheet] = {
    "keithley-2450": DataSheet(specification=KEITHLEY_2450),
    "keithley-2450-tsp": DataSheet(specification=KEITHLEY_2450),
    "keithley-2600": DataSheet(specification=KEITHLEY_2602B),
    "keithley-6221": DataSheet(specification=KEITHLEY_6221),
    "keysight-b2900": DataSheet(specification=KEYSIGHT_B2900),
    "keysight-n6700": DataSheet(specification=N6784A, measuring=MEASURING_RANGES),
    "yokogawa-gs200": DataSheet(specification=YOKOGAWA_GS200),
}
_UNREAD = re.compile(r"246[01]")
"""Models whose driver serves another's names, and whose data sheet was not read."""


def data_sheet(driver: str, model: str) -> DataSheet | None:
    """Find the data sheet of an instrument.

    Parameters
    ----------
    driver : str
        Name of its driver.
    model : str
        As it names itself.

    Returns
    -------
    DataSheet or None
        None where none was read, as of a home-built pump.
    """
    if driver == "keithley-2400":
        found = next((s for name, s in SPECIFICATIONS.items() if name in model), None)
        return None if found is None else DataSheet(specification=found)
    return None if _UNREAD.search(model) else _SHEETS.get(driver)

"""Hold what the data sheet of an emulated source-measure unit promises, range by range.

Values are those of Keithley's SPEC-2450 Rev. A (July 2013): one year, 23 C, 1 power-line cycle.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from instruments.emulation.ieee4882 import ScpiError

__all__ = [
    "CURRENT_RANGES",
    "OVERRANGE",
    "RANGES",
    "VOLTAGE_RANGES",
    "RangeError",
    "RangeSpecification",
    "draw_error",
    "find_range",
    "smallest_range",
]


@dataclass(frozen=True, slots=True)
class RangeSpecification:
    """Hold one range of one quantity, in A or V.

    Parameters
    ----------
    full_scale : float
        Nominal full scale.
    source_step, source_gain, source_offset : float
        Resolution and one-year accuracy of the source.
    noise_rms : float
        Noise below 10 Hz.
    measure_step, measure_gain, measure_offset : float
        Resolution and one-year accuracy of the measurement.
    """

    full_scale: float
    source_step: float
    source_gain: float
    source_offset: float
    noise_rms: float
    measure_step: float
    measure_gain: float
    measure_offset: float


_R = RangeSpecification
CURRENT_RANGES = (
    _R(1e-8, 5e-13, 1e-3, 1e-10, 5e-13, 1e-14, 1e-3, 5e-11),
    _R(1e-7, 5e-12, 6e-4, 1.5e-10, 5e-13, 1e-13, 6e-4, 1e-10),
    _R(1e-6, 5e-11, 2.5e-4, 4e-10, 5e-12, 1e-12, 2.5e-4, 3e-10),
    _R(1e-5, 5e-10, 2.5e-4, 1.5e-9, 4e-11, 1e-11, 2.5e-4, 7e-10),
    _R(1e-4, 5e-9, 2e-4, 1.5e-8, 4e-10, 1e-10, 2e-4, 6e-9),
    _R(1e-3, 5e-8, 2e-4, 1.5e-7, 5e-9, 1e-9, 2e-4, 6e-8),
    _R(1e-2, 5e-7, 2e-4, 1.5e-6, 4e-8, 1e-8, 2e-4, 6e-7),
    _R(1e-1, 5e-6, 2.5e-4, 1.5e-5, 1e-7, 1e-7, 2.5e-4, 6e-6),
    _R(1.0, 5e-5, 6.7e-4, 9e-4, 3e-6, 1e-6, 3e-4, 5e-4),
)
"""Current ranges of the 2450, A."""
VOLTAGE_RANGES = (
    _R(0.02, 5e-7, 1e-3, 2e-4, 1e-6, 1e-8, 1e-3, 1.5e-4),
    _R(0.2, 5e-6, 1.5e-4, 2e-4, 1e-6, 1e-7, 1.2e-4, 2e-4),
    _R(2.0, 5e-5, 2e-4, 3e-4, 1e-5, 1e-6, 1.2e-4, 3e-4),
    _R(20.0, 5e-4, 1.5e-4, 2.4e-3, 1e-4, 1e-5, 1.5e-4, 1e-3),
    _R(200.0, 5e-3, 1.5e-4, 2.4e-2, 1e-3, 1e-4, 1.5e-4, 1e-2),
)
"""Voltage ranges of the 2450, V."""


RANGES = {"CURR": CURRENT_RANGES, "VOLT": VOLTAGE_RANGES}
"""Ranges by quantity."""
_BY_SCALE = {(name, row.full_scale): row for name, rows in RANGES.items() for row in rows}
OVERRANGE = 1.05
"""How far beyond full scale a range still goes."""


@dataclass(frozen=True, slots=True)
class RangeError:
    """Hold how far one unit is off on one range, within its specification.

    Parameters
    ----------
    source_gain, source_offset : float
        Relative and absolute error of the source.
    measure_gain, measure_offset : float
        Relative and absolute error of the measurement.
    """

    source_gain: float
    source_offset: float
    measure_gain: float
    measure_offset: float


def draw_error(specification: RangeSpecification, chance: random.Random) -> RangeError:
    """Draw the errors of one unit on one range.

    Parameters
    ----------
    specification : RangeSpecification
        What the errors stay within.
    chance : random.Random
        Where they come from.

    Returns
    -------
    RangeError
        A third of the specification is one standard deviation.
    """

    def within(bound: float) -> float:
        return max(-bound, min(bound, chance.gauss(0.0, bound / 3.0)))

    return RangeError(
        within(specification.source_gain),
        within(specification.source_offset),
        within(specification.measure_gain),
        within(specification.measure_offset),
    )


def smallest_range(name: str, value: float) -> RangeSpecification:
    """Find the smallest range that holds a value.

    Parameters
    ----------
    name : str
        CURR or VOLT.
    value : float
        A or V.

    Returns
    -------
    RangeSpecification
        The range.

    Raises
    ------
    ScpiError
        -222 if none does.
    """
    for row in RANGES[name]:
        if abs(value) <= row.full_scale:
            return row
    last = RANGES[name][-1]
    if abs(value) <= OVERRANGE * last.full_scale:
        return last
    raise ScpiError(-222, f"{value:g}")


def find_range(name: str, full_scale: float) -> RangeSpecification:
    """Find the range of a full scale.

    Parameters
    ----------
    name : str
        CURR or VOLT.
    full_scale : float
        One of the nominal full scales, A or V.

    Returns
    -------
    RangeSpecification
        The range.
    """
    return _BY_SCALE[name, full_scale]

"""Hold the settings and measurements of a source-measure unit."""

from __future__ import annotations

import math
from dataclasses import dataclass

from instruments.emulation.load import Drive

__all__ = ["Measurement", "QuantitySettings", "SourceMeterState"]


@dataclass(slots=True)
class QuantitySettings:
    """Hold what is set for current or for voltage, as source and as measurement.

    Parameters
    ----------
    level, source_range, limit : float
        A or V; the limit is of the other quantity.
    sense_range : float
        A or V.
    """

    level: float = 0.0
    source_range: float = 0.0
    source_auto: bool = True
    limit: float = 0.0
    readback: bool = True
    off_state: str = "NORM"
    sense_range: float = 0.0
    sense_auto: bool = True
    nplc: float = 1.0
    four_wire: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Hold one measurement.

    Parameters
    ----------
    current_a, voltage_v : float
        As measured, or NO_READING.
    source : float
        Source value: measured if readback is on, else as programmed.
    limited, output_on, four_wire : bool
        State at that moment.
    time_us : int
        The bench's time.
    """

    current_a: float
    voltage_v: float
    source: float
    limited: bool
    output_on: bool
    four_wire: bool
    time_us: int


@dataclass(slots=True)
class SourceMeterState:
    """Hold everything that a reset puts back.

    Parameters
    ----------
    source : str
        What is sourced: CURR or VOLT.
    sense : str
        What is measured: CURR, VOLT or RES.
    quantities : dict of str to QuantitySettings
        CURR and VOLT.
    output : bool
        The output is on.
    protection_v : float
        Over-voltage protection, V.
    normal_off : Drive or None
        What a normal output-off state drives; None if that follows from the ranges.
    """

    source: str
    sense: str
    quantities: dict[str, QuantitySettings]
    output: bool = False
    protection_v: float = math.inf
    normal_off: Drive | None = None

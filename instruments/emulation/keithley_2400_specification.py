"""Hold the data sheets of the Keithley 2400, 2401 and 2410.

Ranges, steps and one-year accuracies are those of Keithley's Series 2400 specifications (23 C, one
power-line cycle); resets, limits and output-off states those of the Series 2400 user's manual,
2400S-900-01. None was compared with a unit.
"""

from __future__ import annotations

from instruments.emulation.specification import RangeSpecification as Range
from instruments.emulation.specification import SourceMeterSpecification

__all__ = ["PROTECTIONS_V", "SPECIFICATIONS"]

_LOW_CURRENTS = (
    Range(1e-6, 5e-11, 3.5e-4, 6e-10, 1e-12, 1e-11, 2.9e-4, 3e-10),
    Range(1e-5, 5e-10, 3.3e-4, 2e-9, 1e-11, 1e-10, 2.7e-4, 7e-10),
    Range(1e-4, 5e-9, 3.1e-4, 2e-8, 1e-10, 1e-9, 2.5e-4, 6e-9),
    Range(1e-3, 5e-8, 3.4e-4, 2e-7, 1e-9, 1e-8, 2.7e-4, 6e-8),
)
_HIGH_CURRENTS = (
    Range(1e-1, 5e-6, 6.6e-4, 2e-5, 1e-7, 1e-6, 5.5e-4, 6e-6),
    Range(1.0, 5e-5, 2.7e-3, 9e-4, 1e-6, 1e-5, 2.2e-3, 5.7e-4),
)
_10_MA = Range(1e-2, 5e-7, 4.5e-4, 2e-6, 1e-8, 1e-7, 3.5e-4, 6e-7)
_20_MA = Range(2e-2, 5e-7, 4.5e-4, 4e-6, 1e-8, 1e-7, 3.5e-4, 1.2e-6)
_LOW_VOLTAGES = (
    Range(0.2, 5e-6, 2e-4, 6e-4, 1e-6, 1e-6, 1.2e-4, 3e-4),
    Range(2.0, 5e-5, 2e-4, 6e-4, 1e-5, 1e-5, 1.2e-4, 3e-4),
    Range(20.0, 5e-4, 2e-4, 2.4e-3, 1e-4, 1e-4, 1.5e-4, 1.5e-3),
)
_200_V = Range(200.0, 5e-3, 2e-4, 2.4e-2, 1e-3, 1e-3, 1.5e-4, 1e-2)
_1_KV = Range(1000.0, 5e-2, 2e-4, 1e-1, 1e-2, 1e-2, 1.5e-4, 5e-2)


def _specification(
    middle: Range, top: tuple[Range, ...], envelope: tuple[float, float]
) -> SourceMeterSpecification:
    voltages = (*_LOW_VOLTAGES, *top)
    return SourceMeterSpecification(
        ranges={"CURR": (*_LOW_CURRENTS, middle, *_HIGH_CURRENTS), "VOLT": voltages},
        limits={"CURR": (2e-4, 1.05 * voltages[-1].full_scale), "VOLT": (1e-9, 1.05)},
        resets={
            "CURR": {"source_range": 1e-4, "limit": 21.0, "sense_range": 1e-4},
            "VOLT": {"source_range": 20.0, "limit": 1.05e-4, "sense_range": 20.0},
        },
        envelope=(envelope,),
        overhead_s=0.002,
        normal_off_share=0.005,
    )


SPECIFICATIONS = {
    "2400": _specification(_10_MA, (_200_V,), (0.105, 21.0)),
    "2401": _specification(_10_MA, (), (1.05, 21.0)),
    "2410": _specification(_20_MA, (_1_KV,), (0.021, 21.0)),
}
"""By model."""
PROTECTIONS_V = {
    "2400": (20.0, 40.0, 60.0, 80.0, 100.0, 120.0, 160.0, 210.0),
    "2401": (20.0, 21.0),
    "2410": (20.0, 40.0, 100.0, 200.0, 300.0, 400.0, 500.0, 1100.0),
}
"""Levels of the over-voltage protection, V; the last one protects nothing (page 3-12)."""

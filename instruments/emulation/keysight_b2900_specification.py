"""Hold the data sheet of the Keysight B2902A.

Measuring accuracies are those of the B2900A data sheet, page 16 (one year, 23 C, one power-line
cycle); steps and accuracies of the source are taken to be alike. Interlock and overrange are those of
the B2900 user's guide.
"""

from __future__ import annotations

from instruments.emulation.specification import RangeSpecification as Range
from instruments.emulation.specification import SourceMeterSpecification

__all__ = ["KEYSIGHT_B2900"]

KEYSIGHT_B2900 = SourceMeterSpecification(
    ranges={
        "CURR": (
            Range(1e-7, 1e-12, 6e-4, 1e-10, 1e-12, 1e-13, 6e-4, 1e-10),
            Range(1e-6, 1e-11, 2.5e-4, 5e-10, 4e-12, 1e-12, 2.5e-4, 5e-10),
            Range(1e-5, 1e-10, 2.5e-4, 1.5e-9, 4e-11, 1e-11, 2.5e-4, 1.5e-9),
            Range(1e-4, 1e-9, 2e-4, 2.5e-8, 4e-10, 1e-10, 2e-4, 2.5e-8),
            Range(1e-3, 1e-8, 2e-4, 2e-7, 4e-9, 1e-9, 2e-4, 2e-7),
            Range(1e-2, 1e-7, 2e-4, 2.5e-6, 4e-8, 1e-8, 2e-4, 2.5e-6),
            Range(1e-1, 1e-6, 2e-4, 2e-5, 4e-7, 1e-7, 2e-4, 2e-5),
            Range(1.0, 1e-5, 3e-4, 1.5e-3, 1e-5, 1e-6, 3e-4, 1.5e-3),
        ),
        "VOLT": (
            Range(0.2, 1e-6, 1.5e-4, 2.25e-4, 1e-6, 1e-7, 1.5e-4, 2.25e-4),
            Range(2.0, 1e-5, 2e-4, 3.5e-4, 1e-5, 1e-6, 2e-4, 3.5e-4),
            Range(20.0, 1e-4, 1.5e-4, 5e-3, 1e-4, 1e-5, 1.5e-4, 5e-3),
            Range(200.0, 1e-3, 1.5e-4, 5e-2, 1e-3, 1e-4, 1.5e-4, 5e-2),
        ),
    },
    limits={"CURR": (0.0, 210.0), "VOLT": (0.0, 1.05)},
    resets={
        "CURR": {"source_range": 1e-4, "limit": 2.0, "sense_range": 1e-4},
        "VOLT": {"source_range": 2.0, "limit": 1e-4, "sense_range": 2.0},
    },
    overrange=1.05,
    without_interlock_v=42.0,
    envelope=((0.105, 21.0),),
    relay_s=0.01,
)
"""What the B2902A promises."""

"""Hold the data sheet of the Keithley 2450.

Values are those of Keithley's SPEC-2450 Rev. A (July 2013): one year, 23 C, 1 power-line cycle.
Limits, resets and the power envelope are those of 2450-901-01 Rev. B (2013).
"""

from __future__ import annotations

from instruments.emulation.specification import RangeSpecification as Row
from instruments.emulation.specification import SourceMeterSpecification

__all__ = ["KEITHLEY_2450"]

KEITHLEY_2450 = SourceMeterSpecification(
    ranges={
        "CURR": (
            Row(1e-8, 5e-13, 1e-3, 1e-10, 5e-13, 1e-14, 1e-3, 5e-11),
            Row(1e-7, 5e-12, 6e-4, 1.5e-10, 5e-13, 1e-13, 6e-4, 1e-10),
            Row(1e-6, 5e-11, 2.5e-4, 4e-10, 5e-12, 1e-12, 2.5e-4, 3e-10),
            Row(1e-5, 5e-10, 2.5e-4, 1.5e-9, 4e-11, 1e-11, 2.5e-4, 7e-10),
            Row(1e-4, 5e-9, 2e-4, 1.5e-8, 4e-10, 1e-10, 2e-4, 6e-9),
            Row(1e-3, 5e-8, 2e-4, 1.5e-7, 5e-9, 1e-9, 2e-4, 6e-8),
            Row(1e-2, 5e-7, 2e-4, 1.5e-6, 4e-8, 1e-8, 2e-4, 6e-7),
            Row(1e-1, 5e-6, 2.5e-4, 1.5e-5, 1e-7, 1e-7, 2.5e-4, 6e-6),
            Row(1.0, 5e-5, 6.7e-4, 9e-4, 3e-6, 1e-6, 3e-4, 5e-4),
        ),
        "VOLT": (
            Row(0.02, 5e-7, 1e-3, 2e-4, 1e-6, 1e-8, 1e-3, 1.5e-4),
            Row(0.2, 5e-6, 1.5e-4, 2e-4, 1e-6, 1e-7, 1.2e-4, 2e-4),
            Row(2.0, 5e-5, 2e-4, 3e-4, 1e-5, 1e-6, 1.2e-4, 3e-4),
            Row(20.0, 5e-4, 1.5e-4, 2.4e-3, 1e-4, 1e-5, 1.5e-4, 1e-3),
            Row(200.0, 5e-3, 1.5e-4, 2.4e-2, 1e-3, 1e-4, 1.5e-4, 1e-2),
        ),
    },
    limits={"CURR": (0.02, 210.0), "VOLT": (1e-9, 1.05)},
    resets={
        "CURR": {"source_range": 1e-8, "limit": 21.0, "sense_range": 1e-4},
        "VOLT": {"source_range": 0.02, "limit": 1e-4, "sense_range": 0.02},
    },
    without_interlock_v=21.0,
    envelope=((0.105, 21.0),),
)
"""What the 2450 promises."""

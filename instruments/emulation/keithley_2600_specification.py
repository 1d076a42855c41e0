"""Hold the data sheet of the Keithley 2601B and 2602B.

Values are those of SPEC-2602B Rev. B (February 2014): one year, 23 C, 1 power-line cycle; noise is a
sixth of the typical peak-to-peak figure. Resets are those of 2600BS-901-01 Rev. F (2021).
"""

from __future__ import annotations

from instruments.emulation.specification import RangeSpecification as Row
from instruments.emulation.specification import SourceMeterSpecification

__all__ = ["KEITHLEY_2602B"]

KEITHLEY_2602B = SourceMeterSpecification(
    ranges={
        "CURR": (
            Row(1e-7, 2e-12, 6e-4, 1e-10, 8e-13, 1e-13, 5e-4, 1e-10),
            Row(1e-6, 2e-11, 3e-4, 8e-10, 4e-12, 1e-12, 2.5e-4, 5e-10),
            Row(1e-5, 2e-10, 3e-4, 5e-9, 1e-11, 1e-11, 2.5e-4, 1.5e-9),
            Row(1e-4, 2e-9, 3e-4, 6e-8, 5e-10, 1e-10, 2e-4, 2.5e-8),
            Row(1e-3, 2e-8, 3e-4, 3e-7, 1e-9, 1e-9, 2e-4, 2e-7),
            Row(1e-2, 2e-7, 3e-4, 6e-6, 3e-8, 1e-8, 2e-4, 2.5e-6),
            Row(1e-1, 2e-6, 3e-4, 3e-5, 1e-7, 1e-7, 2e-4, 2e-5),
            Row(1.0, 2e-5, 5e-4, 1.8e-3, 1.2e-5, 1e-6, 3e-4, 1.5e-3),
            Row(3.0, 2e-5, 6e-4, 4e-3, 2.5e-5, 1e-6, 5e-4, 3.5e-3),
        ),
        "VOLT": (
            Row(0.1, 5e-6, 2e-4, 2.5e-4, 3e-6, 1e-7, 1.5e-4, 1.5e-4),
            Row(1.0, 5e-5, 2e-4, 4e-4, 8e-6, 1e-6, 1.5e-4, 2e-4),
            Row(6.0, 5e-5, 2e-4, 1.8e-3, 1.7e-5, 1e-6, 1.5e-4, 1e-3),
            Row(40.0, 5e-4, 2e-4, 1.2e-2, 8e-5, 1e-5, 1.5e-4, 8e-3),
        ),
    },
    limits={"CURR": (0.01, 40.4), "VOLT": (1e-8, 3.03)},
    resets={
        "CURR": {"source_range": 1e-7, "limit": 40.0, "sense_range": 1e-7},
        "VOLT": {"source_range": 0.1, "limit": 1.0, "sense_range": 0.1},
    },
    overrange=1.01,
    envelope=((1.01, 6.06),),
)
"""What one channel of a 2601B or 2602B promises."""

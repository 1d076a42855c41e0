"""Hold the data sheet of the Keysight N6784A module.

Source and measuring ranges differ; each row holds what its range promises in either use. The figures
are remembered, wide rather than narrow, and not checked against a copy of the data sheet.
"""

from __future__ import annotations

from instruments.emulation.specification import RangeSpecification as Row
from instruments.emulation.specification import SourceMeterSpecification

__all__ = ["MEASURING_RANGES", "N6784A", "SOURCE_RANGES"]

SOURCE_RANGES = {"CURR": (1e-2, 1e-1, 1.0, 3.0), "VOLT": (6.0, 20.0)}
MEASURING_RANGES = {"CURR": (1e-5, 1e-3, 1e-1, 3.0), "VOLT": (1e-1, 1.0, 20.0)}
N6784A = SourceMeterSpecification(
    ranges={
        "CURR": (
            Row(1e-5, 1e-9, 2.5e-4, 5e-6, 1e-9, 1e-10, 2.5e-4, 8e-9),
            Row(1e-3, 1e-7, 2.5e-4, 5e-6, 1e-8, 1e-8, 2.5e-4, 1e-7),
            Row(1e-2, 2e-7, 2.5e-4, 5e-6, 5e-8, 1e-7, 2.5e-4, 1e-6),
            Row(1e-1, 2e-6, 3e-4, 2e-5, 3e-7, 1e-6, 2.5e-4, 1e-5),
            Row(1.0, 2e-5, 4e-4, 3e-4, 3e-6, 1e-5, 3e-4, 2.5e-4),
            Row(3.0, 6e-5, 4e-4, 3e-4, 1e-5, 3e-5, 3e-4, 2.5e-4),
        ),
        "VOLT": (
            Row(1e-1, 3e-6, 2.5e-4, 5e-5, 1e-6, 1e-6, 2.5e-4, 5e-5),
            Row(1.0, 3e-5, 2.5e-4, 1e-4, 5e-6, 5e-6, 2.5e-4, 7.5e-5),
            Row(6.0, 1e-4, 2.5e-4, 6e-4, 2e-5, 2e-5, 2.5e-4, 6e-4),
            Row(20.0, 4e-4, 2.5e-4, 1.8e-3, 1e-4, 1e-4, 2.5e-4, 1.2e-3),
        ),
    },
    limits={"CURR": (0.0, 20.4), "VOLT": (0.0, 3.06)},
    resets={
        "CURR": {
            "source_range": 3.0,
            "source_auto": False,
            "limit": 0.08,
            "sense_range": 3.0,
            "sense_auto": False,
            "off_state": "HIMP",
        },
        "VOLT": {
            "source_range": 20.0,
            "source_auto": False,
            "limit": 0.1,
            "sense_range": 20.0,
            "sense_auto": False,
            "off_state": "HIMP",
        },
    },
    overrange=1.02,
    envelope=((1.02, 6.12),),
    own_measuring_range=True,
)
"""What the N6784A promises."""

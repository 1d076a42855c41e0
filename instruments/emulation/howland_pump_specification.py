"""Hold what the emulated home-built pump can do: a 16-bit converter, ordinary parts, 36 V of supply."""

from __future__ import annotations

from instruments.emulation.specification import RangeSpecification as Row
from instruments.emulation.specification import SourceMeterSpecification

__all__ = ["HOWLAND_PUMP"]

HOWLAND_PUMP = SourceMeterSpecification(
    ranges={
        "CURR": (
            Row(1e-3, 4e-8, 1e-3, 1e-6, 2e-8, 1e-8, 1e-3, 1e-6),
            Row(1e-2, 4e-7, 1e-3, 1e-5, 2e-7, 1e-7, 1e-3, 1e-5),
        ),
        "VOLT": (Row(40.0, 1e-3, 1e-3, 2e-3, 5e-4, 1e-3, 5e-4, 2e-3),),
    },
    limits={"CURR": (1.0, 36.0), "VOLT": (1e-3, 1e-2)},
    resets={
        "CURR": {
            "source_range": 1e-3,
            "source_auto": False,
            "limit": 1.0,
            "sense_range": 1e-2,
            "sense_auto": False,
            "off_state": "HIMP",
            "nplc": 0.5,
        },
        "VOLT": {
            "source_range": 40.0,
            "sense_range": 40.0,
            "sense_auto": False,
            "off_state": "HIMP",
        },
    },
    reset_source="CURR",
    reset_sense="VOLT",
    overrange=1.0,
)
"""What it promises."""

"""Hold the data sheet of the Keithley 6220 and 6221.

Ranges, steps and one-year accuracies are those of its specifications; it measures nothing, so the
columns of the measurement only keep the emulated insides whole.
"""

from __future__ import annotations

from instruments.emulation.specification import RangeSpecification, SourceMeterSpecification

__all__ = ["KEITHLEY_6221"]

_LARGEST_COMPLIANCE_V = 105.0
_ROWS = (
    (2e-9, 1e-13, 4e-3, 2e-12),
    (2e-8, 1e-12, 3e-3, 1e-11),
    (2e-7, 1e-11, 3e-3, 1e-10),
    (2e-6, 1e-10, 1e-3, 1e-9),
    (2e-5, 1e-9, 5e-4, 1e-8),
    (2e-4, 1e-8, 5e-4, 1e-7),
    (2e-3, 1e-7, 5e-4, 1e-6),
    (2e-2, 1e-6, 5e-4, 1e-5),
    (1e-1, 1e-5, 1e-3, 5e-5),
)
KEITHLEY_6221 = SourceMeterSpecification(
    ranges={
        "CURR": tuple(
            RangeSpecification(scale, step, gain, offset, step, step, 0.0, 0.0)
            for scale, step, gain, offset in _ROWS
        ),
        "VOLT": (RangeSpecification(100.0, 1e-3, 0.0, 0.0, 0.0, 1e-3, 0.0, 0.0),),
    },
    limits={"CURR": (0.1, _LARGEST_COMPLIANCE_V), "VOLT": (1e-9, 0.105)},
    resets={
        "CURR": {
            "source_range": 1e-1,
            "source_auto": False,
            "limit": 10.0,
            "sense_range": 1e-1,
            "off_state": "HIMP",
        },
        "VOLT": {"source_range": 100.0, "limit": 0.1, "sense_range": 100.0},
    },
    reset_source="CURR",
    reset_sense="VOLT",
)
"""What a 6221 promises."""

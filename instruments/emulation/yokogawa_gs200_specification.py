"""Hold the data sheet of the Yokogawa GS200.

Ranges and steps are those of the GS200's data sheet (BUGS200-01EN); its accuracies and the monitor's
are given here as remembered and not checked against a copy.
"""

from __future__ import annotations

from instruments.emulation.specification import RangeSpecification as Row
from instruments.emulation.specification import SourceMeterSpecification

__all__ = ["LARGEST_CURRENT_A", "LARGEST_VOLTAGE_V", "YOKOGAWA_GS200"]

LARGEST_CURRENT_A, LARGEST_VOLTAGE_V = 0.2, 32.0
"""What no range exceeds."""
YOKOGAWA_GS200 = SourceMeterSpecification(
    ranges={
        "CURR": (
            Row(1e-3, 1e-8, 3e-4, 1e-7, 3e-9, 1e-8, 3e-4, 1e-6),
            Row(1e-2, 1e-7, 3e-4, 5e-7, 3e-8, 1e-7, 3e-4, 1e-6),
            Row(1e-1, 1e-6, 3e-4, 5e-6, 3e-7, 1e-6, 3e-4, 1e-6),
            Row(2e-1, 1e-6, 3e-4, 3e-5, 5e-7, 1e-6, 3e-4, 1e-6),
        ),
        "VOLT": (
            Row(1e-2, 1e-7, 2.5e-4, 5e-6, 1e-6, 1e-5, 2e-4, 2e-3),
            Row(1e-1, 1e-6, 2.5e-4, 1e-5, 2e-6, 1e-5, 2e-4, 2e-3),
            Row(1.0, 1e-5, 1.6e-4, 1.2e-4, 5e-6, 1e-5, 2e-4, 2e-3),
            Row(1e1, 1e-4, 1.6e-4, 2.4e-4, 5e-5, 1e-4, 2e-4, 2e-3),
            Row(3e1, 1e-3, 1.6e-4, 6e-4, 1e-4, 1e-3, 2e-4, 2e-3),
        ),
    },
    limits={"CURR": (1.0, 30.0), "VOLT": (1e-3, 0.2)},
    resets={
        "CURR": {
            "source_range": 1e-3,
            "source_auto": False,
            "limit": 30.0,
            "sense_range": 0.2,
            "sense_auto": False,
            "off_state": "HIMP",
        },
        "VOLT": {
            "source_range": 1e-2,
            "source_auto": False,
            "limit": 0.2,
            "sense_range": 30.0,
            "sense_auto": False,
            "off_state": "HIMP",
        },
    },
    overrange=1.2,
)
"""What the GS200 promises."""

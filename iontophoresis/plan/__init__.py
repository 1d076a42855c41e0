"""A protocol on a bench: predicted, limited, and frozen before anything is connected.

`prepare` composes the effective limits, judges the profile against every one of them, asks the model
what arrives where and at what voltage, and either refuses with all reasons or returns a `Plan`.
"""

from __future__ import annotations

from iontophoresis.plan.parts import (
    ExpectedVoltage,
    LayerAmount,
    Margin,
    Note,
    Plan,
    PlannedCell,
    PlannedChannel,
    Prediction,
)
from iontophoresis.plan.preparation import prepare

__all__ = [
    "ExpectedVoltage",
    "LayerAmount",
    "Margin",
    "Note",
    "Plan",
    "PlannedCell",
    "PlannedChannel",
    "Prediction",
    "prepare",
]

"""What a figure draws: curves, bands, marks and limits, in the operator's units.

A trace is one channel of one session, or of one prediction; the panels do not know which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Hold a value against time: both of shape (n,), time in s."""

    time_s: Reals
    value: Reals


@dataclass(frozen=True, slots=True, kw_only=True)
class Ribbon:
    """Hold a band against time (or depth): 5, 50 and 95 %, each of shape (n,)."""

    at: Reals
    low: Reals
    middle: Reals
    high: Reals


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthProfile:
    """Hold concentration against depth.

    Attributes
    ----------
    band
        Concentration in mM against depth in um.
    at_s
        When, s.
    layers_um
        Pairs of layer name and the depth at which it ends, um; may be empty.
    """

    band: Ribbon
    at_s: float
    layers_um: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Hold a moment that matters: when, what kind (trip, stop, alarm), in which words."""

    time_s: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Hold a stretch without current that somebody asked for, s."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Hold everything the panels show of one channel.

    Attributes
    ----------
    label
        What tells it from other traces.
    area_cm2
        Smallest area in the channel, cm2; None if unknown.
    commanded_ma, measured_ma, voltage_v, resistance_kohm_cm2, charge_ma_min
        Curves in the units of their names, voltage and resistance also as predicted bands; None
        where there is none.
    planned_charge_ma_min
        Charge of the protocol against time, mA·min.
    limits
        Effective limits: ``current_ma``, ``voltage_v``, ``charge_ma_min``.
    amounts
        Amount per layer, in ``amount_unit``.
    amount_unit
        Unit of ``amounts``, for the axis.
    reference
        Amounts to compare with, per layer, in ``amount_unit``; only their middle is drawn.
    reference_means
        What the reference is: as planned, or in perfused tissue.
    depth
        Concentration against depth; None if unknown.
    marks, pauses
        What happened.
    """

    label: str
    area_cm2: float | None = None
    commanded_ma: Curve | None = None
    measured_ma: Curve | None = None
    voltage_v: Curve | Ribbon | None = None
    resistance_kohm_cm2: Curve | Ribbon | None = None
    charge_ma_min: Curve | None = None
    planned_charge_ma_min: Curve | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    amounts: Mapping[str, Ribbon] = field(default_factory=dict)
    amount_unit: str = "nmol/cm²"
    reference: Mapping[str, Ribbon] = field(default_factory=dict)
    reference_means: str = ""
    depth: DepthProfile | None = None
    marks: tuple[Mark, ...] = ()
    pauses: tuple[Pause, ...] = ()

    @property
    def end_s(self) -> float:
        """Give the last time on any curve, s; zero without curves."""
        curves = (self.commanded_ma, self.measured_ma, self.charge_ma_min)
        ends = [float(curve.time_s[-1]) for curve in curves if curve and len(curve.time_s)]
        ends += [float(ribbon.at[-1]) for ribbon in self.amounts.values() if len(ribbon.at)]
        return max(ends, default=0.0)


def thinned(curve: Curve, most: int = 3000) -> Curve:
    """Give a curve that draws the same with fewer points: minimum and maximum of each stretch.

    Parameters
    ----------
    curve
        Any curve; one with few points comes back as it is.
    most
        About how many points to keep.
    """
    count = len(curve.time_s)
    if count <= most:
        return curve
    starts = np.linspace(0, count, most // 2, endpoint=False).astype(np.int64)
    value = np.empty(2 * len(starts))
    value[0::2] = np.fmin.reduceat(curve.value, starts)
    value[1::2] = np.fmax.reduceat(curve.value, starts)
    rising = curve.value[starts] < curve.value[np.append(starts[1:], count) - 1]
    value[0::2], value[1::2] = (
        np.where(rising, value[0::2], value[1::2]),
        np.where(rising, value[1::2], value[0::2]),
    )
    return Curve(time_s=np.repeat(curve.time_s[starts], 2), value=value)

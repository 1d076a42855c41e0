"""Turn a session file's content into traces for the panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from iontophoresis.record.session import Estimates, Session, Ticks
from iontophoresis.safety.reactions import Reason
from iontophoresis.units import (
    MS_PER_S,
    NA_PER_MA,
    PC_PER_MA_MIN,
    UV_PER_V,
    ug_per_cm2_from_mol_per_m2,
)
from iontophoresis.view.depth import session_depth
from iontophoresis.view.trace import Curve, DepthProfile, Mark, Pause, Ribbon, Trace

NMOL_PER_CM2_PER_MOL_PER_M2 = 1e5
UM_PER_M = 1e6
RESISTANCE_ABOVE_PEAK_FRACTION = 0.1
"""Resistance is judged, and drawn, above this fraction of the peak current."""

_LIMITS = {
    "current_ma": (("current_ma", 1), ("current_na", NA_PER_MA), ("density_na", NA_PER_MA)),
    "voltage_v": (("voltage_v", 1), ("voltage_uv", UV_PER_V)),
    "charge_ma_min": (
        ("charge_ma_min", 1),
        ("charge_pc", PC_PER_MA_MIN),
        ("charge_density_pc", PC_PER_MA_MIN),
    ),
}


def session_traces(session: Session) -> tuple[Trace, ...]:
    """Give one trace per channel of a session."""
    return tuple(_trace(session, channel) for channel in session.channels)


def limits_of(session: Session, channel: int) -> dict[str, float]:
    """Give the effective limits of a channel in mA, V and mA·min, as far as the header has them."""
    every = session.header.get("limits") or ()
    facts = _for_channel(every, channel, str(session.channel_facts(channel).get("name", channel)))
    found = {
        name: [facts[key] / per_unit for key, per_unit in sources if facts.get(key) is not None]
        for name, sources in _LIMITS.items()
    }
    return {name: float(min(values)) for name, values in found.items() if values}


def _trace(session: Session, channel: int) -> Trace:
    facts = session.channel_facts(channel)
    ticks = session.ticks.of_channel(channel)
    area_cm2 = facts.get("area_cm2")
    molar_mass = facts.get("molar_mass_g_per_mol")
    scale = _amount_scale(molar_mass)
    name = str(facts.get("name", channel))
    prediction = _for_channel(session.header.get("prediction") or {}, channel, name)
    planned = predicted(prediction, scale)
    estimated = _amounts(session.estimates, channel, scale)
    return Trace(
        label=_label(session, channel),
        area_cm2=area_cm2,
        commanded_ma=Curve(time_s=ticks.time_s, value=ticks.applied_ma),
        measured_ma=Curve(time_s=ticks.time_s, value=ticks.current_ma),
        voltage_v=Curve(time_s=ticks.time_s, value=ticks.voltage_v),
        resistance_kohm_cm2=_resistance(ticks, area_cm2),
        charge_ma_min=Curve(time_s=ticks.time_s, value=ticks.charge_ma_min),
        planned_charge_ma_min=_planned_charge(session, channel, name),
        limits=limits_of(session, channel),
        amounts=estimated or planned,
        amount_unit="µg/cm²" if molar_mass else "nmol/cm²",
        reference=planned if estimated else {},
        reference_means="as planned",
        depth=_recorded_depth(session, channel, name) or session_depth(session, channel),
        marks=_marks(session, ticks),
        pauses=tuple(_pauses(ticks)),
    )


def _label(session: Session, channel: int) -> str:
    name = session.channel_facts(channel).get("name", str(channel))
    several = len(session.channels) > 1
    return f"{session.path.stem} · {name}" if several else session.path.stem


def _resistance(ticks: Ticks, area_cm2: float | None) -> Curve | None:
    if area_cm2 is None or not len(ticks):
        return None
    threshold_na = RESISTANCE_ABOVE_PEAK_FRACTION * float(np.max(np.abs(ticks.applied_na)))
    value = ticks.resistance_kohm_cm2(area_cm2, above_na=threshold_na)
    return Curve(time_s=ticks.time_s, value=value)


def _planned_charge(session: Session, channel: int, name: str) -> Curve | None:
    knots = session.header.get("waveform")
    line = knots.get(name) if isinstance(knots, Mapping) else _item(knots, channel)
    if not line:
        return None
    t_ms, current_na = np.array(line, dtype=float).T
    return planned_charge(t_ms / MS_PER_S, current_na / NA_PER_MA)


def planned_charge(time_s: Any, current_ma: Any) -> Curve:
    """Integrate a piecewise-linear current (knots in s and mA), either way, to charge against time, mA·min."""
    fine_s = np.union1d(time_s, np.linspace(time_s[0], time_s[-1], 400))
    current = np.abs(np.interp(fine_s, time_s, current_ma))
    steps = np.diff(fine_s) * (current[1:] + current[:-1]) / 2
    return Curve(time_s=fine_s, value=np.concatenate(([0.0], np.cumsum(steps))) / 60)


def _amounts(estimates: Estimates, channel: int, scale: float) -> dict[str, Ribbon]:
    def ribbon(layer: str) -> Ribbon:
        rows = estimates.of(channel, layer)
        return Ribbon(
            at=rows.time_s,
            low=rows.p05_mol_per_m2 * scale,
            middle=rows.p50_mol_per_m2 * scale,
            high=rows.p95_mol_per_m2 * scale,
        )

    return {layer: ribbon(layer) for layer in estimates.layers(channel)}


def predicted(prediction: Any, scale: float) -> dict[str, Ribbon]:
    """Read the header's prediction: times and, per layer, three quantiles in mol/m2."""
    if not isinstance(prediction, Mapping) or "time_s" not in prediction:
        return {}
    layers = prediction.get("layers", prediction)
    return {
        layer: _ribbon(prediction["time_s"], quantiles, "_mol_per_m2", scale)
        for layer, quantiles in layers.items()
        if isinstance(quantiles, Mapping)
    }


def _recorded_depth(session: Session, channel: int, name: str) -> DepthProfile | None:
    return depth_profile(_for_channel(session.header.get("depth_profile"), channel, name))


def depth_profile(header: Any) -> DepthProfile | None:
    """Read the header's depth profile: depths in m and three quantiles in mol/m3 (which is mM)."""
    if not isinstance(header, Mapping) or "depth_m" not in header:
        return None
    depth_um = [UM_PER_M * depth for depth in header["depth_m"]]
    quantiles = header.get("concentration_mol_per_m3", header)
    layers = header.get("layer_ends_m") or {}
    return DepthProfile(
        band=_ribbon(depth_um, quantiles, "_mol_per_m3", 1.0),
        at_s=float(header.get("at_s") or 0.0),
        layers_um=tuple((name, UM_PER_M * end) for name, end in layers.items()),
    )


def _ribbon(at: Sequence[float], quantiles: Mapping[str, Any], suffix: str, scale: float) -> Ribbon:
    low, middle, high = (
        np.asarray(quantiles.get(p, quantiles.get(p + suffix)), dtype=float) * scale
        for p in ("p05", "p50", "p95")
    )
    return Ribbon(at=np.asarray(at, dtype=float), low=low, middle=middle, high=high)


def _amount_scale(molar_mass_g_per_mol: float | None) -> float:
    if molar_mass_g_per_mol is None:
        return NMOL_PER_CM2_PER_MOL_PER_M2
    return ug_per_cm2_from_mol_per_m2(1.0, molar_mass_g_per_mol)


def _marks(session: Session, ticks: Ticks) -> tuple[Mark, ...]:
    marks = [
        Mark(time_s=event.t_ms / MS_PER_S, kind="alarm", text=_words(event.code))
        for event in session.events
        if event.severity == "alarm" and event.t_ms > 0
    ]
    onset = _end_onset(ticks) if len(ticks) else 0
    if np.any(ticks.state == "TRIPPED"):
        first_s = float(ticks.time_s[onset])
        marks = [mark for mark in marks if mark.time_s < first_s - 1.0]
        marks.append(Mark(time_s=first_s, kind="trip", text=_why(ticks, onset)))
    elif session.state in ("stopped", "cut") and len(ticks):
        marks.append(Mark(time_s=float(ticks.time_s[onset]), kind="stop", text=session.state))
    return tuple(marks)


def _why(ticks: Ticks, first: int) -> str:
    """Name the most telling reason at a trip: the first bit that was set."""
    reasons = int(np.bitwise_or.reduce(ticks.reasons[max(first - 1, 0) : first + 1]))
    return _words(next((reason.name or "" for reason in Reason(reasons)), "tripped"))


def _words(code: str) -> str:
    return code.lower().replace("_", " ").replace(".", " ")


def _end_onset(ticks: Ticks) -> int:
    """Find the row in which the end began: the first after the last that ran or stood paused."""
    lively = np.flatnonzero(np.isin(ticks.state, ("RUNNING", "PAUSED")))
    return min(int(lively[-1]) + 1, len(ticks) - 1) if len(lively) else 0


def _pauses(ticks: Ticks) -> list[Pause]:
    paused = np.concatenate(([0], (ticks.state == "PAUSED").astype(int), [0]))
    starts, ends = np.flatnonzero(np.diff(paused) == 1), np.flatnonzero(np.diff(paused) == -1)
    return [
        Pause(start_s=float(ticks.time_s[start]), end_s=float(ticks.time_s[end - 1]))
        for start, end in zip(starts, ends, strict=True)
    ]


def _for_channel(value: Any, channel: int, name: str) -> Any:
    """Pick a channel's part of a header value that is a list, or a mapping by channel name."""
    if isinstance(value, Mapping):
        return value.get(name, value.get(str(channel), value))
    return _item(value, channel) or {}


def _item(value: Any, index: int) -> Any:
    return value[index] if isinstance(value, list | tuple) and index < len(value) else None

"""The tables of a report, from what a session file holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from iontophoresis.record.session import Session
from iontophoresis.units import MS_PER_S, PC_PER_MA_MIN
from iontophoresis.view.flags import on_time_min
from iontophoresis.view.session_trace import (
    RESISTANCE_ABOVE_PEAK_FRACTION,
    limits_of,
    session_traces,
)
from iontophoresis.view.summary import duration
from iontophoresis.view.trace import Ribbon

Row = Sequence[str]
OUTPUT_ROWS = 13
NOTED = ("alarm", "warning", "notice")
_LEAST = 0.01


def plan_rows(session: Session) -> Iterator[Row]:
    """Yield what was planned beside what was measured, channel by channel."""
    for channel, trace in zip(session.channels, session_traces(session), strict=True):
        ticks, facts = session.ticks.of_channel(channel), session.channel_facts(channel)
        name = f"channel {facts.get('name', channel)}: "
        if not len(ticks):
            yield f"{name}measured", "-", "nothing", ""
            continue
        planned, charge = facts.get("planned_charge_ma_min"), float(ticks.charge_ma_min[-1])
        share = f"{100 * charge / planned:.2f} %" if planned else ""
        yield (
            f"{name}charge",
            f"{planned:.4g} mA·min" if planned else "-",
            f"{charge:.4g} mA·min",
            share,
        )
        waveforms = session.header.get("waveform") or ()
        knots = waveforms[channel] if channel < len(waveforms) else ()
        peak = float(np.nanmax(np.abs(ticks.current_ma)))
        wanted = max((abs(current) for _, current in knots), default=0) / 1e6
        yield f"{name}peak current", f"{wanted:.4g} mA" if knots else "-", f"{peak:.4g} mA", ""
        length = duration(knots[-1][0] / MS_PER_S) if knots else "-"
        yield f"{name}length", length, duration(float(ticks.time_s[-1] - ticks.time_s[0])), ""
        on = f"{on_time_min(ticks):.3g} min"
        yield f"{name}current on", "-", on, ""
        area = trace.area_cm2
        if area:
            density = f"{peak / area:.3g} mA/cm2, {charge * 0.06 / area:.3g} C/cm2"
            yield f"{name}per area of {area:g} cm2", "-", density, ""


def output_rows(session: Session) -> Iterator[Row]:
    """Yield set and measured current, voltage, resistance and charge at moments of the session."""
    for channel in session.channels:
        ticks, facts = session.ticks.of_channel(channel), session.channel_facts(channel)
        if not len(ticks):
            continue
        area = float(facts.get("area_cm2") or 0.0)
        above = RESISTANCE_ABOVE_PEAK_FRACTION * float(np.max(np.abs(ticks.applied_na)))
        sheet = ticks.resistance_kohm_cm2(area, above_na=above) if area else None
        for at_s in np.linspace(ticks.time_s[0], ticks.time_s[-1], OUTPUT_ROWS):
            row = min(int(np.searchsorted(ticks.time_s, at_s)), len(ticks) - 1)
            yield (
                str(facts.get("name", channel)),
                f"{ticks.time_s[row] / 60:.2f}",
                _figure(float(ticks.applied_ma[row])),
                _figure(float(ticks.current_ma[row])),
                _figure(float(ticks.voltage_v[row])),
                "-" if sheet is None else _figure(float(sheet[row])),
                _figure(float(ticks.charge_ma_min[row])),
            )


def dose_rows(session: Session) -> Iterator[Row]:
    """Yield the amount of every layer at the end, planned and by the measured current."""
    for channel, trace in zip(session.channels, session_traces(session), strict=True):
        name = str(session.channel_facts(channel).get("name", channel))
        for layer in dict.fromkeys([*trace.reference, *trace.amounts]):
            bands = trace.reference.get(layer), trace.amounts.get(layer)
            if layer == "donor" or not any(
                band is not None and band.high[-1] > 0 for band in bands
            ):
                continue
            yield name, layer.replace("_", " "), *(_band(band) for band in bands)


def margin_rows(session: Session) -> Iterator[Row]:
    """Yield what was reached beside the effective limits."""
    for channel in session.channels:
        ticks, limits = session.ticks.of_channel(channel), limits_of(session, channel)
        if not len(ticks):
            continue
        name = f"channel {session.channel_facts(channel).get('name', channel)}: "
        reached = {
            "current_ma": float(np.nanmax(np.abs(ticks.current_ma))),
            "voltage_v": float(np.nanmax(np.abs(ticks.voltage_v))),
            "charge_ma_min": float(ticks.charge_pc[-1]) / PC_PER_MA_MIN,
        }
        for key, unit in (("current_ma", "mA"), ("voltage_v", "V"), ("charge_ma_min", "mA·min")):
            if key in limits:
                what = key.split("_", maxsplit=1)[0]
                used = f"{100 * reached[key] / limits[key]:.0f} %"
                yield f"{name}{what}", f"{reached[key]:.4g} {unit}", f"{limits[key]:g} {unit}", used


def alarm_rows(session: Session) -> Iterator[Row]:
    """Yield every alarm, warning and notice."""
    for event in session.events:
        if event.severity in NOTED:
            yield duration(event.t_ms / MS_PER_S), event.severity, event.text


def _figure(value: float) -> str:
    return "-" if not np.isfinite(value) else f"{value:.4g}"


def _band(band: Ribbon | None) -> str:
    if band is None:
        return "-"
    low, middle, high = (_amount(float(part[-1])) for part in (band.low, band.middle, band.high))
    return f"{middle} ({low} - {high})"


def _amount(value: float) -> str:
    return f"{value:.3g}" if value >= _LEAST else f"<{_LEAST:g}"

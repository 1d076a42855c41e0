"""Turn a plan into traces for the panels: what is wanted, and what the model expects of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from iontophoresis.plan import ExpectedVoltage, Plan, PlannedChannel, Prediction
from iontophoresis.units import (
    MS_PER_S,
    NA_PER_MA,
    PC_PER_MA_MIN,
    UV_PER_V,
    ug_per_cm2_from_mol_per_m2,
)
from iontophoresis.view.depth import solution_depth
from iontophoresis.view.session_trace import RESISTANCE_ABOVE_PEAK_FRACTION, planned_charge
from iontophoresis.view.trace import Curve, Ribbon, Trace

_QUANTILES = (0.05, 0.5, 0.95)


def plan_traces(plan: Plan) -> tuple[Trace, ...]:
    """Give one trace per channel of a plan, of each channel's first cell."""
    asked = plan.protocol.perfused_prediction
    return tuple(_trace(channel, perfused=asked) for channel in plan.channels)


def _trace(channel: PlannedChannel, *, perfused: bool) -> Trace:
    t_ms, current_na = np.array(channel.waveform.knots, dtype=float).T
    time_s, current_ma = t_ms / MS_PER_S, current_na / NA_PER_MA
    cell, limits = channel.cells[0], channel.limits
    shown = cell.shown(perfused=perfused) or next(iter(cell.predictions), None)
    other = next((p for p in cell.predictions if p is not shown), None)
    molar_mass = cell.formulation.active.molar_mass_g_per_mol if cell.formulation else 0.0
    area_cm2 = channel.channel.smallest_area_cm2
    return Trace(
        label=channel.channel.name,
        area_cm2=area_cm2,
        measured_ma=Curve(time_s=time_s, value=current_ma),
        voltage_v=_voltage(channel.voltage),
        resistance_kohm_cm2=_resistance(channel.voltage, time_s, current_ma, area_cm2),
        charge_ma_min=planned_charge(time_s, current_ma),
        limits={
            "current_ma": min(limits.current_na, limits.density_na) / NA_PER_MA,
            "voltage_v": limits.voltage_uv / UV_PER_V,
            "charge_ma_min": min(limits.charge_pc, limits.charge_density_pc) / PC_PER_MA_MIN,
        },
        amounts=_amounts(shown, molar_mass),
        amount_unit="µg/cm²",
        reference=_amounts(other, molar_mass),
        reference_means="perfused living tissue" if other and other.perfused else "not perfused",
        depth=solution_depth(shown.band.nominal, shown.skin) if shown else None,
    )


def _voltage(voltage: ExpectedVoltage) -> Ribbon:
    return Ribbon(
        at=np.array(voltage.time_s),
        low=np.array(voltage.p05_v),
        middle=np.array(voltage.p50_v),
        high=np.array(voltage.p95_v),
    )


def _resistance(
    voltage: ExpectedVoltage,
    time_s: np.ndarray[tuple[int], np.dtype[np.float64]],
    current_ma: np.ndarray[tuple[int], np.dtype[np.float64]],
    area_cm2: float,
) -> Ribbon:
    band = _voltage(voltage)
    current = np.abs(np.interp(band.at, time_s, current_ma))
    flows = current > RESISTANCE_ABOVE_PEAK_FRACTION * np.max(np.abs(current_ma))
    per_v = np.where(flows, area_cm2 / np.where(flows, current, 1.0), np.nan)
    return Ribbon(
        at=band.at, low=band.low * per_v, middle=band.middle * per_v, high=band.high * per_v
    )


def _amounts(prediction: Prediction | None, molar_mass_g_per_mol: float) -> Mapping[str, Ribbon]:
    if prediction is None:
        return {}
    scale = ug_per_cm2_from_mol_per_m2(1.0, molar_mass_g_per_mol)
    band = prediction.band

    def ribbon(layer: str) -> Ribbon:
        low, middle, high = (band.quantile(layer, q) * scale for q in _QUANTILES)
        return Ribbon(at=band.time_s, low=low, middle=middle, high=high)

    return {layer: ribbon(layer) for layer in band.amount_mol_per_m2}

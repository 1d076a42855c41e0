"""A planned channel in words: where, what, how much current, how long, from which source."""

from __future__ import annotations

from collections.abc import Iterator

from iontophoresis.plan import Plan, PlannedChannel
from iontophoresis.protocol import (
    Cell,
    Channel,
    Electrode,
    Hold,
    Ramp,
    Rest,
    StopAtAmount,
    StopAtCharge,
)
from iontophoresis.protocol.modes import describe_mode
from iontophoresis.units import MS_PER_S, UV_PER_V, c_from_pc, ma_from_na, ma_min_from_pc

MOST_SEGMENTS_SHOWN = 8
NA_PER_UA = 1000
LAYER_NAMES = {
    "stratum_corneum": "stratum corneum",
    "cleared": "to the blood",
}


def layer_name(layer: str) -> str:
    """Name a compartment of the model in words."""
    return LAYER_NAMES.get(layer, layer.replace("_", " "))


def channel_facts(plan: Plan, channel: PlannedChannel) -> Iterator[tuple[str, str]]:
    """Describe a channel line by line.

    Parameters
    ----------
    plan : Plan
        For the stop condition.
    channel : PlannedChannel
        What is described.

    Yields
    ------
    tuple of (str, str)
        A word and its text.
    """
    wave, cells = channel.waveform, channel.cells
    low_v, median_v, high_v = channel.voltage.peak_v
    for planned in cells:
        yield "where", _where(planned.cell)
    yield "donor", _donor(channel.channel)
    yield "current", _course(channel.channel)
    density = max(cell.density_ma_per_cm2 for cell in cells)
    yield "peak", f"{ma_from_na(wave.max_current_na):g} mA = {density:.3g} mA/cm2"
    per_area = max(cell.charge_density_c_per_cm2 for cell in cells)
    charge = f"{ma_min_from_pc(wave.charge_pc):.4g} mA·min = {c_from_pc(wave.charge_pc):.3g} C"
    yield "charge", f"{charge} = {per_area:.3g} C/cm2"
    if wave.net_charge_pc != wave.charge_pc:
        net = f"{ma_min_from_pc(wave.net_charge_pc):.4g} mA·min towards the skin"
        yield "net charge", f"{net}; the charge above counts both directions, as the limits do"
    on_time = _minutes(wave.current_on_ms / MS_PER_S)
    yield "time", f"{_minutes(wave.duration_ms / MS_PER_S)}, current on for {on_time}"
    yield "stop", _stop(plan)
    spread = "" if low_v == high_v else f" (90 %: {low_v:.2g} to {high_v:.2g})"
    yield "voltage", f"up to {median_v:.2g} V expected{spread}"
    yield "source", _source(channel)


def _where(cell: Cell) -> str:
    tissue = " ".join(part for part in (cell.species, cell.site) if part)
    detail = ", ".join(
        part
        for part in (tissue, (cell.preparation or "").replace("_", " "), cell.specimen_class)
        if part
    )
    baseline = f"{cell.baseline_resistance_kohm_cm2:g} kOhm·cm2 before"
    return f"{cell.id}: {cell.area_cm2:g} cm2, {detail}, {baseline}"


def _donor(channel: Channel) -> str:
    electrode = f"under the {channel.active_pole} ({_electrode(channel.electrode)})"
    donor = channel.donor
    if donor is None:
        return f"none, {electrode}"
    salts = ", ".join(f"{name} {amount:g} mM" for name, amount in donor.vehicle_salts_mm.items())
    vehicle = f" with {salts}" if salts else ", no other ions"
    return (
        f"{donor.compound} {donor.concentration_mm:g} mM, pH {donor.ph:g}, "
        f"{donor.volume_ml:g} mL{vehicle}; {electrode}"
    )


def _electrode(electrode: Electrode) -> str:
    if electrode.contact == "direct":
        return f"{electrode.material}, direct"
    return (
        f"{electrode.material}, {electrode.bridge_concentration_mm:g} mM "
        f"{electrode.bridge_salt} bridge"
    )


def _course(channel: Channel) -> str:
    steps = []
    for segment in channel.segment[:MOST_SEGMENTS_SHOWN]:
        if isinstance(segment, Ramp):
            steps.append(f"to {segment.to_ma:g} mA in {_minutes(segment.duration_s)}")
        elif not isinstance(segment, Rest | Hold):
            steps.append(describe_mode(segment))
        else:
            verb = "rest" if isinstance(segment, Rest) else "hold"
            steps.append(f"{verb} {_minutes(segment.duration_s)}")
    left = len(channel.segment) - len(steps)
    return ", ".join(steps) + (f", and {left} more segments" if left else "")


def _minutes(duration_s: float) -> str:
    if duration_s < 120:
        return f"{duration_s:g} s"
    if duration_s < 7200:
        return f"{duration_s / 60:.4g} min"
    return f"{duration_s / 3600:.3g} h"


def _stop(plan: Plan) -> str:
    stop = plan.protocol.stop
    if isinstance(stop, StopAtCharge):
        return f"at {stop.charge_ma_min:g} mA·min measured, or when the profile ends"
    if isinstance(stop, StopAtAmount):
        layer = layer_name(stop.layer)
        return f"at {stop.amount_ug_per_cm2:g} ug/cm2 predicted in the {layer}, or at the end"
    return "when the profile ends"


def _source(channel: PlannedChannel) -> str:
    source = channel.source
    where = "emulated" if source.emulated is not None else str(source.resource)
    probe = f"{channel.probe_current_na / NA_PER_UA:.3g} uA, {channel.probe_voltage_uv / UV_PER_V:g} V at most"
    return (
        f"{source.id}, {source.driver} ({where}); range of at least "
        f"{ma_from_na(channel.waveform.max_current_na):g} mA, compliance "
        f"{channel.limits.voltage_uv / UV_PER_V:g} V; contact probe {probe}"
    )

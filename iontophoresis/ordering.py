"""From a plan to the guard's order and the session file's headers."""

import platform
import secrets
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from iontophoresis.control.order import CellsOrder, ChannelOrder, MeterOrder, Order, ProbeOrder
from iontophoresis.control.sentinel import Unit, Watch
from iontophoresis.plan import Plan, PlannedChannel, Prediction
from iontophoresis.plan.ceilings import OHM_PER_KOHM, area_um2, sheet_window_kohm_cm2
from iontophoresis.protocol import StopAtAmount
from iontophoresis.safety.kernel import ChannelConfig
from iontophoresis.safety.limits import UM2_PER_CM2, VOLTAGE_OPEN_BENCH_UV
from iontophoresis.twins import StartedTwins
from iontophoresis.units import MS_PER_S, ma_min_from_pc

MOHM_PER_OHM = 1_000
PROBE_HOLD_MS = 1_000
OPEN_CIRCUIT_LIMIT_UV = 500_000
OFF_CURRENT_NA = 10_000
DEFAULT_TICK_MS = 50
PATIENCE_S = 600.0
EMULATED_PATIENCE_S = 10.0
"""How long the sentinel goes on switching off a source that does not confirm it, s."""
PACKAGES = ("iontophoresis", "numpy", "scipy", "pyvisa", "pyvisa-py", "pydantic", "matplotlib")


class Secrets:
    """Tokens with which the processes of one session know each other."""

    def __init__(self) -> None:
        tokens = (secrets.token_hex(32) for _ in range(4))
        self.recorder, self.session, self.door, self.sentinel = tokens


def tick_ms(plan: Plan) -> int | None:
    """Return the control period that the bench file names, the slowest of several; None if none."""
    named = [channel.source.tick_ms for channel in plan.channels]
    return max((tick for tick in named if tick is not None), default=None)


def guard_order(
    plan: Plan, twins: StartedTwins | None, pace: str, recorder_port: int, tokens: Secrets
) -> Order:
    """Build the guard's order; what is emulated is reached where its twin listens."""
    resources = {} if twins is None else twins.resources
    ports = () if twins is None or pace != "lockstep" else (twins.control_port,)
    return Order(
        channels=tuple(_channel_order(plan, channel, resources) for channel in plan.channels),
        common_current_na=plan.common_current_na,
        tick_ms=tick_ms(plan) or DEFAULT_TICK_MS,
        tick_is_fixed=tick_ms(plan) is not None,
        proof_on_resistor=plan.bench.proof == "resistor",
        stop_ramp_ms=round(plan.protocol.stop_ramp_s * MS_PER_S),
        require_interlock=plan.bench.interlock == "read_back",
        protocol_sha256=plan.protocol.sha256,
        bench_control_ports=ports,
        recorder_port=recorder_port,
        recorder_token=tokens.recorder,
        session_token=tokens.session,
        door_token=tokens.door,
        waits_for_amount=isinstance(plan.protocol.stop, StopAtAmount),
    )


def sentinel_watch(order: Order, session_file: Path, tokens: Secrets, *, emulated: bool) -> Watch:
    """Build the sentinel's order from the guard's; its report goes beside the session file."""
    units = {channel.resource: channel.driver for channel in order.channels}
    return Watch(
        units=tuple(
            Unit(
                resource=resource,
                driver=driver,
                channels=tuple(c.source_channel for c in order.channels if c.resource == resource),
            )
            for resource, driver in units.items()
        ),
        token=tokens.sentinel,
        report=str(session_file.with_suffix(".sentinel.json")),
        patience_s=EMULATED_PATIENCE_S if emulated else PATIENCE_S,
    )


def _channel_order(
    plan: Plan, channel: PlannedChannel, emulated: Mapping[str, str]
) -> ChannelOrder:
    peak_na = channel.waveform.max_current_na
    start_s = plan.protocol.voltage_limited_start_max_s
    return ChannelOrder(
        name=channel.channel.name,
        resource=channel.source.resource or emulated[channel.source.id],
        driver=channel.source.driver,
        serial=channel.source.serial,
        peak_na=peak_na,
        compliance_uv=channel.limits.voltage_uv,
        probe=ProbeOrder(
            current_na=channel.probe_current_na,
            compliance_uv=channel.probe_voltage_uv,
            hold_ms=PROBE_HOLD_MS,
            max_open_circuit_uv=OPEN_CIRCUIT_LIMIT_UV,
        ),
        judge=ChannelConfig(
            limits=channel.limits,
            load_low_ohm=channel.load_low_ohm,
            load_high_ohm=channel.load_high_ohm,
            judge_load_na=judge_load_na(channel),
            mismatch_na=0,
            off_na=min(OFF_CURRENT_NA, peak_na // 50),
            voltage_limited_start_ms=round(start_s * MS_PER_S),
        ),
        finish_charge_pc=channel.finish_charge_pc,
        specimen_class=channel.channel.specimen_class,
        smallest_area_um2=int(channel.channel.smallest_area_cm2 * UM2_PER_CM2),
        unattended_refusal=unattended_refusal(plan, channel),
        source_channel=channel.source.channel,
        meters=tuple(
            MeterOrder(
                reads=meter.reads or "",
                resource=meter.resource or emulated[meter.id],
                driver=meter.driver,
                serial=meter.serial,
                shunt_mohm=round((meter.shunt_ohm or 0.0) * MOHM_PER_OHM),
            )
            for meter in plan.bench.meters_of(channel.source)
            if meter.reads != "cells"
        ),
        cells=cells_order(plan, channel, emulated),
    )


def cells_order(
    plan: Plan, channel: PlannedChannel, emulated: Mapping[str, str]
) -> CellsOrder | None:
    """Say where the cells of a channel are read one by one; None where no meter of the bench does."""
    beside = plan.bench.meters_of(channel.source)
    meter = next((meter for meter in beside if meter.reads == "cells"), None)
    if meter is None:
        return None
    low, high = sheet_window_kohm_cm2(channel.channel, plan.protocol.limits, plan.bench)
    return CellsOrder(
        resource=meter.resource or emulated[meter.id],
        driver=meter.driver,
        serial=meter.serial,
        inputs=meter.inputs,
        names=tuple(cell.cell.id for cell in channel.cells),
        areas_um2=tuple(area_um2(cell.cell.area_cm2) for cell in channel.cells),
        sheet_low_ohm_cm2=round(low * OHM_PER_KOHM),
        sheet_high_ohm_cm2=round(high * OHM_PER_KOHM),
    )


def unattended_refusal(plan: Plan, channel: PlannedChannel) -> str:
    """Say why a source without a fail-safe of its own may not drive this channel, if it may not.

    A load is the bench's own affair; excised skin needs an enclosed bench and at most 35 V;
    perfused tissue always needs a source that ends by itself.
    """
    specimen = channel.channel.specimen_class
    if specimen == "load":
        return ""
    if specimen == "perfused":
        return "a source with a lease or a finite program, for perfused tissue"
    if plan.bench.enclosure == "open":
        return 'an enclosed bench (enclosure = "enclosed" in the bench file), for excised skin'
    if channel.limits.voltage_uv > VOLTAGE_OPEN_BENCH_UV:
        return "a voltage limit of at most 35 V, for excised skin"
    return ""


def judge_load_na(channel: PlannedChannel) -> int:
    """Return the current above which a resistance is worth judging: 10 % of the peak."""
    return channel.waveform.max_current_na // 10


def session_headers(plan: Plan, pace: str, operator: str) -> dict[str, Any]:
    """Return what the session file says about the session before it begins."""
    protocol, bench = plan.protocol, plan.bench
    seeds = [source.emulated.seed for source in bench.source if source.emulated is not None]
    return {
        "title": protocol.title,
        "operator": operator,
        "started_wall_ns": time.time_ns(),
        "protocol_name": protocol.origin,
        "protocol_sha256": protocol.sha256,
        "protocol_toml": protocol.source_text,
        "bench_sha256": bench.sha256,
        "bench_toml": bench.source_text,
        "calibration": [
            {
                "source": source.id,
                "calibrated_on": source.calibrated_on.isoformat(),
                "calibration_due": source.calibration_due.isoformat(),
            }
            for source in bench.source
        ],
        "versions": {name: version(name) for name in PACKAGES}
        | {"python": platform.python_version(), "system": platform.platform()},
        "pace": pace,
        "emulated": bench.is_emulated,
        "seed": seeds[0] if seeds else None,
        "perfused_prediction": protocol.perfused_prediction,
        "human_relevant": plan.human_relevant,
        "notes": [note.text for note in plan.notes],
        "limits": {channel.channel.name: channel.limits._asdict() for channel in plan.channels},
        "channels": [_describe(channel) for channel in plan.channels],
        "waveform": [[list(knot) for knot in channel.waveform.knots] for channel in plan.channels],
        "prediction": [_prediction(plan, channel) for channel in plan.channels],
    }


def shown_prediction(plan: Plan, channel: PlannedChannel) -> Prediction | None:
    """Return the prediction this protocol wants shown for a channel's first cell."""
    cell = channel.cells[0]
    shown = cell.shown(perfused=plan.protocol.perfused_prediction)
    return shown or next(iter(cell.predictions), None)


def _describe(channel: PlannedChannel) -> dict[str, Any]:
    cell = channel.cells[0]
    active = None if cell.formulation is None else cell.formulation.active
    return {
        "name": channel.channel.name,
        "area_cm2": min(one.cell.area_cm2 for one in channel.cells),
        "cells": [one.cell.id for one in channel.cells],
        "specimen_class": cell.cell.specimen_class,
        "active_pole": channel.channel.active_pole,
        "compound": None if active is None else active.name,
        "molar_mass_g_per_mol": None if active is None else active.molar_mass_g_per_mol,
        "planned_charge_ma_min": ma_min_from_pc(channel.waveform.charge_pc),
    }


def _prediction(plan: Plan, channel: PlannedChannel) -> dict[str, Any] | None:
    shown = shown_prediction(plan, channel)
    if shown is None:
        return None
    layers = {}
    for layer in shown.band.amount_mol_per_m2:
        low, median, high = (shown.band.quantile(layer, q) for q in (0.05, 0.5, 0.95))
        layers[layer] = {
            "p05_mol_per_m2": low.tolist(),
            "p50_mol_per_m2": median.tolist(),
            "p95_mol_per_m2": high.tolist(),
        }
    return {
        "time_s": shown.band.time_s.tolist(),
        "perfused": shown.perfused,
        "preparation": shown.preparation,
        "layers": layers,
        "extrapolated": list(shown.extrapolated),
    }

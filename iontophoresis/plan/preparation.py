"""Prepare a plan: limits first, then what the model expects; refused with all reasons, or frozen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from iontophoresis.bench import Bench
from iontophoresis.bench_instruments import Source
from iontophoresis.errors import PlanRefusedError, Problem
from iontophoresis.plan.averaging import dose_profile
from iontophoresis.plan.ceilings import (
    effective_limits,
    load_window_ohm,
    probe,
    sheet_window_kohm_cm2,
)
from iontophoresis.plan.chemistry import chemistry_refusals
from iontophoresis.plan.judging import Judged, channel_refusals, voltage_refusal
from iontophoresis.plan.margins import VOLTAGE_ROW, margin, margins
from iontophoresis.plan.notes import human_relevance, plan_notes
from iontophoresis.plan.parts import Plan, PlannedCell, PlannedChannel, Prediction
from iontophoresis.plan.prediction import DRAWS, expected_voltage, predictions
from iontophoresis.plan.pulsing import pulse_refusals
from iontophoresis.plan.refusals import bench_refusals, protocol_refusals
from iontophoresis.plan.tissue import current_density, formulation
from iontophoresis.profile import waveform
from iontophoresis.protocol import Protocol, StopAtCharge
from iontophoresis.units import (
    NA_PER_MA,
    PC_PER_MA_MIN,
    UV_PER_V,
    c_from_pc,
    floor_whole,
    ma_from_na,
)
from models import Profile


def prepare(
    protocol: Protocol, bench: Bench, *, today: dt.date | None = None, draws: int = DRAWS
) -> Plan:
    """Bring protocol, bench, limits and model together.

    Parameters
    ----------
    protocol : Protocol
        What is wanted.
    bench : Bench
        Where it is to run.
    today : datetime.date, optional
        To judge calibration dates; None leaves them unjudged.
    draws : int
        Size of the ensemble behind the dose's band, at least 2.

    Returns
    -------
    Plan
        Within every limit, with what is expected and what to know.

    Raises
    ------
    PlanRefusedError
        When the bench, the limits or the chemistry do not allow it; with every reason.
    """
    judged = [_judge(protocol, bench, index) for index in range(len(protocol.channel))]
    problems = [*bench_refusals(protocol, bench), *protocol_refusals(protocol)]
    for one in judged:
        problems += channel_refusals(protocol, one)
        problems += chemistry_refusals(protocol, one)
    for one, source in zip(judged, bench.source, strict=False):
        problems += pulse_refusals(protocol, one, source)
    common_na = _common_current_na(protocol, bench)
    problems += _common_problems(protocol, bench, judged, common_na)
    if problems:
        raise PlanRefusedError(problems)
    channels = tuple(
        _plan_channel(protocol, bench, one, source, draws)
        for one, source in zip(judged, bench.source, strict=False)
    )
    return Plan(
        protocol=protocol,
        bench=bench,
        channels=channels,
        common_current_na=common_na,
        duration_ms=max(channel.waveform.duration_ms for channel in channels),
        human_relevant=not any(human_relevance(channel) for channel in channels),
        notes=plan_notes(protocol, bench, channels, today),
    )


def _judge(protocol: Protocol, bench: Bench, index: int) -> Judged:
    channel = protocol.channel[index]
    wave = waveform(channel)
    limits = effective_limits(channel, protocol.limits, bench)
    return Judged(
        index=index,
        channel=channel,
        wave=wave,
        limits=limits,
        margins=margins(protocol, bench, channel, wave, limits),
        sheet_window_kohm_cm2=sheet_window_kohm_cm2(channel, protocol.limits, bench),
    )


def _common_current_na(protocol: Protocol, bench: Bench) -> int:
    named = protocol.limits.total_current_ma or protocol.limits.current_ma
    if bench.limits.total_current_ma is not None:
        named = min(named, bench.limits.total_current_ma)
    return floor_whole(named, NA_PER_MA)


def _common_problems(
    protocol: Protocol, bench: Bench, judged: list[Judged], common_na: int
) -> Iterator[Problem]:
    if len(judged) == 1 and bench.limits.total_current_ma is None:
        return
    moments = sorted({time_ms for one in judged for time_ms, _ in one.wave.knots})
    total_na = max(sum(abs(one.wave.current_at(at)) for one in judged) for at in moments)
    if total_na > common_na:
        yield Problem(
            origin=protocol.origin,
            key="limits.total_current_ma",
            reason=f"the channels together need {total_na / NA_PER_MA:g} mA, "
            f"allowed are {common_na / NA_PER_MA:g}",
            advice="lower one of them, or let them follow one another",
        )


def _plan_channel(
    protocol: Protocol, bench: Bench, judged: Judged, source: Source, draws: int
) -> PlannedChannel:
    channel, wave, limits = judged.channel, judged.wave, judged.limits
    profiles = tuple(current_density(channel, cell, wave) for cell in channel.cell)
    voltage = expected_voltage(channel, profiles, limits)
    refusal = voltage_refusal(protocol, judged, voltage)
    if refusal is not None:
        raise PlanRefusedError([refusal])
    high_uv = round(voltage.peak_v[2] * UV_PER_V)
    used = margin(protocol, bench, channel, limits, VOLTAGE_ROW, high_uv)
    low_ohm, high_ohm = load_window_ohm(channel, protocol.limits, bench)
    probe_na, probe_uv = probe(channel, wave, limits)
    return PlannedChannel(
        channel=channel,
        source=source,
        waveform=wave,
        limits=limits,
        load_low_ohm=low_ohm,
        load_high_ohm=high_ohm,
        probe_current_na=probe_na,
        probe_voltage_uv=probe_uv,
        finish_charge_pc=_finish_charge_pc(protocol),
        cells=_plan_cells(protocol, judged, profiles, draws),
        voltage=voltage,
        margins=(*judged.margins, used),
    )


def _finish_charge_pc(protocol: Protocol) -> int | None:
    stop = protocol.stop
    if not isinstance(stop, StopAtCharge):
        return None
    return floor_whole(stop.charge_ma_min, PC_PER_MA_MIN)


def _plan_cells(
    protocol: Protocol, judged: Judged, profiles: tuple[Profile, ...], draws: int
) -> tuple[PlannedCell, ...]:
    """Predict each cell; cells that differ in name only share one prediction."""
    known: dict[str, tuple[Prediction, ...]] = {}
    planned = []
    for cell, profile in zip(judged.channel.cell, profiles, strict=True):
        donor = None if cell.specimen_class == "load" else formulation(judged.channel, cell)
        likeness = cell.model_dump_json(exclude={"id", "donor_id", "lot"})
        if donor is not None and likeness not in known:
            asked = protocol.perfused_prediction
            course = dose_profile(judged.channel, cell)
            known[likeness] = predictions(cell, donor, course, perfused_asked=asked, draws=draws)
        planned.append(
            PlannedCell(
                cell=cell,
                density_ma_per_cm2=ma_from_na(judged.wave.max_current_na) / cell.area_cm2,
                charge_density_c_per_cm2=c_from_pc(judged.wave.charge_pc) / cell.area_cm2,
                profile=profile,
                formulation=donor,
                predictions=known.get(likeness, ()),
            )
        )
    return tuple(planned)

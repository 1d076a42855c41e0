"""Judge a session by its ground truth: what flowed, what was programmed, whether the output was on.

The controller's own record is read for one claim only: that what went wrong was told. Figures are
restated here, independently of the code that holds them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.campaign.setting import AREA_CM2, SOURCES

OFF_NA = 10_000
PROBE_NA = 25_000
DENSITY_NA_PER_CM2 = 250_000
SLEW_NA_PER_MS = 1_000
STOP_RAMP_MS = 1_000
PAUSE_MS = 3_500
CLOCK_MS = 1
PROGRAM_POINT_MS = 250
SLEW_WINDOW_MS = 250


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on one session; `latency_ms` from the fault until off for good."""

    latency_ms: int | None
    charge_pc: int
    peak_na: int
    misses: tuple[str, ...]


def judge(ran):
    """Hold a session against every claim; returns a `Judged`."""
    kind, source = ran.case.kind, SOURCES[ran.case.source]
    current_na = (
        np.frombuffer(ran.truth.current_a) * 1e9 if len(ran.truth.current_a) else np.zeros(1)
    )
    level_na = np.frombuffer(ran.truth.level_a) * 1e9 if len(ran.truth.level_a) else np.zeros(1)
    on = np.frombuffer(bytes(ran.truth.output), np.uint8) if ran.truth.output else np.zeros(1)
    size_na = np.abs(current_na)
    live = np.flatnonzero((size_na > OFF_NA) | (on > 0))
    last_ms = int(live[-1]) + 1 if live.size else 0
    latency_ms = None if ran.fault_ms is None else max(0, last_ms - ran.fault_ms)
    misses = [*_bounds(ran, source, size_na), *_shape(ran, current_na, level_na, on)]
    misses += _after_the_fault(ran, source, size_na, latency_ms)
    if kind is None and ran.outcome != "done":
        misses.append(f"false trip: {ran.text}")
    endless = kind is not None and kind.expect == "told"
    if not endless and size_na[-1] > OFF_NA:
        misses.append("current still flows at the end")
    charge_pc = round(float(np.sum(size_na)))
    return Judged(latency_ms, charge_pc, round(float(size_na.max())), tuple(misses))


def _bounds(ran, source, size_na):
    """Current, density and the time before arming."""
    kind = ran.case.kind
    foreign = kind is not None and kind.of_instrument
    spec_na = source.full_scale_na // 100
    bound_na = source.full_scale_na * 1.25 * 2.5 if foreign else ran.case.peak_na * 1.005 + spec_na
    if size_na.max() > bound_na:
        yield f"current bound: {size_na.max() / 1000:.0f} uA"
    if not foreign and size_na.max() / AREA_CM2 > DENSITY_NA_PER_CM2 * 1.005:
        yield "density bound"
    armed = ran.armed_ms if ran.armed_ms is not None else size_na.size
    before = size_na[:armed]
    if not foreign and before.size and before.max() > PROBE_NA + spec_na:
        yield f"{before.max() / 1000:.0f} uA before arming was recorded"


def _shape(ran, current_na, level_na, on):
    """Slew of what was programmed, and the sign of what flowed."""
    kind = ran.case.kind
    if kind is not None and (kind.of_instrument or kind.hazards in {"H09", "H61", "H25"}):
        return
    driven = np.abs(level_na) * (on > 0)
    rise = driven[SLEW_WINDOW_MS:] - driven[:-SLEW_WINDOW_MS]
    steps_ms = 2 * PROGRAM_POINT_MS if SOURCES[ran.case.source].program else 100
    armed = ran.armed_ms or 0
    allowed = SLEW_NA_PER_MS * (SLEW_WINDOW_MS + steps_ms) * 1.01
    if rise[armed:].size and rise[armed:].max() > allowed:
        yield f"slew: {rise[armed:].max() / 1000:.0f} uA in {SLEW_WINDOW_MS} ms"
    opposed = (np.abs(current_na) > OFF_NA) & (current_na * level_na < 0)
    if opposed.any():
        yield "current against the sign that was set"


def _after_the_fault(ran, source, size_na, latency_ms):
    """Off in time and for good; told."""
    kind = ran.case.kind
    if kind is None or latency_ms is None:
        if kind is not None and kind.expect != "tight":
            yield "the phase was never reached"
        return
    slow_ms = (source.worst_case_off_ms or 0) + PROGRAM_POINT_MS if source.program else 0
    bound_ms = kind.bound_ms + slow_ms + 2
    if kind.expect == "lease":
        bound_ms = max(bound_ms, (source.worst_case_off_ms or 0) + 2 * PROGRAM_POINT_MS)
    if kind.expect == "ramp":
        bound_ms += STOP_RAMP_MS + 150
    if kind.expect in {"off", "lease", "ramp"} and latency_ms > bound_ms:
        yield f"off after {latency_ms} ms, not {bound_ms} ms"
    if kind.expect == "end" and size_na[ran.fault_ms :].max() > PROBE_NA * 1.2 + OFF_NA:
        yield "current although the session had to be refused"
    if kind.expect == "tight":
        yield from _tight(ran, size_na)
    if kind.expect == "goes on" and ran.outcome != "done":
        yield f"ended needlessly: {ran.text}"
    if kind.expect == "told" and not _told_ms(ran) <= bound_ms:
        yield f"told after {_told_ms(ran)} ms, not {bound_ms} ms"
    if kind.expect == "off" and not kind.name.startswith("operator") and not ran.alarms:
        yield "no alarm was recorded"


def _told_ms(ran):
    """Return how long after the fault the first alarm came, ms."""
    after = [at_ms for at_ms, _ in ran.alarms if at_ms >= ran.fault_ms]
    return min(after) - ran.fault_ms if after else 1 << 30


def _tight(ran, size_na):
    """Hold one limit, restated here, against what flowed."""
    limit = ran.case.tight
    slack_na = SOURCES[ran.case.source].full_scale_na // 100
    if limit in {"current_na", "density_na_per_cm2", "common_current_na"}:
        if size_na.max() > 550_000 * 1.005 + slack_na:
            yield f"{size_na.max() / 1000:.0f} uA flowed"
    elif limit in {"charge_pc", "charge_density_pc_per_cm2"}:
        if size_na.sum() > 1_000_000_000 * 1.005:
            yield f"{size_na.sum() / 1e9:.3f} mC flowed"
    else:
        flowed = np.flatnonzero(size_na[ran.armed_ms :] > OFF_NA)
        span_ms = flowed.size if limit == "on_time_ms" else int(flowed[-1])
        bound_ms = (2_500 if limit == "on_time_ms" else 3_000) + STOP_RAMP_MS + 250
        if SOURCES[ran.case.source].program:
            bound_ms += SOURCES[ran.case.source].worst_case_off_ms
        if span_ms > bound_ms:
            yield f"current for {span_ms} ms, not {bound_ms} ms"

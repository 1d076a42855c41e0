"""Write a plan as a protocol file: whole nA on a grid of 10 ms, never above what was planned."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import tomli_w

from iontophoresis.goal.answer import PlannedDose
from iontophoresis.goal.case import STOP_RAMP_MS, slew_na_per_s, whole_ms
from iontophoresis.units import MS_PER_S, NA_PER_MA

VOLTAGE_LIMITED_START_MAX_S = 120.0
Table = dict[str, Any]


def protocol_text(answer: PlannedDose) -> str:
    """Return the protocol as TOML.

    Parameters
    ----------
    answer : PlannedDose
        From `plan_goal`.

    Returns
    -------
    str
        As `iontophoresis.protocol.load` reads it.
    """
    goal, refined = answer.goal, answer.refined
    verdict = (
        "" if answer.feasible else " The goal itself is out of reach; this is the most there is."
    )
    notes = (
        f"Planned from the goal {goal.origin} (SHA-256 {goal.sha256[:16]}).{verdict} "
        f"Nominal dose by {refined.plan.goal_s / 60.0:.4g} min: {answer.expected_ug_per_cm2:.3g} ug/cm2 "
        f"in the {goal.goal.layer.replace('_', ' ')}. {goal.notes}"
    )
    content = {
        "schema": 1,
        "title": goal.title,
        "notes": notes.strip(),
        "perfused_prediction": goal.goal.perfused,
        "voltage_limited_start_max_s": VOLTAGE_LIMITED_START_MAX_S,
        "stop_ramp_s": STOP_RAMP_MS / MS_PER_S,
        "channel": [_channel(answer)],
        "limits": _limits(answer),
        "stop": {"at": "profile_end"},
    }
    return tomli_w.dumps(content)


def corner_points(answer: PlannedDose) -> tuple[tuple[int, int], ...]:
    """Return the planned current: time in ms and current in nA, rounded down."""
    per_density = answer.choice.cell.area_cm2 * NA_PER_MA / 10.0
    times = [whole_ms(float(t)) for t in answer.refined.plan.knot_s]
    densities = answer.refined.plan.optimal.current_a_per_m2
    currents = [math.floor(float(i) * per_density + 1e-6) for i in densities]
    goal_ms = whole_ms(answer.refined.plan.goal_s)
    points = list(zip(times, currents, strict=True))
    return tuple(points if times[-1] >= goal_ms else [*points, (goal_ms, 0)])


def _segments(points: tuple[tuple[int, int], ...]) -> list[Table]:
    """Return ramps, holds and rests; like neighbors joined."""
    found: list[Table] = []
    for (start_ms, start_na), (end_ms, end_na) in pairwise(points):
        kind = "ramp" if end_na != start_na else "hold" if end_na else "rest"
        span_ms = end_ms - start_ms
        if kind != "ramp" and found and found[-1]["kind"] == kind:
            found[-1]["duration_s"] = round(found[-1]["duration_s"] + span_ms / MS_PER_S, 3)
            continue
        target = {"to_ma": end_na / NA_PER_MA} if kind == "ramp" else {}
        found.append({"kind": kind, **target, "duration_s": span_ms / MS_PER_S})
    return found


def _channel(answer: PlannedDose) -> Table:
    goal, choice = answer.goal, answer.choice
    return {
        "name": "A",
        "active_pole": answer.case.formulation.active_pole,
        "electrode": goal.electrode.model_dump(exclude_none=True),
        "return_electrode": goal.return_electrode.model_dump(exclude_none=True),
        "donor": choice.donor.model_dump(exclude_none=True),
        "cell": [choice.cell.model_dump(exclude_none=True)],
        "segment": _segments(corner_points(answer)),
    }


def _limits(answer: PlannedDose) -> Table:
    """Return the goal's limits as the protocol's; they hold for what runs, too."""
    limits, cell = answer.goal.limits, answer.choice.cell
    session_min = answer.refined.plan.goal_s / 60.0
    reason = limits.above_human_relevant_reason
    return {
        "current_ma": min(limits.current_ma, 20.0),
        "density_ma_per_cm2": limits.density_ma_per_cm2,
        "charge_ma_min": limits.charge_ma_min,
        "charge_density_c_per_cm2": limits.charge_density_c_per_cm2,
        "voltage_v": limits.voltage_v,
        "slew_up_ma_per_s": slew_na_per_s(answer.goal, cell) / NA_PER_MA,
        "current_on_time_min": limits.current_on_time_min,
        "session_time_min": math.ceil(session_min + 10.0),
        "load_window_kohm_cm2": limits.load_window_kohm_cm2.model_dump(),
        **({} if reason is None else {"above_human_relevant_reason": reason}),
    }

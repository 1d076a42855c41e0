"""A plan from a goal: where the knots lie, when current may flow, and the least time that suffices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.donor import Formulation
from models.draws import Draws
from models.errors import ModelInputError
from models.planning.dose_map import DoseMap
from models.planning.goal import CurrentLimits, DoseGoal
from models.planning.margins import limits_used
from models.planning.optimal import LIMIT_SLACK, OptimalCurrent, optimal_current
from models.planning.preparation import dose_maps
from models.profile import Profile
from models.skin import Skin

FloatArray = NDArray[np.float64]
INTERVALS = 60
PLACES = 3
"""Windows of current tried, from the earliest to the latest, where the goal's time leaves room."""
TIME_TOLERANCE = 2e-3
"""The least time is found to within this share of it."""
DRAWN_IN = 4
"""How often voltage and heat may be drawn in for what they do between the times planned at."""
GRID_S = 0.01
"""Knots lie on this grid, as profiles do that instruments play."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningCase:
    """Hold everything a plan depends on.

    Parameters
    ----------
    skin, formulation : Skin, Formulation
        As in `simulate`.
    goal, limits : DoseGoal, CurrentLimits
        What to reach, and inside which limits.
    draws : Draws, optional
        A sample whose share must reach the goal; without one the nominal skin must.
    intervals : int
        Of linear current between knots.
    """

    skin: Skin
    formulation: Formulation
    goal: DoseGoal
    limits: CurrentLimits
    draws: Draws | None = None
    intervals: int = INTERVALS

    def __post_init__(self) -> None:
        if self.intervals < 4:
            raise ModelInputError(f"intervals = {self.intervals}: a plan needs at least 4")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCurrent:
    """Hold a plan with its times.

    Parameters
    ----------
    optimal : OptimalCurrent
        The best current at the knots.
    maps : tuple of DoseMap
        What it was planned on: nominal, then the draws.
    goal_s : float
        When the dose is there: the goal's time, or the least that suffices.
    """

    optimal: OptimalCurrent
    maps: tuple[DoseMap, ...]
    goal_s: float

    @property
    def knot_s(self) -> FloatArray:
        """Return the times of the knots, (n_knot,) in s."""
        return self.maps[0].schedule.knot_s


def plan_current(
    case: PlanningCase, progress: Callable[[str], None] = lambda _: None
) -> PlannedCurrent:
    """Return the best current for a case.

    Parameters
    ----------
    case : PlanningCase
    progress : callable, optional
        Told in words what is being worked on.

    Raises
    ------
    ModelInputError
        If an input is out of bounds.
    """
    if case.goal.objective == "least time":
        return _least_time(case, progress)
    progress("preparing the model")
    found = []
    for start in _starts(case):
        maps = _maps(case, start)
        progress(f"planning from {start / 60.0:g} min" if start else "planning")
        found.append((_plan_on(case, maps), maps))
    best, maps = min(found, key=lambda one: _rank(case, one[0]))
    return PlannedCurrent(optimal=best, maps=maps, goal_s=case.goal.by_s)


def _plan_on(case: PlanningCase, maps: tuple[DoseMap, ...]) -> OptimalCurrent:
    """Return the best current; for draws, from where the nominal plan ends.

    Voltage and heat are planned at a few times between knots; where they peak between those, the
    limits of the plan are drawn in by as much, and it is made again.
    """
    limits, start = case.limits, None
    if len(maps) > 1:
        start = optimal_current(maps[:1], case.goal, limits).current_a_per_m2
    for _ in range(DRAWN_IN):
        found = optimal_current(maps, case.goal, limits, start=start)
        profile = Profile(
            time_s=maps[0].schedule.knot_s.tolist(),
            current_density_a_per_m2=found.current_a_per_m2.tolist(),
        )
        used = limits_used(case.skin, case.limits, profile)
        over = max(used.get("voltage", 0.0), used.get("heat", 0.0))
        if over <= 1.0 + LIMIT_SLACK:
            break
        share = (1.0 - 1e-6) / over
        limits = replace(
            limits,
            voltage_v=None if limits.voltage_v is None else limits.voltage_v * share,
            power_w_per_m2=None if limits.power_w_per_m2 is None else limits.power_w_per_m2 * share,
        )
    return found


def _starts(case: PlanningCase) -> list[float]:
    """Return when current may begin: once, or at several places where there is room."""
    most = case.limits.on_time_s
    if most is None or most >= case.goal.by_s:
        return [0.0]
    return [float(x) for x in np.linspace(0.0, case.goal.by_s - most, PLACES)]


def _maps(case: PlanningCase, start_s: float) -> tuple[DoseMap, ...]:
    length = min(case.limits.on_time_s or case.goal.by_s, case.goal.by_s - start_s)
    knots = start_s + np.linspace(0.0, length, case.intervals + 1)
    knots = np.floor(np.where(knots > 0.0, knots / GRID_S + 1e-6, 0.0)) * GRID_S
    knots = np.round(knots if start_s == 0.0 else np.insert(knots, 0, 0.0), 2)
    return maps_on(case, knots, _typical(case.limits, length))


def maps_on(case: PlanningCase, knot_s: FloatArray, typical_a_per_m2: float) -> tuple[DoseMap, ...]:
    """Return the nominal dose map of a case and those of its draws; see `dose_maps`."""
    return dose_maps(
        case.skin,
        case.formulation,
        knot_s,
        goal_s=case.goal.by_s,
        typical_a_per_m2=typical_a_per_m2,
        draws=case.draws,
    )


def _typical(limits: CurrentLimits, length_s: float) -> float:
    """Return the density the steps are made for: what charge and density allow."""
    return min(limits.density_a_per_m2, 1.5 * limits.charge_c_per_m2 / length_s)


def _rank(case: PlanningCase, found: OptimalCurrent) -> tuple[bool, float]:
    if not found.feasible or case.goal.objective == "most amount":
        return not found.feasible, -found.dose_mol_per_m2
    peak = float(found.current_a_per_m2.max())
    return False, peak if case.goal.objective == "least peak" else found.charge_c_per_m2


def _least_time(case: PlanningCase, progress: Callable[[str], None]) -> PlannedCurrent:
    """Halve the time between too little and enough; the most amount by then says which."""

    def by(time_s: float) -> PlannedCurrent:
        progress(f"what can be there by {time_s / 60.0:.3g} min")
        goal = replace(case.goal, objective="most amount", by_s=round(time_s / GRID_S) * GRID_S)
        return plan_current(replace(case, goal=goal))

    best, short = by(case.goal.by_s), 0.0
    while best.optimal.feasible and best.goal_s - short > max(TIME_TOLERANCE * best.goal_s, 0.1):
        middle = by(0.5 * (short + best.goal_s))
        if middle.optimal.feasible:
            best = middle
        else:
            short = middle.goal_s
    return best

"""Choose what of the donor is free: one value after another, over its range, twice around.

Each trial is a whole nominal plan, so limits that follow from the donor (its chloride, its buffer)
count. Goals out of reach are compared by how much is reachable.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from iontophoresis.goal import Goal, Range
from iontophoresis.goal.case import chosen, planning_case
from models import ModelInputError
from models.planning.horizon import plan_current

POINTS = 5
SWEEPS = 2
NARROWER = 0.4
"""Share of a range that the second sweep looks at."""

WORDS = {
    "concentration_mm": ("concentration", "mM"),
    "ph": ("pH", ""),
    "background_salt_mm": ("background salt", "mM"),
    "area_cm2": ("area", "cm2"),
}
"""What each key of `Free` is called, and its unit."""

Score = tuple[bool, float]


def choose(goal: Goal, progress: Callable[[str], None]) -> dict[str, float]:
    """Return the best values of what is free, by key of `Free`.

    Parameters
    ----------
    goal : Goal
    progress : callable
        Told in words what is being worked on.

    Raises
    ------
    models.ModelInputError
        When no combination tried can be planned; the last reason.
    """
    ranges = {key: one for key, one in goal.free if one is not None}
    best = {key: 0.5 * (one.low + one.high) for key, one in ranges.items()}
    if not ranges:
        return best
    score = _score(goal, best)
    for sweep in range(SWEEPS):
        for key, span in ranges.items():
            progress(f"choosing {WORDS[key][0]}")
            for value in _points(span, best[key], NARROWER**sweep):
                trial = best | {key: value}
                found = _score(goal, trial)
                if found < score:
                    best, score = trial, found
    if score == _NONE:
        planning_case(goal, chosen(goal, best), robust=False)
    return best


_NONE: Score = (True, float("inf"))


def _points(span: Range, about: float, share: float) -> list[float]:
    """Return values to try: over the range, or over a share of it about the best so far."""
    reach = 0.5 * share * (span.high - span.low)
    middle = min(max(about, span.low + reach), span.high - reach)
    points = np.linspace(middle - reach, middle + reach, POINTS)
    return [float(f"{value:.4g}") for value in points if span.low <= value <= span.high]


def _score(goal: Goal, values: dict[str, float]) -> Score:
    """Return how good a combination is: feasible first, then the objective, least first."""
    try:
        case = planning_case(goal, chosen(goal, values), robust=False)
        plan = plan_current(case)
    except ModelInputError:
        return _NONE
    found = plan.optimal
    if not found.feasible or goal.goal.objective == "most_amount":
        return not found.feasible, -found.dose_mol_per_m2
    if goal.goal.objective == "least_time":
        return False, plan.goal_s
    peak = float(found.current_a_per_m2.max())
    return False, peak if goal.goal.objective == "least_peak" else found.charge_c_per_m2

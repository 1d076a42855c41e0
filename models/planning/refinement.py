"""Plan, ask the reference, and plan again for what the reference says is still missing or too much.

The gap between fast model and reference changes little from one plan to the next, so a goal scaled by
it converges within a few rounds. Where a share of draws must reach the goal, the goal is only ever
raised: the reference is run for the nominal skin alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from models.planning.horizon import PlannedCurrent, PlanningCase, plan_current
from models.planning.verification import Verification, verify

ROUNDS = 4
CLOSE_ENOUGH = 5e-3
"""A reference dose this near to the goal, relative, needs no further round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefinedPlan:
    """Hold a plan the reference has been asked about.

    Parameters
    ----------
    plan : PlannedCurrent
    verification : Verification
        Of this plan.
    asked_of_fast_model : float
        What the fast model was asked for, as a multiple of the goal.
    rounds : int
        How often the reference ran.
    """

    plan: PlannedCurrent
    verification: Verification
    asked_of_fast_model: float
    rounds: int

    @property
    def feasible(self) -> bool:
        """Return whether the goal is reached inside the limits."""
        return self.plan.optimal.feasible


def refined_plan(
    case: PlanningCase,
    progress: Callable[[str], None] = lambda _: None,
    *,
    most_rounds: int = ROUNDS,
) -> RefinedPlan:
    """Return the plan whose dose is right by the reference.

    Parameters
    ----------
    case : PlanningCase
        What to plan.
    progress : callable, optional
        Told in words what is being worked on.
    most_rounds : int
        How often the reference may be asked; once only judges.

    Raises
    ------
    ModelInputError
        If an input is out of bounds.
    """
    factor, seen_at = 1.0, []
    for rounds in range(1, most_rounds + 1):
        asked = factor * case.goal.at_least_mol_per_m2
        scaled = replace(case, goal=replace(case.goal, at_least_mol_per_m2=asked))
        plan = plan_current(scaled, progress)
        progress(f"asking the reference, round {rounds}")
        seen = verify(case, plan)
        found = RefinedPlan(plan=plan, verification=seen, asked_of_fast_model=factor, rounds=rounds)
        if seen.reference_mol_per_m2 is None or case.goal.objective == "most amount":
            return found
        goal = case.goal.at_least_mol_per_m2
        # A plan that fell short has not given what it was asked for.
        given = factor if plan.optimal.feasible else plan.optimal.dose_mol_per_m2 / goal
        seen_at.append((given, seen.reference_mol_per_m2 / goal))
        wanted = _next(seen_at)
        if case.draws is not None:
            wanted = max(wanted, factor)
        if abs(wanted / factor - 1.0) < CLOSE_ENOUGH or _hopeless(plan, wanted, case):
            return found
        factor = wanted
    return found


def _next(seen_at: list[tuple[float, float]]) -> float:
    """Return what to ask for next, by the secant of the reference's dose in logarithms."""
    factor, reached = seen_at[-1]
    slope = 1.0
    if len(seen_at) > 1:
        before, had = seen_at[-2]
        if factor != before:
            slope = math.log(reached / had) / math.log(factor / before)
    return factor * math.exp(-math.log(reached) / min(max(slope, 0.3), 3.0))


def _hopeless(plan: PlannedCurrent, wanted: float, case: PlanningCase) -> bool:
    """Return whether the most there is falls short of the scaled goal too."""
    most = plan.optimal.dose_mol_per_m2
    return not plan.optimal.feasible and most < wanted * case.goal.at_least_mol_per_m2

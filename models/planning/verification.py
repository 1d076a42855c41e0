"""A plan looked at again: by the model on its full grid, by the reference, and limit by limit.

The planner works with the fast model on the grid of ensembles. Here its current is run by the fast
model on the full grid and by the electroneutral model of all ions, and every limit is judged anew
from the current alone, between the knots too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.engine import fastest_engine
from models.errors import ModelInputError
from models.planning.horizon import PlannedCurrent, PlanningCase
from models.planning.margins import limits_used
from models.profile import Profile
from models.reference import simulate_reference
from models.simulation import simulate


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Hold a plan's dose by every model, and how far it uses its limits.

    Parameters
    ----------
    linear_mol_per_m2, fast_mol_per_m2, full_mol_per_m2 : float
        Nominal dose by the linear program's last pass, by the fast model on the planner's grid, and
        on the full grid.
    reference_mol_per_m2 : float or None
        By the reference; None where it cannot run.
    why_not : str
        Why the reference could not run.
    used : dict
        Limit to the largest share of it that the current uses.
    """

    linear_mol_per_m2: float
    fast_mol_per_m2: float
    full_mol_per_m2: float
    reference_mol_per_m2: float | None
    why_not: str
    used: dict[str, float]

    @property
    def gap(self) -> float | None:
        """Return how much more the reference gives than the plan's model, relative."""
        if self.reference_mol_per_m2 is None:
            return None
        return self.reference_mol_per_m2 / self.fast_mol_per_m2 - 1.0


def planned_profile(case: PlanningCase, plan: PlannedCurrent) -> Profile:
    """Return the plan's signed current density."""
    currents = case.formulation.sign * plan.optimal.current_a_per_m2
    return Profile(time_s=plan.knot_s.tolist(), current_density_a_per_m2=currents.tolist())


def verify(case: PlanningCase, plan: PlannedCurrent) -> Verification:
    """Return a plan's doses by every model, and its limits judged anew.

    Parameters
    ----------
    case : PlanningCase
        What was planned.
    plan : PlannedCurrent
        From `plan_current`.
    """
    profile, at_s = planned_profile(case, plan), [plan.goal_s]
    goal, why = case.goal, ""
    full = simulate(case.skin, case.formulation, profile, at_s=at_s, engine=fastest_engine())
    last = {name: float(x[-1]) for name, x in full.amount_mol_per_m2.items()}
    reference = None
    try:
        # A step that its error estimate refuses may overflow first.
        with np.errstate(over="ignore", invalid="ignore"):
            deep = simulate_reference(case.skin, case.formulation, profile, at_s=at_s)
        reference = goal.dose({name: float(x[-1]) for name, x in deep.amount_mol_per_m2.items()})
    except ModelInputError as error:
        why = str(error)
    return Verification(
        linear_mol_per_m2=plan.optimal.linear_dose_mol_per_m2,
        fast_mol_per_m2=goal.dose(plan.optimal.outcome.amount_mol_per_m2),
        full_mol_per_m2=goal.dose(last),
        reference_mol_per_m2=reference,
        why_not=why,
        used=limits_used(case.skin, case.limits, profile),
    )

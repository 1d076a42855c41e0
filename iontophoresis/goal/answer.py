"""Plan a goal: choose what is free, plan, ask the reference, and predict with a band.

answer = plan_goal(goal.load("mesoglow"))
answer.feasible, answer.sentences()
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from iontophoresis.goal import Goal
from iontophoresis.goal.case import Choice, chosen, planning_case
from iontophoresis.goal.choosing import choose
from iontophoresis.units import M2_PER_CM2, ug_per_cm2_from_mol_per_m2
from models import Band, simulate_ensemble
from models.draws import Draws
from models.engine import fastest_engine
from models.planning.horizon import PlanningCase
from models.planning.refinement import ROUNDS, RefinedPlan, refined_plan
from models.planning.verification import planned_profile

BAND_DRAWS = 200
BAND_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDose:
    """Hold what the planner answers.

    Attributes
    ----------
    goal : Goal
        What was wanted.
    values : dict
        What was chosen of what is free, by key of `Free`.
    choice : Choice
        Donor and cell planned with.
    case : PlanningCase
        The same in the model's terms.
    refined : RefinedPlan
        The current, and what every model says of it.
    band : Band
        The prediction with its spread, at the start and at the goal's time.
    """

    goal: Goal
    values: dict[str, float]
    choice: Choice
    case: PlanningCase
    refined: RefinedPlan
    band: Band

    @property
    def feasible(self) -> bool:
        """Whether the goal is reached inside every limit."""
        return self.refined.feasible

    @property
    def drawn_case(self) -> PlanningCase:
        """The case with draws, whether or not the plan was made for them."""
        sample = Draws.sample(
            self.case.skin, self.case.formulation, draws=BAND_DRAWS, seed=BAND_SEED
        )
        goal = replace(self.case.goal, by_s=self.refined.plan.goal_s)
        return replace(self.case, goal=goal, draws=self.case.draws or sample)

    @property
    def wanted_ug_per_cm2(self) -> float:
        """What the goal asks for."""
        return self.ug_per_cm2(self.case.goal.at_least_mol_per_m2)

    @property
    def expected_ug_per_cm2(self) -> float:
        """The nominal dose, by the reference where it ran."""
        seen = self.refined.verification
        nominal = seen.reference_mol_per_m2
        return self.ug_per_cm2(seen.full_mol_per_m2 if nominal is None else nominal)

    @property
    def band_ug_per_cm2(self) -> tuple[float, float, float]:
        """The 5, 50 and 95 % quantiles of the dose over the draws of the fast model."""
        drawn = self.band.amount_mol_per_m2[self.goal.goal.layer][:, -1]
        low, middle, high = np.quantile(drawn, (0.05, 0.5, 0.95))
        return self.ug_per_cm2(low), self.ug_per_cm2(middle), self.ug_per_cm2(high)

    @property
    def share_of_draws(self) -> float:
        """The share of the draws in which the dose reaches the goal."""
        drawn = self.band.amount_mol_per_m2[self.goal.goal.layer][:, -1]
        return float(np.mean(drawn >= self.case.goal.at_least_mol_per_m2 * (1.0 - 1e-3)))

    @property
    def charge_ma_min(self) -> float:
        """The charge of the plan."""
        return self.charge_c_per_cm2 * self.choice.cell.area_cm2 / 0.06

    @property
    def charge_c_per_cm2(self) -> float:
        """The charge density of the plan."""
        return self.refined.plan.optimal.charge_c_per_m2 * M2_PER_CM2

    def ug_per_cm2(self, amount_mol_per_m2: float) -> float:
        """Convert an amount of the compound."""
        mass = self.case.formulation.active.molar_mass_g_per_mol
        return float(ug_per_cm2_from_mol_per_m2(amount_mol_per_m2, mass))


def plan_goal(
    goal: Goal, progress: Callable[[str], None] = lambda _: None, *, most_rounds: int = ROUNDS
) -> PlannedDose:
    """Plan a goal.

    Parameters
    ----------
    goal : Goal
        From `iontophoresis.goal.load`.
    progress : callable, optional
        Told in words what is being worked on.
    most_rounds : int
        How often the reference model may be asked to correct the plan; once only judges it.

    Returns
    -------
    PlannedDose
        The best there is inside the limits, whether or not it reaches the goal.

    Raises
    ------
    models.ModelInputError
        When the model does not know compound, ions or tissue.
    """
    values = choose(goal, progress)
    choice = chosen(goal, values)
    case = planning_case(goal, choice, robust=True)
    refined = refined_plan(case, progress, most_rounds=most_rounds)
    progress("predicting the band")
    profile = planned_profile(case, refined.plan)
    band = simulate_ensemble(
        case.skin,
        case.formulation,
        profile,
        draws=BAND_DRAWS,
        seed=BAND_SEED,
        at_s=np.linspace(0.0, refined.plan.goal_s, 13),
        area_m2=choice.cell.area_cm2 * M2_PER_CM2,
        engine=fastest_engine(),
    )
    return PlannedDose(
        goal=goal, values=values, choice=choice, case=case, refined=refined, band=band
    )

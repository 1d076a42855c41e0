"""The current profile that reaches a dose at least cost, inside limits, or the most that is reachable.

Dose is nearly linear in current: the drug's share of the current changes slowly, and below the
stratum corneum transport is linear. So each pass linearises the full model about the last profile,
with its exact gradient (`dose_map`), solves a linear program with HiGHS, and runs the model again,
until the plan stands still; where a step does not do what was promised, the next may go less far. A
goal out of reach is answered with the most that is reachable under the same limits.

For several draws, those that come closest are asked to reach the goal, as many as the share says.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelInputError
from models.planning.dose_map import DoseMap, Outcome
from models.planning.goal import CurrentLimits, DoseGoal
from models.planning.linear_program import NoSolutionError
from models.planning.program import Program, Run

FloatArray = NDArray[np.float64]
MOST_PASSES = 25
CLOSE = 1e-6
"""A plan stands when another pass changes goal and objective by less than this, relative."""
LIMIT_SLACK = 1e-9
ROWS = 60
"""Draws beyond this many, the furthest past the goal, need no row of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimalCurrent:
    """Hold a plan.

    Parameters
    ----------
    current_a_per_m2 : (n_knot,) array
        Magnitudes at the knots.
    feasible : bool
        Whether the goal is reached inside the limits; if not, the plan is the one that comes
        closest.
    dose_mol_per_m2, linear_dose_mol_per_m2 : float
        By the model, and by the linear program of the last pass; of several draws, what the share
        asked for reaches.
    charge_c_per_m2 : float
        Charge density.
    elasticity : mapping
        Limit to the relative change of dose per relative change of that limit; only limits that
        bind.
    outcome : Outcome
        The last nominal run.
    share : float
        Share of the draws that reach the goal and keep below what is to be kept below.
    passes : int
        How often the model was linearised.
    """

    current_a_per_m2: FloatArray
    feasible: bool
    dose_mol_per_m2: float
    linear_dose_mol_per_m2: float
    charge_c_per_m2: float
    elasticity: Mapping[str, float]
    outcome: Outcome
    share: float
    passes: int

    @property
    def binding(self) -> tuple[str, ...]:
        """Return the limits that bind, the most telling first."""
        return tuple(sorted(self.elasticity, key=lambda name: -self.elasticity[name]))


def optimal_current(
    maps: Sequence[DoseMap],
    goal: DoseGoal,
    limits: CurrentLimits,
    *,
    window_s: tuple[float, float] | None = None,
    start: FloatArray | None = None,
) -> OptimalCurrent:
    """Return the best current at the knots of dose maps.

    Parameters
    ----------
    maps : sequence of DoseMap
        The nominal draw, which alone voltage and heat are judged on, then the draws that are to
        reach the goal; the nominal one itself where there are no others.
    goal, limits : DoseGoal, CurrentLimits
        What to reach, and inside which limits. "least time" is another function's.
    window_s : two of float, optional
        When current may flow.
    start : (n_knot,) array, optional
        Where to begin; by default a current the limits allow.

    Raises
    ------
    ModelInputError
        If no current at all keeps the compartments below what they shall stay below.
    """
    search = _Search(maps, limits, window_s or (0.0, float(maps[0].schedule.knot_s[-1])))
    if goal.objective != "most amount":
        try:
            found = search.settle(goal, start)
        except NoSolutionError:
            found = (
                None  # Out of reach, or only seen from where it began: the most reachable tells.
            )
        if found is not None and found.feasible:
            return found
    try:
        most = search.settle(replace(goal, objective="most amount"), start)
    except NoSolutionError as error:
        raise ModelInputError(
            "keep_below: even without current a compartment holds more than it shall"
        ) from error
    if goal.objective == "most amount" or not most.feasible:
        return most
    again = search.settle(goal, most.current_a_per_m2)
    return again if again.feasible else most


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """A current as the model runs it: what the goal's draws reach, and whether limits hold."""

    current: FloatArray
    runs: list[Run]
    picked: list[Run]
    dose: float
    inside: bool
    value: float

    def good(self, goal: DoseGoal) -> bool:
        """Return whether limits hold and the goal is reached, where reaching it is asked."""
        return self.inside and (goal.objective == "most amount" or self.dose >= _nearly(goal))

    def less_than(self, other: _Trial, goal: DoseGoal) -> bool:
        """Return whether this gives less where the most is wanted."""
        return goal.objective == "most amount" and self.dose < other.dose * (1.0 - CLOSE)


class _Search:
    """Sequential linear programs on one set of draws."""

    def __init__(
        self, maps: Sequence[DoseMap], limits: CurrentLimits, window_s: tuple[float, float]
    ) -> None:
        self._nominal, self._draws = maps[0], list(maps[1:])
        self._limits, self._window_s = limits, window_s

    def settle(self, goal: DoseGoal, start: FloatArray | None) -> OptimalCurrent:
        """Return where the passes end."""
        program = Program(self._nominal, goal, self._limits, self._window_s)
        wide = radius = 2.0 * self._limits.density_a_per_m2
        trial = self._try(goal, program, program.start() if start is None else start)
        best, passes, step = None, 0, None
        while passes < MOST_PASSES and radius > 1e-7 * wide:
            if best is not None and trial.inside and trial.less_than(best, goal):
                radius = 0.25 * min(radius, float(np.abs(trial.current - best.current).max()))
                trial = best
            best = trial if trial.good(goal) else best
            passes += 1
            try:
                step = program.solve(trial.picked, trial.runs[0][1], trial.current, radius)
            except NoSolutionError:
                if best is None:
                    raise
                # Seen from here the goal is out of reach; from the last good plan it is not.
                trial, radius = best, 0.25 * radius
                continue
            before, trial = trial, self._try(goal, program, step.current_a_per_m2)
            promised = abs(trial.dose - step.dose_mol_per_m2) < CLOSE * abs(step.dose_mol_per_m2)
            still = abs(trial.value - before.value) < 10.0 * CLOSE * abs(trial.value)
            if trial.inside and promised and still:
                break
        if best is not None and not trial.good(goal):
            trial = best
        if step is None:
            raise NoSolutionError("linear program: infeasible")
        return OptimalCurrent(
            current_a_per_m2=trial.current,
            feasible=trial.inside and trial.dose >= _nearly(goal),
            dose_mol_per_m2=trial.dose,
            linear_dose_mol_per_m2=step.dose_mol_per_m2,
            charge_c_per_m2=float(program.charge_s @ trial.current),
            elasticity=step.elasticity,
            outcome=trial.runs[0][1],
            share=_share(goal, trial.runs[1:] or trial.runs),
            passes=passes,
        )

    def _try(self, goal: DoseGoal, program: Program, current: FloatArray) -> _Trial:
        """Run the model with a current and judge it."""
        runs = [(one, one.run(current)) for one in (self._nominal, *self._draws)]
        picked, dose, kept = _pick(goal, runs[1:] or runs)
        value = float(program.charge_s @ current)
        if goal.objective != "least charge":
            value = dose if goal.objective == "most amount" else float(current.max())
        inside = kept <= 1.0 + CLOSE and self._over(runs[0][1]) <= LIMIT_SLACK
        return _Trial(
            current=current, runs=runs, picked=picked, dose=dose, inside=inside, value=value
        )

    def _over(self, run: Outcome) -> float:
        """Return by how much voltage or heat exceeds its limit at the probes, relative."""
        limits = self._limits
        if limits.voltage_v is None and limits.power_w_per_m2 is None:
            return 0.0
        current = self._nominal.schedule.probe_share @ run.current_a_per_m2
        voltage = current * (self._nominal.resistance(run) + limits.series_ohm_m2)
        over = 0.0
        if limits.voltage_v is not None:
            over = max(over, float(voltage.max()) / limits.voltage_v - 1.0)
        if limits.power_w_per_m2 is not None:
            over = max(over, float((voltage * current).max()) / limits.power_w_per_m2 - 1.0)
        return over


def _pick(goal: DoseGoal, judged: list[Run]) -> tuple[list[Run], float, float]:
    """Return the draws that need a row, the dose the share reaches, and what is kept below."""
    doses = np.array([goal.dose(outcome.amount_mol_per_m2) for _, outcome in judged])
    kept = np.array([goal.kept(outcome.amount_mol_per_m2) for _, outcome in judged])
    count = max(math.ceil(goal.share * len(judged) - 1e-9), 1)
    margin = np.minimum(doses / goal.at_least_mol_per_m2, 2.0 - kept) if kept.any() else doses
    asked = np.argsort(-margin, kind="stable")[:count]
    picked = [judged[k] for k in asked[-ROWS:]]
    return picked, float(doses[asked].min()), float(kept[asked].max())


def _share(goal: DoseGoal, judged: list[Run]) -> float:
    amounts = [outcome.amount_mol_per_m2 for _, outcome in judged]
    there = [goal.dose(one) >= _nearly(goal) and goal.kept(one) <= 1.0 + CLOSE for one in amounts]
    return sum(there) / len(there)


def _nearly(goal: DoseGoal) -> float:
    return goal.at_least_mol_per_m2 * (1.0 - 2.0 * CLOSE)

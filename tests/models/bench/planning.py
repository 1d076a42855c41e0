"""The planner beside scipy's SLSQP on the same model, for `bench_models.py`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

import models
from models.draws import Draws
from models.planning.dose_map import DoseMap
from models.planning.goal import CurrentLimits, DoseGoal
from models.planning.horizon import PlanningCase, plan_current
from models.planning.optimal import OptimalCurrent, optimal_current
from models.planning.preparation import dose_maps
from models.planning.verification import verify

FloatArray = NDArray[np.float64]
INTERVALS = 60
PEER_ITERATIONS = 200
DRAWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Ascorbate into perfused dermis within 25 min, with the least charge."""

    maps: tuple[DoseMap, ...]
    goal: DoseGoal
    limits: CurrentLimits

    def plan(self) -> OptimalCurrent:
        return optimal_current(self.maps, self.goal, self.limits)

    def gradient_in_runs(self) -> float:
        """Return the cost of a gradient in forward runs, the least of many each."""
        one = self.maps[0]
        current = self.plan().current_a_per_m2
        outcome = one.run(current)
        forward = _least(lambda: one.run(current))
        return _least(lambda: one.gradient(outcome, self.goal.weight)) / forward

    def peer(self) -> tuple[float, float, float]:
        """Plan with SLSQP and finite differences: seconds, charge, and dose per goal."""
        one, limits = self.maps[0], self.limits
        weights, knots = one.schedule.whole_charge_s, one.schedule.knot_s
        inner = slice(1, -1)

        def full(x: FloatArray) -> FloatArray:
            return np.concatenate(([0.0], x, [0.0]))

        def dose(x: FloatArray) -> float:
            return self.goal.dose(one.run(full(x)).amount_mol_per_m2)

        goal, reach = self.goal.at_least_mol_per_m2, limits.slew_a_per_m2_s * np.diff(knots)
        change = np.diff(np.eye(knots.size), axis=0)[:, inner]
        held = [
            {"type": "ineq", "fun": lambda x: dose(x) / goal - 1.0},
            {"type": "ineq", "fun": lambda x: 1.0 - weights[inner] @ x / limits.charge_c_per_m2},
            {"type": "ineq", "fun": lambda x: (reach - change @ x) / reach},
            {"type": "ineq", "fun": lambda x: (reach + change @ x) / reach},
        ]
        start = time.perf_counter()
        found = minimize(
            lambda x: weights[inner] @ x / limits.charge_c_per_m2,
            np.full(knots.size - 2, 2.0),
            method="SLSQP",
            bounds=[(0.0, limits.density_a_per_m2)] * (knots.size - 2),
            constraints=held,
            options={"maxiter": PEER_ITERATIONS, "ftol": 1e-8},
        )
        spent = time.perf_counter() - start
        return spent, float(weights[inner] @ found.x), dose(found.x) / goal


def nominal() -> Problem:
    """Return the nominal problem, its model prepared."""
    case = _case(None, 4e-4)
    knots = np.linspace(0.0, 1200.0, INTERVALS + 1)
    maps = dose_maps(case.skin, case.formulation, knots, goal_s=1500.0, typical_a_per_m2=3.0)
    return Problem(maps=maps, goal=case.goal, limits=case.limits)


def excess(problem: Problem, current: FloatArray) -> float:
    """Return by how much a current exceeds any limit of the problem, relative."""
    limits, schedule = problem.limits, problem.maps[0].schedule
    slew = np.abs(np.diff(current) / np.diff(schedule.knot_s)).max() / limits.slew_a_per_m2_s
    charge = schedule.whole_charge_s @ current / limits.charge_c_per_m2
    return float(max(current.max() / limits.density_a_per_m2, slew, charge) - 1.0)


def robust() -> tuple[float, float, float, float, float]:
    """Plan for 200 draws and verify: seconds for either, of processor, share reached, limit used."""
    skin, donor = _case(None, 1.0).skin, _case(None, 1.0).formulation
    draws = Draws.sample(skin, donor, draws=DRAWS, seed=1)
    case = _case(draws, 1e-5)
    start, busy = time.perf_counter(), time.process_time()
    plan = plan_current(case)
    planned = time.perf_counter()
    seen = verify(case, plan)
    verified = time.perf_counter()
    busy = time.process_time() - busy
    used = max(seen.used.values())
    return planned - start, verified - planned, busy, plan.optimal.share, used


def _case(draws: Draws | None, at_least: float) -> PlanningCase:
    donor = models.Formulation(
        compound="ascorbate",
        concentration_mol_per_m3=100.0,
        ph=7.0,
        salts_mol_per_m3={"sodium": 100.0},
        volume_m3_per_m2=2e-3,
    )
    return PlanningCase(
        skin=models.Skin.load(site="human_forearm", preparation="full_thickness", perfused=True),
        formulation=donor,
        goal=DoseGoal(weight={"dermis": 1.0}, at_least_mol_per_m2=at_least, by_s=1500.0),
        limits=CurrentLimits(
            density_a_per_m2=5.0, charge_c_per_m2=4000.0, slew_a_per_m2_s=5.0 / 30.0
        ),
        draws=draws,
        intervals=INTERVALS,
    )


def _least(call: Callable[[], object], repeats: int = 40) -> float:
    spent = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        spent.append(time.perf_counter() - start)
    return min(spent)

"""The linear program of one pass: limits of the current, and the model about the last profile.

Variables are the currents at the knots and one more: the peak where that is made least, the dose
where that is made most. Limits linear in the current hold exactly; voltage and heat are linearised
with the exact slope of the falling resistance at every probe that comes near its bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.planning.dose_map import DoseMap, Outcome
from models.planning.goal import CurrentLimits, DoseGoal
from models.planning.linear_program import Answer, Rows, Solver

FloatArray = NDArray[np.float64]
Run = tuple[DoseMap, Outcome]
NEAR = 0.6
"""Probes that reach this share of a voltage or heat limit get a row."""
INSIDE = 1e-7
"""How far inside voltage and heat the program stays, relative: what linearising leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Hold what a pass proposes.

    Parameters
    ----------
    current_a_per_m2 : (n_knot,) array
    dose_mol_per_m2 : float
        The least over the draws, by the linear program.
    elasticity : mapping
        Limit to the relative change of the dose per relative change of the limit, at equal
        objective; only limits that bind.
    """

    current_a_per_m2: FloatArray
    dose_mol_per_m2: float
    elasticity: dict[str, float]


class Program:
    """Hold what does not change from pass to pass."""

    def __init__(
        self,
        electrical: DoseMap,
        goal: DoseGoal,
        limits: CurrentLimits,
        window_s: tuple[float, float],
    ) -> None:
        self._map, self._goal, self._limits = electrical, goal, limits
        self._solver = Solver()
        schedule = electrical.schedule
        knots, self.charge_s = schedule.knot_s, schedule.whole_charge_s
        n, steps = knots.size, np.diff(knots)
        self._open = (knots > window_s[0]) & (knots < window_s[1])
        change = np.zeros((n - 1, n + 1))
        rows = np.arange(n - 1)
        change[rows, rows], change[rows, rows + 1] = -1.0, 1.0
        reach = limits.slew_a_per_m2_s * steps
        fixed = [
            self._row(limits.charge_from, self.charge_s, high=limits.charge_c_per_m2),
            Rows(name="slew", matrix=change, low=-reach, high=reach),
        ]
        if goal.objective == "least peak":
            under = np.eye(n, n + 1)
            under[:, n] = -1.0
            low = np.full(n, -np.inf)
            fixed.append(Rows(name="peak", matrix=under, low=low, high=np.zeros(n)))
        self._fixed = tuple(fixed)

    def start(self) -> FloatArray:
        """Return a current inside density, charge and slew: half of what each allows."""
        knots, limits = self._map.schedule.knot_s, self._limits
        inside = np.flatnonzero(self._open)
        first, last = knots[max(inside[0] - 1, 0)], knots[min(inside[-1] + 1, knots.size - 1)]
        ramp = limits.slew_a_per_m2_s * np.minimum(knots - first, last - knots)
        shape = np.clip(ramp, 0.0, limits.density_a_per_m2)
        share = min(1.0, limits.charge_c_per_m2 / float(self.charge_s @ shape))
        current: FloatArray = 0.5 * share * shape
        return current

    def solve(
        self, runs: Sequence[Run], electrical: Outcome, about: FloatArray, radius: float
    ) -> Step:
        """Return the best currents of the model linearised about a profile.

        Parameters
        ----------
        runs : sequence of (DoseMap, Outcome)
            Draws that must reach the goal, run with the profile.
        electrical : Outcome
            The nominal run, for voltage and heat.
        about : (n_knot,) array
            The profile.
        radius : float
            How far a current may move from it, A/m^2.

        Raises
        ------
        NoSolutionError
            If the linearised goal cannot be met.
        """
        n, goal = about.size, self._goal
        most = goal.objective == "most amount"
        slopes, there, unit = self._linear(runs)
        doses = np.zeros((len(runs), n + 1))
        doses[:, :n] = slopes / unit
        doses[:, n] = -1.0 if most else 0.0
        wanted = (0.0 if most else goal.at_least_mol_per_m2) - there
        dose_rows = Rows(
            name="dose", matrix=doses, low=wanted / unit, high=np.full(len(runs), np.inf)
        )
        rows = (*self._fixed, dose_rows, *self._kept_below(runs), *self._electrical(electrical))
        ceiling = np.append(np.where(self._open, self._limits.density_a_per_m2, 0.0), np.inf)
        floor = np.append(np.maximum(about - radius, 0.0), -np.inf)
        limit = ceiling.copy()
        ceiling[:n] = np.minimum(ceiling[:n], about + radius)
        floor = np.minimum(floor, ceiling)
        answer = self._solver.minimise(self._cost(n), rows, floor, ceiling)
        current = np.clip(answer.x[:n], 0.0, ceiling[:n])
        dose = float(np.min(there + slopes @ current))
        held = (ceiling[:n] == limit[:n]) & self._open
        density = float(answer.ceiling_price[:n][held] @ limit[:n][held])
        return Step(
            current_a_per_m2=current,
            dose_mol_per_m2=dose,
            elasticity=self._elasticity(answer, density, (dose / unit, wanted / unit)),
        )

    def _cost(self, n: int) -> FloatArray:
        cost = np.zeros(n + 1)
        if self._goal.objective == "least charge":
            cost[:n] = self.charge_s / self._limits.charge_c_per_m2
        else:
            cost[n] = 1.0 if self._goal.objective == "least peak" else -1.0
        return cost

    def _linear(self, runs: Sequence[Run]) -> tuple[FloatArray, FloatArray, float]:
        """Return slopes (n_run, n_knot), doses at no current by them, and the unit of dose."""
        weight = self._goal.weight
        slopes = np.array([one.gradient(outcome, weight) for one, outcome in runs])
        doses = np.array([self._goal.dose(outcome.amount_mol_per_m2) for _, outcome in runs])
        there = doses - slopes @ runs[0][1].current_a_per_m2
        return slopes, there, float(np.abs(slopes).max()) or 1.0

    def _kept_below(self, runs: Sequence[Run]) -> list[Rows]:
        kept = []
        for name, most in self._goal.keep_below_mol_per_m2.items():
            for one, outcome in runs:
                slope = one.gradient(outcome, {name: 1.0})
                there = outcome.amount_mol_per_m2[name] - float(slope @ outcome.current_a_per_m2)
                unit = float(np.abs(slope).max()) or 1.0
                kept.append(
                    self._row(f"{name} kept below", slope / unit, high=(most - there) / unit)
                )
        return kept

    def _electrical(self, run: Outcome) -> list[Rows]:
        """Return rows for voltage and heat where they come near their bounds."""
        limits, schedule = self._limits, self._map.schedule
        current = schedule.probe_share @ run.current_a_per_m2
        whole = self._map.resistance(run) + limits.series_ohm_m2
        rows = []
        for name, bound, power in (
            ("voltage", limits.voltage_v, 1),
            ("heat", limits.power_w_per_m2, 2),
        ):
            if bound is None:
                continue
            value = current**power * whole
            near = np.flatnonzero(value > NEAR * bound)
            # Where no current flows yet, full current may meet the full resistance.
            first = np.flatnonzero(
                (limits.density_a_per_m2**power * whole > bound) & (value <= NEAR * bound)
            )
            probe = np.union1d(near, first)
            if probe.size == 0:
                continue
            i, falls = current[probe, None], self._map.resistance_slope(run, probe)
            slope = power * i ** (power - 1) * whole[probe, None] * schedule.probe_share[probe]
            slope += i**power * falls
            room = bound * (1.0 - INSIDE) - value[probe] + slope @ run.current_a_per_m2
            matrix = np.column_stack((slope, np.zeros(probe.size))) / bound
            low = np.full(probe.size, -np.inf)
            rows.append(Rows(name=name, matrix=matrix, low=low, high=room / bound))
        return rows

    def _elasticity(
        self, answer: Answer, density: float, doses: tuple[float, FloatArray]
    ) -> dict[str, float]:
        """Return relative dose per relative limit: prices over that of the dose."""
        dose, wanted = doses
        prices = {k: v for k, v in answer.price.items() if k not in {"dose", "peak"}}
        prices[self._limits.density_from] = density
        if self._goal.objective == "most amount":
            unit = abs(dose)
        else:
            # The dose rows' price is per relative unit of their bound; per relative dose it is more.
            bound = float(np.max(np.abs(wanted))) or 1.0
            unit = answer.price["dose"] * abs(dose) / bound
        if unit <= 0.0:
            return {}
        return {name: value / unit for name, value in prices.items() if value > 1e-6 * unit}

    def _row(self, name: str, slope: FloatArray, *, high: float) -> Rows:
        matrix = np.append(slope, 0.0)[None]
        return Rows(name=name, matrix=matrix, low=np.array([-np.inf]), high=np.array([high]))

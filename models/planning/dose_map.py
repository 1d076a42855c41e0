"""Dose as a function of the current at the knots of a profile, with its exact gradient.

A planner asks the same question hundreds of times: how much is where at the goal's time if the
current at these knots is this, and what does each knot do to it? Everything that does not depend on
the current is prepared once. One run backwards gives the gradient of any weighted amount: no
perturbed runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from models.engine import compiled_module, fastest_engine
from models.planning.opening_course import OpeningCourse, OpeningLaw
from models.planning.schedule import Schedule
from models.solution import COMPARTMENTS

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Hold one run.

    Parameters
    ----------
    current_a_per_m2 : (n_knot,) array
        Magnitudes of the current density at the knots.
    amount_mol_per_m2 : mapping of str to float
        Compartment to amount at the goal's time.
    tape, drives : arrays
        What the run back needs.
    opening : OpeningCourse
        At the points of the steps, then at the probes.
    """

    current_a_per_m2: FloatArray
    amount_mol_per_m2: Mapping[str, float]
    tape: FloatArray
    drives: FloatArray
    opening: OpeningCourse


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseMap:
    """Hold one draw of a skin under a donor, and the times of a plan; built by `preparation.dose_maps`.

    Parameters
    ----------
    schedule : Schedule
        Knots, steps, and the goal's time.
    sign : int
        Of the current that drives the drug.
    deep_ohm_m2 : float
        Resistance of what lies below the stratum corneum.
    system : tuple
        As `compiled_adjoint.forward` takes it.
    law : OpeningLaw
        How the stratum corneum opens.
    mobility : two (n,) arrays
        Charge passed, C/m^2, and the drug's mobility there.
    start : (n_node,) array
        State at the start.
    weights_m : mapping
        Compartment to (n_node,) weights that give its amount.
    """

    schedule: Schedule
    sign: int
    deep_ohm_m2: float
    system: tuple[FloatArray, FloatArray, FloatArray, int]
    law: OpeningLaw
    mobility: tuple[FloatArray, FloatArray]
    start: FloatArray
    weights_m: Mapping[str, FloatArray]

    def run(self, current_a_per_m2: FloatArray) -> Outcome:
        """Return what a current gives.

        Parameters
        ----------
        current_a_per_m2 : (n_knot,) array
            Magnitudes of the current density at the knots, A/m^2, 0 or more; the last is 0.
        """
        schedule, knots = self.schedule, self.schedule.all_knot_s
        n_point = schedule.point_s.size
        opening = self.law.course(
            knots,
            np.append(current_a_per_m2, np.zeros(knots.size - current_a_per_m2.size)),
            np.concatenate((schedule.point_s, schedule.probe_s)),
        )
        drives = np.empty((n_point, 3))
        drives[:, 0] = self.sign * (schedule.share @ current_a_per_m2)
        drives[:, 1] = opening.conductance_s_per_m2[:n_point] / self.law.rest_s_per_m2
        drives[:, 2] = np.interp(schedule.charge_s @ current_a_per_m2, *self.mobility)
        tape = np.empty((n_point, self.start.size))
        tape[0] = self.start
        left = _kernel().forward(self.system, schedule.lengths_s, drives, tape)
        amounts = dict.fromkeys(COMPARTMENTS, 0.0)
        amounts |= {name: float(w @ tape[-1]) for name, w in self.weights_m.items()}
        return Outcome(
            current_a_per_m2=current_a_per_m2,
            amount_mol_per_m2=amounts | dict(zip(("cleared", "receptor"), left, strict=True)),
            tape=tape,
            drives=drives,
            opening=opening,
        )

    def gradient(self, outcome: Outcome, weight: Mapping[str, float]) -> FloatArray:
        """Return the gradient of ``Σ weight · amount`` by the knots, (n_knot,) in mol/A.

        Parameters
        ----------
        outcome : Outcome
            From `run`.
        weight : mapping
            Compartment to weight.
        """
        last = np.zeros(self.start.size)
        for name in weight.keys() & self.weights_m.keys():
            last += weight[name] * self.weights_m[name]
        by_drive = np.zeros_like(outcome.drives)
        _kernel().backward(
            self.system,
            self.schedule.lengths_s,
            outcome.drives,
            outcome.tape,
            last,
            weight.get("cleared", 0.0),
            weight.get("receptor", 0.0),
            by_drive,
        )
        return self._by_knots(outcome, by_drive)

    def resistance(self, outcome: Outcome) -> FloatArray:
        """Return the resistance of the whole stack at the probes, (n_probe,) in ohm m^2."""
        opened = outcome.opening.conductance_s_per_m2[self.schedule.point_s.size :]
        whole: FloatArray = 1.0 / opened + self.deep_ohm_m2
        return whole

    def resistance_slope(self, outcome: Outcome, probe: NDArray[np.intp]) -> FloatArray:
        """Return how the resistance at some probes answers the knots, (n_probe, n_knot).

        Parameters
        ----------
        outcome : Outcome
            From `run`.
        probe : (n,) int array
            Which probes.
        """
        at = self.schedule.point_s.size + probe
        opened = outcome.opening.conductance_s_per_m2[at]
        slope = outcome.opening.slope(at)[:, : outcome.current_a_per_m2.size]
        falls: FloatArray = -slope / opened[:, None] ** 2
        return falls

    def _by_knots(self, outcome: Outcome, by_drive: FloatArray) -> FloatArray:
        schedule, n_knot = self.schedule, outcome.current_a_per_m2.size
        charge = schedule.charge_s @ outcome.current_a_per_m2
        nodes, mobility = self.mobility
        cell = np.clip(np.searchsorted(nodes, charge, side="right") - 1, 0, nodes.size - 2)
        slope = (mobility[cell + 1] - mobility[cell]) / (nodes[cell + 1] - nodes[cell])
        opened = np.zeros(outcome.opening.conductance_s_per_m2.size)
        opened[: schedule.point_s.size] = by_drive[:, 1] / self.law.rest_s_per_m2
        gradient: FloatArray = self.sign * (by_drive[:, 0] @ schedule.share)
        gradient += (by_drive[:, 2] * slope) @ schedule.charge_s
        gradient += outcome.opening.pull_back(opened)[:n_knot]
        return gradient


def _kernel() -> ModuleType:
    if fastest_engine() == "numpy":
        return import_module("models.planning.adjoint")
    return compiled_module("planning.compiled_adjoint")

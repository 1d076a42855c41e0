"""What each limit on charge buys: the most amount against the charge it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.planning.horizon import PlanningCase, maps_on, plan_current

FloatArray = NDArray[np.float64]
POINTS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeOff:
    """Hold the most amount over a range of charges.

    Parameters
    ----------
    charge_c_per_m2 : (n,) array
        Charge densities, rising.
    dose_mol_per_m2 : (n,) array
        The most that each gives, nominally.
    drawn_mol_per_m2 : (n_draw, n) array
        The same current in every draw; no rows without draws.
    passive_mol_per_m2 : float
        What arrives without current.
    """

    charge_c_per_m2: FloatArray
    dose_mol_per_m2: FloatArray
    drawn_mol_per_m2: FloatArray
    passive_mol_per_m2: float


def trade_off(case: PlanningCase, progress: Callable[[str], None] = lambda _: None) -> TradeOff:
    """Return the most amount for charges up to a case's limit.

    Parameters
    ----------
    case : PlanningCase
        Its objective is left out; its draws, if any, are run under each nominal plan.
    progress : callable, optional
        Told in words what is being worked on.

    Raises
    ------
    ModelInputError
        If an input is out of bounds.
    """
    goal = replace(case.goal, objective="most amount")
    limits, nominal = case.limits, replace(case, goal=goal, draws=None)
    most = limits.density_a_per_m2 * min(limits.on_time_s or goal.by_s, goal.by_s)
    ends = min(limits.charge_c_per_m2, most)
    charges, doses, drawn = [], [], []
    for share in np.linspace(0.0, 1.0, POINTS)[1:] ** 1.5:
        progress(f"the most for {share:.0%} of the charge")
        tight = replace(limits, charge_c_per_m2=float(share * ends))
        plan = plan_current(replace(nominal, limits=tight))
        found = plan.optimal
        charges.append(found.charge_c_per_m2)
        doses.append(goal.dose(found.outcome.amount_mol_per_m2))
        if case.draws is not None:
            maps = maps_on(case, plan.knot_s, limits.density_a_per_m2)
            runs = [one.run(found.current_a_per_m2) for one in maps[1:]]
            drawn.append([goal.dose(run.amount_mol_per_m2) for run in runs])
    rest = plan.maps[0].run(np.zeros(plan.knot_s.size))
    return TradeOff(
        charge_c_per_m2=np.array(charges),
        dose_mol_per_m2=np.array(doses),
        drawn_mol_per_m2=np.array(drawn).T if drawn else np.empty((0, len(charges))),
        passive_mol_per_m2=goal.dose(rest.amount_mol_per_m2),
    )

"""From a skin under a donor to dose maps: assembled once for all draws, on one schedule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.assembly import Assembly, assemble
from models.competition import Competition
from models.donor import Formulation
from models.draws import Draws
from models.grid import BAND_ELEMENTS, graded
from models.planning.dose_map import DoseMap
from models.planning.opening_course import OpeningLaw
from models.planning.schedule import Schedule, make_schedule
from models.skin import Skin
from models.stepping import initial_state
from models.transport import Operator

FloatArray = NDArray[np.float64]
_CHARGE_POINTS = 257


def dose_maps(
    skin: Skin,
    formulation: Formulation,
    knot_s: FloatArray,
    *,
    goal_s: float,
    typical_a_per_m2: float,
    draws: Draws | None = None,
) -> tuple[DoseMap, ...]:
    """Return the nominal dose map, then one of each draw, on one schedule.

    Parameters
    ----------
    skin, formulation : Skin, Formulation
        As in `simulate`.
    knot_s : (n_knot,) array
        Rising times from 0, s; current is linear between them, and zero at the last and after it.
    goal_s : float
        When the amounts are asked for, at or after the last knot, s.
    typical_a_per_m2 : float
        Magnitude of current density the schedule is made for.
    draws : Draws, optional
        A sample.

    Raises
    ------
    ModelInputError
        If the knots do not rise from 0, or the goal lies before the last.
    """
    nominal = assemble(skin, formulation, Draws.nominal())
    driven = formulation.sign * typical_a_per_m2
    schedule = make_schedule(nominal, knot_s, goal_s, driven)
    most = 2.0 * typical_a_per_m2 * float(knot_s[-1])
    assemblies = [nominal, *([] if draws is None else [assemble(skin, formulation, draws)])]
    return tuple(
        one
        for parts in assemblies
        for one in _maps(parts, schedule, (formulation.sign, skin.deep_resistance_ohm_m2, most))
    )


def _maps(parts: Assembly, schedule: Schedule, shared: tuple[int, float, float]) -> list[DoseMap]:
    sign, deep, most = shared
    stack, opening = parts.stack, parts.opening
    operator = Operator(stack, graded(stack.names, elements=BAND_ELEMENTS))
    links = (operator.pore_m_per_s, operator.other_m_per_s, operator.drift_m3_per_c)
    charge, mobility = _mobility_table(parts.competition, most)
    start = initial_state(operator).s
    maps = []
    for k in range(stack.n_draw):
        donor = np.zeros(start.shape[1])
        donor[0] = stack.donor_volume_m[k]
        layers = {name: operator.weights_m[j, k] for j, name in enumerate(stack.names)}
        conductances = np.stack(
            [np.broadcast_to(one, (stack.n_draw, one.shape[1]))[k] for one in links]
        )
        maps.append(
            DoseMap(
                schedule=schedule,
                sign=sign,
                deep_ohm_m2=deep,
                system=(
                    operator.mass_m[k],
                    operator.clearing_m_per_s[k],
                    conductances,
                    operator.n_first,
                ),
                law=OpeningLaw.of(opening, k),
                mobility=(charge, np.ascontiguousarray(mobility[:, k])),
                start=start[k],
                weights_m={"donor": donor} | layers,
            )
        )
    return maps


def _mobility_table(
    competition: Competition, most_c_per_m2: float
) -> tuple[FloatArray, FloatArray]:
    """Return charge passed, (n,), and the drug's mobility there, (n, n_draw)."""
    charge = most_c_per_m2 * np.linspace(0.0, 1.0, _CHARGE_POINTS) ** 2
    ions = competition.start()
    mobility = [competition.mobility(ions)]
    for step in np.diff(charge):
        ions = competition.advance(ions, float(step))
        mobility.append(competition.mobility(ions))
    return charge, np.array(mobility)

"""The times a planner's runs share: knots of the current, steps, and where voltage is looked at.

The steps are those an error-controlled run takes under a current that is half on, half off, with a
stop at every knot; every candidate then follows them, so that dose is a smooth function of current.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.assembly import Assembly
from models.engine import fastest_engine, integrate_with
from models.errors import ModelInputError
from models.forcing import tabulate
from models.grid import BAND_ELEMENTS, graded
from models.profile import Profile
from models.stepping import GAMMA
from models.transport import Operator

FloatArray = NDArray[np.float64]
SCHEDULE_TOLERANCE = 2e-3
"""Error per step of the run the schedule is taken from."""
PROBES_PER_INTERVAL = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Hold the times.

    Parameters
    ----------
    knot_s : (n_knot,) array
        Of the current, from 0; it is linear between them and zero after the last.
    goal_s : float
        When the dose is asked for.
    lengths_s : (n_step,) array
        Steps.
    point_s : (2 n_step + 1,) array
        The start, then middle stage and end of every step.
    share, charge_s : (n_point, n_knot) array
        What the knots' currents are multiplied by to give current and charge passed at the points.
    probe_s : (n_probe,) array
        Where resistance and voltage are looked at: several times between knots, knots included.
    probe_share : (n_probe, n_knot) array
        As `share`.
    """

    knot_s: FloatArray
    goal_s: float
    lengths_s: FloatArray
    point_s: FloatArray
    share: FloatArray
    charge_s: FloatArray
    probe_s: FloatArray
    probe_share: FloatArray

    @property
    def all_knot_s(self) -> FloatArray:
        """Return the knots and the goal's time, if it lies after them."""
        late = self.goal_s > self.knot_s[-1]
        return np.append(self.knot_s, self.goal_s) if late else self.knot_s

    @property
    def whole_charge_s(self) -> FloatArray:
        """Return what the knots' currents are multiplied by to give the whole charge, (n_knot,)."""
        steps = np.diff(self.knot_s)
        weights: FloatArray = 0.5 * (np.append(steps, 0.0) + np.insert(steps, 0, 0.0))
        return weights


def make_schedule(
    nominal: Assembly, knot_s: FloatArray, goal_s: float, typical_a_per_m2: float
) -> Schedule:
    """Return the times for a skin under a donor.

    Parameters
    ----------
    nominal : Assembly
        One draw.
    knot_s : (n_knot,) array
        Rising times from 0, s.
    goal_s : float
        At or after the last knot, s.
    typical_a_per_m2 : float
        Signed current density the steps are made for.

    Raises
    ------
    ModelInputError
        If the knots do not rise from 0, or the goal lies before the last.
    """
    if knot_s[0] != 0.0 or np.any(np.diff(knot_s) <= 0.0) or goal_s < knot_s[-1]:
        raise ModelInputError("knot_s: rise from 0 to at most the goal's time")
    lengths = _steps(nominal, knot_s, goal_s, typical_a_per_m2)
    ends = np.cumsum(lengths)
    points = np.empty(2 * lengths.size + 1)
    points[0], points[1::2], points[2::2] = 0.0, ends - (1.0 - GAMMA) * lengths, ends
    points = np.minimum(points, goal_s)
    knots = np.append(knot_s, goal_s) if goal_s > knot_s[-1] else knot_s
    share = linear_shares(knots, points)
    steps = np.diff(points, prepend=0.0)[:, None]
    charge = np.cumsum(0.5 * steps * (share + np.vstack((share[:1], share[:-1]))), axis=0)
    n, between = knot_s.size, np.arange(PROBES_PER_INTERVAL) / PROBES_PER_INTERVAL
    probes = np.append((knot_s[:-1, None] + np.diff(knot_s)[:, None] * between).ravel(), knot_s[-1])
    return Schedule(
        knot_s=knot_s,
        goal_s=goal_s,
        lengths_s=lengths,
        point_s=points,
        share=np.ascontiguousarray(share[:, :n]),
        charge_s=np.ascontiguousarray(charge[:, :n]),
        probe_s=probes,
        probe_share=linear_shares(knot_s, probes),
    )


def linear_shares(knot_s: FloatArray, at_s: FloatArray) -> FloatArray:
    """Return the weights that read a piecewise linear course: (n_time, n_knot)."""
    k = np.clip(np.searchsorted(knot_s, at_s, side="right") - 1, 0, knot_s.size - 2)
    share = (at_s - knot_s[k]) / (knot_s[k + 1] - knot_s[k])
    weights = np.zeros((at_s.size, knot_s.size))
    rows = np.arange(at_s.size)
    weights[rows, k], weights[rows, k + 1] = 1.0 - share, share
    return weights


def _steps(
    parts: Assembly, knot_s: FloatArray, goal_s: float, typical_a_per_m2: float
) -> FloatArray:
    """Return the lengths of the steps an error-controlled run takes."""
    # Half on, half off: either half of a profile may be switched.
    wave = np.where(np.arange(knot_s.size) % 8 < 4, typical_a_per_m2, 0.5 * typical_a_per_m2)
    wave[[0, -1]] = 0.0
    profile = Profile(time_s=tuple(knot_s), current_density_a_per_m2=tuple(wave))
    forcing = tabulate(profile, parts.opening, parts.competition, goal_s)
    operator = Operator(parts.stack, graded(parts.stack.names, elements=BAND_ELEMENTS))
    stops = np.unique(np.append(knot_s, goal_s))
    path = integrate_with(fastest_engine(), operator, forcing, stops, tolerance=SCHEDULE_TOLERANCE)
    return np.diff(path.step_end_s, prepend=0.0)

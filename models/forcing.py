"""What drives the transport from outside: current, opened pore area, the drug's mobility.

None of the three depends on where the drug is, so they are tabulated once, finely enough to be
read linearly, and any solver sees the same table.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.competition import Competition
from models.impedance import Opening, conductance, one_sign_knots
from models.profile import Profile

FloatArray = NDArray[np.float64]
_FIRST_STEP = 1.0 / 160.0
_GROWTH = 1.02
_CHARGE_POINTS = 65


@dataclass(frozen=True, slots=True, kw_only=True)
class Forcing:
    """Hold the table.

    Parameters
    ----------
    kink_s : (n_kink,) array
        Times a solver must not step across.
    time_s : (n_time,) array
        Times of the table; constant beyond its end.
    current_a_per_m2 : (n_time,) array
        Current density, positive out of the donor.
    opening : (n_draw, n_time) array
        Pore area relative to rest.
    mobility_m3_per_c : (n_draw, n_time) array
        Electromigration velocity per current density in the stratum corneum, with the drug's sign.
    """

    kink_s: FloatArray
    time_s: FloatArray
    current_a_per_m2: FloatArray
    opening: FloatArray
    mobility_m3_per_c: FloatArray

    def at(self, time_s: float) -> tuple[float, FloatArray, FloatArray]:
        """Return current density, opening (n_draw,) and mobility (n_draw,) at one time."""
        last = self.time_s.size - 1
        k = min(max(int(self.time_s.searchsorted(time_s, side="right")) - 1, 0), last - 1)
        start, end = float(self.time_s[k]), float(self.time_s[k + 1])
        share = (time_s - start) / (end - start)
        share = min(max(share, 0.0), 1.0)
        low, high = float(self.current_a_per_m2[k]), float(self.current_a_per_m2[k + 1])
        opening, mobility = self.opening[:, k], self.mobility_m3_per_c[:, k]
        # Equal entries must read as that entry to the last bit: solvers reuse what equal drives gave.
        return (
            low + (high - low) * share,
            opening + (self.opening[:, k + 1] - opening) * share,
            mobility + (self.mobility_m3_per_c[:, k + 1] - mobility) * share,
        )


def steady(current_a_per_m2: float, mobility_m3_per_c: float, until_s: float) -> Forcing:
    """Return a constant forcing with closed pores, for exact cases."""
    return Forcing(
        kink_s=np.array([0.0, until_s]),
        time_s=np.array([0.0, until_s]),
        current_a_per_m2=np.full(2, current_a_per_m2),
        opening=np.ones((1, 2)),
        mobility_m3_per_c=np.full((1, 2), mobility_m3_per_c),
    )


def tabulate(
    profile: Profile, opening: Opening, competition: Competition, until_s: float
) -> Forcing:
    """Return the forcing of a profile up to a time, for every draw.

    Parameters
    ----------
    profile : Profile
        Current density; zero after its end.
    opening, competition : Opening, Competition
        With the same number of draws.
    until_s : float
        Last time needed, s.
    """
    knots, _ = one_sign_knots(profile)
    kinks = np.unique(np.append(knots[knots < until_s], until_s))
    fastest = float(min(opening.opening_s.min(), opening.recovery_s.min()))
    times = np.concatenate(
        [
            kinks[:1],
            *(_graded(a, b, fastest * _FIRST_STEP) for a, b in itertools.pairwise(kinks)),
        ]
    )
    opened = conductance(opening, profile, times) / opening.rest_s_per_m2[:, None]
    # A profile cut off at its last knot has its jump inside the microsecond after that knot.
    current = np.interp(times, *one_sign_knots(profile), right=0.0)
    return Forcing(
        kink_s=kinks,
        time_s=times,
        current_a_per_m2=current,
        opening=opened,
        mobility_m3_per_c=_mobility(profile, competition, times),
    )


def _graded(start: float, end: float, first_step: float) -> FloatArray:
    """Return times in (start, end], growing away from the kink at the start."""
    length = end - start
    reach = np.log1p(length * (_GROWTH - 1.0) / first_step) / np.log(_GROWTH)
    count = max(int(np.ceil(reach)), 1)
    steps = _GROWTH ** np.arange(count)
    times: FloatArray = start + length * np.cumsum(steps) / steps.sum()
    times[-1] = end
    return times


def _mobility(profile: Profile, competition: Competition, times: FloatArray) -> FloatArray:
    n_draw = competition.drug_diffusivity_m2_per_s.size
    sign = 1.0 if competition.mean_charge > 0.0 else -1.0
    # Charge that returns does not undo what the donor collected.
    charge = np.maximum.accumulate(sign * profile.charge_at(times))
    if not competition.migrates or charge[-1] <= 0.0:
        return np.tile(competition.mobility(competition.start())[:, None], (1, times.size))
    nodes = charge[-1] * np.linspace(0.0, 1.0, _CHARGE_POINTS) ** 2
    ions = competition.start()
    table = np.empty((n_draw, nodes.size))
    table[:, 0] = competition.mobility(ions)
    for k in range(1, nodes.size):
        ions = competition.advance(ions, float(nodes[k] - nodes[k - 1]))
        table[:, k] = competition.mobility(ions)
    place = np.sqrt(charge / charge[-1]) * (_CHARGE_POINTS - 1)
    lower = np.minimum(place.astype(np.intp), _CHARGE_POINTS - 2)
    share = (charge - nodes[lower]) / (nodes[lower + 1] - nodes[lower])
    mobility: FloatArray = table[:, lower] + (table[:, lower + 1] - table[:, lower]) * share
    return mobility

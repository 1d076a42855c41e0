"""Blood flow over time: vasodilators, vasoconstrictors and current itself change the clearance.

Of dermal clearance, ``k = [1/(P S) + 1/Q]^-1 / R``, flow limits the share ``β = P S/(P S + Q)``; with
the flow at f times its rest

    ``k(f)/k(1) = 1 / (1 - β + β/f)``

so that a drug slow to cross capillaries hardly notices. Fat is limited by flow alone, β = 1.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models import correlations
from models.bounds import finite, positive
from models.compounds import Compound
from models.errors import ModelInputError
from models.layers import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class BloodFlow:
    """Hold blood flow relative to rest, piecewise linear and constant beyond its ends.

    Parameters
    ----------
    time_s : sequence of float
        Rising knots.
    factor : sequence of float
        Flow relative to rest at each knot, above 0: 0.1-0.3 under epinephrine, 1-5 under current.
    """

    time_s: tuple[float, ...]
    factor: tuple[float, ...]

    def __init__(self, *, time_s: Sequence[float], factor: Sequence[float]) -> None:
        times = tuple(finite(f"time_s[{k}]", value) for k, value in enumerate(time_s))
        factors = tuple(positive(f"factor[{k}]", value) for k, value in enumerate(factor))
        if not times or len(times) != len(factors) or any(np.diff(times) <= 0.0):
            raise ModelInputError("blood flow: give as many rising times as factors, at least one")
        object.__setattr__(self, "time_s", times)
        object.__setattr__(self, "factor", factors)

    def at(self, time_s: float) -> float:
        """Return the factor at a time in s."""
        return float(np.interp(time_s, self.time_s, self.factor))

    def stairs(self, pieces: int = 16) -> Mapping[float, float]:
        """Return times from which a constant factor stands for the course: mid-values of pieces.

        Of second order in their length; the first stands from the start.
        """
        steps = {0.0: self.factor[0]}
        for start, end in itertools.pairwise(self.time_s):
            if self.at(start) == self.at(end):
                steps[start] = self.at(start)
                continue
            edges = np.linspace(start, end, pieces + 1)
            steps.update((float(a), self.at(0.5 * (a + b))) for a, b in itertools.pairwise(edges))
        steps[self.time_s[-1]] = self.factor[-1]
        return {time: value for time, value in steps.items() if time >= 0.0}


def flow_share(layer: Layer, compound: Compound) -> float:
    """Return β, the share of a layer's clearance that blood flow limits."""
    if layer.name != "dermis":
        return 1.0
    permeability = correlations.capillary_permeability(
        compound.radius_m,
        compound.kow() * compound.neutral_fraction(7.4),
        compound.molar_mass_g_per_mol,
    )
    exchange = permeability * correlations.CAPILLARY_SURFACE_PER_M
    return exchange / (exchange + correlations.CAPILLARY_FLOW_PER_S)

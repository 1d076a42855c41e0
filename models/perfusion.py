"""The fast model under a course of blood flow, as stairs of constant clearance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.blood import BloodFlow, flow_share
from models.compounds import Compound
from models.errors import ModelInputError
from models.forcing import Forcing
from models.grid import Grid
from models.skin import Skin
from models.solver import Trajectory, integrate
from models.transport import Operator, Stack

FloatArray = NDArray[np.float64]


def perfused_operators(
    skin: Skin, compound: Compound, stack: Stack, grid: Grid, flow: BloodFlow
) -> Mapping[float, Operator]:
    """Return the operators of a course of blood flow, by the time each takes over.

    Parameters
    ----------
    skin, compound : Skin, Compound
        Whose clearance flow limits.
    stack, grid : Stack, Grid
        The coefficients at rest, and where they lie.
    flow : BloodFlow
        Relative to rest.

    Raises
    ------
    ModelInputError
        If the skin is not perfused.
    """
    if not skin.perfused:
        raise ModelInputError("blood_flow: excised skin has none; load it with perfused=True")
    share = np.array([flow_share(layer, compound) for layer in skin.layers])

    def at(factor: float) -> Operator:
        slowed = stack.clearance_per_s / (1.0 - share + share / factor)
        return Operator(replace(stack, clearance_per_s=slowed), grid)

    return {time: at(factor) for time, factor in flow.stairs().items()}


def integrate_perfused(
    operators: Mapping[float, Operator], forcing: Forcing, at_s: FloatArray, *, tolerance: float
) -> Trajectory:
    """Return the states at times with operators that take over at theirs; see `solver.integrate`."""
    changes = dict(operators)
    first = changes.pop(0.0)
    return integrate(first, forcing, at_s, tolerance=tolerance, changes=changes)

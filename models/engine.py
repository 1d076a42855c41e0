"""Which code integrates: numpy with LAPACK, or the same steps compiled by numba."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.bounds import known
from models.errors import ModelInputError
from models.forcing import Forcing
from models.solver import (
    DEFAULT_TOLERANCE,
    Trajectory,
    check_times,
    integrate,
    stopping_times,
)
from models.stepping import initial_state
from models.transport import Operator

FloatArray = NDArray[np.float64]
ENGINES = ("numpy", "compiled")
_SHARED = (3, 5)
"""Parts of the kernel's system that all draws share."""


@cache
def _compiled() -> ModuleType:
    if find_spec("numba") is None:
        raise ModelInputError(
            'engine = "compiled": numba is not installed; install the extra "fast" '
            'or use engine = "numpy"'
        )
    return import_module("models.compiled")


def integrate_with(
    engine: str,
    operator: Operator,
    forcing: Forcing,
    at_s: FloatArray,
    *,
    tolerance: float = DEFAULT_TOLERANCE,
    schedule_s: FloatArray | None = None,
) -> Trajectory:
    """Return the states at times by the engine named; see `solver.integrate`.

    With several draws and no schedule, numpy judges the error over all of them, the compiled engine
    over the first.

    Raises
    ------
    ModelInputError
        If the engine is unknown or not installed, or an input is out of bounds.
    """
    if known("engine", engine, ENGINES) == "numpy":
        return integrate(operator, forcing, at_s, tolerance=tolerance, schedule_s=schedule_s)
    check_times(at_s, tolerance)
    return _integrate_compiled(operator, forcing, at_s, tolerance, schedule_s)


def _integrate_compiled(
    operator: Operator,
    forcing: Forcing,
    at_s: FloatArray,
    tolerance: float,
    schedule_s: FloatArray | None,
) -> Trajectory:
    compiled = _compiled()
    stops = stopping_times(at_s, forcing)
    schedule = np.empty(0) if schedule_s is None else schedule_s
    n_draw = operator.stack.n_draw
    systems, tables = _systems(operator), _tables(forcing, n_draw)
    start = initial_state(operator).s
    out = np.empty((n_draw, stops.size, 3 + len(operator.stack.names)))
    states = np.empty((stops.size, operator.n_node))
    first = tuple(part if k in _SHARED else part[0] for k, part in enumerate(systems))
    ends = compiled.run(first, tables[0], stops, schedule, tolerance, start[0], out[0], states)
    # Every further draw follows the steps of the first.
    shared = (systems, tables, stops, ends, start, out)
    workers = os.cpu_count() or 1
    edges = np.linspace(1, n_draw, workers + 1).astype(int).tolist() if n_draw > 1 else [0]
    with ThreadPoolExecutor(max_workers=workers) as pool:
        list(pool.map(lambda span: compiled.run_range(*span, *shared), pairwise(edges)))
    asked = np.searchsorted(stops, at_s)
    return _trajectory(operator, at_s, out[:, asked], states[asked], ends)


def _systems(operator: Operator) -> tuple[Any, ...]:
    """Return what the kernel needs of every draw; see `compiled.run`."""
    layer, index = operator.grid.layer, np.arange(len(operator.stack.names))
    first = np.searchsorted(layer, index)
    last = np.searchsorted(layer, index, side="right") + 1
    return (
        operator.mass_m,
        operator.clearing_m_per_s,
        np.ascontiguousarray(np.moveaxis(operator.weights_m, 0, 1)),
        np.column_stack((first, np.minimum(last, operator.n_node))).astype(np.int64),
        np.stack((operator.pore_m_per_s, operator.other_m_per_s, operator.drift_m3_per_c), axis=1),
        operator.n_first,
    )


def _tables(forcing: Forcing, n_draw: int) -> FloatArray:
    """Return time, current, opening and mobility, (n_draw, 4, n_time)."""
    shape = (n_draw, forcing.time_s.size)
    parts = (
        forcing.time_s,
        forcing.current_a_per_m2,
        forcing.opening,
        forcing.mobility_m3_per_c,
    )
    return np.stack([np.broadcast_to(part, shape) for part in parts], axis=1)


def _trajectory(
    operator: Operator, at_s: FloatArray, out: FloatArray, states: FloatArray, ends: FloatArray
) -> Trajectory:
    donor = operator.stack.donor_volume_m[:, None] * out[:, :, 0]
    layers = np.moveaxis(out[:, :, 3:], 2, 0).copy()
    if at_s[0] == 0.0:
        # Before the start everything is the donor's, half of the first cell included.
        donor[:, 0] = operator.mass_m[:, 0] * out[:, 0, 0]
        layers[:, :, 0] = 0.0
    return Trajectory(
        donor=donor,
        layers=layers,
        cleared=out[:, :, 1],
        received=out[:, :, 2],
        s=states,
        step_end_s=ends,
    )

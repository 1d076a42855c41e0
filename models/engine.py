"""Which code integrates: numpy with LAPACK, or the same steps compiled by numba."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.bounds import known
from models.errors import ModelInputError
from models.forcing import Forcing
from models.grid import Grid, graded
from models.solver import (
    DEFAULT_TOLERANCE,
    Trajectory,
    check_times,
    integrate,
    stopping_times,
)
from models.stepping import initial_state
from models.transport import Operator, Stack

FloatArray = NDArray[np.float64]
ENGINES = ("numpy", "compiled")


@cache
def compiled_module(name: str) -> ModuleType:
    """Return a compiled module of this package.

    Raises
    ------
    ModelInputError
        If numba is not installed.
    """
    if find_spec("numba") is None:
        raise ModelInputError(
            'engine = "compiled": numba is not installed; install the extra "fast" '
            'or use engine = "numpy"'
        )
    return import_module(f"models.{name}")


def fastest_engine() -> str:
    """Return the engine to take where either will do: "compiled" if numba is installed."""
    return "numpy" if find_spec("numba") is None else "compiled"


def integrate_with(
    engine: str,
    operator: Operator,
    forcing: Forcing,
    at_s: FloatArray,
    *,
    tolerance: float = DEFAULT_TOLERANCE,
    schedule_s: FloatArray | None = None,
) -> Trajectory:
    """Return the states of one draw at times by the engine named; see `solver.integrate`.

    Raises
    ------
    ModelInputError
        If the engine is unknown or not installed, or an input is out of bounds.
    """
    if known("engine", engine, ENGINES) == "numpy":
        return integrate(operator, forcing, at_s, tolerance=tolerance, schedule_s=schedule_s)
    check_times(at_s, tolerance)
    stops = stopping_times(at_s, forcing)
    schedule = np.empty(0) if schedule_s is None else schedule_s
    out = np.empty((stops.size, 3 + len(operator.stack.names)))
    states = np.empty((stops.size, operator.n_node))
    ends = compiled_module("compiled").run(
        _system(operator),
        _table(forcing),
        stops,
        schedule,
        tolerance,
        initial_state(operator).s[0],
        out,
        states,
    )
    asked = np.searchsorted(stops, at_s)
    return _trajectory(operator, at_s, out[asked], states[asked], ends)


def integrate_extrapolated(
    engine: str,
    stack: Stack,
    forcing: Forcing,
    at_s: FloatArray,
    *,
    grid: Grid,
    tolerance: float = DEFAULT_TOLERANCE,
) -> tuple[Operator, Trajectory]:
    """Return the states of one draw by Richardson's extrapolation, on the grid's own nodes.

    A second run halves every element and every step of the first. Both errors are of second order,
    so ``(4 fine - coarse)/3`` is free of either; mass still closes.

    Returns
    -------
    Operator, Trajectory
        The system on the coarser grid, and the states on its nodes.
    """
    coarse = Operator(stack, grid)
    first = integrate_with(engine, coarse, forcing, at_s, tolerance=tolerance)
    counts = np.bincount(coarse.grid.layer)
    halved = {name: 2 * int(n) for name, n in zip(stack.names, counts, strict=True)}
    fine = Operator(stack, graded(stack.names, elements=halved))
    starts = np.concatenate(([0.0], first.step_end_s[:-1]))
    ends = np.sort(np.concatenate((0.5 * (starts + first.step_end_s), first.step_end_s)))
    second = integrate_with(engine, fine, forcing, at_s, schedule_s=ends)

    def better(rough: FloatArray, close: FloatArray) -> FloatArray:
        return close + (close - rough) / 3.0

    return coarse, Trajectory(
        donor=better(first.donor, second.donor),
        layers=better(first.layers, second.layers),
        cleared=better(first.cleared, second.cleared),
        received=better(first.received, second.received),
        s=better(first.s, second.s[:, ::2]),
        step_end_s=ends,
    )


def integrate_ensemble(
    engine: str,
    stack: Stack,
    grid: Grid,
    forcing: Forcing,
    at_s: FloatArray,
    schedule_s: FloatArray,
) -> Trajectory:
    """Return the amounts of many draws at times, on a shared schedule; see `solver.integrate`.

    The compiled engine keeps no states: its `Trajectory.s` has no nodes.

    Raises
    ------
    ModelInputError
        As `integrate_with`.
    """
    check_times(at_s, DEFAULT_TOLERANCE)
    if known("engine", engine, ENGINES) == "numpy":
        return integrate(Operator(stack, grid), forcing, at_s, schedule_s=schedule_s)
    path: Trajectory = compiled_module("compiled_ensemble").integrate_draws(
        stack, grid, forcing, at_s, schedule_s
    )
    return path


def _system(operator: Operator) -> tuple[Any, ...]:
    """Return what the kernel needs of a draw; see `compiled.run`."""
    layer, index = operator.grid.layer, np.arange(len(operator.stack.names))
    first = np.searchsorted(layer, index)
    last = np.searchsorted(layer, index, side="right") + 1
    return (
        operator.mass_m[0],
        operator.clearing_m_per_s[0],
        np.ascontiguousarray(operator.weights_m[:, 0]),
        np.column_stack((first, np.minimum(last, operator.n_node))).astype(np.int64),
        np.stack((operator.pore_m_per_s[0], operator.other_m_per_s[0], operator.drift_m3_per_c[0])),
        operator.n_first,
    )


def _table(forcing: Forcing) -> FloatArray:
    """Return time, current, opening and mobility, (4, n_time)."""
    return np.stack(
        (
            forcing.time_s,
            forcing.current_a_per_m2,
            forcing.opening[0],
            forcing.mobility_m3_per_c[0],
        )
    )


def _trajectory(
    operator: Operator, at_s: FloatArray, out: FloatArray, states: FloatArray, ends: FloatArray
) -> Trajectory:
    donor = operator.stack.donor_volume_m[0] * out[:, 0]
    layers = out[:, 3:].T.copy()
    if at_s[0] == 0.0:
        # Before the start everything is the donor's, half of the first cell included.
        donor[0] = operator.mass_m[0, 0] * out[0, 0]
        layers[:, 0] = 0.0
    return Trajectory(
        donor=donor[None],
        layers=layers[:, None],
        cleared=out[None, :, 1],
        received=out[None, :, 2],
        s=states,
        step_end_s=ends,
    )

"""Ensembles on the compiled engine: draws in lanes, lanes in threads."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.compiled_blocks import run_blocks
from models.compiled_lanes import LANES
from models.forcing import Forcing
from models.grid import Grid
from models.solver import Trajectory
from models.stepping import GAMMA
from models.transport import Stack

FloatArray = NDArray[np.float64]


def integrate_draws(
    stack: Stack, grid: Grid, forcing: Forcing, at_s: FloatArray, schedule_s: FloatArray
) -> Trajectory:
    """Return the amounts of every draw at times, on a schedule; see `solver.integrate`.

    States are not kept: `Trajectory.s` has no nodes.
    """
    n_draw = stack.n_draw
    lanes = -(-n_draw // LANES) * LANES
    # A last block that is not full repeats the last draw.
    pick = np.minimum(np.arange(lanes), n_draw - 1)
    ends = schedule_s[schedule_s <= at_s[-1]]
    starts = np.concatenate(([0.0], ends[:-1]))
    points = np.empty(2 * ends.size + 1)
    points[0], points[1::2], points[2::2] = 0.0, starts + GAMMA * (ends - starts), ends
    later = at_s[at_s > 0.0]
    rows = np.full(ends.size, -1, dtype=np.int64)
    rows[np.searchsorted(ends, later)] = np.arange(later.size)
    out = np.empty((later.size, 3 + len(stack.names), lanes))
    shared = (_parts(stack, grid, pick), ends - starts, rows, _tables(forcing, points), out)
    workers = min(os.cpu_count() or 1, lanes // LANES)
    edges = np.linspace(0, lanes // LANES, workers + 1).astype(int).tolist()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        list(pool.map(lambda span: run_blocks(span[0], span[1], *shared), pairwise(edges)))
    return _trajectory(stack, at_s, out[:, :, :n_draw], ends)


def _tables(
    forcing: Forcing, points: FloatArray
) -> tuple[NDArray[np.int64], FloatArray, tuple[FloatArray, FloatArray, FloatArray]]:
    """Return the forcing, and where in it points lie; see `compiled_blocks.run_blocks`."""
    time = forcing.time_s
    k = np.clip(np.searchsorted(time, points, side="right") - 1, 0, time.size - 2)
    share = np.clip((points - time[k]) / (time[k + 1] - time[k]), 0.0, 1.0)
    return (
        k.astype(np.int64),
        share,
        (
            forcing.current_a_per_m2[None],
            np.ascontiguousarray(forcing.opening),
            np.ascontiguousarray(forcing.mobility_m3_per_c),
        ),
    )


def _parts(
    stack: Stack, grid: Grid, pick: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.int64], int, bool]:
    """Return what the kernel needs of the draws; see `compiled_blocks.run_blocks`."""
    drift = stack.osmotic_m3_per_c + stack.mobility_m3_per_c
    # The first layer's mobility comes from the forcing.
    drift[:, 0] = stack.osmotic_m3_per_c[:, 0]
    values = (
        stack.thickness_m,
        stack.partition,
        stack.clearance_per_s,
        stack.pore_permeability_m2_per_s,
        stack.other_permeability_m2_per_s,
        drift,
    )
    return (
        np.stack([value[pick].T for value in values]),
        np.stack((stack.donor_volume_m[pick], stack.donor_mol_per_m3[pick])),
        grid.share,
        grid.layer.astype(np.int64),
        int(np.count_nonzero(grid.layer == 0)),
        stack.sink,
    )


def _trajectory(stack: Stack, at_s: FloatArray, out: FloatArray, ends: FloatArray) -> Trajectory:
    n_late, n_layer = len(out), len(stack.names)
    whole = np.zeros((3 + n_layer, stack.n_draw, at_s.size))
    whole[:, :, at_s.size - n_late :] = np.moveaxis(out, 0, 2)
    # At the start everything is the donor's.
    whole[0, :, : at_s.size - n_late] = stack.donor_mol_per_m3[:, None]
    return Trajectory(
        donor=stack.donor_volume_m[:, None] * whole[0],
        layers=whole[3:],
        cleared=whole[1],
        received=whole[2],
        s=np.empty((at_s.size, 0)),
        step_end_s=ends,
    )

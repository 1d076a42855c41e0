"""Newton's method and steps of the reference model, compiled; compare `electroneutral_solver.py`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.compiled_ions import Blocks, IonSystem, balance
from models.compiled_system import jit
from models.constants import FARADAY_C_PER_MOL
from models.stepping import ERROR_WEIGHTS, GAMMA, D, W

FloatArray = NDArray[np.float64]

_E0, _E1, _E2 = ERROR_WEIGHTS
Found = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


@jit
def eliminate_column(left: FloatArray, right: FloatArray, vector: FloatArray) -> None:
    """Solve ``left X = right`` and ``left x = vector`` in place, with row pivoting."""
    m = left.shape[0]
    for c in range(m):
        p = c
        for r in range(c + 1, m):
            if abs(left[r, c]) > abs(left[p, c]):
                p = r
        if p != c:
            for v in range(m):
                left[c, v], left[p, v] = left[p, v], left[c, v]
                right[c, v], right[p, v] = right[p, v], right[c, v]
            vector[c], vector[p] = vector[p], vector[c]
        scale = 1.0 / left[c, c]
        for r in range(m):
            if r == c:
                continue
            share = left[r, c] * scale
            for v in range(c + 1, m):
                left[r, v] -= share * left[c, v]
            for v in range(m):
                right[r, v] -= share * right[c, v]
            vector[r] -= share * vector[c]
    for c in range(m):
        for v in range(m):
            right[c, v] /= left[c, c]
        vector[c] /= left[c, c]


@jit
def solve_blocks(blocks: Blocks, x: FloatArray) -> None:
    """Solve a block-tridiagonal system in place, (n_node, n_ion); the blocks are used up."""
    before, here, behind = blocks
    n, m = x.shape
    for j in range(n):
        if j > 0:
            for r in range(m - 1):
                for c in range(m):
                    share = before[j, r, c]
                    x[j, r] -= share * x[j - 1, c]
                    for v in range(m):
                        here[j, r, v] -= share * behind[j - 1, c, v]
        eliminate_column(here[j], behind[j], x[j])
    for up in range(1, n):
        j = n - 1 - up
        for r in range(m):
            for v in range(m):
                x[j, r] -= behind[j, r, v] * x[j + 1, v]


@jit
def solve_stage(
    system: IonSystem,
    y: FloatArray,
    target: FloatArray,
    drive: tuple[float, float, float, float],
    found: Found,
    blocks: Blocks,
    change: FloatArray,
) -> bool:
    """Bring y to a stage's solution; return whether Newton's method converged.

    Drive is current, weight of the rates, scale of concentrations, and the closeness asked.
    """
    i, step, scale, close = drive
    n, m = y.shape
    z = system[0][0]
    for _ in range(25):
        balance(system, y, i, step, found, blocks, True)
        held, rate, flux = found[0], found[1], found[2]
        for j in range(n):
            carried = 0.0
            for k in range(m):
                carried += z[k] * flux[k, j]
                change[j, k] = target[j, k] + step * rate[j, k] - held[j, k]
            change[j, m - 1] = i - carried * FARADAY_C_PER_MOL
        solve_blocks(blocks, change)
        turn, moved = 0.0, 0.0
        for j in range(n):
            turn = max(turn, abs(change[j, m - 1]))
            for k in range(m - 1):
                moved = max(moved, abs(change[j, k]))
        if not np.isfinite(turn + moved):
            return False
        share = min(1.0, 5.0 / max(turn, 1e-300))
        for j in range(n):
            for k in range(m):
                y[j, k] += share * change[j, k]
        if moved < close * scale and turn < close:
            return True
    return False


@jit
def take_step(
    system: IonSystem,
    step: float,
    currents: tuple[float, float],
    limits: tuple[float, float],
    states: FloatArray,
    start: Found,
    end: Found,
    blocks: Blocks,
) -> float:
    """Take a TR-BDF2 step; return the largest error of a concentration, or -1 without a solution.

    Parameters
    ----------
    system, blocks : tuple
        See `compiled_ions.balance`.
    step : float
        Length, s.
    currents : two floats
        At GAMMA of the step and at its end.
    limits : two floats
        Scale of concentrations, and the closeness Newton's method must reach.
    states : (6, n_node, n_ion) array
        Unknowns at the start and their trend per second; the rest is written: middle and end,
        target, change.
    start, end : tuple
        Amounts, rates, fluxes and clearance at the start, and at the end; cleared at the end holds
        its mean over the step.
    """
    y, trend, middle, last, target, change = (
        states[0],
        states[1],
        states[2],
        states[3],
        states[4],
        states[5],
    )
    reach = step * D
    middle[:] = y + step * GAMMA * trend
    target[:] = start[0] + reach * start[1]
    drive = (currents[0], reach, limits[0], limits[1])
    if not solve_stage(system, middle, target, drive, end, blocks, change):
        return -1.0
    balance(system, middle, currents[0], reach, end, blocks, False)
    cleared = W * (start[3] + end[3])
    target[:] = start[0] + step * W * (start[1] + end[1])
    change[:] = _E0 * start[1] + _E1 * end[1]
    raw = step * change
    last[:] = y + (middle - y) / GAMMA
    drive = (currents[1], reach, limits[0], limits[1])
    if not solve_stage(system, last, target, drive, end, blocks, change):
        return -1.0
    balance(system, last, currents[1], reach, end, blocks, True)
    end[3][:] = cleared + D * end[3]
    raw += step * _E2 * end[1]
    m = y.shape[1]
    raw[:, m - 1] = 0.0
    solve_blocks(blocks, raw)
    return float(np.abs(raw[:, : m - 1]).max())

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
def invert(left: FloatArray, inverse: FloatArray) -> None:
    """Write the inverse of a small matrix, by Gauss and Jordan with row pivoting; left is used up."""
    m = left.shape[0]
    inverse[:] = 0.0
    for c in range(m):
        inverse[c, c] = 1.0
    for c in range(m):
        p = c
        for r in range(c + 1, m):
            if abs(left[r, c]) > abs(left[p, c]):
                p = r
        scale = 1.0 / left[p, c]
        for v in range(m):
            left[c, v], left[p, v] = left[p, v], left[c, v]
            inverse[c, v], inverse[p, v] = inverse[p, v], inverse[c, v]
            left[c, v] *= scale
            inverse[c, v] *= scale
        for r in range(m):
            share = left[r, c]
            if r != c:
                for v in range(m):
                    left[r, v] -= share * left[c, v]
                    inverse[r, v] -= share * inverse[c, v]


@jit
def factor(blocks: Blocks) -> None:
    """Factor a block-tridiagonal matrix: inverse pivots, and what they leave of the upper blocks."""
    before, here, behind, inverse = blocks
    n, m = here.shape[0], here.shape[1]
    fresh = np.empty((m, m))
    for j in range(n):
        if j > 0:
            # The row before last in a node is the last that knows the node before.
            for r in range(m - 1):
                for c in range(m):
                    for v in range(m):
                        here[j, r, v] -= before[j, r, c] * behind[j - 1, c, v]
        invert(here[j], inverse[j])
        fresh[:] = 0.0
        for r in range(m):
            for c in range(m):
                for v in range(m):
                    fresh[r, v] += inverse[j, r, c] * behind[j, c, v]
        behind[j] = fresh


@jit
def substitute_blocks(blocks: Blocks, x: FloatArray) -> None:
    """Solve in place with the factors of `factor`, (n_node, n_ion)."""
    before, behind, inverse = blocks[0], blocks[2], blocks[3]
    n, m = x.shape
    right = np.empty(m)
    for j in range(n):
        right[:] = x[j]
        if j > 0:
            for r in range(m - 1):
                for c in range(m):
                    right[r] -= before[j, r, c] * x[j - 1, c]
        for r in range(m):
            total = 0.0
            for c in range(m):
                total += inverse[j, r, c] * right[c]
            x[j, r] = total
    for up in range(1, n):
        j = n - 1 - up
        for r in range(m):
            for v in range(m):
                x[j, r] -= behind[j, r, v] * x[j + 1, v]


@jit
def residual(
    z: FloatArray, i: float, step: float, target: FloatArray, found: Found, change: FloatArray
) -> None:
    """Write what a stage's equations lack."""
    held, rate, flux = found[0], found[1], found[2]
    n, m = held.shape
    for j in range(n):
        carried = 0.0
        for k in range(m):
            carried += z[k] * flux[k, j]
            change[j, k] = target[j, k] + step * rate[j, k] - held[j, k]
        change[j, m - 1] = i - carried * FARADAY_C_PER_MOL


@jit
def solve_stage(
    system: IonSystem,
    y: FloatArray,
    target: FloatArray,
    drive: tuple[float, float, float, float],
    found: Found,
    blocks: Blocks,
    change: FloatArray,
    ready: bool,
) -> bool:
    """Bring y to a stage's solution; return whether Newton's method converged.

    Drive is current, weight of the rates, scale of concentrations, and the closeness asked. A
    derivative that is ready is used as long as changes shrink at least threefold.
    """
    i, step, scale, close = drive
    m = y.shape[1]
    z, last = system[0][0], np.inf
    for _ in range(40):
        balance(system, y, i, step, found, blocks, not ready)
        if not ready:
            factor(blocks)
        residual(z, i, step, target, found, change)
        substitute_blocks(blocks, change)
        turn, moved = 0.0, 0.0
        for j in range(y.shape[0]):
            turn = max(turn, abs(change[j, m - 1]))
            for k in range(m - 1):
                moved = max(moved, abs(change[j, k]))
        size = max(moved / scale, turn)
        if not np.isfinite(size):
            return False
        share = min(1.0, 5.0 / max(turn, 1e-300))
        y += share * change
        # Changes shrink evenly, so the next one is foreseen.
        if size < close or (last < np.inf and size * size < 0.1 * close * last):
            return True
        ready = share == 1.0 and size < 0.3 * last
        last = size
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
    mean: FloatArray,
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
        Amounts, rates, fluxes and clearance at the start, and at the end.
    mean : (n_ion,) array
        Mean clearance over the step; overwritten.
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
    if not solve_stage(system, middle, target, drive, end, blocks, change, False):
        return -1.0
    balance(system, middle, currents[0], reach, end, blocks, False)
    cleared = W * (start[3] + end[3])
    target[:] = start[0] + step * W * (start[1] + end[1])
    change[:] = _E0 * start[1] + _E1 * end[1]
    raw = step * change
    last[:] = y + (middle - y) / GAMMA
    drive = (currents[1], reach, limits[0], limits[1])
    # Both stages weigh their rates alike, so the derivative serves on.
    if not solve_stage(system, last, target, drive, end, blocks, change, True):
        return -1.0
    balance(system, last, currents[1], reach, end, blocks, False)
    mean[:] = cleared + D * end[3]
    raw += step * _E2 * end[1]
    m = y.shape[1]
    raw[:, m - 1] = 0.0
    substitute_blocks(blocks, raw)
    return float(np.abs(raw[:, : m - 1]).max())

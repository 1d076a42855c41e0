"""Block elimination from node to node for the reference model, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.compiled_slopes import Slopes
from models.compiled_system import inner_jit

FloatArray = NDArray[np.float64]


class Blocks(NamedTuple):
    """Hold factors, (n_node, n_ion - 1, n_ion - 1) each.

    Parameters
    ----------
    inverse, below, above : array
        Inverse pivots; what couples a node to the one before; and, times the inverse, behind.
    """

    inverse: FloatArray
    below: FloatArray
    above: FloatArray


@inner_jit
def invert(left: FloatArray, inverse: FloatArray) -> None:
    """Write the inverse of a small matrix; left is used up."""
    if left.shape[0] == 2:
        scale = 1.0 / (left[0, 0] * left[1, 1] - left[0, 1] * left[1, 0])
        inverse[0, 0], inverse[0, 1] = left[1, 1] * scale, -left[0, 1] * scale
        inverse[1, 0], inverse[1, 1] = -left[1, 0] * scale, left[0, 0] * scale
    else:
        invert_large(left, inverse)


@inner_jit
def invert_large(left: FloatArray, inverse: FloatArray) -> None:
    """Write the inverse of a small matrix, by Gauss and Jordan with row pivoting."""
    m = left.shape[0]
    for c in range(m):
        for v in range(m):
            inverse[c, v] = 1.0 if c == v else 0.0
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


@inner_jit
def factor(slopes: Slopes, reach: float, blocks: Blocks) -> None:
    """Factor amounts minus `reach` times rates."""
    m, n = slopes.held.shape[0], slopes.held.shape[2]
    inverse, below, above = blocks.inverse, blocks.below, blocks.above
    left, right = slopes.by_s[0], slopes.by_s[1]
    here = np.empty((m, m))
    for j in range(n):
        for r in range(m):
            for v in range(m):
                here[r, v] = slopes.held[r, v, j] + reach * (slopes.taken[r, v, j] + left[r, v, j])
        if j > 0:
            for r in range(m):
                for v in range(m):
                    here[r, v] -= reach * right[r, v, j - 1]
                for c in range(m):
                    share = -reach * left[r, c, j - 1]
                    below[j, r, c] = share
                    for v in range(m):
                        here[r, v] -= share * above[j - 1, c, v]
        invert(here, inverse[j])
        for r in range(m):
            for v in range(m):
                total = 0.0
                for c in range(m):
                    total += inverse[j, r, c] * right[c, v, j]
                above[j, r, v] = reach * total


@inner_jit
def substitute(blocks: Blocks, x: FloatArray) -> None:
    """Solve in place with the factors of `factor`, (n_ion - 1 or more, n_node or more)."""
    inverse, below, above = blocks.inverse, blocks.below, blocks.above
    n, m = inverse.shape[0], inverse.shape[1]
    right = np.empty(m)
    for j in range(n):
        for r in range(m):
            right[r] = x[r, j]
            if j > 0:
                for c in range(m):
                    right[r] -= below[j, r, c] * x[c, j - 1]
        for r in range(m):
            total = 0.0
            for c in range(m):
                total += inverse[j, r, c] * right[c]
            x[r, j] = total
    for up in range(1, n):
        j = n - 1 - up
        for r in range(m):
            total = x[r, j]
            for c in range(m):
                total -= above[j, r, c] * x[c, j + 1]
            x[r, j] = total

"""The tridiagonal system of `transport.py`, compiled for draws side by side.

Every loop's innermost index runs over the draws of a block, so that one instruction serves
several; arrays are (n_node or n_element, LANES).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.compiled_system import lane_jit
from models.stepping import ACROSS

FloatArray = NDArray[np.float64]

LANES = 64
"""Draws a block holds: enough that the checks before a vectorized loop do not count."""

_FLAT = 40.0
"""Beyond this |a| the Bernoulli function is zero to rounding beside |a|."""


@lane_jit
def falling(a: float) -> float:
    """Return a/(e^a - 1) for a >= 0 to rounding of 1 + a, without branches."""
    a = min(_FLAT, a)
    y = a * (1.0 / 64.0)
    p = 1.0 / 1307674368000.0
    p = 1.0 / 87178291200.0 - y * p
    p = 1.0 / 6227020800.0 - y * p
    p = 1.0 / 479001600.0 - y * p
    p = 1.0 / 39916800.0 - y * p
    p = 1.0 / 3628800.0 - y * p
    p = 1.0 / 362880.0 - y * p
    p = 1.0 / 40320.0 - y * p
    p = 1.0 / 5040.0 - y * p
    p = 1.0 / 720.0 - y * p
    p = 1.0 / 120.0 - y * p
    p = 1.0 / 24.0 - y * p
    p = 1.0 / 6.0 - y * p
    p = 0.5 - y * p
    p = 1.0 - y * p
    # 1 - e^-2y = (1 - e^-y)(2 - (1 - e^-y)), six times.
    q = y * p
    for _ in range(6):
        p *= 1.0 - 0.5 * q
        q *= 2.0 - q
    return 1.0 / p - a


@lane_jit
def fill_links(
    drive: FloatArray,
    pore: FloatArray,
    other: FloatArray,
    drift: FloatArray,
    span: tuple[int, int],
    forward: FloatArray,
    backward: FloatArray,
) -> None:
    """Write the flux coefficients of a block for (current, opening, mobility), (3, LANES).

    The span holds the number of elements in the first layer, and of elements to write.
    """
    current, opening, mobility = drive[0], drive[1], drive[2]
    for e in range(span[1]):
        opened = 1.0 if e < span[0] else 0.0
        for k in range(LANES):
            diffusive = other[e, k] + (1.0 + opened * (opening[k] - 1.0)) * pore[e, k]
            velocity = current[k] * (drift[e, k] + opened * mobility[k])
            a = abs(velocity / diffusive)
            back = diffusive * falling(a) + 0.5 * (abs(velocity) - velocity)
            backward[e, k] = back
            forward[e, k] = back + velocity


@lane_jit
def eliminate(
    step: float,
    links: tuple[FloatArray, FloatArray],
    mass: FloatArray,
    clearing: FloatArray,
    factors: tuple[FloatArray, FloatArray, FloatArray],
) -> None:
    """Factor ``M - step A``: multipliers, inverse pivots, and scaled upper diagonal."""
    forward, backward = links
    below, inverse, above = factors
    n, n_element = mass.shape[0], forward.shape[0]
    for j in range(n):
        for k in range(LANES):
            inverse[j, k] = mass[j, k] + step * clearing[j, k]
        if j < n_element:
            for k in range(LANES):
                inverse[j, k] += step * forward[j, k]
        if j > 0:
            for k in range(LANES):
                below[j, k] = step * forward[j - 1, k] * inverse[j - 1, k]
            for k in range(LANES):
                inverse[j, k] += step * backward[j - 1, k] * (1.0 - below[j, k])
        for k in range(LANES):
            inverse[j, k] = 1.0 / inverse[j, k]
        if j < n - 1:
            for k in range(LANES):
                above[j, k] = step * backward[j, k] * inverse[j, k]


@lane_jit
def back(inverse: FloatArray, above: FloatArray, x: FloatArray) -> None:
    """Finish a solution in place, from the deepest node up."""
    n = x.shape[0]
    for k in range(LANES):
        x[n - 1, k] *= inverse[n - 1, k]
    for up in range(1, n):
        j = n - 1 - up
        for k in range(LANES):
            x[j, k] = x[j, k] * inverse[j, k] + above[j, k] * x[j + 1, k]


@lane_jit
def middle_stage(
    reach: float,
    mass: FloatArray,
    factors: tuple[FloatArray, FloatArray, FloatArray],
    s: FloatArray,
    rate: FloatArray,
    middle: FloatArray,
) -> None:
    """Write the trapezoidal stage from a state and its ``M ds/dt``."""
    below, inverse, above = factors
    for j in range(s.shape[0]):
        for k in range(LANES):
            middle[j, k] = mass[j, k] * s[j, k] + reach * rate[j, k]
        if j > 0:
            for k in range(LANES):
                middle[j, k] += below[j, k] * middle[j - 1, k]
    back(inverse, above, middle)


@lane_jit
def end_stage(
    reach: float,
    mass: FloatArray,
    factors: tuple[FloatArray, FloatArray, FloatArray],
    s: FloatArray,
    rate: FloatArray,
    middle: FloatArray,
) -> None:
    """Turn a state and its rate into those at the end of the step.

    The rates drop out of the second stage; what stays is its BDF2 form.
    """
    below, inverse, above = factors
    for j in range(s.shape[0]):
        for k in range(LANES):
            right = mass[j, k] * (ACROSS * s[j, k] + (1.0 - ACROSS) * middle[j, k])
            rate[j, k] = right
            s[j, k] = right
        if j > 0:
            for k in range(LANES):
                s[j, k] += below[j, k] * s[j - 1, k]
    back(inverse, above, s)
    inverse_reach = 1.0 / reach
    for j in range(s.shape[0]):
        for k in range(LANES):
            rate[j, k] = (mass[j, k] * s[j, k] - rate[j, k]) * inverse_reach


@lane_jit
def leave(clearing: FloatArray, forward: FloatArray, x: FloatArray, flow: FloatArray) -> None:
    """Write the rates of clearance and of arrival in the receptor, (2, LANES)."""
    n = x.shape[0]
    cleared, arriving = flow[0], flow[1]
    for k in range(LANES):
        cleared[k] = 0.0
        arriving[k] = forward[n - 1, k] * x[n - 1, k] if forward.shape[0] == n else 0.0
    for j in range(n):
        for k in range(LANES):
            cleared[k] += clearing[j, k] * x[j, k]


@lane_jit
def first_rate(
    clearing: FloatArray, links: tuple[FloatArray, FloatArray], s: FloatArray, rate: FloatArray
) -> None:
    """Write ``A s``."""
    forward, backward = links
    n = s.shape[0]
    for j in range(n):
        for k in range(LANES):
            rate[j, k] = -clearing[j, k] * s[j, k]
    for e in range(forward.shape[0]):
        for k in range(LANES):
            flux = forward[e, k] * s[e, k]
            if e + 1 < n:
                flux -= backward[e, k] * s[e + 1, k]
                rate[e + 1, k] += flux
            rate[e, k] -= flux

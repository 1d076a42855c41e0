"""One run on a given schedule and, backwards along it, its exact gradient, compiled by numba.

The equations are those of `stepping.py`; with stage matrices A0, A1, A2 at the start, the middle and
the end of a step of length h, and m, e the stages,

    ``(M - hD A1) m = (M + hD A0) s``,  ``(M - hD A2) e = M (a s + (1 - a) m)``

so the adjoint of e goes back through the transposed systems, and every stage leaves its share of the
gradient by that stage's current, opening and mobility.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.compiled_system import eliminate, fill_links, jit, leave, rate, substitute
from models.stepping import ACROSS, D, W

FloatArray = NDArray[np.float64]
Parts = tuple[FloatArray, FloatArray, FloatArray, int]
"""Mass (n_node,), clearing (n_node,), conductances (3, n_element), elements of the first layer."""


@jit
def forward(
    parts: Parts, lengths: FloatArray, drives: FloatArray, tape: FloatArray
) -> tuple[float, float]:
    """Fill the tape with states and stages; return what blood and receptor took.

    Parameters
    ----------
    parts : tuple
        The system.
    lengths : (n_step,) array
        Steps, s.
    drives : (2 n_step + 1, 3) array
        Current, opening, mobility at the start, then at the middle and the end of every step.
    tape : (2 n_step + 1, n_node) array
        Row 0 holds the state at the start; the others are written.
    """
    mass, clearing, conductances, n_first = parts
    n, n_element = mass.size, conductances.shape[1]
    links, factors, right = np.empty((2, n_element)), np.zeros((2, n)), np.empty(n)
    before = np.empty(n)
    fill_links(drives[0], conductances, n_first, links[0], links[1])
    c0, a0 = rate(tape[0], links[0], links[1], clearing, before)
    cleared, received = 0.0, 0.0
    for step in range(lengths.size):
        h = lengths[step]
        s, middle, end = tape[2 * step], tape[2 * step + 1], tape[2 * step + 2]
        fill_links(drives[2 * step + 1], conductances, n_first, links[0], links[1])
        eliminate(h * D, links[0], links[1], mass, clearing, factors)
        for j in range(n):
            middle[j] = mass[j] * s[j] + h * D * before[j]
        substitute(h * D, links[1], factors, middle)
        c1, a1 = leave(middle, links[0], clearing)
        fill_links(drives[2 * step + 2], conductances, n_first, links[0], links[1])
        eliminate(h * D, links[0], links[1], mass, clearing, factors)
        for j in range(n):
            right[j] = mass[j] * (ACROSS * s[j] + (1.0 - ACROSS) * middle[j])
            end[j] = right[j]
        substitute(h * D, links[1], factors, end)
        c2, a2 = leave(end, links[0], clearing)
        cleared += h * (W * (c0 + c1) + D * c2)
        received += h * (W * (a0 + a1) + D * a2)
        c0, a0 = c2, a2
        for j in range(n):
            before[j] = (mass[j] * end[j] - right[j]) / (h * D)
    return cleared, received


@jit
def substitute_transposed(
    step: float, backward: FloatArray, factors: FloatArray, x: FloatArray
) -> None:
    """Solve the transposed system in place with the factors of `eliminate`."""
    n = x.size
    x[0] *= factors[1, 0]
    for j in range(1, n):
        x[j] = (x[j] + step * backward[j - 1] * x[j - 1]) * factors[1, j]
    for j in range(n - 2, -1, -1):
        x[j] += factors[0, j + 1] * x[j + 1]


@jit
def slopes(diffusive: float, velocity: float) -> tuple[float, float]:
    """Return the derivatives of the backward link by diffusion and by velocity."""
    a = velocity / diffusive
    size = abs(a)
    if size < 1e-4:
        bernoulli, by = 1.0 - 0.5 * a + a * a / 12.0, -0.5 + a / 6.0
    else:
        falling = size / np.expm1(min(size, 700.0))
        bernoulli = falling + size if a < 0.0 else falling
        by = bernoulli * (1.0 - bernoulli - a) / a
    return bernoulli - a * by, by


@jit
def leave_gradient(
    parts: Parts,
    drive: FloatArray,
    x: FloatArray,
    adjoint: FloatArray,
    gone: float,
    out: FloatArray,
) -> None:
    """Add ``adjoint · dA x + gone · d(arrival)`` by current, opening and mobility."""
    conductances, n_first = parts[2], parts[3]
    n = x.size
    for e in range(conductances.shape[1]):
        opened = 1.0 if e < n_first else 0.0
        pore, drift = conductances[0, e], conductances[2, e] + opened * drive[2]
        diffusive = conductances[1, e] + (1.0 + opened * (drive[1] - 1.0)) * pore
        by_diffusion, by_velocity = slopes(diffusive, drive[0] * drift)
        below = x[e + 1] if e + 1 < n else 0.0
        reach = (adjoint[e + 1] if e + 1 < n else gone) - adjoint[e]
        diffusion = reach * by_diffusion * (x[e] - below)
        velocity = reach * ((1.0 + by_velocity) * x[e] - by_velocity * below)
        out[0] += velocity * drift
        out[1] += diffusion * opened * pore
        out[2] += velocity * drive[0] * opened


@jit
def add_transposed(
    parts: Parts, links: FloatArray, adjoint: FloatArray, gone: float, scale: float, out: FloatArray
) -> None:
    """Add ``scale (A^T adjoint + gone d(arrival)/ds)``."""
    clearing = parts[1]
    n = adjoint.size
    for j in range(n):
        out[j] -= scale * clearing[j] * adjoint[j]
    for e in range(links.shape[1]):
        reach = (adjoint[e + 1] if e + 1 < n else gone) - adjoint[e]
        out[e] += scale * links[0, e] * reach
        if e + 1 < n:
            out[e + 1] -= scale * links[1, e] * reach


@jit
def backward(
    parts: Parts,
    lengths: FloatArray,
    drives: FloatArray,
    tape: FloatArray,
    last: FloatArray,
    to_blood: float,
    to_receptor: float,
    gradient: FloatArray,
) -> None:
    """Add the gradient of ``last · s(T) + to_blood · cleared + to_receptor · received``.

    Parameters
    ----------
    parts, lengths, drives, tape
        As left by `forward`.
    last : (n_node,) array
        Weights of the last state.
    to_blood, to_receptor : float
        Weights of what left.
    gradient : (2 n_step + 1, 3) array
        By current, opening and mobility at each point; added to.
    """
    mass, clearing, conductances, n_first = parts
    n, n_element = mass.size, conductances.shape[1]
    links, factors = np.empty((2, n_element)), np.zeros((2, n))
    adjoint, p, q, none = last.copy(), np.empty(n), np.empty(n), np.zeros(n)
    for step in range(lengths.size - 1, -1, -1):
        h = lengths[step]
        reach = h * D
        first, middle, end = 2 * step, 2 * step + 1, 2 * step + 2
        fill_links(drives[end], conductances, n_first, links[0], links[1])
        for j in range(n):
            p[j] = adjoint[j] + to_blood * h * D * clearing[j]
        add_transposed(parts, links, none, to_receptor, h * D, p)
        eliminate(reach, links[0], links[1], mass, clearing, factors)
        substitute_transposed(reach, links[1], factors, p)
        _leave(parts, drives[end], tape[end], p, reach, to_receptor * h * D, gradient[end])
        fill_links(drives[middle], conductances, n_first, links[0], links[1])
        for j in range(n):
            q[j] = (1.0 - ACROSS) * mass[j] * p[j] + to_blood * h * W * clearing[j]
        add_transposed(parts, links, none, to_receptor, h * W, q)
        eliminate(reach, links[0], links[1], mass, clearing, factors)
        substitute_transposed(reach, links[1], factors, q)
        _leave(parts, drives[middle], tape[middle], q, reach, to_receptor * h * W, gradient[middle])
        fill_links(drives[first], conductances, n_first, links[0], links[1])
        for j in range(n):
            adjoint[j] = mass[j] * (ACROSS * p[j] + q[j]) + to_blood * h * W * clearing[j]
        add_transposed(parts, links, q, 0.0, reach, adjoint)
        add_transposed(parts, links, none, to_receptor, h * W, adjoint)
        _leave(parts, drives[first], tape[first], q, reach, to_receptor * h * W, gradient[first])


@jit
def _leave(
    parts: Parts,
    drive: FloatArray,
    x: FloatArray,
    adjoint: FloatArray,
    reach: float,
    gone: float,
    out: FloatArray,
) -> None:
    """Add a stage's gradient: reach times the adjoint's, and what reaches the receptor."""
    scaled = reach * adjoint
    leave_gradient(parts, drive, x, scaled, gone, out)

"""The run and its gradient of `compiled_adjoint` with numpy and LAPACK, where numba is not installed.

Links of all stages are filled at once, and so are their shares of the gradient; only the solves go
step by step.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.stepping import ACROSS, D, W
from models.transport import bernoulli
from models.tridiagonal import Factors, factor, solve

FloatArray = NDArray[np.float64]
Parts = tuple[FloatArray, FloatArray, FloatArray, int]
_SMALL = 1e-4
"""Drift per diffusion below which Bernoulli's slope is taken from its series."""


def forward(
    parts: Parts, lengths: FloatArray, drives: FloatArray, tape: FloatArray
) -> tuple[float, float]:
    """Fill the tape; see `compiled_adjoint.forward`."""
    mass, clearing = parts[0], parts[1]
    ahead, back = _links(parts, drives)
    rate = _rate(tape[0], ahead[0], back[0], clearing)
    for step, h in enumerate(lengths):
        s, reach, first = tape[2 * step], h * D, 2 * step + 1
        middle = solve(_factors(parts, ahead[first], back[first], reach), mass * s + reach * rate)
        right = mass * (ACROSS * s + (1.0 - ACROSS) * middle)
        last = first + 1
        end = solve(_factors(parts, ahead[last], back[last], reach), right.copy())
        rate = (mass * end - right) / reach
        tape[first], tape[last] = middle, end
    gone = tape @ clearing
    received = _arrival(parts, ahead) * tape[:, -1]
    weights = _weights(lengths)
    return float(weights @ gone), float(weights @ received)


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
    """Add the gradient; see `compiled_adjoint.backward`."""
    mass, clearing = parts[0], parts[1]
    ahead, back = _links(parts, drives)
    weights = _weights(lengths)
    # What every state gives to blood and receptor by itself.
    leaving = to_blood * clearing + np.zeros_like(tape)
    leaving[:, -1] += to_receptor * _arrival(parts, ahead)
    adjoint = last.copy()
    stages = np.zeros_like(tape)
    for step in range(lengths.size - 1, -1, -1):
        h = lengths[step]
        first, middle, end = 2 * step, 2 * step + 1, 2 * step + 2
        p = _solve_transposed(
            _factors(parts, ahead[end], back[end], h * D), adjoint + h * D * leaving[end]
        )
        right = (1.0 - ACROSS) * mass * p + h * W * leaving[middle]
        q = _solve_transposed(_factors(parts, ahead[middle], back[middle], h * D), right)
        adjoint = mass * (ACROSS * p + q) + h * W * leaving[first]
        adjoint += h * D * _transposed(parts, ahead[first], back[first], q)
        stages[end] += h * D * p
        stages[middle] += h * D * q
        stages[first] += h * D * q
    _add_gradient(parts, drives, tape, (stages, to_receptor * weights), gradient)


def _links(parts: Parts, drives: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the flux coefficients of every element at every point, (n_point, n_element) each."""
    diffusive, velocity = _drift(parts, drives)
    back = diffusive * bernoulli(velocity / diffusive)
    return back + velocity, back


def _drift(parts: Parts, drives: FloatArray) -> tuple[FloatArray, FloatArray]:
    pore, other, drift = parts[2]
    opened = np.arange(pore.size) < parts[3]
    diffusive = other + np.where(opened, drives[:, 1:2], 1.0) * pore
    return diffusive, drives[:, :1] * (drift + opened * drives[:, 2:3])


def _weights(lengths: FloatArray) -> FloatArray:
    """Return how much of a rate at each point is integrated, (n_point,) in s."""
    weights = np.zeros(2 * lengths.size + 1)
    weights[:-1:2] += W * lengths
    weights[1::2] += W * lengths
    weights[2::2] += D * lengths
    return weights


def _arrival(parts: Parts, ahead: FloatArray) -> FloatArray:
    """Return the coefficient of what reaches the receptor, (n_point,)."""
    sink = parts[2].shape[1] == parts[0].size
    return ahead[:, -1] if sink else np.zeros(ahead.shape[0])


def _rate(s: FloatArray, ahead: FloatArray, back: FloatArray, clearing: FloatArray) -> FloatArray:
    inner = s.size - 1
    flux = ahead[:inner] * s[:-1] - back[:inner] * s[1:]
    change: FloatArray = -clearing * s
    change[:-1] -= flux
    change[1:] += flux
    if ahead.size > inner:
        change[-1] -= ahead[-1] * s[-1]
    return change


def _transposed(parts: Parts, ahead: FloatArray, back: FloatArray, x: FloatArray) -> FloatArray:
    inner = x.size - 1
    reach = np.diff(x)
    out: FloatArray = -parts[1] * x
    out[:-1] += ahead[:inner] * reach
    out[1:] -= back[:inner] * reach
    if ahead.size > inner:
        out[-1] -= ahead[-1] * x[-1]
    return out


def _factors(parts: Parts, ahead: FloatArray, back: FloatArray, reach: float) -> Factors:
    mass, clearing = parts[0], parts[1]
    inner = mass.size - 1
    lower, upper = np.zeros(mass.size), np.zeros(mass.size)
    lower[1:], upper[:-1] = -reach * ahead[:inner], -reach * back[:inner]
    main = mass + reach * clearing
    main[: ahead.size] += reach * ahead
    main[1:] += reach * back[:inner]
    return factor(lower, main, upper)


def _solve_transposed(factors: Factors, right: FloatArray) -> FloatArray:
    result, _info = _dgttrs()(*factors, right, trans="T")
    return np.asarray(result)


@cache
def _dgttrs() -> Callable[..., Any]:
    solver: Callable[..., Any] = import_module("scipy.linalg.lapack").dgttrs
    return solver


def _slopes(a: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the derivatives of the backward link by diffusion and by velocity."""
    value = bernoulli(a)
    small = np.abs(a) < _SMALL
    safe = np.where(small, 1.0, a)
    by = np.where(small, -0.5 + a / 6.0, value * (1.0 - value - a) / safe)
    return value - a * by, by


def _add_gradient(
    parts: Parts,
    drives: FloatArray,
    tape: FloatArray,
    adjoints: tuple[FloatArray, FloatArray],
    gradient: FloatArray,
) -> None:
    stages, gone = adjoints
    pore, _, drift = parts[2]
    opened = np.arange(pore.size) < parts[3]
    diffusive, velocity = _drift(parts, drives)
    by_diffusion, by_velocity = _slopes(velocity / diffusive)
    n_element = pore.size
    below = np.column_stack((tape[:, 1:], np.zeros(len(tape))))[:, :n_element]
    behind = np.column_stack((stages[:, 1:], gone))[:, :n_element]
    above, reach = tape[:, :n_element], behind - stages[:, :n_element]
    by_v = reach * ((1.0 + by_velocity) * above - by_velocity * below)
    by_d = reach * by_diffusion * (above - below)
    gradient[:, 0] += (by_v * (drift + opened * drives[:, 2:3])).sum(axis=1)
    gradient[:, 1] += by_d @ (opened * pore)
    gradient[:, 2] += drives[:, 0] * (by_v @ opened.astype(float))

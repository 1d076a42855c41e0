"""The tridiagonal system of `transport.py`, compiled by numba for one draw."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba  # noqa: TID253 - this module itself is imported at first use
import numpy as np
from numpy.typing import NDArray

from models.compiled_cache import drop_stale

FloatArray = NDArray[np.float64]
drop_stale(Path(__file__).parent)

_Function = TypeVar("_Function", bound=Callable[..., object])

jit = cast(
    "Callable[[_Function], _Function]", numba.njit(cache=True, nogil=True, error_model="numpy")
)

lane_jit = cast(
    "Callable[[_Function], _Function]",
    numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"}),
)
"""Lets multiply and add contract to one instruction."""

_INNER: dict[str, Any] = {
    "cache": False,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "nsz"},
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
inner_jit = cast("Callable[[_Function], _Function]", numba.njit(**_INNER))
"""For functions that only compiled ones call: the caller is kept, with all it calls."""


@jit
def fill_links(
    drive: FloatArray,
    conductances: FloatArray,
    n_first: int,
    forward: FloatArray,
    backward: FloatArray,
) -> None:
    """Write the flux coefficients of every element for (current, opening, mobility)."""
    pore, other, drift = conductances[0], conductances[1], conductances[2]
    for e in range(pore.size):
        diffusive = other[e] + (drive[1] * pore[e] if e < n_first else pore[e])
        velocity = drive[0] * (drift[e] + (drive[2] if e < n_first else 0.0))
        a = abs(velocity / diffusive)
        falling = 1.0 - 0.5 * a if a < 1e-8 else a / np.expm1(min(a, 700.0))
        backward[e] = diffusive * (falling + a if velocity < 0.0 else falling)
        forward[e] = backward[e] + velocity


@jit
def eliminate(
    step: float,
    forward: FloatArray,
    backward: FloatArray,
    mass: FloatArray,
    clearing: FloatArray,
    factors: FloatArray,
) -> None:
    """Factor ``M - step A`` by elimination: factors holds multipliers and inverse pivots."""
    n = mass.size
    sink = forward.size == n
    for j in range(n):
        pivot = mass[j] + step * clearing[j]
        if j < n - 1 or sink:
            pivot += step * forward[j]
        if j > 0:
            pivot += step * backward[j - 1]
            factors[0, j] = step * forward[j - 1] * factors[1, j - 1]
            pivot -= factors[0, j] * step * backward[j - 1]
        factors[1, j] = 1.0 / pivot


@jit
def substitute(step: float, backward: FloatArray, factors: FloatArray, x: FloatArray) -> None:
    """Solve in place with the factors of `eliminate`."""
    n = x.size
    for j in range(1, n):
        x[j] += factors[0, j] * x[j - 1]
    x[n - 1] *= factors[1, n - 1]
    for j in range(n - 2, -1, -1):
        x[j] = (x[j] + step * backward[j] * x[j + 1]) * factors[1, j]


@jit
def rate(
    s: FloatArray, forward: FloatArray, backward: FloatArray, clearing: FloatArray, out: FloatArray
) -> tuple[float, float]:
    """Write ``A s`` and return the rates of clearance and arrival in the receptor."""
    n = s.size
    cleared, arriving = 0.0, 0.0
    for j in range(n):
        cleared += clearing[j] * s[j]
        out[j] = arriving - clearing[j] * s[j]
        if j < n - 1:
            flux = forward[j] * s[j] - backward[j] * s[j + 1]
        else:
            flux = forward[j] * s[j] if forward.size == n else 0.0
        out[j] -= flux
        arriving = flux
    return cleared, arriving


@jit
def leave(s: FloatArray, forward: FloatArray, clearing: FloatArray) -> tuple[float, float]:
    """Return the rates of clearance and arrival in the receptor."""
    n = s.size
    cleared = 0.0
    for j in range(n):
        cleared += clearing[j] * s[j]
    return cleared, forward[n - 1] * s[n - 1] if forward.size == n else 0.0

"""Factor and solve many tridiagonal systems at once.

All draws are laid end to end as one long system with zero coupling between them, which LAPACK's
gttrf and gttrs take in one call each; no loop over draws or nodes runs in Python, and a matrix that
serves twice is factored once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Factors = tuple[Any, ...]


@cache
def _lapack() -> tuple[Callable[..., Any], Callable[..., Any]]:
    # Imported at first use, so that `import models` costs numpy only.
    lapack = import_module("scipy.linalg.lapack")
    return lapack.dgttrf, lapack.dgttrs


def factor(lower: FloatArray, main: FloatArray, upper: FloatArray) -> Factors:
    """Return the factors of n_draw tridiagonal systems; the diagonals may be overwritten.

    Parameters
    ----------
    lower, main, upper : (n_draw, n_node) array
        ``lower[:, j] x[j-1] + main[:, j] x[j] + upper[:, j] x[j+1]``, with zeros at the ends of
        each draw's lower and upper.
    """
    *factors, _info = _lapack()[0](
        lower.ravel()[1:],
        main.ravel(),
        upper.ravel()[:-1],
        overwrite_dl=True,
        overwrite_d=True,
        overwrite_du=True,
    )
    return tuple(factors)


def solve(factors: Factors, right: FloatArray) -> FloatArray:
    """Return the solutions of factored systems.

    Parameters
    ----------
    factors : tuple
        From `factor`.
    right : (n_draw, n_node) array
        The right sides; overwritten.
    """
    result, _info = _lapack()[1](*factors, right.ravel(), overwrite_b=True)
    solution: FloatArray = np.asarray(result).reshape(right.shape)
    return solution

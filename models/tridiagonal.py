"""Solve many tridiagonal systems at once.

All draws are laid end to end as one long system with zero coupling between them, which LAPACK's
gtsv solves in one call, about 15 ns a row; no loop over draws or nodes runs in Python.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@cache
def _gtsv() -> Callable[..., Any]:
    # Imported at first use, so that `import models` costs numpy only.
    solve: Callable[..., Any] = import_module("scipy.linalg.lapack").dgtsv
    return solve


def solve(lower: FloatArray, main: FloatArray, upper: FloatArray, right: FloatArray) -> FloatArray:
    """Return the solutions of n_draw tridiagonal systems.

    Parameters
    ----------
    lower, main, upper, right : (n_draw, n_node) array
        ``lower[:, j] x[j-1] + main[:, j] x[j] + upper[:, j] x[j+1] = right[:, j]``, with zeros at
        the ends of each draw's lower and upper.

    Returns
    -------
    (n_draw, n_node) array
    """
    *_, result, _info = _gtsv()(
        lower.ravel()[1:],
        main.ravel(),
        upper.ravel()[:-1],
        right.ravel(),
        overwrite_d=True,
        overwrite_b=True,
    )
    solution: FloatArray = np.asarray(result).reshape(right.shape)
    return solution

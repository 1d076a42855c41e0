from __future__ import annotations

import numpy as np
import pytest

from models.tridiagonal import factor, solve


def test_solves_every_draw_on_its_own_and_again() -> None:
    rng = np.random.default_rng(3)
    lower, upper = -rng.uniform(size=(2, 4, 7))
    main = 2.5 + rng.uniform(size=(4, 7))
    lower[:, 0] = upper[:, -1] = 0.0
    rights = rng.normal(size=(2, 4, 7))
    kept = [array.copy() for array in (lower, main, upper, rights)]
    factors = factor(lower, main, upper)
    for right, again in zip(rights, kept[3], strict=True):
        found = solve(factors, right)
        assert found.shape == (4, 7)
        for draw in range(4):
            matrix = np.diag(kept[1][draw])
            matrix += np.diag(kept[0][draw, 1:], -1) + np.diag(kept[2][draw, :-1], 1)
            assert found[draw] == pytest.approx(np.linalg.solve(matrix, again[draw]), rel=1e-12)

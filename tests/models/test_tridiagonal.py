from __future__ import annotations

import numpy as np
import pytest

from models.tridiagonal import solve


def test_solves_every_draw_on_its_own() -> None:
    rng = np.random.default_rng(3)
    lower, upper = -rng.uniform(size=(2, 4, 7))
    main = 2.5 + rng.uniform(size=(4, 7))
    lower[:, 0] = upper[:, -1] = 0.0
    right = rng.normal(size=(4, 7))
    kept = [array.copy() for array in (lower, main, upper, right)]
    found = solve(lower, main, upper, right)
    for draw in range(4):
        matrix = np.diag(kept[1][draw])
        matrix += np.diag(kept[0][draw, 1:], -1) + np.diag(kept[2][draw, :-1], 1)
        assert found[draw] == pytest.approx(np.linalg.solve(matrix, kept[3][draw]), rel=1e-12)
    assert found.shape == (4, 7)

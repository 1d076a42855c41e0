from __future__ import annotations

import numpy as np
import pytest

from models.errors import ModelInputError
from models.grid import DEFAULT_ELEMENTS, graded, layer_shares


def test_every_layer_is_filled_exactly() -> None:
    grid = graded(tuple(DEFAULT_ELEMENTS))
    for index in range(len(DEFAULT_ELEMENTS)):
        assert grid.share[grid.layer == index].sum() == pytest.approx(1.0, abs=1e-14)
    assert np.all(grid.share > 0.0)
    assert grid.n_element == sum(DEFAULT_ELEMENTS.values())


def test_lengths_follow_each_draw() -> None:
    grid = graded(("stratum_corneum", "epidermis"))
    lengths = grid.element_length_m(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert lengths.shape == (2, grid.n_element)
    assert lengths[1].sum() == pytest.approx(7.0)


def test_stratum_corneum_is_fine_at_both_faces() -> None:
    shares = layer_shares("stratum_corneum", 40)
    assert shares == pytest.approx(shares[::-1])
    assert shares[0] < 0.5 * shares[20]


def test_dermis_grows_inward() -> None:
    assert np.all(np.diff(layer_shares("dermis", 20)) > 0.0)


def test_refines() -> None:
    assert graded(("dermis",), refine=2.0).n_element == 2 * graded(("dermis",)).n_element
    with pytest.raises(ModelInputError, match="refine"):
        graded(("dermis",), refine=0.001)

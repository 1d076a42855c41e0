from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.speciation import (
    mean_charge,
    mean_square_charge,
    neutral_fraction,
    species_fractions,
)


def test_acid_and_base_at_their_constant() -> None:
    assert mean_charge(0, [4.2], 4.2) == pytest.approx(-0.5)
    assert mean_charge(1, [7.9], 7.9) == pytest.approx(0.5)
    assert mean_charge(0, [4.2], 5.2) == pytest.approx(-10 / 11)


def test_zwitterion_is_neutral_between_its_constants() -> None:
    assert mean_charge(1, [4.3, 10.4], 7.35) == pytest.approx(0.0, abs=1e-3)
    assert neutral_fraction(1, [4.3, 10.4], 7.35) == pytest.approx(1.0, abs=3e-3)


def test_permanent_charge_ignores_ph() -> None:
    assert mean_charge(1, [], 2.0) == mean_charge(1, [], 12.0) == 1.0


@given(
    z0=st.integers(-2, 3),
    pka=st.lists(st.floats(0.0, 14.0), max_size=5).map(sorted),
    ph=st.floats(0.0, 14.0),
)
def test_fractions_are_a_distribution(z0: int, pka: list[float], ph: float) -> None:
    species = species_fractions(z0, pka, ph)
    assert sum(share for _, share in species) == pytest.approx(1.0)
    assert [z for z, _ in species] == list(range(z0, z0 - len(pka) - 1, -1))
    assert mean_square_charge(z0, pka, ph) >= mean_charge(z0, pka, ph) ** 2 - 1e-12
    assert mean_charge(z0, pka, ph) >= mean_charge(z0, pka, min(ph + 1.0, 14.0)) - 1e-12

"""The branchless expressions, on every small pair of integers."""

from itertools import product

import pytest

from iontophoresis.safety import arithmetic

SMALL = range(-3, 4)


@pytest.mark.parametrize(("a", "b"), list(product(SMALL, SMALL)))
def test_expressions_are_those_of_the_language(a, b):
    assert arithmetic.mn(a, b) == min(a, b)
    assert arithmetic.mx(a, b) == max(a, b)
    assert arithmetic.magnitude(a) == abs(a)
    assert arithmetic.ite(True, a, b) == a
    assert arithmetic.ite(False, a, b) == b


@pytest.mark.parametrize(("condition", "then", "otherwise"), list(product([True, False], repeat=3)))
def test_truth_values(condition, then, otherwise):
    assert arithmetic.choose(condition, then, otherwise) is (then if condition else otherwise)
    assert arithmetic.no(condition) is (not condition)

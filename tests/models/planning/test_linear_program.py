import numpy as np
import pytest

from models.planning.linear_program import NoSolutionError, Rows, Solver

OPEN = np.array([np.inf])


def at_least(name, row, low):
    return Rows(name=name, matrix=np.array([row]), low=np.array([low]), high=OPEN)


def at_most(name, row, high):
    return Rows(name=name, matrix=np.array([row]), low=-OPEN, high=np.array([high]))


def test_price_of_a_bound_is_what_a_looser_one_saves():
    # Least x + 3 y with x + y >= 10, x <= 4: y = 6, each unit of room in x saves 2.
    solver, cost, floor = Solver(), np.array([1.0, 3.0]), np.zeros(2)
    rows = (at_least("dose", [1.0, 1.0], 10.0), at_most("room", [1.0, 0.0], 4.0))
    answer = solver.minimise(cost, rows, floor, np.full(2, 100.0))
    assert answer.x == pytest.approx([4.0, 6.0])
    assert answer.price == pytest.approx({"dose": 30.0, "room": 8.0})


def test_ceiling_has_its_own_price():
    answer = Solver().minimise(
        np.array([1.0, 3.0]),
        (at_least("dose", [1.0, 1.0], 10.0),),
        np.zeros(2),
        np.array([4.0, 100.0]),
    )
    assert answer.ceiling_price == pytest.approx([2.0, 0.0])


def test_the_same_solver_answers_programs_of_other_shapes():
    solver = Solver()
    for n in (2, 3, 3, 2):
        row = at_least("sum", [1.0] * n, 6.0)
        answer = solver.minimise(np.arange(1.0, n + 1.0), (row,), np.zeros(n), np.full(n, 5.0))
        assert answer.x[:2] == pytest.approx([5.0, 1.0])


def test_what_cannot_be_met_is_said():
    with pytest.raises(NoSolutionError, match="infeasible"):
        Solver().minimise(np.ones(1), (at_least("dose", [1.0], 2.0),), np.zeros(1), np.ones(1))

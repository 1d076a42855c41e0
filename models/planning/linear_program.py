"""Linear programs with named rows, solved by HiGHS.

A price says how much the objective would fall if the bounds of a limit were looser, per relative
unit of those bounds. A program of the same shape as the one before starts from its basis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelInputError

FloatArray = NDArray[np.float64]
FEASIBLE_TO = 1e-10


class NoSolutionError(ModelInputError):
    """No point satisfies every row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Hold rows ``low <= matrix x <= high`` under one name.

    Parameters
    ----------
    name : str
        What they stand for.
    matrix : (n_row, n) array
    low, high : (n_row,) array
        Infinite where a side is open.
    """

    name: str
    matrix: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Hold a solution.

    Parameters
    ----------
    x : (n,) array
        The variables.
    price : mapping
        Name of rows to the fall of the objective per relative unit of their bounds.
    ceiling_price : (n,) array
        Fall of the objective per unit of each variable's ceiling.
    """

    x: FloatArray
    price: Mapping[str, float]
    ceiling_price: FloatArray


@dataclass(slots=True)
class Solver:
    """Solve programs one after another, each from the basis of the one before."""

    _highs: Any = field(default=None, init=False)
    _shape: tuple[int, int] = field(default=(0, 0), init=False)

    def minimise(
        self,
        cost: FloatArray,
        rows: tuple[Rows, ...],
        floor: FloatArray,
        ceiling: FloatArray,
    ) -> Answer:
        """Return the x with the least ``cost · x`` between floor and ceiling that satisfies the rows.

        Parameters
        ----------
        cost, floor, ceiling : (n,) array
        rows : tuple of Rows

        Raises
        ------
        NoSolutionError
            If there is none.
        """
        matrix = np.concatenate([one.matrix for one in rows])
        self._load(cost, matrix, rows, (floor, ceiling))
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != _highspy().HighsModelStatus.kOptimal:
            text = self._highs.modelStatusToString(status)
            raise NoSolutionError(f"linear program: {text.lower()}")
        found = self._highs.getSolution()
        return Answer(
            x=np.array(found.col_value),
            price=_prices(rows, np.array(found.row_dual)),
            ceiling_price=np.maximum(-np.array(found.col_dual), 0.0),
        )

    def _load(
        self,
        cost: FloatArray,
        matrix: FloatArray,
        rows: tuple[Rows, ...],
        box: tuple[FloatArray, FloatArray],
    ) -> None:
        """Give the program to HiGHS, with the last basis where it fits."""
        if self._highs is None:
            self._highs = _new()
        basis = self._highs.getBasis() if matrix.shape == self._shape else None
        self._shape = matrix.shape
        n_row, n = matrix.shape
        held = matrix != 0.0
        program = _highspy().HighsLp()
        program.num_col_, program.num_row_ = n, n_row
        program.col_cost_, (program.col_lower_, program.col_upper_) = cost, box
        program.row_lower_ = np.concatenate([one.low for one in rows])
        program.row_upper_ = np.concatenate([one.high for one in rows])
        program.a_matrix_.format_ = _highspy().MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.concatenate(([0], np.cumsum(held.sum(axis=1))))
        program.a_matrix_.index_ = np.nonzero(held)[1]
        program.a_matrix_.value_ = matrix[held]
        self._highs.passModel(program)
        if basis is not None and basis.valid:
            self._highs.setBasis(basis)


def _prices(rows: tuple[Rows, ...], dual: FloatArray) -> dict[str, float]:
    """Return what each name's bounds cost; of a range, only the side that binds has a dual."""
    price: dict[str, float] = {}
    first = 0
    for one in rows:
        last = first + one.low.size
        bound = np.where(dual[first:last] > 0.0, one.low, one.high)
        bound = np.where(np.isfinite(bound), bound, 0.0)
        paid = float(np.sum(np.abs(dual[first:last] * bound)))
        price[one.name] = price.get(one.name, 0.0) + paid
        first = last
    return price


@cache
def _highspy() -> ModuleType:
    return import_module("highspy")


def _new() -> Any:
    highs = _highspy().Highs()
    for option, value in (
        ("output_flag", False),
        ("presolve", "off"),
        ("threads", 1),
        ("primal_feasibility_tolerance", FEASIBLE_TO),
        ("dual_feasibility_tolerance", FEASIBLE_TO),
    ):
        highs.setOptionValue(option, value)
    return highs

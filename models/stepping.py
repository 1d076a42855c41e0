"""One time step: TR-BDF2, second order and L-stable.

TR-BDF2 (Bank et al. 1985) in the Runge-Kutta form of Hosea & Shampine 1996: both implicit stages
share one coefficient d, the last stage is the new state, and an embedded third-order result gives
the error. The rates of the first stage drop out of the second, which is then the BDF2 formula of
the old and the middle state; rates at the end follow from the stage solved. What leaves through blood or into the receptor is integrated with the same weights, so
mass closes to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import tridiagonal
from models.errors import ModelInputError
from models.transport import Operator
from models.tridiagonal import Factors

FloatArray = NDArray[np.float64]
Drive = tuple[float, FloatArray, FloatArray]
"""Current, opening and mobility at one time."""

GAMMA = 2.0 - np.sqrt(2.0)
D = GAMMA / 2.0
W = np.sqrt(2.0) / 4.0
WEIGHTS = (W, W, D)
ACROSS = 1.0 - W / D
"""Weight of the old state in the BDF2 form of the second stage; the rest is the middle's."""
ERROR_WEIGHTS = ((1.0 - W) / 3.0 - W, (3.0 * W + 1.0) / 3.0 - W, D / 3.0 - D)


@dataclass(slots=True, kw_only=True)
class State:
    """Hold where the drug is, for every draw.

    Parameters
    ----------
    s : (n_draw, n_node) array
        Water-equivalent concentration, mol/m^3.
    cleared, received : (n_draw,) array
        Amounts gone into blood and receptor, mol/m^2.
    rate : (n_draw, n_node) array, optional
        ``M ds/dt``, mol/(m^2 s), where the step before left it.
    leaving : two (n_draw,) arrays, optional
        Rates of clearance and of arrival in the receptor, likewise.
    """

    s: FloatArray
    cleared: FloatArray
    received: FloatArray
    rate: FloatArray | None = None
    leaving: tuple[FloatArray, FloatArray] | None = None


@dataclass(slots=True, kw_only=True)
class _Stage:
    """A stage's matrix, kept while its drive and step repeat."""

    drive: Drive | None = None
    links: tuple[FloatArray, FloatArray]
    reach: float = 0.0
    factors: Factors = ()


def initial_state(operator: Operator) -> State:
    """Return the state at the start: all drug in the donor, none in the tissue."""
    n_draw = operator.stack.n_draw
    s = np.zeros((n_draw, operator.n_node))
    # Node 0 also holds half a cell of stratum corneum: what the donor gives it was the donor's.
    s[:, 0] = (
        operator.stack.donor_mol_per_m3 * operator.stack.donor_volume_m / operator.mass_m[:, 0]
    )
    return State(s=s, cleared=np.zeros(n_draw), received=np.zeros(n_draw))


class Stepper:
    """Advance a state by TR-BDF2 steps."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator
        nothing = (np.empty(0), np.empty(0))
        self._stages = tuple(_Stage(links=nothing) for _ in range(2))

    def begin(self, state: State, drive: Drive) -> None:
        """Give a state its rates under a drive: at the start, and where the current jumps."""
        links = self._operator.links(*drive)
        state.rate = self._operator.rate(state.s, *links)
        state.leaving = self._operator.leaving(state.s, links[0])

    def step(
        self,
        state: State,
        duration_s: float,
        drives: tuple[Drive, Drive],
        *,
        with_error: bool = True,
    ) -> tuple[State, FloatArray]:
        """Return the state after one step and its error estimate.

        Parameters
        ----------
        state : State
            At the start of the step, with its rates.
        duration_s : float
            Length of the step, s.
        drives : two of (current, opening, mobility)
            At GAMMA of the step, and at its end.
        with_error : bool
            Whether to solve for the error; zeros otherwise.

        Returns
        -------
        State, (n_draw, n_node) array of mol/m^3.
        """
        op, h, reach = self._operator, duration_s, duration_s * D
        before, leaving = _started(state)
        mass_s = op.mass_m * state.s
        first = self._matrix(0, drives[0], reach)
        middle = tridiagonal.solve(first.factors, mass_s + reach * before)
        mass_middle = op.mass_m * middle
        right = mass_s + (1.0 - ACROSS) * (mass_middle - mass_s)
        second = self._matrix(1, drives[1], reach)
        end = tridiagonal.solve(second.factors, right.copy())
        rate = (op.mass_m * end - right) / reach
        gone = (leaving, op.leaving(middle, first.links[0]), op.leaving(end, second.links[0]))
        after = State(
            s=end,
            cleared=state.cleared + h * (W * (gone[0][0] + gone[1][0]) + D * gone[2][0]),
            received=state.received + h * (W * (gone[0][1] + gone[1][1]) + D * gone[2][1]),
            rate=rate,
            leaving=gone[2],
        )
        if not with_error:
            return after, np.zeros(end.shape)
        # The middle's rate is (middle - old)/reach - old rate.
        raw = before * (h * (ERROR_WEIGHTS[0] - ERROR_WEIGHTS[1]))
        raw += (mass_middle - mass_s) * (ERROR_WEIGHTS[1] / D)
        raw += rate * (h * ERROR_WEIGHTS[2])
        # Filtering through the implicit operator keeps stiff parts from ruling the step.
        return after, tridiagonal.solve(second.factors, raw)

    def _matrix(self, index: int, drive: Drive, reach: float) -> _Stage:
        """Return the matrix of a stage; under a steady drive both stages have one."""
        if index == 1 and _same(self._stages[0].drive, drive):
            return self._stages[0]
        stage = self._stages[index]
        if not _same(stage.drive, drive):
            stage.drive, stage.links, stage.reach = drive, self._operator.links(*drive), 0.0
        if stage.reach != reach:
            stage.factors = tridiagonal.factor(*self._operator.bands(reach, *stage.links))
            stage.reach = reach
        return stage


def _same(one: Drive | None, other: Drive) -> bool:
    return (
        one is not None
        and one[0] == other[0]
        and one[1].tobytes() == other[1].tobytes()
        and one[2].tobytes() == other[2].tobytes()
    )


def _started(state: State) -> tuple[FloatArray, tuple[FloatArray, FloatArray]]:
    if state.rate is None or state.leaving is None:
        raise ModelInputError("the state has no rates; call `Stepper.begin` before the first step")
    return state.rate, state.leaving

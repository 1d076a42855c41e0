"""One time step: TR-BDF2, second order and L-stable.

TR-BDF2 (Bank et al. 1985) in the Runge-Kutta form of Hosea & Shampine 1996: both implicit stages
share one coefficient d, the last stage is the new state, and an embedded third-order result gives
the error. What leaves through blood or into the receptor is integrated with the same weights, so
mass closes to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import tridiagonal
from models.transport import Operator

FloatArray = NDArray[np.float64]

GAMMA = 2.0 - np.sqrt(2.0)
D = GAMMA / 2.0
W = np.sqrt(2.0) / 4.0
WEIGHTS = (W, W, D)
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
    """

    s: FloatArray
    cleared: FloatArray
    received: FloatArray


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

    def step(
        self,
        state: State,
        duration_s: float,
        forcing: tuple[tuple[float, FloatArray, FloatArray], ...],
        *,
        with_error: bool = True,
    ) -> tuple[State, FloatArray]:
        """Return the state after one step and its error estimate.

        Parameters
        ----------
        state : State
            At the start of the step.
        duration_s : float
            Length of the step, s.
        forcing : three of (current, opening, mobility)
            At the start, at GAMMA of the step, and at its end.
        with_error : bool
            Whether to solve for the error; zeros otherwise.

        Returns
        -------
        State, (n_draw, n_node) array of mol/m^3.
        """
        op, h = self._operator, duration_s
        links = [op.links(*values) for values in forcing]
        mass_s = op.mass_m * state.s
        rates = [op.rate(state.s, *links[0])]
        middle = tridiagonal.solve(*op.bands(h * D, *links[1]), mass_s + h * D * rates[0])
        rates.append(op.rate(middle, *links[1]))
        right = mass_s + h * W * (rates[0] + rates[1])
        end = tridiagonal.solve(*op.bands(h * D, *links[2]), right)
        gone = [op.leaving(s, f) for s, (f, _) in zip((state.s, middle, end), links, strict=True)]
        cleared = state.cleared + h * sum(w * g[0] for w, g in zip(WEIGHTS, gone, strict=True))
        received = state.received + h * sum(w * g[1] for w, g in zip(WEIGHTS, gone, strict=True))
        error = np.zeros_like(end)
        if with_error:
            rates.append(op.rate(end, *links[2]))
            raw = h * sum(w * r for w, r in zip(ERROR_WEIGHTS, rates, strict=True))
            # Filtering through the implicit operator keeps stiff parts from ruling the step.
            error = tridiagonal.solve(*op.bands(h * D, *links[2]), raw)
        return State(s=end, cleared=cleared, received=received), error

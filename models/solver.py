"""Integration in time, with error control and stops at the kinks of the current."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelInputError
from models.forcing import Forcing
from models.stepping import GAMMA, Drive, State, Stepper, initial_state
from models.transport import Operator

FloatArray = NDArray[np.float64]

DEFAULT_TOLERANCE = 3e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """Hold amounts and states at the asked times, and the steps taken.

    Parameters
    ----------
    donor, cleared, received : (n_draw, n_time) array
        Amounts in the donor, gone into blood and gone into the receptor, mol/m^2.
    layers : (n_layer, n_draw, n_time) array
        Amounts in the layers, mol/m^2.
    s : (n_time, n_node) array
        Water-equivalent concentration of the first draw, mol/m^3.
    step_end_s : (n_step,) array
        Ends of the accepted steps: a schedule another run may follow.
    """

    donor: FloatArray
    layers: FloatArray
    cleared: FloatArray
    received: FloatArray
    s: FloatArray
    step_end_s: FloatArray


def integrate(
    operator: Operator,
    forcing: Forcing,
    at_s: FloatArray,
    *,
    tolerance: float = DEFAULT_TOLERANCE,
    schedule_s: FloatArray | None = None,
    changes: Mapping[float, Operator] = MappingProxyType({}),
) -> Trajectory:
    """Return the states at times, from an empty tissue.

    Parameters
    ----------
    operator : Operator
        The system, with n_draw draws.
    forcing : Forcing
        With one draw or as many.
    at_s : (n_time,) array
        Rising times, s, within the forcing's table.
    tolerance : float
        Error per step, relative to the amount in each layer.
    schedule_s : (n_step,) array, optional
        Ends of steps to take without error control; must contain `at_s`, kinks and changes.
    changes : mapping
        Time to the operator that takes over then, on the same grid.

    Raises
    ------
    ModelInputError
        If the times do not rise from 0 or more, or the tolerance is not between 1e-12 and 0.1.
    """
    check_times(at_s, tolerance)
    run = Run(operator, forcing, tolerance)
    record = _Record(operator, at_s.size)
    for stop in np.union1d(
        stopping_times(at_s, forcing), [time for time in changes if time < at_s[-1]]
    ):
        if schedule_s is None:
            run.advance(float(stop))
        else:
            run.follow(schedule_s, float(stop))
        index = int(np.searchsorted(at_s, stop))
        if at_s[index] == stop:
            record.store(index, run.state, started=bool(stop > 0.0))
        if stop in changes:
            run.change(changes[float(stop)])
    return record.trajectory(np.array(run.ends))


def check_times(at_s: FloatArray, tolerance: float) -> None:
    """Refuse times that do not rise from 0 or more, and a tolerance out of range.

    Raises
    ------
    ModelInputError
        Naming the input and its bound.
    """
    if at_s.size == 0 or at_s[0] < 0.0 or np.any(np.diff(at_s) <= 0.0):
        raise ModelInputError("at_s: give rising times, from 0 s on")
    if not 1e-12 <= tolerance <= 0.1:
        raise ModelInputError(f"tolerance = {tolerance:g}: must lie between 1e-12 and 0.1")


def stopping_times(at_s: FloatArray, forcing: Forcing) -> FloatArray:
    """Return the times a solver must reach exactly: those asked for, and the kinks before."""
    return np.unique(np.concatenate((at_s, forcing.kink_s[forcing.kink_s <= at_s[-1]])))


class _Record:
    """Amounts at the asked times, as they are reached."""

    def __init__(self, operator: Operator, n_time: int) -> None:
        self._operator = operator
        n_draw = operator.stack.n_draw
        self._donor = np.empty((n_draw, n_time))
        self._layers = np.zeros((len(operator.stack.names), n_draw, n_time))
        self._cleared = np.empty((n_draw, n_time))
        self._received = np.empty((n_draw, n_time))
        self._s = np.empty((n_time, operator.n_node))

    def store(self, index: int, state: State, *, started: bool) -> None:
        """Store a state; before the start everything is the donor's, node 0 included."""
        op = self._operator
        donor_m = op.stack.donor_volume_m if started else op.mass_m[:, 0]
        self._donor[:, index] = donor_m * state.s[:, 0]
        if started:
            self._layers[:, :, index] = np.einsum("ldn,dn->ld", op.weights_m, state.s)
        self._cleared[:, index], self._received[:, index] = state.cleared, state.received
        self._s[index] = state.s[0]

    def trajectory(self, step_end_s: FloatArray) -> Trajectory:
        return Trajectory(
            donor=self._donor,
            layers=self._layers,
            cleared=self._cleared,
            received=self._received,
            s=self._s,
            step_end_s=step_end_s,
        )


class Run:
    """One integration under way.

    Parameters
    ----------
    operator, forcing, tolerance
        As `integrate` takes them.
    """

    def __init__(self, operator: Operator, forcing: Forcing, tolerance: float) -> None:
        self.operator, self.forcing, self._tolerance = operator, forcing, tolerance
        self._stepper = Stepper(operator)
        self.state = initial_state(operator)
        self._stepper.begin(self.state, forcing.at(0.0))
        self.time_s = 0.0
        self.ends: list[float] = []
        self._step_s = 1e-2

    def change(self, operator: Operator) -> None:
        """Go on with another operator."""
        self.operator, self._stepper = operator, Stepper(operator)
        self._stepper.begin(self.state, self.forcing.at(self.time_s))

    def advance(self, stop_s: float) -> None:
        """Step with error control until a time is reached exactly."""
        while self.time_s < stop_s:
            left = stop_s - self.time_s
            whole = max(int(np.ceil(left / self._step_s - 1e-9)), 1)
            length = left if whole == 1 else (left / 2 if whole == 2 else self._step_s)
            end = stop_s if whole == 1 else self.time_s + length
            length = end - self.time_s
            state, error = self._stepper.step(self.state, length, self._read(end))
            size = self._error_size(state, error)
            factor = min(max(0.9 * (1.0 / max(size, 1e-12)) ** (1.0 / 3.0), 0.2), 4.0)
            if size <= 1.0 or length < 1e-9 * max(stop_s, 1.0):
                self._accept(state, end)
                # A step cut short by a stop says little against the longer one planned before.
                self._step_s = max(
                    length * factor, self._step_s if whole <= 2 and factor > 1 else 0.0
                )
            else:
                self._step_s = length * min(factor, 0.5)

    def follow(self, schedule_s: FloatArray, stop_s: float) -> None:
        """Take the steps of a schedule until a time is reached exactly."""
        first = int(np.searchsorted(schedule_s, self.time_s, side="right"))
        last = int(np.searchsorted(schedule_s, stop_s, side="right"))
        for end in schedule_s[first:last]:
            length = float(end) - self.time_s
            state, _ = self._stepper.step(
                self.state, length, self._read(float(end)), with_error=False
            )
            self._accept(state, float(end))

    def _read(self, end_s: float) -> tuple[Drive, Drive]:
        middle = self.time_s + GAMMA * (end_s - self.time_s)
        return self.forcing.at(middle), self.forcing.at(end_s)

    def _accept(self, state: State, end_s: float) -> None:
        self.state, self.time_s = state, end_s
        self.ends.append(end_s)

    def _error_size(self, state: State, error: FloatArray) -> float:
        op = self.operator
        sizes = np.abs(np.stack((state.s, error)))
        amounts, errors = np.einsum("ldn,xdn->xld", op.weights_m, sizes)
        # Deep layers count relative to a thousandth of what has entered, while they fill.
        floor = 1e-3 * (amounts.sum(axis=0) + state.cleared + state.received) + 1e-300
        return float((errors / (amounts + floor)).max()) / self._tolerance

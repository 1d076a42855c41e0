"""Steps of the reference model in numpy; `compiled_course.py` takes the same ones compiled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.constants import FARADAY_C_PER_MOL
from models.reference_balance import Balance, evaluate
from models.reference_drive import IonicDrive
from models.reference_linear import Linearized
from models.reference_operator import IonicSystem
from models.reference_state import Row
from models.rosenbrock import (
    AT,
    BETWEEN,
    BY_TIME,
    DIAGONAL,
    FROM_STAGES,
    N_STAGE,
    RATES,
    RESULT,
)

FloatArray = NDArray[np.float64]
FIRST_STEP_S = 1e-3
CLOSE = 1e-5
"""Last change of a drop, RT/F, in Newton's method: convergence is quadratic."""
Limits = tuple[FloatArray, float]
"""Error per step of each ion but the last, and the least concentration in the donor, mol/m^3."""


def follow(
    system: IonicSystem,
    drive: IonicDrive,
    times: tuple[FloatArray, FloatArray],
    limits: Limits,
    start: Row,
) -> tuple[Row, FloatArray, Row]:
    """Return the states asked for, stacked; the ends of the steps; and the last state.

    Parameters
    ----------
    system, drive : IonicSystem, IonicDrive
        What to integrate.
    times : two arrays
        Times asked for, and times not to step across; the last is the end. Ends that stop before
        it say that no solution was found, or that the donor lacks an ion.
    limits : Limits
        Errors allowed.
    start : Row
        At time 0; its drops need not belong to the current.
    """
    at, stops = times
    run = _Run(system, drive, limits, start)
    frames = [run.state.plus(np.empty(0), [])] * int(np.count_nonzero(at <= 0.0))
    while run.time_s < stops[-1]:
        begin, before = run.time_s, run.state
        if not run.advance(float(stops[np.searchsorted(stops, begin, side="right")])):
            break
        for time in at[(at > begin) & (at <= run.time_s)]:
            share = (time - begin) / (run.time_s - begin)
            bent = share * (1.0 - share) * (BETWEEN[0] + share * BETWEEN[1])
            frame = before.plus(share * RESULT + bent, run.stages)
            settle(system, drive.at(float(time))[0], frame)
            frames.append(frame)
        if run.state.s[:, 0].min() < limits[1]:
            break
    return Row.stacked(frames), np.array(run.ends), run.state


def settle(system: IonicSystem, values: FloatArray, row: Row) -> bool:
    """Bring concentrations to what is held, and drops to the current, by Newton's method."""
    z = system.stack.charge
    for _ in range(60):
        found = evaluate(system, row.unknowns(), *values)
        moved = Linearized(system, found).concentrations(row.held - found.held[:-1])
        row.s[:-1, :-1] += moved
        row.s[-1] = -(z[:-1] @ row.s[:-1]) / z[-1]
        stiffness = FARADAY_C_PER_MOL * (z**2 @ found.through.field)
        turn = (values[0] - found.current) / stiffness
        row.drop += np.clip(turn, -20.0, 20.0)
        size = float(np.abs(turn).max())
        strayed = float((np.abs(moved) / (np.abs(row.s[:-1, :-1]) + 1.0)).max())
        # Drops converge quadratically, once concentrations stand.
        if size < CLOSE and strayed < CLOSE**2:
            return True
        if not np.isfinite(size + strayed):
            break
    return False


class _Run:
    """One integration under way."""

    def __init__(self, system: IonicSystem, drive: IonicDrive, limits: Limits, start: Row) -> None:
        self._system, self._drive, self._allowed = system, drive, limits[0]
        self.state, self.stages, self.time_s = start, list[Row](), 0.0
        self.ends: list[float] = []
        self._step_s = FIRST_STEP_S
        self._sound = settle(system, drive.at(0.0)[0], start)

    def advance(self, stop_s: float) -> bool:
        """Take one step towards a time; return whether one is short enough."""
        found, linear = self._prepare()
        while self._sound:
            left = stop_s - self.time_s
            whole = max(int(np.ceil(left / self._step_s - 1e-9)), 1)
            h = left / whole if whole <= 2 else self._step_s
            self._stages(found, linear, h)
            size = self._error()
            factor = min(max(0.9 * max(size, 1e-9) ** -0.25, 0.2), 4.0)
            if size <= 1.0:
                self.state = self.state.plus(RESULT, self.stages)
                self.time_s = stop_s if whole == 1 else self.time_s + h
                self.ends.append(self.time_s)
                # A step cut short by a stop says little against the longer one planned before.
                kept = self._step_s if whole <= 2 and factor > 1.0 else 0.0
                self._step_s = max(h * factor, kept)
                return True
            self._step_s = h * min(factor, 0.5)
            self._sound = self._step_s >= 1e-10 * max(stop_s, 1.0)
        return False

    def _prepare(self) -> tuple[Balance, Linearized]:
        """Return rates and derivatives; where the current jumped, settle the drops first."""
        values = self._drive.at(self.time_s)[0]
        found = evaluate(self._system, self.state.unknowns(), *values)
        stiffness = self._system.stack.charge**2 @ found.through.field
        jump = (values[0] - found.current) / (FARADAY_C_PER_MOL * stiffness)
        if not np.abs(jump).max() < 1e-2:
            self._sound = self._sound and settle(self._system, values, self.state)
            found = evaluate(self._system, self.state.unknowns(), *values)
        return found, Linearized(self._system, found)

    def _stages(self, found: Balance, linear: Linearized, h: float) -> None:
        """Write the increments of the stages of a step."""
        factors, late = linear.factor(DIAGONAL * h), self._by_time(found, h)
        values = self._drive.at(self.time_s)[0]
        self.stages.clear()
        for i in range(N_STAGE):
            here = self.state.plus(FROM_STAGES[i, :i], self.stages)
            if i > 0:
                values = self._drive.at(self.time_s + AT[i] * h)[0]
                found = evaluate(self._system, here.unknowns(), *values)
            rates = _Rates.of(found, values[0])
            if late is not None:
                rates = rates.plus(BY_TIME[i] * h, late)
            stray = found.held[:-1] - here.held
            past = [
                (DIAGONAL * weight, stage)
                for weight, stage in zip(RATES[i, :i], self.stages, strict=True)
            ]
            balance = DIAGONAL * h * rates.held - stray
            balance += sum(weight * stage.held for weight, stage in past)
            change = linear.solve(factors, balance, rates.lack)
            stage = linear.increments(change, rates.gone, stray, DIAGONAL * h)
            stage.gone += sum(weight * before.gone for weight, before in past)
            self.stages.append(stage)

    def _by_time(self, found: Balance, h: float) -> _Rates | None:
        """Return how rates change with time alone, by a small difference; nothing if they stand."""
        values, slope = self._drive.at(self.time_s)
        if not np.any(slope):
            return None
        moved = values + 1e-5 * h * slope
        ahead = _Rates.of(evaluate(self._system, self.state.unknowns(), *moved), moved[0])
        return ahead.change(_Rates.of(found, values[0]), 1e-5 * h)

    def _error(self) -> float:
        last = np.abs(self.stages[-1].s[:-1, :-1]).max(axis=1) / self._allowed
        size = float(last.max())
        return size if np.isfinite(size) else np.inf


@dataclass(frozen=True, slots=True)
class _Rates:
    """Rates of amounts, currents that lack, and rates of what leaves."""

    held: FloatArray
    lack: FloatArray
    gone: FloatArray

    @classmethod
    def of(cls, found: Balance, current: float) -> _Rates:
        return cls(
            found.rate[:-1], current - found.current, np.stack((found.cleared, found.received))
        )

    def change(self, before: _Rates, step: float) -> _Rates:
        return _Rates(*((getattr(self, n) - getattr(before, n)) / step for n in self.__slots__))

    def plus(self, weight: float, other: _Rates) -> _Rates:
        return _Rates(*(getattr(self, n) + weight * getattr(other, n) for n in self.__slots__))

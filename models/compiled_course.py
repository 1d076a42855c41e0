"""The course of the reference model in time, compiled: error control, kinks, frames between steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.compiled_elimination import invert
from models.compiled_pores import Ions
from models.compiled_rates import State, evaluate, hold, read, view
from models.compiled_slopes import (
    derive_amounts,
    derive_fields,
    derive_fluxes,
    derive_pores,
)
from models.compiled_stages import Room, combine, take_step
from models.compiled_system import inner_jit, lane_jit
from models.reference_steps import CLOSE
from models.rosenbrock import BETWEEN, N_STAGE, RESULT

FloatArray = NDArray[np.float64]


@inner_jit
def settle(ions: Ions, drive: FloatArray, row: FloatArray, room: Room) -> float:
    """Bring concentrations to what is held, and drops to the current, by Newton's method.

    Returns the last change of a drop, RT/F; not finite without a solution.
    """
    m, n = room.pores.a.shape
    state, rate, size = view(row, m, n), view(room.rows[2], m, n), np.inf
    for _ in range(60):
        evaluate(ions, drive, state, room.pores, rate)
        derive_fields(ions.charge, room.pores, room.slopes)
        strayed = settle_amounts(ions, state, room) if ions.charged.shape[0] > 0 else 0.0
        size = 0.0
        for e in range(n):
            turn = rate.drop[e] / room.slopes.stiffness[e]
            size = max(size, abs(turn))
            state.drop[e] += min(max(turn, -20.0), 20.0)
        # Drops converge quadratically, once concentrations stand.
        if (size < CLOSE and strayed < CLOSE * CLOSE) or not np.isfinite(size + strayed):
            break
    return size


@inner_jit
def settle_amounts(ions: Ions, state: State, room: Room) -> float:
    """Bring concentrations closer to what is held; return the largest change, relative."""
    m, n = room.pores.a.shape
    pivot, inverse = np.empty((m - 1, m - 1)), np.empty((m - 1, m - 1))
    held, change = view(room.rows[3], m, n).held, 0.0
    derive_pores(ions, room.pores, room.slopes)
    derive_amounts(ions, room.pores, room.slopes)
    hold(ions, state.s, room.pores, held)
    for j in range(n):
        for k in range(m - 1):
            for v in range(m - 1):
                pivot[k, v] = room.slopes.held[k, v, j]
        invert(pivot, inverse)
        for k in range(m - 1):
            moved = 0.0
            for v in range(m - 1):
                moved += inverse[k, v] * (state.held[v, j] - held[v, j])
            state.s[k, j] += moved
            change = max(change, abs(moved) / (abs(state.s[k, j]) + 1.0))
    return change


@inner_jit
def prepare(ions: Ions, table: FloatArray, time: float, room: Room) -> bool:
    """Write rates and derivatives at a state; where the current jumped, its drops first."""
    m, n = room.pores.a.shape
    state, rate = view(room.rows[0], m, n), view(room.rows[2], m, n)
    read(table, time, room.drive)
    for _ in range(2):
        evaluate(ions, room.drive[0], state, room.pores, rate)
        derive_pores(ions, room.pores, room.slopes)
        derive_fluxes(ions, room.pores, room.slopes)
        derive_amounts(ions, room.pores, room.slopes)
        jump = 0.0
        for e in range(n):
            jump = max(jump, abs(rate.drop[e] / room.slopes.stiffness[e]))
        if jump < 1e-2:
            return True
        settle(ions, room.drive[0], room.rows[0], room)
    return bool(jump < 1e-2)


@inner_jit
def error_size(room: Room, allowed: FloatArray) -> float:
    """Return the largest error of a concentration, relative to what each ion is allowed."""
    m, n = room.pores.a.shape
    last, size = view(room.stages[N_STAGE - 1], m, n).s, 0.0
    for k in range(m - 1):
        for j in range(n):
            size = max(size, abs(last[k, j]) / allowed[k])
            if not np.isfinite(last[k, j]):
                return np.inf
    return size


@inner_jit
def fill_frames(
    ends: tuple[float, float], at: FloatArray, row: int, room: Room, out: FloatArray
) -> int:
    """Write the states asked for within the step just taken; return the first one beyond."""
    while row < at.size and at[row] <= ends[1]:
        share = (at[row] - ends[0]) / (ends[1] - ends[0])
        bent = share * (1.0 - share)
        weights = share * RESULT + bent * (BETWEEN[0] + share * BETWEEN[1])
        combine(room.rows[0], weights, room.stages, out[row])
        row += 1
    return row


@inner_jit
def advance(
    ions: Ions,
    table: FloatArray,
    ends: tuple[float, float],
    allowed: FloatArray,
    planned: float,
    room: Room,
) -> tuple[float, float]:
    """Take one step towards a time; return its end, and the step planned next.

    An end that does not lie ahead says that no step is short enough.
    """
    time, stop = ends
    h = planned
    while prepare(ions, table, time, room):
        whole = max(int(np.ceil((stop - time) / h - 1e-9)), 1)
        length = (stop - time) / whole if whole <= 2 else h
        take_step(ions, table, time, length, room)
        size = error_size(room, allowed)
        factor = min(max(0.9 * max(size, 1e-9) ** -0.25, 0.2), 4.0)
        if size <= 1.0:
            # A step cut short by a stop says little against the longer one planned before.
            kept = h if whole <= 2 and factor > 1.0 else 0.0
            return stop if whole == 1 else time + length, max(length * factor, kept)
        h = length * min(factor, 0.5)
        if h < 1e-10 * max(stop, 1.0):
            break
    return time, h


@lane_jit
def run(
    ions: Ions,
    table: FloatArray,
    times: tuple[FloatArray, FloatArray],
    limits: tuple[FloatArray, float],
    planned: float,
    room: Room,
    out: FloatArray,
) -> FloatArray:
    """Integrate; write the states asked for, return the ends of the steps.

    Parameters
    ----------
    table : (4 + n_ion, n_time) array
        Time, current, opening, blood flow, and release of every ion.
    times : two arrays
        Times asked for, and times not to step across: where the current bends.
    limits : array, float
        Error per step of concentrations (n_ion - 1,), and the least concentration in the donor,
        mol/m^3.
    planned : float
        First step, s.
    out : (n_time, n_number) array
        See `compiled_rates.State`. Ends that stop early say that no solution was found.
    """
    at, stops = times
    time, row, ends = 0.0, 0, [0.0]
    read(table, 0.0, room.drive)
    if not np.isfinite(settle(ions, room.drive[0], room.rows[0], room)):
        return np.array(ends)
    while row < at.size and at[row] <= 0.0:
        out[row] = room.rows[0]
        row += 1
    for index in range(stops.size):
        while time < stops[index]:
            end, planned = advance(ions, table, (time, stops[index]), limits[0], planned, room)
            if end <= time:
                return np.array(ends)
            row = fill_frames((time, end), at, row, room, out)
            combine(room.rows[0], RESULT, room.stages, room.rows[1])
            room.rows[0] = room.rows[1]
            time = end
            ends.append(end)
            for k in range(ions.charge.size):
                if room.rows[0, k * (room.pores.a.shape[1] + 1)] < limits[1]:
                    return np.array(ends)
    for row in range(at.size):
        read(table, at[row], room.drive)
        settle(ions, room.drive[0], out[row], room)
    return np.array(ends)

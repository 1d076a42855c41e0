"""Stages of a step of the reference model, compiled; see `rosenbrock.py` for the method.

What nodes hold is a differential unknown beside their concentrations and the drops of potential,
which are algebraic: amounts are conserved to rounding, whatever the fixed charge does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.compiled_elimination import Blocks, factor, substitute
from models.compiled_pores import Ions, Pores, fill_pores, neutralize
from models.compiled_rates import State, evaluate, hold, read, view
from models.compiled_slopes import Slopes
from models.compiled_system import inner_jit
from models.rosenbrock import AT, BY_TIME, DIAGONAL, FROM_STAGES, N_STAGE, RATES

FloatArray = NDArray[np.float64]


class Room(NamedTuple):
    """Hold what a step works in.

    Parameters
    ----------
    pores, slopes, blocks : Pores, Slopes, Blocks
        See there.
    rows : (4, n_number) array
        The state, the state of a stage, rates, and how rates change with time alone.
    stages : (n_stage, n_number) array
        Increments of the stages.
    drive : (2, 3 + n_ion) array
        Current, opening, blood flow and release; and their change per second.
    """

    pores: Pores
    slopes: Slopes
    blocks: Blocks
    rows: FloatArray
    stages: FloatArray
    drive: FloatArray


@inner_jit
def differ_in_time(ions: Ions, h: float, room: Room) -> None:
    """Write how the rates at the state change with time alone, by a small difference."""
    m, n = room.pores.a.shape
    steady = True
    for row in range(room.drive.shape[1]):
        steady &= room.drive[1, row] == 0.0
    rate, turn = room.rows[2], room.rows[3]
    if steady:
        turn[:] = 0.0
        return
    ahead, moved = 1e-5 * h, np.empty(room.drive.shape[1])
    for row in range(moved.size):
        moved[row] = room.drive[0, row] + ahead * room.drive[1, row]
    evaluate(ions, moved, view(room.rows[0], m, n), room.pores, view(turn, m, n))
    for x in range(turn.size):
        turn[x] = (turn[x] - rate[x]) / ahead


@inner_jit
def combine(base: FloatArray, weights: FloatArray, stages: FloatArray, out: FloatArray) -> None:
    """Write a row plus weighted increments of stages."""
    for x in range(base.size):
        out[x] = base[x]
    for i in range(weights.size):
        weight, stage = weights[i], stages[i]
        if weight != 0.0:
            for x in range(base.size):
                out[x] += weight * stage[x]


@inner_jit
def solve_stage(ions: Ions, i: int, h: float, room: Room) -> None:
    """Write the increments of stage i from the rates at its state."""
    m, n = room.pores.a.shape
    reach, slopes, late = DIAGONAL * h, room.slopes, BY_TIME[i] * h
    rate, turn = view(room.rows[2], m, n), view(room.rows[3], m, n)
    found, lack = view(room.stages[i], m, n), rate.drop
    x = found.s
    for e in range(n):
        lack[e] += late * turn.drop[e]
    for k in range(m - 1):
        for j in range(n):
            x[k, j] = reach * (
                rate.held[k, j] + late * turn.held[k, j] - slopes.field[k, j] * lack[j]
            )
        for j in range(1, n):
            x[k, j] += reach * slopes.field[k, j - 1] * lack[j - 1]
    for past in range(i):
        weight, held = DIAGONAL * RATES[i, past], view(room.stages[past], m, n).held
        for k in range(m - 1):
            for j in range(n):
                x[k, j] += weight * held[k, j]
    stray(ions, room, found.held, x)
    substitute(room.blocks, x)
    for k in range(m):
        x[k, n] = 0.0
    neutralize(ions.charge, x)
    leave(ions, i, h, room)
    follow(room.slopes, x, lack, found)


@inner_jit
def stray(ions: Ions, room: Room, held: FloatArray, x: FloatArray) -> None:
    """Write how far concentrations stray from what is held; bring it into a right side.

    With fixed charge they do, by the error of a step.
    """
    m, n = room.pores.a.shape
    if ions.charged.shape[0] == 0:
        held[:] = 0.0
        return
    here = view(room.rows[1], m, n)
    hold(ions, here.s, room.pores, held)
    for k in range(m - 1):
        for j in range(n):
            held[k, j] -= here.held[k, j]
            x[k, j] -= held[k, j]


@inner_jit
def follow(slopes: Slopes, x: FloatArray, lack: FloatArray, found: State) -> None:
    """Write the increments of drops and amounts that follow from those of concentrations."""
    m, n = x.shape[0], lack.size
    for e in range(n):
        found.drop[e] = lack[e] / slopes.stiffness[e]
    for v in range(m - 1):
        for e in range(n):
            found.drop[e] -= slopes.pull[0, v, e] * x[v, e] + slopes.pull[1, v, e] * x[v, e + 1]
        for k in range(m - 1):
            for j in range(n):
                found.held[k, j] += slopes.held[k, v, j] * x[v, j]


@inner_jit
def leave(ions: Ions, i: int, h: float, room: Room) -> None:
    """Write the increments of what is gone in stage i."""
    m, n = room.pores.a.shape
    rate, turn = view(room.rows[2], m, n), view(room.rows[3], m, n)
    found, slopes = view(room.stages[i], m, n), room.slopes
    gone, x = found.gone, found.s
    for k in range(m):
        for way in range(2):
            gone[way, k] = rate.gone[way, k] + BY_TIME[i] * h * turn.gone[way, k]
        gone[1, k] += slopes.field[k, n - 1] * rate.drop[n - 1]
        for v in range(m - 1):
            gone[1, k] += slopes.by_s[0, k, v, n - 1] * x[v, n - 1]
        gone[0, k] += taken_by(ions, k, x, room)
        for way in range(2):
            gone[way, k] *= DIAGONAL * h
            for past in range(i):
                gone[way, k] += (
                    DIAGONAL * RATES[i, past] * view(room.stages[past], m, n).gone[way, k]
                )


@inner_jit
def taken_by(ions: Ions, k: int, x: FloatArray, room: Room) -> float:
    """Return how what blood takes of an ion changes with concentrations x."""
    total, by = 0.0, room.slopes.pores
    clearance, water, oil = room.pores.clearance[k], ions.half[0, k], ions.half[1, k]
    for span in range(ions.perfused.shape[0]):
        for side in range(2):
            for e in range(ions.perfused[span, 0], ions.perfused[span, 1]):
                total += clearance[e] * oil[e] * x[k, e + side]
            for v in range(x.shape[0] - 1):
                for e in range(ions.perfused[span, 0], ions.perfused[span, 1]):
                    total += clearance[e] * water[e] * by[side, k, v, e] * x[v, e + side]
    return total


@inner_jit
def take_step(ions: Ions, table: FloatArray, time: float, h: float, room: Room) -> None:
    """Write the increments of all stages of a step.

    Rates, derivatives and drive at its start are known.
    """
    m, n = room.pores.a.shape
    factor(room.slopes, DIAGONAL * h, room.blocks)
    differ_in_time(ions, h, room)
    here, rate = view(room.rows[1], m, n), view(room.rows[2], m, n)
    for i in range(N_STAGE):
        combine(room.rows[0], FROM_STAGES[i, :i], room.stages, room.rows[1])
        if i > 0:
            read(table, time + AT[i] * h, room.drive)
            evaluate(ions, room.drive[0], here, room.pores, rate)
        elif ions.charged.shape[0] > 0:
            fill_pores(ions, here.s, room.pores)
        solve_stage(ions, i, h, room)

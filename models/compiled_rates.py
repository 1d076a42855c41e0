"""Rates of the reference model's balances, compiled; compare `reference_balance.py`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.compiled_pores import Ions, Pores, adapt, fill_fluxes, fill_pores, neutralize
from models.compiled_system import inner_jit
from models.constants import FARADAY_C_PER_MOL

FloatArray = NDArray[np.float64]


class State(NamedTuple):
    """Hold a state, rates, or increments, as views of one row of numbers.

    Parameters
    ----------
    s : (n_ion, n_node + 1) array
        Concentrations in the bath at the nodes; the last one is behind the deep side.
    drop : (n_element,) array
        Fall of the bath's potential over each element, RT/F; of rates, the current that lacks.
    held : (n_ion - 1, n_node) array
        Amounts at the nodes.
    gone : (2, n_ion) array
        Amounts taken by blood, and gone through the deep side.
    """

    s: FloatArray
    drop: FloatArray
    held: FloatArray
    gone: FloatArray


@inner_jit
def view(row: FloatArray, m: int, n: int) -> State:
    """Return the parts of a row of numbers for m ions and n elements."""
    a = m * (n + 1)
    b = a + n
    c = b + (m - 1) * n
    return State(
        row[:a].reshape((m, n + 1)),
        row[a:b],
        row[b:c].reshape((m - 1, n)),
        row[c : c + 2 * m].reshape((2, m)),
    )


@inner_jit
def read(table: FloatArray, time: float, drive: FloatArray) -> None:
    """Write what drives the ions at a time, and how it changes; the table's first row is time."""
    last = table.shape[1] - 2
    k = int(min(max(np.searchsorted(table[0], time, side="right") - 1, 0), last))
    length = table[0, k + 1] - table[0, k]
    share = min(max((time - table[0, k]) / length, 0.0), 1.0)
    for row in range(drive.shape[1]):
        low, high = table[row + 1, k], table[row + 1, k + 1]
        drive[0, row] = low + (high - low) * share
        drive[1, row] = (high - low) / length if time < table[0, last + 1] else 0.0


@inner_jit
def evaluate(ions: Ions, drive: FloatArray, state: State, pores: Pores, rate: State) -> None:
    """Write the rates of amounts, and the current that lacks in every element, in moles."""
    m, n = pores.a.shape
    adapt(ions, drive[1], drive[2], pores)
    neutralize(ions.charge, state.s)
    fill_pores(ions, state.s, pores)
    fill_fluxes(ions, drive[0], state.s, state.drop, pores)
    flux = pores.flux
    for e in range(n):
        rate.drop[e] = drive[0] / FARADAY_C_PER_MOL - ions.charge[0] * flux[0, e]
    for k in range(1, m):
        for e in range(n):
            rate.drop[e] -= ions.charge[k] * flux[k, e]
    for k in range(m - 1):
        rate.held[k, 0] = drive[3 + k] * drive[0] / FARADAY_C_PER_MOL - flux[k, 0]
        for j in range(1, n):
            rate.held[k, j] = flux[k, j - 1] - flux[k, j]
    for k in range(m):
        rate.gone[0, k], rate.gone[1, k] = 0.0, flux[k, n - 1]
    clear(ions, state.s, pores, rate)


@inner_jit
def clear(ions: Ions, s: FloatArray, pores: Pores, rate: State) -> None:
    """Take what blood takes from the rates, and add it to what is gone."""
    m, n = pores.a.shape
    for span in range(ions.perfused.shape[0]):
        for k in range(m):
            for e in range(ions.perfused[span, 0], ions.perfused[span, 1]):
                for side in range(2):
                    held = (
                        ions.half[0, k, e] * pores.q[side, k, e]
                        + ions.half[1, k, e] * s[k, e + side]
                    )
                    taken = pores.clearance[k, e] * (held - ions.half[4, k, e])
                    rate.gone[0, k] += taken
                    if k < m - 1 and e + side < n:
                        rate.held[k, e + side] -= taken


@inner_jit
def hold(ions: Ions, s: FloatArray, pores: Pores, held: FloatArray) -> None:
    """Write what nodes hold of all ions but the last."""
    n = held.shape[1]
    for k in range(held.shape[0]):
        water, oil = ions.half[0, k], ions.half[1, k]
        held[k, 0] = ions.volume[0] * s[k, 0]
        for e in range(n - 1):
            held[k, e + 1] = water[e] * pores.q[1, k, e] + oil[e] * s[k, e + 1]
        for e in range(n):
            held[k, e] += water[e] * pores.q[0, k, e] + oil[e] * s[k, e]

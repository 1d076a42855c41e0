"""Ensembles compiled by numba: blocks of draws on a shared schedule.

The steps are those of `stepping.py`; coefficients and factors are kept as long as forcing and step
repeat.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.compiled_lanes import (
    LANES,
    eliminate,
    end_stage,
    fill_links,
    first_rate,
    leave,
    middle_stage,
)
from models.compiled_system import lane_jit
from models.stepping import D, W

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Parts = tuple[FloatArray, FloatArray, FloatArray, IntArray, int, bool]
Tables = tuple[IntArray, FloatArray, tuple[FloatArray, FloatArray, FloatArray]]


@lane_jit
def set_up(
    parts: Parts, start: int, nodes: FloatArray, elements: FloatArray, s: FloatArray
) -> None:
    """Write masses and clearings of nodes, P/h, Q/h and drifts of elements, and the first state."""
    values, donor, share, layer = parts[0], parts[1], parts[2], parts[3]
    n = nodes.shape[1]
    nodes[:] = 0.0
    for e in range(share.size):
        at = layer[e]
        for k in range(LANES):
            draw = start + k
            length = values[0, at, draw] * share[e]
            half = 0.5 * values[1, at, draw] * length
            elements[0, e, k] = values[3, at, draw] / length
            elements[1, e, k] = values[4, at, draw] / length
            elements[2, e, k] = values[5, at, draw]
            nodes[0, e, k] += half
            nodes[1, e, k] += half * values[2, at, draw]
            if e + 1 < n:
                nodes[0, e + 1, k] += half
                nodes[1, e + 1, k] += half * values[2, at, draw]
    s[:] = 0.0
    for k in range(LANES):
        volume = donor[0, start + k]
        nodes[0, 0, k] += volume
        s[0, k] = volume * donor[1, start + k] / nodes[0, 0, k]


@lane_jit
def store(parts: Parts, start: int, s: FloatArray, gone: FloatArray, out: FloatArray) -> None:
    """Write donor concentration, what is gone, and the amounts of the layers."""
    values, share, layer = parts[0], parts[2], parts[3]
    n = s.shape[0]
    for k in range(LANES):
        out[0, start + k] = s[0, k]
        out[1, start + k] = gone[0, k]
        out[2, start + k] = gone[1, k]
    for row in range(3, out.shape[0]):
        out[row, start : start + LANES] = 0.0
    for e in range(share.size):
        at = layer[e]
        for k in range(LANES):
            half = 0.5 * values[0, at, start + k] * share[e] * values[1, at, start + k]
            right = s[e + 1, k] if e + 1 < n else 0.0
            out[3 + at, start + k] += half * (s[e, k] + right)


@lane_jit
def differ(held: FloatArray, drive: FloatArray) -> bool:
    """Return whether any lane's drive has changed."""
    moved = False
    for i in range(3):
        for k in range(LANES):
            moved |= held[i, k] != drive[i, k]
    return moved


@lane_jit
def refresh(
    reach: float,
    drive: FloatArray,
    kept: tuple[FloatArray, FloatArray],
    n_first: int,
    nodes: tuple[FloatArray, FloatArray],
    elements: tuple[FloatArray, FloatArray, FloatArray],
    links: tuple[FloatArray, FloatArray],
    factors: tuple[FloatArray, FloatArray, FloatArray],
) -> None:
    """Bring coefficients and factors of a stage up to a drive and a step."""
    held, held_reach = kept
    moved = differ(held, drive)
    if moved:
        # Only the first layer depends on more than the current.
        n_fill = n_first if held[0, 0] == drive[0, 0] else elements[0].shape[0]
        held[:] = drive
        fill_links(
            drive, elements[0], elements[1], elements[2], (n_first, n_fill), links[0], links[1]
        )
    if moved or held_reach[0] != reach:
        held_reach[0] = reach
        eliminate(reach, links, nodes[0], nodes[1], factors)


@lane_jit
def read(point: int, start: int, tables: Tables, drive: FloatArray) -> None:
    """Write (current, opening, mobility) of a block at a point of the schedule."""
    place, share = tables[0][point], tables[1][point]
    for i in range(3):
        table = tables[2][i]
        last = table.shape[0] - 1
        for k in range(LANES):
            draw = min(start + k, last)
            low = table[draw, place]
            # Equal entries must read as that entry to the last bit: coefficients are then kept.
            drive[i, k] = low + (table[draw, place + 1] - low) * share


@lane_jit
def run_blocks(
    first: int,
    last: int,
    parts: Parts,
    steps: FloatArray,
    rows: IntArray,
    tables: Tables,
    out: FloatArray,
) -> None:
    """Integrate blocks of draws on a schedule.

    Parameters
    ----------
    first, last : int
        Range of blocks.
    parts : tuple
        Coefficients (6, n_layer, n_draw) as thickness, partition, clearance, P, Q, drift; donor
        volume and concentration (2, n_draw); share and layer of the elements; number of elements
        of the first layer; whether the deep side is a receptor. n_draw is a multiple of LANES.
    steps : (n_step,) array
        Lengths, s.
    rows : (n_step,) array
        Row of `out` to write after each step, or -1.
    tables : tuple
        Interval of the forcing's table, and share of that interval, at the start and each step's
        middle stage and end, (2 n_step + 1,); and current, opening and mobility, (1 or n_draw, n_time).
    out : (n_row, 3 + n_layer, n_draw) array
        Donor concentration, cleared, received and the amounts of the layers.
    """
    n_element = parts[2].size
    n = n_element if parts[5] else n_element + 1
    node, element = np.empty((2, n, LANES)), np.empty((3, n_element, LANES))
    link, factor = np.empty((2, 2, n_element, LANES)), np.empty((2, 3, n, LANES))
    state, drive = np.empty((3, n, LANES)), np.empty((3, LANES))
    s, rate, middle = state[0], state[1], state[2]
    nodes, elements = (node[0], node[1]), (element[0], element[1], element[2])
    flows, gone = np.empty((3, 2, LANES)), np.empty((2, LANES))
    links = ((link[0, 0], link[0, 1]), (link[1, 0], link[1, 1]))
    factors = (
        (factor[0, 0], factor[0, 1], factor[0, 2]),
        (factor[1, 0], factor[1, 1], factor[1, 2]),
    )
    kept = np.empty((2, 3, LANES)), np.empty((2, 1))
    held = ((kept[0][0], kept[1][0]), (kept[0][1], kept[1][1]))
    for block in range(first, last):
        start = block * LANES
        kept[0][:] = np.nan
        gone[:] = 0.0
        set_up(parts, start, node, element, s)
        read(0, start, tables, drive)
        refresh(steps[0] * D, drive, held[1], parts[4], nodes, elements, links[1], factors[1])
        first_rate(node[1], links[1], s, rate)
        leave(node[1], links[1][0], s, flows[0])
        for i in range(steps.size):
            reach = steps[i] * D
            read(2 * i + 1, start, tables, drive)
            refresh(reach, drive, held[0], parts[4], nodes, elements, links[0], factors[0])
            middle_stage(reach, node[0], factors[0], s, rate, middle)
            leave(node[1], links[0][0], middle, flows[1])
            read(2 * i + 2, start, tables, drive)
            # Under a steady drive both stages have one matrix.
            slot = 1 if differ(held[0][0], drive) else 0
            if slot:
                refresh(reach, drive, held[1], parts[4], nodes, elements, links[1], factors[1])
            end_stage(reach, node[0], factors[slot], s, rate, middle)
            leave(node[1], links[slot][0], s, flows[2])
            gone += steps[i] * (W * (flows[0] + flows[1]) + D * flows[2])
            flows[0] = flows[2]
            if rows[i] >= 0:
                store(parts, start, s, gone, out[rows[i]])

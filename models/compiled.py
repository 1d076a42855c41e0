"""The numerical kernel compiled by numba: same equations, same steps, same numbers.

Imported only when a caller asks for the compiled engine; compiling takes seconds once and is
cached beside this file. Compare `stepping.py` and `solver.py` for the steps; the system itself is
in `compiled_system.py`, ensembles in `compiled_lanes.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.compiled_system import eliminate, fill_links, jit, leave, rate, substitute
from models.stepping import ACROSS, ERROR_WEIGHTS, GAMMA, D, W

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
System = tuple[FloatArray, FloatArray, FloatArray, IntArray, FloatArray, int]
Slot = tuple[FloatArray, FloatArray, FloatArray, FloatArray]

_E0, _E1, _E2 = ERROR_WEIGHTS


@jit
def read(table: FloatArray, time: float, place: int, drive: FloatArray) -> int:
    """Write (current, opening, mobility) at a time; return the table's interval."""
    last = table.shape[1] - 2
    while place < last and table[0, place + 1] <= time:
        place += 1
    while place > 0 and table[0, place] > time:
        place -= 1
    share = (time - table[0, place]) / (table[0, place + 1] - table[0, place])
    share = min(max(share, 0.0), 1.0)
    for k in range(3):
        low = table[k + 1, place]
        drive[k] = low + (table[k + 1, place + 1] - low) * share
    return place


@jit
def error_size(
    s: FloatArray, error: FloatArray, weights: FloatArray, spans: IntArray, gone: float
) -> float:
    """Return the largest error of a layer, relative to its amount and a share of the total."""
    n_layer = spans.shape[0]
    amounts, errors = np.zeros(n_layer), np.zeros(n_layer)
    for layer in range(n_layer):
        for j in range(spans[layer, 0], spans[layer, 1]):
            amounts[layer] += weights[layer, j] * abs(s[j])
            errors[layer] += weights[layer, j] * abs(error[j])
    floor = 1e-3 * (amounts.sum() + gone) + 1e-300
    return float((errors / (amounts + floor)).max())


@jit
def same(one: FloatArray, other: FloatArray) -> bool:
    """Return whether two drives are equal."""
    return bool(one[0] == other[0] and one[1] == other[1] and one[2] == other[2])


@jit
def refresh(system: System, drive: FloatArray, reach: float, slot: Slot) -> None:
    """Bring a stage's links and factors up to a drive and a step; its key holds both."""
    forward, backward, factors, key = slot
    if not same(key, drive):
        key[:3], key[3] = drive, 0.0
        fill_links(drive, system[4], system[5], forward, backward)
    if key[3] != reach:
        key[3] = reach
        eliminate(reach, forward, backward, system[0], system[1], factors)


@jit
def middle_stage(system: System, reach: float, slot: Slot, work: FloatArray) -> None:
    """Write the trapezoidal stage; work holds s, its rate, middle, right side, end, error."""
    mass, s, before, middle = system[0], work[0], work[1], work[2]
    for j in range(mass.size):
        middle[j] = mass[j] * s[j] + reach * before[j]
    substitute(reach, slot[1], slot[2], middle)


@jit
def end_stage(system: System, reach: float, slot: Slot, work: FloatArray) -> None:
    """Write the end of the step, and its right side."""
    mass, s, middle, right, end = system[0], work[0], work[2], work[3], work[4]
    for j in range(mass.size):
        right[j] = mass[j] * (ACROSS * s[j] + (1.0 - ACROSS) * middle[j])
        end[j] = right[j]
    substitute(reach, slot[1], slot[2], end)


@jit
def judge(system: System, step: float, gone: float, slot: Slot, work: FloatArray) -> float:
    """Return the error of the step just taken, relative to amounts."""
    mass, reach = system[0], step * D
    s, before, middle, right, end, error = work[0], work[1], work[2], work[3], work[4], work[5]
    for j in range(mass.size):
        between = mass[j] * (middle[j] - s[j]) / reach - before[j]
        after = (mass[j] * end[j] - right[j]) / reach
        error[j] = step * (_E0 * before[j] + _E1 * between + _E2 * after)
    substitute(reach, slot[1], slot[2], error)
    return error_size(end, error, system[2], system[3], gone)


@jit
def accept(system: System, step: float, work: FloatArray) -> None:
    """Make the end of the step the state; its rate follows from the stage solved."""
    mass = system[0]
    for j in range(mass.size):
        work[1, j] = (mass[j] * work[4, j] - work[3, j]) / (step * D)
        work[0, j] = work[4, j]


@jit
def store(system: System, s: FloatArray, gone: FloatArray, out: FloatArray) -> None:
    """Write donor concentration, what is gone, and the amounts of the layers."""
    weights, spans = system[2], system[3]
    out[0], out[1], out[2] = s[0], gone[0], gone[1]
    for layer in range(spans.shape[0]):
        total = 0.0
        for j in range(spans[layer, 0], spans[layer, 1]):
            total += weights[layer, j] * s[j]
        out[3 + layer] = total


@jit
def advance(
    system: System,
    table: FloatArray,
    stop: float,
    schedule: FloatArray,
    tolerance: float,
    gone: FloatArray,
    progress: FloatArray,
    ends: list[float],
    slots: tuple[Slot, Slot],
    work: FloatArray,
) -> None:
    """Step until a time is reached exactly.

    Progress is time, planned step, the table's interval, and the rates of clearance and arrival.
    """
    drive = np.empty(3)
    while progress[0] < stop:
        time, planned = progress[0], progress[1]
        whole = max(int(np.ceil((stop - time) / planned - 1e-9)), 1)
        end = stop
        if schedule.size:
            end = schedule[np.searchsorted(schedule, time, side="right")]
        elif whole > 1:
            end = time + ((stop - time) / 2 if whole == 2 else planned)
        h = end - time
        place = read(table, time + GAMMA * h, int(progress[2]), drive)
        refresh(system, drive, h * D, slots[0])
        middle_stage(system, h * D, slots[0], work)
        progress[2] = read(table, end, place, drive)
        # Under a steady drive both stages have one matrix.
        last = slots[0]
        if not same(last[3], drive):
            last = slots[1]
            refresh(system, drive, h * D, last)
        end_stage(system, h * D, last, work)
        c1, a1 = leave(work[2], slots[0][0], system[1])
        c2, a2 = leave(work[4], last[0], system[1])
        cleared = h * (W * (progress[3] + c1) + D * c2)
        received = h * (W * (progress[4] + a1) + D * a2)
        if not schedule.size:
            size = judge(system, h, gone.sum() + cleared + received, last, work) / tolerance
            factor = min(max(0.9 * (1.0 / max(size, 1e-12)) ** (1.0 / 3.0), 0.2), 4.0)
            if size > 1.0 and h >= 1e-9 * max(stop, 1.0):
                progress[1] = h * min(factor, 0.5)
                continue
            progress[1] = max(h * factor, planned if whole <= 2 and factor > 1.0 else 0.0)
        accept(system, h, work)
        progress[0], progress[3], progress[4] = end, c2, a2
        gone[0] += cleared
        gone[1] += received
        ends.append(end)


@jit
def run(
    system: System,
    table: FloatArray,
    stops: FloatArray,
    schedule: FloatArray,
    tolerance: float,
    start: FloatArray,
    out: FloatArray,
    states: FloatArray,
) -> FloatArray:
    """Integrate one draw; write amounts and states at the stops, return the ends of the steps.

    Parameters
    ----------
    system : tuple
        mass (n_node,), clearing (n_node,), weights (n_layer, n_node), the nodes each layer spans
        (n_layer, 2), conductances (3, n_element) and the number of elements of the first layer.
    table : (4, n_time) array
        Forcing: time, current, opening, mobility.
    stops, schedule : (n,) array
        Times to reach exactly; ends of steps to take, or empty for error control.
    start : (n_node,) array
        State at the start.
    out : (n_stop, 3 + n_layer) array
        Donor concentration, cleared, received and the amounts of the layers.
    states : (n_stop, n_node) array
        Unknowns at the stops.
    """
    n, n_element = system[0].size, system[4].shape[1]
    links, factors, keys = np.empty((2, 2, n_element)), np.zeros((2, 2, n)), np.full((2, 4), np.nan)
    slots = (
        (links[0, 0], links[0, 1], factors[0], keys[0]),
        (links[1, 0], links[1, 1], factors[1], keys[1]),
    )
    work = np.empty((6, n))
    gone, progress, drive = np.zeros(2), np.array([0.0, 1e-2, 0.0, 0.0, 0.0]), np.empty(3)
    work[0] = start
    read(table, 0.0, 0, drive)
    fill_links(drive, system[4], system[5], links[0, 0], links[0, 1])
    progress[3], progress[4] = rate(work[0], links[0, 0], links[0, 1], system[1], work[1])
    # Numba infers the type of a list from what it holds.
    ends = [0.0]
    for index in range(stops.size):
        advance(system, table, stops[index], schedule, tolerance, gone, progress, ends, slots, work)
        store(system, work[0], gone, out[index])
        states[index] = work[0]
    return np.array(ends[1:])

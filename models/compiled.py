"""The numerical kernel compiled by numba: same equations, same steps, same numbers.

Imported only when a caller asks for the compiled engine; compiling takes seconds once and is
cached beside this file. Compare `stepping.py` and `solver.py` for the steps; the system itself is in `compiled_system.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.compiled_system import eliminate, fill_links, jit, rate, substitute
from models.stepping import ERROR_WEIGHTS, GAMMA, D, W

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
System = tuple[FloatArray, FloatArray, FloatArray, IntArray, FloatArray, int]
Work = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]

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
        drive[k] = table[k + 1, place] * (1.0 - share) + table[k + 1, place + 1] * share
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
def prepare(
    system: System, table: FloatArray, times: tuple[float, float, float], place: int, work: Work
) -> int:
    """Write the flux coefficients at the three times of a step, reusing those that repeat."""
    forward, backward, keys, drive = work[0], work[1], work[2], work[3]
    for k in range(3):
        place = read(table, times[k], place, drive)
        if np.array_equal(keys[k], drive):
            continue
        keys[k] = drive
        source = 2 if k == 0 else k - 1
        if np.array_equal(keys[source], drive):
            forward[k], backward[k] = forward[source], backward[source]
        else:
            fill_links(drive, system[4], system[5], forward[k], backward[k])
    return place


@jit
def take_step(system: System, step: float, s: FloatArray, work: Work) -> tuple[float, float]:
    """Write the stages of a TR-BDF2 step from s; return what was cleared and received."""
    mass, clearing = system[0], system[1]
    forward, backward, stages, rates, factors = work[0], work[1], work[4], work[5], work[6]
    middle, end = stages[0], stages[1]
    c0, a0 = rate(s, forward[0], backward[0], clearing, rates[0])
    for j in range(mass.size):
        middle[j] = mass[j] * s[j] + step * D * rates[0, j]
    eliminate(step * D, forward[1], backward[1], mass, clearing, factors)
    substitute(step * D, backward[1], factors, middle)
    c1, a1 = rate(middle, forward[1], backward[1], clearing, rates[1])
    for j in range(mass.size):
        end[j] = mass[j] * s[j] + step * W * (rates[0, j] + rates[1, j])
    eliminate(step * D, forward[2], backward[2], mass, clearing, factors)
    substitute(step * D, backward[2], factors, end)
    c2, a2 = rate(end, forward[2], backward[2], clearing, rates[2])
    return step * (W * (c0 + c1) + D * c2), step * (W * (a0 + a1) + D * a2)


@jit
def judge(system: System, step: float, gone: float, work: Work) -> float:
    """Return the error of the step just taken, relative to amounts."""
    stages, rates = work[4], work[5]
    for j in range(stages.shape[1]):
        stages[2, j] = step * (_E0 * rates[0, j] + _E1 * rates[1, j] + _E2 * rates[2, j])
    substitute(step * D, work[1][2], work[6], stages[2])
    return error_size(stages[1], stages[2], system[2], system[3], gone)


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
    s: FloatArray,
    gone: FloatArray,
    progress: FloatArray,
    ends: list[float],
    work: Work,
) -> None:
    """Step until a time is reached exactly; progress is (time, planned step, table interval)."""
    while progress[0] < stop:
        time, planned = progress[0], progress[1]
        whole = max(int(np.ceil((stop - time) / planned - 1e-9)), 1)
        end = stop
        if schedule.size:
            end = schedule[np.searchsorted(schedule, time, side="right")]
        elif whole > 1:
            end = time + ((stop - time) / 2 if whole == 2 else planned)
        h = end - time
        times = (time, time + GAMMA * h, end)
        progress[2] = prepare(system, table, times, int(progress[2]), work)
        cleared, received = take_step(system, h, s, work)
        if not schedule.size:
            size = judge(system, h, gone.sum() + cleared + received, work) / tolerance
            factor = min(max(0.9 * (1.0 / max(size, 1e-12)) ** (1.0 / 3.0), 0.2), 4.0)
            if size > 1.0 and h >= 1e-9 * max(stop, 1.0):
                progress[1] = h * min(factor, 0.5)
                continue
            progress[1] = max(h * factor, planned if whole <= 2 and factor > 1.0 else 0.0)
        progress[0] = end
        gone[0] += cleared
        gone[1] += received
        s[:] = work[4][1]
        ends.append(end)


@jit
def run(
    system: System,
    table: FloatArray,
    stops: FloatArray,
    schedule: FloatArray,
    tolerance: float,
    s: FloatArray,
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
    s : (n_node,) array
        State at the start; overwritten.
    out : (n_stop, 3 + n_layer) array
        Donor concentration, cleared, received and the amounts of the layers.
    states : (n_stop, n_node) array
        Unknowns at the stops; may have no rows.
    """
    n, n_element = system[0].size, system[4].shape[1]
    work = (
        np.empty((3, n_element)),
        np.empty((3, n_element)),
        np.full((3, 3), np.nan),
        np.empty(3),
        np.empty((3, n)),
        np.empty((3, n)),
        np.zeros((2, n)),
    )
    gone, progress = np.zeros(2), np.array([0.0, 1e-2, 0.0])
    # Numba infers the type of a list from what it holds.
    ends = [0.0]
    for index in range(stops.size):
        advance(system, table, stops[index], schedule, tolerance, s, gone, progress, ends, work)
        store(system, s, gone, out[index])
        if states.shape[0]:
            states[index] = s
    return np.array(ends[1:])


@jit
def run_range(
    first: int,
    last: int,
    systems: tuple[FloatArray, FloatArray, FloatArray, IntArray, FloatArray, int],
    tables: FloatArray,
    stops: FloatArray,
    schedule: FloatArray,
    s: FloatArray,
    out: FloatArray,
) -> None:
    """Integrate the draws from first to last on a schedule; every array has a leading draw axis."""
    none = np.empty((0, s.shape[1]))
    for draw in range(first, last):
        system = (
            systems[0][draw],
            systems[1][draw],
            systems[2][draw],
            systems[3],
            systems[4][draw],
            systems[5],
        )
        run(system, tables[draw], stops, schedule, 1.0, s[draw], out[draw], none)

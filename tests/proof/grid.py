"""Every point of a quantised grid through the shipping `step`, on arrays of 64-bit integers.

The source has no branches on values, so an array of cases runs through it at once. What must hold
is restated here without any of the kernel's own expressions.
"""

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.proof.symbols import Sources

TICK_MS, STOP_RAMP_MS = 50, 500
CURRENT_NA, DENSITY_NA, COMMON_NA = 1_000, 900, 950
CHARGE_PC, CHARGE_DENSITY_PC = 1_000_000, 900_000
SLEW_NA_PER_S, TICK_STEP_NA, WINDOW_STEP_NA = 2_000, 101, 850
RUNNING, PAUSED, RAMP_DOWN, DONE, TRIPPED = 3, 4, 5, 6, 7
AXES: dict[str, tuple[int, ...]] = {
    "phase": tuple(range(8)),
    "applied_na": (-900, -101, -1, 0, 1, 100, 500, 899, 900),
    "target_na": (-901, -900, -101, -1, 0, 1, 101, 102, 500, 601, 900, 901, 1_001),
    "current_na": (-901, 0, 1, 500, 899, 900, 999),
    "window_na": (0, 50, 900),
    "charge_pc": (0, 399_999, 450_000, 899_999),
    "dt_ms": (0, 50, 400),
    "ramp_step_na": (1, 90),
    "valid": (0, 1),
    "pause": (0, 1),
    "stop": (0, 1),
    "zero": (0, 1),
    "starved": (0, 1),
    "connected": (0, 1),
    "finish": (0, 1),
    "finishing": (0, 1),
}  # fmt: skip
POINTS = math.prod(len(values) for values in AXES.values())
INNER = ("ramp_step_na", "valid", "pause", "stop", "zero", "starved", "connected", "finish",
         "finishing", "dt_ms", "charge_pc", "window_na")  # fmt: skip


def blocks(stride: int = 1, phases: tuple[int, ...] = AXES["phase"]) -> Iterator[dict[str, Any]]:
    """Yield the grid in blocks of equal phase, set-point, request and reading.

    Parameters
    ----------
    stride : int
        Take every so-many-th point of each block, from another one each time; 1 is all of them.
    phases : tuple of int
        Only blocks of these phases.
    """
    flat = np.meshgrid(*(np.array(AXES[name], dtype=np.int64) for name in INNER), indexing="ij")
    inner = {name: values.ravel() for name, values in zip(INNER, flat, strict=True)}
    outer = [name for name in AXES if name not in INNER]
    for index, point in enumerate(itertools.product(*(AXES[name] for name in outer))):
        if point[0] not in phases:
            continue
        part = {name: values[index % stride :: stride] for name, values in inner.items()}
        yield part | dict(zip(outer, (np.int64(value) for value in point), strict=True))


def judged(modules: Sources, case: dict[str, Any]) -> tuple[Any, Any]:
    """Run one block, or one case of plain integers, through the shipping `step`."""
    kernel = modules.kernel
    limits = modules.limits.ChannelLimits(
        CURRENT_NA,
        DENSITY_NA,
        CHARGE_PC,
        CHARGE_DENSITY_PC,
        35_000_000,
        SLEW_NA_PER_S,
        10**6,
        10**6,
    )
    cell = kernel.ChannelConfig(limits, 0, 10**9, 2_000, 5, 4, 10**6)
    config = kernel.Config((cell,), COMMON_NA, TICK_MS, STOP_RAMP_MS)
    truth = {name: case[name] == 1 for name, values in AXES.items() if values == (0, 1)}
    channel = kernel.ChannelState(
        applied_na=case["applied_na"], measured_na=abs(case["applied_na"]),
        charge_pc=case["charge_pc"], ramp_step_na=case["ramp_step_na"],
        window_na=case["window_na"], finishing=truth["finishing"],
    )  # fmt: skip
    state = kernel.initial(1, 1_000)._replace(phase=case["phase"], channels=(channel,))
    request = kernel.Request(
        (case["target_na"],), truth["pause"], truth["stop"], truth["zero"], truth["starved"],
        0, 0, (truth["finish"],),
    )  # fmt: skip
    seen = kernel.ChannelReading(
        valid=truth["valid"], fresh=True, voltage_uv=0, current_na=case["current_na"],
        limited=False, output_on=True,
    )  # fmt: skip
    reading = kernel.Reading(1_000 + case["dt_ms"], 0, True, True, truth["connected"], (seen,))
    return kernel.step(config, state, request, reading)


def broken(case: dict[str, Any], after: Any, decision: Any) -> dict[str, Any]:
    """Return how many cases of a block break each property."""
    was, phase = case["applied_na"], case["phase"]
    old, new = np.abs(was), np.abs(decision.targets_na[0])
    live = (phase == RUNNING) | (phase == RAMP_DOWN)
    # What no tick can leave behind is no case: current without a live phase.
    real = live | (was == 0)
    running = after.phase == RUNNING
    one = after.channels[0]
    charge = case["charge_pc"] + old * case["dt_ms"]
    measured = np.where(case["valid"] == 1, abs(case["current_na"]), old)
    held = charge + measured * TICK_MS + new * (STOP_RAMP_MS / 2 + 2 * TICK_MS)
    crossed = (new > 0) & ((decision.targets_na[0] < 0) != (was < 0))
    on_way_down = one.finishing | (after.phase == RAMP_DOWN)
    over = (phase == DONE) | (phase == TRIPPED)
    found = {
        "a limit": new > min(CURRENT_NA, DENSITY_NA, COMMON_NA),
        "zero outside a live phase": ~live & (new > 0),
        "ended stays ended": over & (after.phase != phase),
        "no auto-resume": running & (phase != RUNNING),
        "slew per tick": (new > old + TICK_STEP_NA) | (crossed & (new > TICK_STEP_NA)),
        "slew per window": (new > old) & (new > case["window_na"] + WINDOW_STEP_NA),
        "never repaired": (new > old) & (decision.targets_na[0] != case["target_na"]),
        "zero asked": (case["zero"] == 1) & (new > 0),
        "no command": (case["connected"] == 0) & (new > 0),
        "charge": one.charge_pc != charge,
        "reserve": running & ~on_way_down & (new > 0) & (held > CHARGE_DENSITY_PC),
        "way down": on_way_down & (new > 0) & (new >= old),
        "on hold": (case["starved"] == 1) & (new > old),
    }
    return {name: int(np.count_nonzero(real & bad)) for name, bad in found.items()}


def sweep(
    modules: Sources, stride: int = 1, phases: tuple[int, ...] = AXES["phase"]
) -> tuple[int, dict[str, int]]:
    """Judge the grid; returns how many cases were run and the violations by property."""
    total, bad = 0, {}
    for case in blocks(stride, phases):
        after, decision = judged(modules, case)
        total += case["dt_ms"].size
        for name, times in broken(case, after, decision).items():
            if times:
                bad[name] = bad.get(name, 0) + times
    return total, bad

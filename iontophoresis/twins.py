"""Start the emulated instruments of a bench file, with the load that this plan's cells are."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from instruments.emulation.launch import RunningTwin, start_twin
from iontophoresis.plan import Plan

OHM_PER_KOHM = 1_000.0
ENDS_WITHIN_S = 2.0


@contextmanager
def started_twins(plan: Plan, pace: str, session_path: Path) -> Iterator[tuple[RunningTwin, ...]]:
    """Start one emulated instrument for every channel whose source is emulated.

    They end by themselves once nobody is connected and their output is off; nothing here stops
    one that still drives current, because a real source would go on as well.

    Raises
    ------
    InstrumentError
        If one does not start.
    """
    twins: list[RunningTwin] = []
    for index, (channel, source) in enumerate(zip(plan.channels, plan.bench.source, strict=False)):
        emulated = source.emulated
        if emulated is None:
            continue
        # Cells in series share the current; their resistances add up on the smallest area.
        area_cm2 = min(cell.cell.area_cm2 for cell in channel.cells)
        twins.append(
            start_twin(
                source.driver,
                clock="lockstep" if pace == "lockstep" else "real",
                load=emulated.load,
                seed=emulated.seed + index,
                area_cm2=area_cm2,
                barrier_kohm_cm2=sum(
                    cell.cell.baseline_resistance_kohm_cm2 * area_cm2 / cell.cell.area_cm2
                    for cell in channel.cells
                ),
                resistance_ohm=(emulated.resistance_kohm or 1.0) * OHM_PER_KOHM,
                serial=source.serial,
                truth_path=session_path.with_suffix(f".truth-{source.id}.bin"),
            )
        )
    try:
        yield tuple(twins)
    finally:
        for twin in twins:
            with suppress(subprocess.TimeoutExpired):
                twin.process.wait(ENDS_WITHIN_S)

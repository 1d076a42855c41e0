"""Start the emulated instruments of a bench file, with the loads that this plan's cells are."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from instruments.emulation.description import BenchSettings, InstrumentSettings, Tap
from instruments.emulation.launch import start_bench
from instruments.emulation.load_settings import LoadSettings
from iontophoresis.bench_instruments import EmulatedLoad, Meter, Source
from iontophoresis.plan import Plan, PlannedChannel

OHM_PER_KOHM = 1_000.0
ENDS_WITHIN_S = 2.0
SEEDS_APART = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedTwins:
    """Where the emulated instruments are reached, by id of source or meter, and their control port."""

    resources: Mapping[str, str]
    control_port: int


@contextmanager
def started_twins(plan: Plan, pace: str, session_path: Path) -> Iterator[StartedTwins | None]:
    """Start the emulated bench of a plan; None if no channel's source is emulated.

    Sources of the same driver and serial number on different channels are one instrument. The bench ends by
    itself once nobody is connected and every output is off; nothing here stops one that still
    drives current, because a real source would go on as well.

    Raises
    ------
    InstrumentError
        If it does not start.
    """
    settings = bench_settings(plan, pace, session_path)
    if settings is None:
        yield None
        return
    bench = start_bench(settings)
    resources = {
        name: bench.resources[unit.name]
        for unit in settings.instruments
        for name in (unit.name, *filter(None, unit.loads))
    }
    try:
        yield StartedTwins(resources=resources, control_port=bench.control_port)
    finally:
        with suppress(subprocess.TimeoutExpired):
            bench.process.wait(ENDS_WITHIN_S)


def bench_settings(plan: Plan, pace: str, session_path: Path) -> BenchSettings | None:
    """Describe the emulated bench of a plan.

    Returns
    -------
    BenchSettings or None
        None if no channel's source is emulated.
    """
    channels = [channel for channel in plan.channels if channel.source.emulated is not None]
    if not channels:
        return None
    units: list[dict[int, tuple[int, PlannedChannel]]] = []
    for index, channel in enumerate(channels):
        joined = [unit for unit in units if _is_of(channel.source, unit)]
        unit = joined[0] if joined else {}
        unit[channel.source.channel] = (index, channel)
        units += [] if joined else [unit]
    return BenchSettings(
        loads={
            channel.source.id: _load(channel, emulated, index)
            for index, channel in enumerate(channels)
            if (emulated := channel.source.emulated) is not None
        },
        instruments=(
            *(_instrument(unit) for unit in units),
            *(_meter(meter, channel) for channel in channels for meter in _meters(plan, channel)),
        ),
        lockstep=pace == "lockstep",
        truth_paths={
            channel.source.id: str(session_path.with_suffix(f".truth-{channel.source.id}.bin"))
            for channel in channels
        },
    )


def _is_of(source: Source, unit: Mapping[int, tuple[int, PlannedChannel]]) -> bool:
    """Tell whether a source is another channel of a unit."""
    first = next(iter(unit.values()))[1].source
    same = (source.driver, source.serial) == (first.driver, first.serial)
    return same and source.channel not in unit


def _instrument(unit: Mapping[int, tuple[int, PlannedChannel]]) -> InstrumentSettings:
    index, first = next(iter(unit.values()))
    emulated = first.source.emulated
    outputs = range(1, max(unit) + 1)
    return InstrumentSettings(
        name=first.source.id,
        model=(emulated.model if emulated is not None else None) or first.source.driver,
        loads=tuple(unit[at][1].source.id if at in unit else "" for at in outputs),
        serial=first.source.serial,
        seed=(emulated.seed if emulated is not None else 0) + index,
    )


def _meters(plan: Plan, channel: PlannedChannel) -> tuple[Meter, ...]:
    beside = plan.bench.meters_of(channel.source)
    return tuple(meter for meter in beside if meter.emulated)


def _meter(meter: Meter, channel: PlannedChannel) -> InstrumentSettings:
    load, count = meter.source or "", len(channel.cells)
    taps: tuple[Tap, ...] = (Tap(load=load, shunt_ohm=meter.shunt_ohm or 0.0),)
    if meter.reads == "cells" and count > 1:
        taps = tuple(Tap(load=load, cell=at + 1) for at in range(count))
    return InstrumentSettings(name=meter.id, model=meter.driver, taps=taps, serial=meter.serial)


def _load(channel: PlannedChannel, emulated: EmulatedLoad, index: int) -> LoadSettings:
    """Describe what hangs on a channel: one cell, or cells in series that share the current."""
    if emulated.load == "resistor":
        ohm = (emulated.resistance_kohm or 1.0) * OHM_PER_KOHM
        return LoadSettings(kind="resistor", seed=emulated.seed + index, resistance_ohm=ohm)
    charge_c = emulated.electrode_charge_c
    electrodes = None if charge_c is None else {"forward_c": charge_c, "backward_c": charge_c}
    cells = tuple(
        LoadSettings(
            seed=emulated.seed + index + SEEDS_APART * at,
            area_cm2=cell.cell.area_cm2,
            barrier_kohm_cm2=cell.cell.baseline_resistance_kohm_cm2,
            electrodes=electrodes,
        )
        for at, cell in enumerate(channel.cells)
    )
    return cells[0] if len(cells) == 1 else LoadSettings(kind="series", cells=cells)

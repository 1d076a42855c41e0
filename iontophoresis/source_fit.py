"""Whether a source can do what its channel asks of it, judged before anything is connected.

The driver refuses the same again on the instrument that is there; what depends on its model or
options is left to it.
"""

from collections.abc import Iterator

from instruments.declarations import Capabilities
from iontophoresis.errors import Problem
from iontophoresis.plan import Plan, PlannedChannel
from iontophoresis.units import NA_PER_MA

UV_PER_V = 1_000_000


def misfits(plan: Plan, channel: PlannedChannel, declared: Capabilities) -> Iterator[Problem]:
    """Name what a channel asks that its source's driver does not declare.

    Yields
    ------
    Problem
        One per reason.
    """
    yield from _range_misfits(plan, channel, declared)
    yield from _bench_misfits(plan, channel, declared)


def _range_misfits(
    plan: Plan, channel: PlannedChannel, declared: Capabilities
) -> Iterator[Problem]:
    driver, place = channel.source.driver, f'channel "{channel.channel.name}"'
    compliance_uv, peak_na = channel.limits.voltage_uv, channel.waveform.max_current_na
    low_uv, high_uv = declared.min_compliance_uv, declared.max_compliance_uv
    if not low_uv <= compliance_uv <= high_uv:
        yield Problem(
            origin=plan.protocol.origin,
            key="limits.voltage_v",
            value=f"{compliance_uv / UV_PER_V:g}",
            place=place,
            reason=f"{driver} limits its voltage to {low_uv / UV_PER_V:g} to "
            f"{high_uv / UV_PER_V:g} V only",
            advice="give a limit within that, or use another source",
        )
    largest_na = max(declared.current_ranges_na, default=peak_na)
    if peak_na > largest_na:
        yield Problem(
            origin=plan.protocol.origin,
            key="channel.segment",
            place=place,
            reason=f"its peak of {peak_na / NA_PER_MA:g} mA is above the {largest_na / NA_PER_MA:g} "
            f"mA that {driver} can source",
            advice="lower the current, or use another source",
        )


def _bench_misfits(
    plan: Plan, channel: PlannedChannel, declared: Capabilities
) -> Iterator[Problem]:
    source, place = channel.source, f'source "{channel.source.id}"'
    if source.tick_ms is not None and source.tick_ms < declared.tick_ms:
        yield Problem(
            origin=plan.bench.origin,
            key="source.tick_ms",
            value=str(source.tick_ms),
            place=place,
            reason=f"is too short for {source.driver}, which needs {declared.tick_ms} ms",
            advice="raise it, or leave it out",
        )
    beside = {meter.reads for meter in plan.bench.meters_of(source)}
    specimen = channel.channel.specimen_class
    if not declared.measures_current and "current" not in beside and specimen != "load":
        yield Problem(
            origin=plan.bench.origin,
            key="meter",
            place=place,
            reason=f"{source.driver} measures no current and no meter beside it does, which only "
            'specimen_class = "load" allows',
            advice='add a [[meter]] with reads = "current" and its shunt_ohm',
        )

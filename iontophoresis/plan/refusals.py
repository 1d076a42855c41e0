"""Every reason why a valid protocol does not fit the bench, or asks in vain, each with what to do."""

from __future__ import annotations

from collections.abc import Iterator

from instruments.catalog import driver_names
from iontophoresis.bench import Bench
from iontophoresis.errors import Problem
from iontophoresis.protocol import Protocol
from iontophoresis.safety.limits import class_limits
from iontophoresis.units import NA_PER_MA, floor_whole


def bench_refusals(protocol: Protocol, bench: Bench) -> Iterator[Problem]:
    """Name what the bench lacks or does not allow.

    Parameters
    ----------
    protocol : Protocol
        What is wanted.
    bench : Bench
        What there is.

    Yields
    ------
    Problem
        One per reason.
    """
    if len(bench.source) < len(protocol.channel):
        yield Problem(
            origin=protocol.origin,
            key="channel",
            reason=f"{len(protocol.channel)} channels need as many sources, "
            f"{bench.origin} has {len(bench.source)}",
            advice="remove a channel, or use a bench with more sources",
        )
    for index, channel in enumerate(protocol.channel):
        if channel.specimen_class not in bench.allowed_classes:
            allowed = ", ".join(bench.allowed_classes) or "none"
            yield Problem(
                origin=protocol.origin,
                key=f"channel[{index}].cell[0].specimen_class",
                value=f'"{channel.specimen_class}"',
                place=f'channel "{channel.name}"',
                reason=f"is not allowed on this bench ({bench.origin} allows: {allowed})",
                advice="use another bench, or ask the person who signed its file",
            )
    for index, source in enumerate(bench.source):
        if source.driver not in driver_names():
            yield Problem(
                origin=bench.origin,
                key=f"source[{index}].driver",
                value=f'"{source.driver}"',
                reason="no such driver",
                advice="there are: " + ", ".join(driver_names()),
            )
    yield from _meter_refusals(protocol, bench)


def _meter_refusals(protocol: Protocol, bench: Bench) -> Iterator[Problem]:
    """Name what a meter lacks that is to read the cells of a channel one by one."""
    for channel, source in zip(protocol.channel, bench.source, strict=False):
        for meter in bench.meters_of(source):
            cells = len(channel.cell)
            if meter.reads == "cells" and len(meter.inputs) != cells:
                yield Problem(
                    origin=bench.origin,
                    key=f"meter[{bench.meter.index(meter)}].inputs",
                    value=str(list(meter.inputs)),
                    reason=f'does not fit channel "{channel.name}"',
                    advice=f"name one input for each of {cells} cells, in their order",
                )


def protocol_refusals(protocol: Protocol) -> Iterator[Problem]:
    """Name what the protocol asks of itself without a reason, or in vain.

    Parameters
    ----------
    protocol : Protocol
        What is wanted.

    Yields
    ------
    Problem
        One per reason.
    """
    limits = protocol.limits
    for channel in protocol.channel:
        guardrail = class_limits(channel.specimen_class).density_na_per_cm2
        named = floor_whole(limits.density_ma_per_cm2, NA_PER_MA)
        if guardrail.recommended < min(named, guardrail.absolute) and (
            limits.above_human_relevant_reason is None
        ):
            yield Problem(
                origin=protocol.origin,
                key="limits.density_ma_per_cm2",
                value=f"{limits.density_ma_per_cm2:g}",
                reason=f"above {guardrail.recommended / NA_PER_MA:g} mA/cm2 a written reason is "
                "needed, and every figure is marked beyond the human-relevant range",
                advice="lower it, or add limits.above_human_relevant_reason",
            )
            break

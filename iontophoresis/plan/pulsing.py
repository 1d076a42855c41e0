"""What a source's control tick cannot carry: pulses too narrow for it, or between its ticks.

Set-points change on ticks only. A course whose corner points lie on ticks loses no charge to that,
because what a rising edge lacks its falling edge adds.
"""

from __future__ import annotations

from collections.abc import Iterator

from iontophoresis.bench_instruments import Source
from iontophoresis.errors import Problem
from iontophoresis.plan.judging import Judged
from iontophoresis.protocol import Bipolar, Protocol, Pulses, Scan, Steps
from iontophoresis.protocol.modes import FEWEST_TICKS, TOO_FAST, mode_widths_s
from iontophoresis.units import MS_PER_S, ms_from_s

DEFAULT_TICK_MS = 50
PLATEAUS = frozenset({"plateau_s", "forward_s", "reverse_s"})


def pulse_refusals(protocol: Protocol, judged: Judged, source: Source) -> Iterator[Problem]:
    """Name every width of a channel's pulses that its source's tick cannot carry.

    Parameters
    ----------
    protocol : Protocol
        What is wanted.
    judged : Judged
        One of its channels.
    source : Source
        Whose tick the bench file names; 50 ms where it names none.

    Yields
    ------
    Problem
        One per width.
    """
    tick_ms = source.tick_ms or DEFAULT_TICK_MS
    for number, segment in enumerate(judged.channel.segment):
        if not isinstance(segment, Pulses | Bipolar | Steps | Scan):
            continue
        for key, width_s in mode_widths_s(segment).items():
            fault = _fault(key, ms_from_s(width_s), tick_ms)
            if fault:
                yield Problem(
                    origin=protocol.origin,
                    key=f"channel[{judged.index}].segment[{number}].{key}",
                    value=f"{width_s:g}",
                    place=judged.place,
                    reason=fault,
                    advice="change it, or name a shorter tick_ms for the source if it keeps one",
                )


def _fault(key: str, width_ms: int, tick_ms: int) -> str:
    narrowest_ms = FEWEST_TICKS * tick_ms
    if key in PLATEAUS and width_ms < narrowest_ms:
        return (
            f"is narrower than {FEWEST_TICKS} ticks of {tick_ms} ms, {narrowest_ms / MS_PER_S:g} s: "
            f"{TOO_FAST}"
        )
    if width_ms % tick_ms:
        return f"is no whole number of ticks of {tick_ms} ms, so the charge would not be exact"
    return ""

"""The pieces a channel's current is made of, and their exact corner points.

A profile starts at zero, moves only in ramps, and ends at zero. Corner points lie on whole nA and on
a grid of 10 ms (the fastest driver ticks every 20 ms), so every segment's charge is a whole
number of pC: no rounding is ever booked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from iontophoresis.protocol.sections import Contradiction, Section
from iontophoresis.units import ms_from_s, na_from_ma

GRID_MS = 10
LONGEST_SEGMENT_S = 96 * 3600.0

Duration = Annotated[
    float, Field(gt=0, le=LONGEST_SEGMENT_S, description="how long the segment lasts, in s")
]
TargetCurrent = Annotated[
    float, Field(ge=0, le=20, description="the current at the end of the ramp, in mA")
]


class Ramp(Section):
    """A straight line from the current so far to another one."""

    kind: Literal["ramp"]
    to_ma: TargetCurrent
    duration_s: Duration


class Hold(Section):
    """The current so far, kept."""

    kind: Literal["hold"]
    duration_s: Duration


class Rest(Section):
    """No current; the skin recovers, and the session goes on."""

    kind: Literal["rest"]
    duration_s: Duration


Segment = Annotated[Ramp | Hold | Rest, Field(discriminator="kind")]


def segment_contradictions(segments: Sequence[Ramp | Hold | Rest]) -> list[Contradiction]:
    """List what keeps segments from forming one continuous profile that ends at zero.

    Parameters
    ----------
    segments : sequence of Ramp, Hold or Rest
        In the order of time.

    Returns
    -------
    list of Contradiction
        Paths are relative to the channel; empty when the profile is sound.
    """
    found = []
    level_ma = 0.0
    for index, segment in enumerate(segments):
        found += [
            Contradiction(path=("segment", index, key), reason=reason, advice=advice)
            for key, reason, advice in _segment_faults(segment, level_ma)
        ]
        level_ma = segment.to_ma if isinstance(segment, Ramp) else level_ma
    if segments and level_ma > 0:
        found.append(
            Contradiction(
                path=("segment", len(segments) - 1),
                reason=f"the profile ends at {level_ma:g} mA, it must end at zero",
                advice='end with { kind = "ramp", to_ma = 0.0, duration_s = ... }',
            )
        )
    return found


def _segment_faults(segment: Ramp | Hold | Rest, level_ma: float) -> list[tuple[str, str, str]]:
    faults = []
    if _off_grid(segment.duration_s):
        faults.append(("duration_s", "is not a multiple of 0.01 s", "round it"))
    if isinstance(segment, Ramp):
        if _finer_than_na(segment.to_ma):
            faults.append(("to_ma", "is finer than 1 nA (0.000001 mA)", "round it"))
        if segment.to_ma == level_ma:
            kind = "hold" if level_ma else "rest"
            faults.append(
                ("to_ma", f"the current is {level_ma:g} mA already", f'write kind = "{kind}"')
            )
    elif isinstance(segment, Rest) and level_ma > 0:
        reason = f"a rest has no current, but the segment before it ends at {level_ma:g} mA"
        faults.append(("kind", reason, "put a ramp to 0.0 before it"))
    elif isinstance(segment, Hold) and level_ma == 0:
        faults.append(("kind", "there is no current to hold here", 'write kind = "rest"'))
    return faults


def _off_grid(duration_s: float) -> bool:
    try:
        return ms_from_s(duration_s) % GRID_MS != 0
    except ValueError:
        return True


def _finer_than_na(current_ma: float) -> bool:
    try:
        na_from_ma(current_ma)
    except ValueError:
        return True
    return False


def corner_points(segments: Sequence[Ramp | Hold | Rest]) -> tuple[tuple[int, int], ...]:
    """Compute the corner points of a sound profile.

    Parameters
    ----------
    segments : sequence of Ramp, Hold or Rest
        Without contradictions.

    Returns
    -------
    tuple of (int, int)
        Time in ms and current in nA, starting at (0, 0), one more point than segments.
    """
    time_ms, current_na = 0, 0
    points = [(time_ms, current_na)]
    for segment in segments:
        time_ms += ms_from_s(segment.duration_s)
        current_na = na_from_ma(segment.to_ma) if isinstance(segment, Ramp) else current_na
        points.append((time_ms, current_na))
    return tuple(points)


def describe_segment(index: int, segment: Ramp | Hold | Rest) -> str:
    """Name a segment the way a person counts: from one, with its kind."""
    target = f" to {segment.to_ma:g} mA" if isinstance(segment, Ramp) else ""
    return f"segment {index + 1} ({segment.kind}{target})"

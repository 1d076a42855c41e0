"""The pieces a channel's current is made of, and their exact corner points.

A profile starts at zero, moves only in ramps, and ends at zero. Corner points lie on whole nA and on
a grid of 10 ms (the fastest driver ticks every 20 ms), so every segment's charge is a whole
number of pC: no rounding is ever booked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from iontophoresis.protocol.modes import (
    FASTEST_TICK_MS,
    FEWEST_TICKS,
    TOO_FAST,
    Bipolar,
    Continuous,
    Leg,
    Mode,
    Pulses,
    Scan,
    SlowDeep,
    Steps,
    mode_currents_ma,
    mode_legs,
    mode_widths_s,
    slow_plateau_ms,
)
from iontophoresis.protocol.pieces import Hold, Ramp, Rest
from iontophoresis.protocol.sections import Contradiction
from iontophoresis.units import MS_PER_S, ms_from_s, na_from_ma

GRID_MS = 10
MOST_CORNERS = 5000
NARROWEST_S = FEWEST_TICKS * FASTEST_TICK_MS / MS_PER_S

AnySegment = Ramp | Hold | Rest | Continuous | Pulses | Bipolar | Steps | SlowDeep | Scan
Segment = Annotated[AnySegment, Field(discriminator="kind")]
Fault = tuple[str, str, str]


def segment_contradictions(segments: Sequence[AnySegment]) -> list[Contradiction]:
    """List what keeps segments from forming one continuous profile that ends at zero.

    Parameters
    ----------
    segments : sequence of segments
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
    if not found and len(corner_points(segments)) > MOST_CORNERS:
        reason = f"the profile has more than {MOST_CORNERS} corner points"
        found.append(
            Contradiction(path=("segment",), reason=reason, advice="use fewer, longer pulses")
        )
    return found


def _segment_faults(segment: AnySegment, level_ma: float) -> list[Fault]:
    if not isinstance(segment, Ramp | Hold | Rest):
        return list(_mode_faults(segment, level_ma))
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


def _mode_faults(mode: Mode, level_ma: float) -> Iterator[Fault]:
    if level_ma > 0:
        reason = f"begins without current, but the segment before it ends at {level_ma:g} mA"
        yield "kind", reason, "put a ramp to 0.0 before it"
    sound = True
    for key, width_s in mode_widths_s(mode).items():
        if _off_grid(width_s):
            sound = False
            yield key, "is not a multiple of 0.01 s", "round it"
        elif key in {"plateau_s", "forward_s", "reverse_s"} and width_s < NARROWEST_S:
            yield key, f"is shorter than {NARROWEST_S:g} s: {TOO_FAST}", "use wider pulses"
    for key, currents_ma in mode_currents_ma(mode).items():
        if any(_finer_than_na(current_ma) for current_ma in currents_ma):
            sound = False
            yield key, "is finer than 1 nA (0.000001 mA)", "round it"
    if isinstance(mode, Scan) and mode.turn > mode.turns:
        yield "turn", f"there are {mode.turns} turns in a round", "correct turn or turns"
    if isinstance(mode, SlowDeep) and sound:
        plateau_ms = slow_plateau_ms(mode)
        if plateau_ms is None or plateau_ms % GRID_MS:
            reason = "leaves no plateau of whole 0.01 s between the ramps at this current"
            yield "charge_ma_min", reason, "change the charge, the current or the ramps"


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


def segment_legs(segment: AnySegment, level_na: int) -> Iterator[Leg]:
    """Expand a segment into straight lines: duration in ms, and the current at the end in nA."""
    if isinstance(segment, Ramp | Hold | Rest):
        end_na = na_from_ma(segment.to_ma) if isinstance(segment, Ramp) else level_na
        yield ms_from_s(segment.duration_s), end_na
    else:
        yield from mode_legs(segment)


def corner_points(segments: Sequence[AnySegment]) -> tuple[tuple[int, int], ...]:
    """Compute the corner points of a sound profile.

    Parameters
    ----------
    segments : sequence of segments
        Without contradictions.

    Returns
    -------
    tuple of (int, int)
        Time in ms and current in nA, starting at (0, 0); negative against the delivery.
    """
    time_ms, current_na = 0, 0
    points = [(time_ms, current_na)]
    for segment in segments:
        for span_ms, end_na in segment_legs(segment, current_na):
            time_ms, current_na = time_ms + span_ms, end_na
            points.append((time_ms, current_na))
    return tuple(points)


def describe_segment(index: int, segment: AnySegment) -> str:
    """Name a segment the way a person counts: from one, with its kind."""
    target = f" to {segment.to_ma:g} mA" if isinstance(segment, Ramp) else ""
    return f"segment {index + 1} ({segment.kind}{target})"

"""The three pieces a current can be written in one by one: ramp, hold, rest."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from iontophoresis.protocol.sections import Section

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

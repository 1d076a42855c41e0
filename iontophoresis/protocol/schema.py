"""The whole protocol file: channels, limits, stop condition.

A limit that is not named counts as zero, so every one must be named before anything can run.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from iontophoresis.protocol.channel import Channel, SheetResistance, empty, repeated
from iontophoresis.protocol.sections import (
    Contradiction,
    SchemaVersion,
    Section,
    ShortText,
    Text,
    at_most,
    raise_contradictions,
)

Layer = Literal["stratum_corneum", "epidermis", "dermis", "fat", "receptor"]
MOST_CHANNELS = 8


class Window(Section):
    """A range of sheet resistance."""

    low: SheetResistance = Field(description="lower end, in kOhm·cm2")
    high: SheetResistance = Field(description="upper end, in kOhm·cm2")

    @model_validator(mode="after")
    def _low_is_below_high(self) -> Self:
        if self.low >= self.high:
            reason = f"must be below high = {self.high:g} kOhm·cm2"
            raise_contradictions(
                [Contradiction(path=("low",), reason=reason, advice="exchange or correct them")]
            )
        return self


class Limits(Section):
    """What this protocol allows itself; a limit that is not named counts as zero."""

    missing_note: ClassVar[str] = "a limit that is not named counts as zero"

    current_ma: float = Field(gt=0, le=20, description="highest current per channel, in mA")
    density_ma_per_cm2: float = Field(gt=0, le=10, description="highest density, in mA/cm2")
    charge_ma_min: float = Field(gt=0, le=33_000, description="highest charge, in mA·min")
    charge_density_c_per_cm2: float = Field(
        gt=0, le=200_000, description="highest charge density, in C/cm2"
    )
    voltage_v: float = Field(gt=0, le=60, description="highest voltage of the source, in V")
    slew_up_ma_per_s: float = Field(gt=0, le=20, description="fastest rise of current, in mA/s")
    current_on_time_min: float = Field(gt=0, le=4320, description="longest time with current")
    session_time_min: float = Field(gt=0, le=5760, description="longest time of the session")
    load_window_kohm_cm2: Window = Field(
        description="{ low, high }: sheet resistance at which current may start, in kOhm·cm2"
    )
    total_current_ma: float | None = Field(
        default=None, gt=0, le=100, description="highest sum over the channels, in mA"
    )
    above_human_relevant_reason: Text | None = Field(
        default=None, min_length=10, description="why the density goes beyond 0.5 mA/cm2"
    )


class StopAtEnd(Section):
    """Stop when the profile ends."""

    at: Literal["profile_end"]


class StopAtCharge(Section):
    """Stop when each channel's measured charge is reached."""

    at: Literal["charge"]
    charge_ma_min: float = Field(gt=0, le=33_000, description="charge to stop at, in mA·min")


class StopAtAmount(Section):
    """Stop when the predicted amount in a layer is reached."""

    at: Literal["predicted_amount"]
    layer: Layer = Field(description="the layer the amount is counted in")
    amount_ug_per_cm2: float = Field(gt=0, le=1e6, description="predicted amount, in ug/cm2")


Stop = Annotated[StopAtEnd | StopAtCharge | StopAtAmount, Field(discriminator="at")]


class ProtocolContent(Section):
    """A whole protocol file."""

    schema_version: SchemaVersion = Field(alias="schema")
    title: ShortText = Field(min_length=1, description="one line that says what is done")
    notes: Text = Field(default="", description="anything a colleague should know")
    perfused_prediction: bool = Field(
        description="whether the session shows the prediction for perfused living tissue"
    )
    voltage_limited_start_max_s: float = Field(
        ge=0, le=3600, description="how long the source may sit at its voltage limit at the start"
    )
    stop_ramp_s: float = Field(ge=0.5, le=30, description="longest way down to zero, in s")
    channel: Annotated[tuple[Channel, ...], Field(strict=False), at_most(MOST_CHANNELS)] = Field(
        description="[[channel]] tables, one per current source"
    )
    limits: Limits = Field(description="table of limits; a limit that is not named counts as zero")
    stop: Stop = Field(description='table: at = "profile_end", "charge" or "predicted_amount"')

    @model_validator(mode="after")
    def _channels_have_their_own_names(self) -> Self:
        names = [channel.name for channel in self.channel]
        found = empty("channel", names) + repeated("channel", "name", names)
        if len(names) > 1 and self.limits.total_current_ma is None:
            reason = f"is missing, and there are {len(names)} channels"
            advice = "add it: the highest sum over the channels; " + Limits.missing_note
            path = ("limits", "total_current_ma")
            found.append(Contradiction(path=path, reason=reason, advice=advice))
        raise_contradictions(found)
        return self

"""The goal file: what shall arrive where, by when, at least cost of what, inside which limits.

Limits that are not named are those customary on people, so that what is planned on a bench means
something; going beyond them is an explicit choice with a reason.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from iontophoresis.protocol.channel import Cell, Concentration, Donor, Electrode
from iontophoresis.protocol.schema import Layer, Window
from iontophoresis.protocol.sections import (
    Contradiction,
    SchemaVersion,
    Section,
    ShortText,
    Text,
    at_most,
    raise_contradictions,
)

Objective = Literal["least_charge", "least_peak", "least_time", "most_amount"]
HUMAN_DENSITY_MA_PER_CM2 = 0.5
AMOUNTS = ("amount_ug_per_cm2", "amount_umol_per_cm2", "concentration_mm")

Micrograms = Annotated[float, Field(gt=0, le=1e6, description="amount per area, in ug/cm2")]
Micromoles = Annotated[float, Field(gt=0, le=1e6, description="amount per area, in umol/cm2")]


def _one_of_the_amounts(section: Section, *, needed: bool) -> list[Contradiction]:
    """List what is wrong with how an amount is given: once, in one of three ways."""
    given = [key for key in AMOUNTS if getattr(section, key) is not None]
    if len(given) > 1:
        reason, advice = f"{given[0]} is given too", "keep one of them"
        return [Contradiction(path=(given[1],), reason=reason, advice=advice)]
    if needed and not given:
        advice = "add it, or amount_umol_per_cm2, or concentration_mm (mean over the layer)"
        return [Contradiction(path=(AMOUNTS[0],), reason="is missing", advice=advice)]
    return []


class KeepBelow(Section):
    """A compartment that must not hold more at the goal's time."""

    layer: Literal[Layer, "cleared", "plasma"] = Field(
        description='the layer, "cleared" (all that blood took), or "plasma"'
    )
    amount_ug_per_cm2: Micrograms | None = None
    amount_umol_per_cm2: Micromoles | None = None
    concentration_mm: Concentration | None = Field(
        default=None, description="mean concentration, in mM"
    )
    distribution_volume_l: float | None = Field(
        default=None, gt=0, le=1e5, description="plasma's volume of distribution, in L"
    )

    @model_validator(mode="after")
    def _amount_fits_layer(self) -> Self:
        found = _one_of_the_amounts(self, needed=True)
        plasma = self.layer == "plasma"
        if plasma != (self.distribution_volume_l is not None):
            reason = "is missing, and layer is plasma" if plasma else "belongs to plasma only"
            advice = "write it in L" if plasma else "remove it"
            path = ("distribution_volume_l",)
            found.append(Contradiction(path=path, reason=reason, advice=advice))
        wrong = self.concentration_mm is not None and self.layer in {"cleared", "receptor"}
        if wrong or (plasma and self.concentration_mm is None):
            reason = "plasma is bounded as a concentration" if plasma else "it has no volume here"
            path = ("concentration_mm",)
            advice = "write concentration_mm" if plasma else "write an amount"
            found.append(Contradiction(path=path, reason=reason, advice=advice))
        raise_contradictions(found)
        return self


class GoalTable(Section):
    """What shall be where, by when."""

    layer: Layer = Field(description="the layer the dose is counted in")
    amount_ug_per_cm2: Micrograms | None = None
    amount_umol_per_cm2: Micromoles | None = None
    concentration_mm: Concentration | None = Field(
        default=None, description="mean concentration in the layer, in mM"
    )
    by_min: float = Field(gt=0, le=2880, description="when it shall be there, in min")
    objective: Objective = Field(
        description="what is made least once it is reached, or most_amount"
    )
    perfused: bool = Field(
        description="true: planned for perfused living tissue; false: for the specimen as it is"
    )
    share_of_draws: float | None = Field(
        default=None, ge=0.5, le=1, description="share of the parameter draws that must reach it"
    )
    draws: int = Field(default=200, ge=20, le=2000, description="number of parameter draws")
    keep_below: Annotated[tuple[KeepBelow, ...], Field(strict=False), at_most(8)] = Field(
        default=(), description="[[goal.keep_below]] tables"
    )

    @model_validator(mode="after")
    def _amount_is_given_once(self) -> Self:
        found = _one_of_the_amounts(self, needed=self.objective != "most_amount")
        if self.layer == "receptor" and self.concentration_mm is not None:
            path = ("concentration_mm",)
            reason, advice = "the receptor's volume is not known here", "write an amount"
            found.append(Contradiction(path=path, reason=reason, advice=advice))
        if self.perfused and self.layer == "receptor":
            reason, advice = "perfused tissue has no receptor", "write another layer"
            found.append(Contradiction(path=("layer",), reason=reason, advice=advice))
        raise_contradictions(found)
        return self


class Range(Section):
    """Between which values the planner may choose."""

    low: float = Field(ge=0, le=10_000, description="lower end")
    high: float = Field(gt=0, le=10_000, description="upper end")

    @model_validator(mode="after")
    def _low_is_below_high(self) -> Self:
        if self.low >= self.high:
            reason = f"must be below high = {self.high:g}"
            advice = "exchange or correct them"
            raise_contradictions([Contradiction(path=("low",), reason=reason, advice=advice)])
        return self


class Free(Section):
    """What of donor and electrode the planner may choose; what is not named stays as written."""

    concentration_mm: Range | None = Field(default=None, description="of the compound, in mM")
    ph: Range | None = Field(default=None, description="of the donor")
    background_salt_mm: Range | None = Field(default=None, description="NaCl added, in mM")
    area_cm2: Range | None = Field(default=None, description="of the electrode, in cm2")


class GoalLimits(Section):
    """Limits of the plan; by default those customary on people."""

    density_ma_per_cm2: float = Field(default=0.5, gt=0, le=4, description="in mA/cm2")
    current_ma: float = Field(default=5.0, gt=0, le=20, description="total current, in mA")
    charge_ma_min: float = Field(default=80.0, gt=0, le=33_000, description="in mA·min")
    charge_density_c_per_cm2: float = Field(default=1.8, gt=0, le=90, description="in C/cm2")
    current_on_time_min: float = Field(default=60.0, gt=0, le=2880, description="in min")
    ramp_s: float = Field(
        default=30.0, ge=1, le=600, description="least time from zero to the highest density, in s"
    )
    voltage_v: float = Field(default=30.0, gt=0, le=60, description="at the source, in V")
    warming_k: float = Field(default=5.0, gt=0, le=10, description="of the skin, in K")
    donor_ph_shift: float = Field(
        default=0.5, gt=0, le=3, description="drift of the donor's pH at an inert electrode"
    )
    load_window_kohm_cm2: Window = Field(
        default=Window(low=0.5, high=1000.0),
        description="{ low, high }: sheet resistance at which current may start, in kOhm·cm2",
    )
    above_human_relevant_reason: Text | None = Field(
        default=None, min_length=10, description="why the density goes beyond 0.5 mA/cm2"
    )

    @model_validator(mode="after")
    def _beyond_people_has_a_reason(self) -> Self:
        beyond = self.density_ma_per_cm2 > HUMAN_DENSITY_MA_PER_CM2
        if beyond and self.above_human_relevant_reason is None:
            reason = f"must be at most {HUMAN_DENSITY_MA_PER_CM2} mA/cm2 without a reason"
            advice = "lower it, or write above_human_relevant_reason; every figure is marked then"
            path = ("density_ma_per_cm2",)
            raise_contradictions([Contradiction(path=path, reason=reason, advice=advice)])
        return self


class GoalContent(Section):
    """A whole goal file."""

    schema_version: SchemaVersion = Field(alias="schema")
    title: ShortText = Field(min_length=1, description="one line that says what is wanted")
    notes: Text = Field(default="", description="anything a colleague should know")
    goal: GoalTable = Field(description="table of what shall be where")
    donor: Donor = Field(description="table of the donor solution")
    electrode: Electrode = Field(description="table of the electrode in the donor")
    return_electrode: Electrode = Field(description="table of the other electrode")
    cell: Cell = Field(description="table of the specimen")
    free: Free = Field(default=Free(), description="what the planner may choose")
    limits: GoalLimits = Field(default=GoalLimits(), description="limits of the plan")

    @model_validator(mode="after")
    def _skin_is_there(self) -> Self:
        if self.cell.specimen_class == "load":
            reason, advice = "a load takes up no dose", 'write "excised" or "perfused"'
            path = ("cell", "specimen_class")
            raise_contradictions([Contradiction(path=path, reason=reason, advice=advice)])
        return self

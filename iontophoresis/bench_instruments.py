"""The instruments of a bench file: sources, companion meters, and what is emulated of them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from iontophoresis.protocol.channel import MOST_CELLS
from iontophoresis.protocol.sections import (
    Contradiction,
    Name,
    Section,
    ShortText,
    advise,
    at_most,
    raise_contradictions,
)

VISA_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9/._-]{0,100}::[A-Za-z0-9:_./-]{1,200}")


def _visa_resource(text: str) -> str:
    """Refuse what is no VISA address; nothing else than an address may reach a bus."""
    if not VISA_PATTERN.fullmatch(text):
        raise advise(
            "is not a VISA address",
            'write it like "TCPIP0::192.0.2.10::inst0::INSTR" or "USB0::0x05E6::0x2450::...::INSTR"',
        )
    return text


VisaResource = Annotated[str, AfterValidator(_visa_resource)]


class EmulatedLoad(Section):
    """The emulated instrument's load; a source with this table is started, not connected to."""

    model: Name | None = Field(
        default=None, description="which twin, if the driver fits several; else the driver's name"
    )
    load: Literal["skin", "resistor"] = Field(description='"skin" or "resistor"')
    seed: int = Field(ge=0, le=2**31 - 1, description="seed of the load's random parameters")
    resistance_kohm: float | None = Field(
        default=None, gt=0, le=1e6, description="of the resistor, in kOhm"
    )

    electrode_charge_c: float | None = Field(
        default=None, gt=0, le=1e6, description="charge after which electrodes are used up, in C"
    )

    @model_validator(mode="after")
    def _resistor_has_a_value(self) -> Self:
        wanted = self.load == "resistor"
        if wanted == (self.resistance_kohm is None):
            reason = "is missing, and the load is a resistor" if wanted else "the load is skin"
            advice = "give its value in kOhm" if wanted else "remove it"
            path = ("resistance_kohm",)
            raise_contradictions([Contradiction(path=path, reason=reason, advice=advice)])
        return self


class Instrument(Section):
    """A source or meter of this bench."""

    id: Name = Field(description="a short name for the instrument")
    driver: Name = Field(description='the driver that speaks to it, for example "keithley-2450"')
    serial: ShortText = Field(min_length=1, description="serial number, as *IDN? gives it")
    calibrated_on: dt.date = Field(description="day of the last calibration")
    calibration_due: dt.date = Field(description="day the next calibration is due")
    resource: VisaResource | None = Field(default=None, description="VISA address")

    @model_validator(mode="after")
    def _dates_are_in_order(self) -> Self:
        if self.calibration_due < self.calibrated_on:
            reason = f"is before calibrated_on = {self.calibrated_on}"
            advice = "exchange or correct the dates"
            path = ("calibration_due",)
            raise_contradictions([Contradiction(path=path, reason=reason, advice=advice)])
        return self


class Source(Instrument):
    """A current source: real, with a VISA address, or emulated."""

    emulated: EmulatedLoad | None = Field(default=None, description="table of the emulated load")
    channel: int = Field(
        default=1, ge=1, le=4, description="output of the instrument, if it has several"
    )
    tick_ms: int | None = Field(default=None, ge=20, le=200, description="control period, in ms")

    @model_validator(mode="after")
    def _is_real_or_emulated(self) -> Self:
        if (self.resource is None) == (self.emulated is None):
            both = self.resource is not None
            reason = "a source is real or emulated, not both" if both else "is missing"
            advice = (
                "keep resource or [source.emulated]" if both else "give it, or [source.emulated]"
            )
            path = ("resource",)
            raise_contradictions([Contradiction(path=path, reason=reason, advice=advice)])
        return self


class Meter(Instrument):
    """A companion meter: voltage or current of a source that cannot measure, or cells in series."""

    source: Name | None = Field(default=None, description="id of the source it stands beside")
    reads: Literal["voltage", "current", "cells"] | None = Field(
        default=None,
        description='"voltage", "current" over a shunt, or the voltage of each of the "cells"',
    )
    inputs: Annotated[tuple[int, ...], Field(strict=False), at_most(MOST_CELLS)] = Field(
        default=(), description="inputs of a meter that reads cells, in the order of the cells"
    )
    shunt_ohm: float | None = Field(
        default=None, gt=0, le=1e6, description="resistance of the shunt, in Ohm"
    )
    emulated: bool = Field(default=False, description="it is started, not connected to")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        found = []
        if (self.source is None) != (self.reads is None):
            key = "source" if self.source is None else "reads"
            found.append(((key,), "is missing", "a meter names its source and what it reads"))
        if (self.reads == "current") == (self.shunt_ohm is None):
            wanted = self.reads == "current"
            reason = "is missing" if wanted else "belongs to a meter that reads a current"
            found.append((("shunt_ohm",), reason, "give it in Ohm" if wanted else "remove it"))
        if self.reads is not None and self.emulated != (self.resource is None):
            reason = "a meter is real or emulated, not both" if self.emulated else "is missing"
            advice = "keep resource or emulated = true" if self.emulated else "give its address"
            found.append((("resource",), reason, advice))
        raise_contradictions(
            Contradiction(path=path, reason=reason, advice=advice) for path, reason, advice in found
        )
        return self

"""The bench file: what instruments stand here, who signed for them, and what they may drive.

The person responsible for the bench writes it; it can only tighten what the protocol asks. The bench
that ships is emulated, so that everything can be tried with no instrument connected.
"""

from __future__ import annotations

import datetime as dt
import re
from os import PathLike, fspath
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from iontophoresis.protocol.channel import empty, repeated
from iontophoresis.protocol.complaints import validate
from iontophoresis.protocol.document import read_document, read_shipped
from iontophoresis.protocol.schema import MOST_CHANNELS, Window
from iontophoresis.protocol.sections import (
    Contradiction,
    DrivenClass,
    Name,
    SchemaVersion,
    Section,
    ShortText,
    Text,
    advise,
    at_most,
    raise_contradictions,
)

SHIPPED_BENCH = "emulated_bench"
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

    load: Literal["skin", "resistor"] = Field(description='"skin" or "resistor"')
    seed: int = Field(ge=0, le=2**31 - 1, description="seed of the load's random parameters")
    resistance_kohm: float | None = Field(
        default=None, gt=0, le=1e6, description="of the resistor, in kOhm"
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
    """A companion meter."""


class BenchLimits(Section):
    """Lower ceilings wanted on this bench; what is left out does not tighten."""

    current_ma: float | None = Field(default=None, gt=0, le=20)
    total_current_ma: float | None = Field(default=None, gt=0, le=100)
    density_ma_per_cm2: float | None = Field(default=None, gt=0, le=10)
    charge_ma_min: float | None = Field(default=None, gt=0, le=33_000)
    charge_density_c_per_cm2: float | None = Field(default=None, gt=0, le=200_000)
    voltage_v: float | None = Field(default=None, gt=0, le=60)
    slew_up_ma_per_s: float | None = Field(default=None, gt=0, le=20)
    current_on_time_min: float | None = Field(default=None, gt=0, le=4320)
    session_time_min: float | None = Field(default=None, gt=0, le=5760)
    load_window_kohm_cm2: Window | None = None


class BenchContent(Section):
    """A whole bench file."""

    schema_version: SchemaVersion = Field(alias="schema")
    name: ShortText = Field(min_length=1, description="what this bench is called")
    notes: Text = Field(default="", description="anything a colleague should know")
    signed_by: ShortText = Field(min_length=1, description="who is responsible for this bench")
    signed_on: dt.date = Field(description="day this file was signed, such as 2026-01-31")
    enclosure: Literal["open", "enclosed", "guarded"] = Field(
        description='"open", "enclosed", or "guarded" by an interlock'
    )
    interlock: Literal["none", "read_back"] = Field(
        description='"none", or "read_back" by the program'
    )
    proof: Literal["in_place", "resistor"] = Field(
        default="in_place",
        description='where the source is shown to end by itself: "in_place", or on a "resistor" '
        "from which the leads are moved to the cells afterwards",
    )
    allowed_classes: Annotated[tuple[DrivenClass, ...], Field(strict=False), at_most(3)] = Field(
        default=(), description="specimen classes that may be driven here; none named, none allowed"
    )
    source: Annotated[tuple[Source, ...], Field(strict=False), at_most(MOST_CHANNELS)] = Field(
        description="[[source]] tables, one per channel"
    )
    meter: Annotated[tuple[Meter, ...], Field(strict=False), at_most(MOST_CHANNELS)] = Field(
        default=(), description="[[meter]] tables"
    )
    limits: BenchLimits = Field(default=BenchLimits(), description="lower ceilings, if wanted")

    @model_validator(mode="after")
    def _instruments_are_distinct(self) -> Self:
        names = [source.id for source in self.source]
        addresses = [
            f"{source.resource}, {source.channel}" if source.resource else f"emulated {source.id}"
            for source in self.source
        ]
        raise_contradictions(
            empty("source", self.source)
            + repeated("source", "id", names)
            + repeated("source", "resource", addresses)
            + repeated("meter", "id", [meter.id for meter in self.meter])
        )
        return self


class Bench(BenchContent):
    """A validated bench file together with the file it came from.

    Attributes
    ----------
    origin : str
        Path or shipped name.
    sha256 : str
        Hexadecimal digest of the file's bytes.
    source_text : str
        The file's text, kept for the record.
    """

    origin: str
    sha256: str
    source_text: str

    @property
    def is_emulated(self) -> bool:
        """Whether every source of this bench is emulated."""
        return all(source.emulated is not None for source in self.source)


def load(source: str | PathLike[str] | None = None) -> Bench:
    """Load a bench file.

    Parameters
    ----------
    source : str, path or None
        A path to a TOML file; None, or the name `emulated_bench`, is the bench that ships.

    Returns
    -------
    Bench
        The validated bench.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    name = SHIPPED_BENCH if source is None else fspath(source)
    document = read_shipped(name) if name == SHIPPED_BENCH else read_document(Path(name))
    content = validate(BenchContent, document)
    fields = type(content).model_fields.items()
    return Bench(
        **{info.alias or field: getattr(content, field) for field, info in fields},
        origin=document.origin,
        sha256=document.sha256,
        source_text=document.text,
    )

"""The bench file: what instruments stand here, who signed for them, and what they may drive.

The person responsible for the bench writes it; it can only tighten what the protocol asks. The bench
that ships is emulated, so that everything can be tried with no instrument connected.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from os import PathLike, fspath
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from iontophoresis.alarming import AlarmSettings
from iontophoresis.bench_instruments import Meter, Source
from iontophoresis.protocol.channel import empty, repeated
from iontophoresis.protocol.complaints import validate
from iontophoresis.protocol.document import read_document, read_shipped
from iontophoresis.protocol.schema import MOST_CHANNELS, Window
from iontophoresis.protocol.sections import (
    Contradiction,
    DrivenClass,
    SchemaVersion,
    Section,
    ShortText,
    Text,
    at_most,
    raise_contradictions,
)

SHIPPED_BENCH = "emulated_bench"


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
    alarms: AlarmSettings = Field(
        default=AlarmSettings(), description="whom an alarm is told to, if nobody may be there"
    )

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
            + list(self._shared_outputs())
            + list(self._meters_without_source())
        )
        return self

    def _shared_outputs(self) -> Iterator[Contradiction]:
        """Find sources that are one output of one instrument: their cells would be in parallel."""
        first: dict[tuple[str, str, int], str] = {}
        for at, source in enumerate(self.source):
            output = (source.driver, source.serial, source.channel)
            if output in first:
                yield Contradiction(
                    path=("source", at, "channel"),
                    reason=f'is the same output of the same instrument as source "{first[output]}"; '
                    "cells in parallel on one output share its current in a way nobody controls",
                    advice="give each cell an output of its own, or put them in series on one channel",
                )
            first.setdefault(output, source.id)

    def _meters_without_source(self) -> Iterator[Contradiction]:
        known = {source.id for source in self.source}
        taken: set[tuple[str, str | None]] = set()
        for at, meter in enumerate(self.meter):
            if meter.source is None:
                continue
            path = ("meter", at, "source")
            if meter.source not in known:
                advice = f"name one of {', '.join(sorted(known))}"
                yield Contradiction(path=path, reason="is no source of this bench", advice=advice)
            if (meter.source, meter.reads) in taken:
                reason = f"has a meter that reads its {meter.reads} already"
                yield Contradiction(path=path, reason=reason, advice="keep one of them")
            taken.add((meter.source, meter.reads))


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

    def meters_of(self, source: Source) -> tuple[Meter, ...]:
        """Return the meters beside a source."""
        return tuple(meter for meter in self.meter if meter.source == source.id)

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

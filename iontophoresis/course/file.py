"""The course file: which protocol, on which site, how long after the session before."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from iontophoresis.protocol.complaints import validate
from iontophoresis.protocol.document import read_document, read_shipped, shipped_names
from iontophoresis.protocol.sections import (
    Contradiction,
    SchemaVersion,
    Section,
    ShortText,
    Text,
    at_most,
    raise_contradictions,
)

MOST_SESSIONS = 24


class CourseSession(Section):
    """One session of a course."""

    protocol: ShortText = Field(min_length=1, description="a file, or a protocol that ships")
    site: ShortText = Field(min_length=1, description="a name for the place on the specimen")
    after_h: float = Field(
        ge=0, le=2400, description="time from the beginning of the session before, in h"
    )


class CourseLimits(Section):
    """What a site may get over the whole course."""

    charge_density_c_per_cm2: float = Field(
        gt=0, le=90, description="highest charge density of a site over the course, in C/cm2"
    )
    shortest_interval_h: float = Field(
        ge=0, le=2400, description="shortest time between two sessions on one site, in h"
    )


class CourseContent(Section):
    """A whole course file."""

    schema_version: SchemaVersion = Field(alias="schema")
    title: ShortText = Field(min_length=1, description="one line that says what is done")
    notes: Text = Field(default="", description="anything a colleague should know")
    session: Annotated[tuple[CourseSession, ...], Field(strict=False), at_most(MOST_SESSIONS)] = (
        Field(min_length=1, description="[[session]] tables in the order of time")
    )
    limits: CourseLimits = Field(description="table of limits over the course")

    @model_validator(mode="after")
    def _the_first_begins_the_course(self) -> Self:
        if self.session[0].after_h != 0:
            raise_contradictions(
                [
                    Contradiction(
                        path=("session", 0, "after_h"),
                        reason="the first session begins the course",
                        advice="write after_h = 0.0",
                    )
                ]
            )
        return self


class Course(CourseContent):
    """A validated course with the file it came from.

    Attributes
    ----------
    origin : str
        Path or shipped name.
    """

    origin: str


def load(source: str | PathLike[str]) -> Course:
    """Load a course from a file or from the library.

    Parameters
    ----------
    source : str or path
        A TOML file, or the name of a course that ships, such as `mesoglow_course`.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    name = fspath(source)
    shipped = name in shipped_names() and name.endswith("_course")
    document = read_shipped(name) if shipped else read_document(Path(name))
    content = validate(CourseContent, document)
    fields = type(content).model_fields.items()
    return Course(
        **{info.alias or field: getattr(content, field) for field, info in fields},
        origin=document.origin,
    )

"""What every table of a protocol or bench file has in common: strict, frozen, closed, printable.

Numbers are numbers (no booleans, no strings, finite), unknown keys are errors, and a rule that spans
several keys reports each contradiction at its own key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from iontophoresis.safety.limits import LIVING_REFUSED

SpecimenClass = Literal["load", "excised", "perfused"]

CONTRADICTION = "contradiction"
ADVISED = "advised"

LIVING_ADVICE = (
    "the model predicts perfused living tissue (perfused_prediction = true), the source drives loads, "
    "excised skin and ex-vivo tissue only"
)
_LIVING_WORDS = re.compile(
    r"\b(living|live|alive|vivo|humans?|patients?|volunteers?|subjects?|participants?|persons?|people"
    r"|proband|healthy|clinical|animals?|self|me)\b"
)
_NOT_LIVING_WORDS = re.compile(r"\b(ex|dead|excised|cadaver|cadaveric|post|mortem|perfused|load)\b")


class Section(BaseModel):
    """A table of the file; every key is known, typed and within bounds."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)
    missing_note: ClassVar[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two keys of one table that cannot both hold.

    Attributes
    ----------
    path : tuple of str or int
        Where, relative to the table whose rule was broken.
    reason : str
        What is wrong, with the bound.
    advice : str
        What to do next.
    """

    path: tuple[str | int, ...]
    reason: str
    advice: str


def raise_contradictions(found: Iterable[Contradiction]) -> None:
    """Report the broken rules of a table to pydantic, all at once; none is no error."""
    listed = list(found)
    if listed:
        raise PydanticCustomError(CONTRADICTION, "contradiction", {"found": listed})


def advise(reason: str, advice: str) -> PydanticCustomError:
    """Build the error of one value that is wrong in itself."""
    return PydanticCustomError(ADVISED, "refused", {"reason": reason, "advice": advice})


def at_most(entries: int) -> BeforeValidator:
    """Build the rule that a list has at most so many entries, checked before any of them is."""

    def check(value: object) -> object:
        if isinstance(value, list) and len(value) > entries:
            raise advise(f"has {len(value)} entries, at most {entries} are allowed", "shorten it")
        return value

    return BeforeValidator(check)


def _printable_text(text: str) -> str:
    if not all(c.isprintable() or c == "\n" for c in text):
        raise advise("holds control characters", "use plain text")
    return text


def _refuse_living(value: object) -> object:
    if isinstance(value, str):
        spaced = re.sub(r"[^a-z]+", " ", value.casefold())
        living = _LIVING_WORDS.search(spaced) or spaced.replace(" ", "") == "invivo"
        if living and not _NOT_LIVING_WORDS.search(spaced):
            raise advise(LIVING_REFUSED, LIVING_ADVICE)
    return value


Text = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_printable_text)]
ShortText = Annotated[str, StringConstraints(max_length=120), AfterValidator(_printable_text)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
DrivenClass = Annotated[SpecimenClass, BeforeValidator(_refuse_living)]
SchemaVersion = Annotated[Literal[1], Field(description="the version of this file's format: 1")]

"""Turn pydantic's errors into problems of a file: all of them, each once, at its own key.

A key that is only misspelt is reported as misspelt, not also as missing.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from iontophoresis.errors import InputError, Problem, printable
from iontophoresis.protocol.document import Document
from iontophoresis.protocol.locate import Place, known_keys, locate
from iontophoresis.protocol.sections import ADVISED, CONTRADICTION, Section
from iontophoresis.protocol.unit_hints import suggest_key
from iontophoresis.protocol.wording import closest, one_of, show, word

Path = tuple[str | int, ...]
S = TypeVar("S", bound=Section)
LONGEST_KEY = 160


def validate(section: type[S], document: Document) -> S:
    """Validate a parsed file against its model.

    Parameters
    ----------
    section : type of Section
        The model of the whole file.
    document : Document
        The file.

    Returns
    -------
    Section
        The validated content.

    Raises
    ------
    InputError
        With one problem per error, all of them.
    """
    try:
        return section.model_validate(document.table)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise InputError(_problems(section, document, details)) from None


def _problems(
    root: type[Section], document: Document, all_details: list[ErrorDetails]
) -> list[Problem]:
    meant = {path for details in all_details if (path := _meant_key(root, document.table, details))}
    problems = []
    for details in all_details:
        if details["type"] == "missing" and details["loc"] in meant:
            continue
        problems += _expand(root, document, details)
    return problems


def _meant_key(root: type[Section], table: dict[str, Any], details: ErrorDetails) -> Path | None:
    if details["type"] != "extra_forbidden":
        return None
    place = locate(root, table, details["loc"])
    known = known_keys(place.section) if place.section else ()
    hint = suggest_key(place.last, known, place.value)
    return (*details["loc"][:-1], hint[0]) if hint else None


def _expand(root: type[Section], document: Document, details: ErrorDetails) -> list[Problem]:
    path, context = details["loc"], details.get("ctx") or {}
    kind = details["type"]
    if kind == CONTRADICTION:
        return [
            _problem(
                document, locate(root, document.table, path + one.path), one.reason, one.advice
            )
            for one in context["found"]
        ]
    place = locate(root, document.table, path)
    if kind == ADVISED:
        reason, advice = context["reason"], context["advice"]
    elif kind in {"union_tag_invalid", "union_tag_not_found"}:
        place, reason, advice = _untagged(place, context)
    else:
        reason, advice = word(place, details)
    return [_problem(document, place, reason, advice)]


def _untagged(table: Place, context: dict[str, Any]) -> tuple[Place, str, str]:
    """Say which kind of table it must be; the key is the one that says the kind."""
    key = str(context["discriminator"]).strip("'")
    value = table.value.get(key) if isinstance(table.value, dict) else None
    place = Place(key=f"{table.key}.{key}", value=value, words=table.words)
    if value is None:
        return place, "is missing", f"add {key} = ..., which says what this table is"
    choices = [tag.strip("' ") for tag in str(context.get("expected_tags", "")).split(",")]
    return place, one_of(choices), closest(value, choices)


def _problem(document: Document, place: Place, reason: str, advice: str) -> Problem:
    return Problem(
        origin=document.origin,
        key=printable(place.key, LONGEST_KEY),
        value=show(place.value),
        place=printable(place.words, LONGEST_KEY),
        reason=reason,
        advice=advice,
    )

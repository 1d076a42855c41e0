"""Follow a pydantic error location through the file's tables: key, meaning and human words.

Locations carry the tag of a tagged union, which is no key in the file; the walk drops it and finds
the field's description and bounds, so that an error can say what the key is for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from iontophoresis.protocol.sections import Section

LABEL_KEYS = ("name", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A location in the file.

    Attributes
    ----------
    key : str
        Dotted key, list indices from zero.
    last : str
        The last key alone.
    table : str
        The key before it.
    value : object
        What the file has there; None when nothing.
    words : str
        Channel, cell and segment in the file's own words.
    section : type of Section or None
        The table that holds the key.
    field : FieldInfo or None
        What the table knows of the key.
    """

    key: str = ""
    last: str = ""
    table: str = ""
    value: Any = None
    words: str = ""
    section: type[Section] | None = None
    field: FieldInfo | None = None


def locate(root: type[Section], table: dict[str, Any], path: tuple[str | int, ...]) -> Place:
    """Follow a path from the top of a file.

    Parameters
    ----------
    root : type of Section
        The model of the whole file.
    table : dict
        The parsed file.
    path : tuple of str or int
        A pydantic error location.

    Returns
    -------
    Place
        The place the path leads to, as far as the file and model know it.
    """
    place = Place(value=table)
    annotation: Any = root
    for part in path:
        annotation = _untagged_arm(_bare(annotation), part, place.value)
        if isinstance(part, int):
            place = _into_item(place, part)
            annotation = next(iter(get_args(annotation)), None)
        elif _is_section(annotation):
            place = _into_key(place, part, annotation)
            annotation = place.field.annotation if place.field else None
        elif _is_union(annotation) and _tagged(annotation, (part,)):
            annotation = _tagged(annotation, (part,))
        elif part != "[key]":
            place = _into_key(place, part, None)
            annotation = None
    return place


def known_keys(section: type[Section]) -> tuple[str, ...]:
    """List a table's keys as they stand in the file."""
    return tuple(info.alias or name for name, info in section.model_fields.items())


def _into_key(place: Place, part: str, section: type[Section] | None) -> Place:
    field = None
    if section is not None:
        by_key = {info.alias or name: info for name, info in section.model_fields.items()}
        field = by_key.get(part)
    return replace(
        place,
        key=f"{place.key}.{part}" if place.key else part,
        last=part,
        table=place.last,
        value=place.value.get(part) if isinstance(place.value, dict) else None,
        section=section,
        field=field,
    )


def _into_item(place: Place, index: int) -> Place:
    inside = isinstance(place.value, list) and index < len(place.value)
    item = place.value[index] if inside else None
    words = _words(place.last, index, item)
    return replace(
        place,
        key=f"{place.key}[{index}]",
        value=item,
        words=", ".join(part for part in (place.words, words) if part),
    )


def _words(noun: str, index: int, item: object) -> str:
    if not isinstance(item, dict):
        return ""
    label = next((item[key] for key in LABEL_KEYS if isinstance(item.get(key), str)), None)
    if label is not None:
        return f'{noun} "{label}"'
    kind = item.get("kind")
    return f"{noun} {index + 1}" + (f", {kind}" if isinstance(kind, str) else "")


def _bare(annotation: Any) -> Any:
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif _is_union(annotation) and type(None) in get_args(annotation):
            others = [arm for arm in get_args(annotation) if arm is not type(None)]
            annotation = others[0] if len(others) == 1 else Union[tuple(others)]  # noqa: UP007
        else:
            return annotation


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType)


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Section)


def _untagged_arm(annotation: Any, part: str | int, value: Any) -> Any:
    """Choose the arm of a union by what the file says, where the path carries no tag."""
    if not _is_union(annotation) or not isinstance(value, dict) or _tagged(annotation, (part,)):
        return annotation
    return _tagged(annotation, tuple(v for v in value.values() if isinstance(v, str)))


def _tagged(annotation: Any, tags: tuple[str | int, ...]) -> Any:
    for arm in map(_bare, get_args(annotation)):
        if _is_section(arm):
            literals = [f.annotation for f in arm.model_fields.values()]
            if any(get_origin(a) is Literal and get_args(a)[0] in tags for a in literals):
                return arm
    return None

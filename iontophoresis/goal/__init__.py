"""The goal file: what an experimenter wants to arrive where, read from TOML into a frozen `Goal`.

`load` takes a path or the name of a goal that ships. Everything wrong in a file is reported at once,
one line each: file, key, value, bound, and what to do. Nothing is repaired or guessed.
"""

from __future__ import annotations

from importlib import resources
from os import PathLike, fspath
from pathlib import Path

from iontophoresis.goal.schema import Free, GoalContent, GoalLimits, GoalTable, KeepBelow, Range
from iontophoresis.protocol.complaints import validate
from iontophoresis.protocol.document import (
    LIBRARY_SUFFIX,
    Document,
    parse_document,
    read_document,
    refuse,
)

__all__ = [
    "Free",
    "Goal",
    "GoalLimits",
    "GoalTable",
    "KeepBelow",
    "Range",
    "library",
    "load",
    "parse",
]


class Goal(GoalContent):
    """A validated goal together with the file it came from.

    Attributes
    ----------
    origin : str
        Path or shipped name.
    sha256 : str
        Hexadecimal digest of the file's bytes.
    """

    origin: str
    sha256: str


def library() -> tuple[str, ...]:
    """List the names of the goals that ship."""
    names = (entry.name for entry in _folder().iterdir())
    return tuple(
        sorted(n.removesuffix(LIBRARY_SUFFIX) for n in names if n.endswith(LIBRARY_SUFFIX))
    )


def load(source: str | PathLike[str]) -> Goal:
    """Load a goal from a file or from those that ship.

    Parameters
    ----------
    source : str or path
        A path to a TOML file, or the bare name of a shipped goal.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    name = fspath(source)
    if name in library():
        return parse((_folder() / (name + LIBRARY_SUFFIX)).read_bytes(), name + LIBRARY_SUFFIX)
    path = Path(name)
    if not name.endswith(LIBRARY_SUFFIX) and not path.exists():
        advice = f"these ship: {', '.join(library())}; a file is named with its path and .toml"
        raise refuse(name, "is neither a file nor a goal that ships", advice)
    return _from_document(read_document(path))


def parse(data: bytes, origin: str) -> Goal:
    """Validate the bytes of a goal file.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    return _from_document(parse_document(data, origin))


def _folder() -> resources.abc.Traversable:
    return resources.files("iontophoresis") / "library" / "goals"


def _from_document(document: Document) -> Goal:
    content = validate(GoalContent, document)
    fields = {
        info.alias or name: getattr(content, name)
        for name, info in type(content).model_fields.items()
    }
    return Goal(**fields, origin=document.origin, sha256=document.sha256)

"""Read a TOML file that a stranger may have written: bounded, hashed, never a traceback.

Size, line length and nesting are capped before anything is interpreted, because the parser of the
standard library needs quadratic time for a key of many dotted parts and recursion for nested arrays.
"""

from __future__ import annotations

import hashlib
import stat
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from iontophoresis.errors import InputError, Problem, printable

LARGEST_BYTES = 256 * 1024
LONGEST_LINE = 1000
DEEPEST_NESTING = 20
LIBRARY_SUFFIX = ".toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A TOML file as read.

    Attributes
    ----------
    origin : str
        The path, or the shipped name, as the user would write it.
    text : str
        The file's text, unchanged apart from a byte-order mark.
    sha256 : str
        Hexadecimal digest of the file's bytes.
    table : dict
        The parsed content.
    """

    origin: str
    text: str
    sha256: str
    table: dict[str, Any]


def refuse(origin: str, reason: str, advice: str) -> InputError:
    """Build the error for an input that is wrong as a whole."""
    return InputError([Problem(origin=printable(origin, 200), reason=reason, advice=advice)])


def shipped_names() -> tuple[str, ...]:
    """List the names of all files that ship in the library, bench files included."""
    folder = resources.files("iontophoresis") / "library"
    return tuple(
        sorted(
            entry.name.removesuffix(LIBRARY_SUFFIX)
            for entry in folder.iterdir()
            if entry.name.endswith(LIBRARY_SUFFIX)
        )
    )


def read_shipped(name: str) -> Document:
    """Read one file of the library by its name.

    Parameters
    ----------
    name : str
        One of `shipped_names`.

    Returns
    -------
    Document
        Its content, with the name as origin.
    """
    file = resources.files("iontophoresis") / "library" / (name + LIBRARY_SUFFIX)
    return parse_document(file.read_bytes(), name + LIBRARY_SUFFIX)


def read_document(path: Path) -> Document:
    """Read a TOML file.

    Parameters
    ----------
    path : pathlib.Path
        A regular file of at most 256 KiB.

    Returns
    -------
    Document
        Its text, digest and table.

    Raises
    ------
    InputError
        When it is missing, unreadable, not a regular file, too large, not UTF-8 or not TOML.
    """
    return parse_document(_read_bytes(path), str(path))


def parse_document(data: bytes, origin: str) -> Document:
    """Interpret the bytes of a TOML file.

    Parameters
    ----------
    data : bytes
        The whole file.
    origin : str
        Name used in errors.

    Returns
    -------
    Document
        Text, digest and table.

    Raises
    ------
    InputError
        When the bytes are too many, not UTF-8, too deeply nested or not TOML.
    """
    origin = printable(origin, 200)
    if len(data) > LARGEST_BYTES:
        raise refuse(
            origin,
            f"is larger than {LARGEST_BYTES // 1024} KiB",
            "a protocol or bench file holds a few kilobytes; is this the right file?",
        )
    text = _decode(data, origin)
    table = _parse(text, origin)
    if any(depth > DEEPEST_NESTING for depth in _depths(table)):
        raise _too_deep(origin)
    return Document(origin=origin, text=text, sha256=hashlib.sha256(data).hexdigest(), table=table)


def _read_bytes(path: Path) -> bytes:
    origin = str(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise refuse(origin, "is a directory", "name the .toml file in it")
        if not stat.S_ISREG(status.st_mode):
            raise refuse(origin, "is not a regular file", "name a .toml file")
        with path.open("rb") as file:
            return file.read(LARGEST_BYTES + 1)
    except FileNotFoundError as error:
        raise refuse(origin, "no such file", "check the path and the working directory") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refuse(origin, f"cannot be read: {reason}", "check name and permissions") from error


def _decode(data: bytes, origin: str) -> str:
    try:
        # Some editors put a byte-order mark before UTF-8; it carries no meaning.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse(
            origin,
            f"is not UTF-8 text (byte {error.start})",
            "save it as UTF-8 in your editor",
        ) from error


def _parse(text: str, origin: str) -> dict[str, Any]:
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LONGEST_LINE:
            raise refuse(
                origin,
                f"line {number} has {len(line)} characters, at most {LONGEST_LINE} are read",
                'break it; long text goes between """ and """',
            )
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise _too_deep(origin) from error
    except ValueError as error:
        raise refuse(
            origin,
            f"is not valid TOML: {printable(str(error), 160)}",
            "correct that place; a key may stand only once, text needs quotes",
        ) from error


def _too_deep(origin: str) -> InputError:
    return refuse(
        origin,
        f"is nested more than {DEEPEST_NESTING} levels deep",
        "start from one of the protocols that ship",
    )


def _depths(table: dict[str, Any]) -> Iterator[int]:
    """Yield the depth of every container; iterative, so that depth itself cannot overflow."""
    waiting: list[tuple[int, Any]] = [(1, table)]
    while waiting:
        depth, node = waiting.pop()
        children = node.values() if isinstance(node, dict) else node
        if isinstance(node, dict | list):
            yield depth
            waiting.extend((depth + 1, child) for child in children)

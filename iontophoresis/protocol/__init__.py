"""The protocol file: what an experimenter wants, read from TOML into a frozen `Protocol`.

`load` takes a path or the name of a protocol that ships. Everything wrong in a file is reported at
once, one line each: file, key, value, bound, and what to do. Nothing is repaired or guessed.
"""

from __future__ import annotations

import difflib
from os import PathLike, fspath
from pathlib import Path

from iontophoresis.protocol.channel import Cell, Channel, Donor, Electrode
from iontophoresis.protocol.complaints import validate
from iontophoresis.protocol.document import (
    LIBRARY_SUFFIX,
    Document,
    parse_document,
    read_document,
    read_shipped,
    refuse,
    shipped_names,
)
from iontophoresis.protocol.modes import Bipolar, Continuous, Pulses, Scan, SlowDeep, Steps
from iontophoresis.protocol.pieces import Hold, Ramp, Rest
from iontophoresis.protocol.schema import (
    Limits,
    ProtocolContent,
    Stop,
    StopAtAmount,
    StopAtCharge,
    StopAtEnd,
    Window,
)
from iontophoresis.protocol.sections import SpecimenClass

OTHER_SUFFIXES = ("_bench", "_course")

__all__ = [
    "Bipolar",
    "Cell",
    "Channel",
    "Continuous",
    "Donor",
    "Electrode",
    "Hold",
    "Limits",
    "Protocol",
    "Pulses",
    "Ramp",
    "Rest",
    "Scan",
    "SlowDeep",
    "SpecimenClass",
    "Steps",
    "Stop",
    "StopAtAmount",
    "StopAtCharge",
    "StopAtEnd",
    "Window",
    "library",
    "load",
    "parse",
]


class Protocol(ProtocolContent):
    """A validated protocol together with the file it came from.

    Attributes
    ----------
    origin : str
        Path or shipped name.
    sha256 : str
        Hexadecimal digest of the file's bytes; arming is bound to it.
    source_text : str
        The file's text, kept for the record.
    """

    origin: str
    sha256: str
    source_text: str


def library() -> tuple[str, ...]:
    """List the names of the protocols that ship."""
    return tuple(name for name in shipped_names() if not name.endswith(OTHER_SUFFIXES))


def load(source: str | PathLike[str]) -> Protocol:
    """Load a protocol from a file or from the library.

    Parameters
    ----------
    source : str or path
        A path to a TOML file, or the bare name of a shipped protocol, which wins over a file of the
        same name in the working directory.

    Returns
    -------
    Protocol
        The validated protocol.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    name = fspath(source)
    if name in library():
        return _from_document(read_shipped(name))
    path = Path(name)
    if _looks_like_a_name(name) and not path.exists():
        raise _unknown_name(name)
    return _from_document(read_document(path))


def parse(data: bytes, origin: str) -> Protocol:
    """Validate the bytes of a protocol file.

    Parameters
    ----------
    data : bytes
        The whole file.
    origin : str
        Name used in errors.

    Returns
    -------
    Protocol
        The validated protocol.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    return _from_document(parse_document(data, origin))


def _from_document(document: Document) -> Protocol:
    content = validate(ProtocolContent, document)
    return Protocol(
        **{
            info.alias or name: getattr(content, name)
            for name, info in type(content).model_fields.items()
        },
        origin=document.origin,
        sha256=document.sha256,
        source_text=document.text,
    )


def _looks_like_a_name(name: str) -> bool:
    return not name.endswith(LIBRARY_SUFFIX) and not any(c in name for c in "/\\\0")


def _unknown_name(name: str) -> Exception:
    close = difflib.get_close_matches(name.casefold(), library(), n=1, cutoff=0.5)
    hint = f'did you mean "{close[0]}"? ' if close else ""
    shipped = ", ".join(library())
    return refuse(
        name,
        "is neither a file nor a protocol that ships",
        f"{hint}these ship: {shipped}; a file is named with its path and .toml",
    )

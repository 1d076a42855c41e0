"""The sources behind the numbers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from models.errors import ModelInputError

DATA = Path(__file__).with_name("data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Hold one reference.

    Parameters
    ----------
    key : str
        Name used by the data files.
    author, title, venue : str
        As they would be cited.
    year : int or None
        Year of publication; None where it is not known.
    doi : str
        Empty where not known.
    read : str
        How much of it was read: "full", "excerpt", "abstract", "secondary" or "no".
    """

    key: str
    author: str
    year: int | None
    title: str
    venue: str
    doi: str
    read: str

    def __str__(self) -> str:
        """Return the reference as one line."""
        doi = f" doi:{self.doi}" if self.doi else ""
        year = self.year or "n.d."
        return f"{self.author} ({year}) {self.title}. {self.venue}.{doi} [read: {self.read}]"


@cache
def load_toml(name: str) -> Mapping[str, Any]:
    """Return a data file of the package as a read-only mapping."""
    return MappingProxyType(tomllib.loads((DATA / name).read_text(encoding="utf-8")))


@cache
def sources() -> Mapping[str, Source]:
    """Return every source, by key."""
    table = load_toml("sources.toml")
    return MappingProxyType(
        {
            key: Source(
                key=key,
                author=entry["author"],
                year=entry.get("year"),
                title=entry["title"],
                venue=entry["venue"],
                doi=entry.get("doi", ""),
                read=entry["read"],
            )
            for key, entry in table.items()
        }
    )


def cite(*keys: str) -> str:
    """Return the references named by key, or all of them, one to a line.

    Raises
    ------
    ModelInputError
        If a key is not a known source.
    """
    known = sources()
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise ModelInputError(f"no source named {', '.join(unknown)}; see models.cite() for all")
    return "\n".join(f"[{key}] {known[key]}" for key in (keys or sorted(known)))

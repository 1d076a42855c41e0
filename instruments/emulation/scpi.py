"""Read SCPI program messages: units, headers, and where a header leads.

Rules are those of IEEE 488.2 chapter 7 and SCPI-1999 volume 1 chapter 6: short and long forms and
nothing between, a header without a leading colon continues at the level of the one before it,
common commands leave that level alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Generic, TypeVar

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.parameters import QUOTED, Parameter

__all__ = ["CommandTree", "Unit", "parse_units"]

_HEADER = re.compile(r"\s*(:?\*[A-Za-z]+|:?[A-Za-z][A-Za-z0-9_:]*)(\??)(?:\s+(.*)|\s*)", re.DOTALL)
_UNIT = re.compile(rf"(?:{QUOTED}|[^;\"'])*")
_PARAMETER = re.compile(rf"(?:{QUOTED}|\([^()]*\)|[^,\"'()])*")
_PRINTABLE = re.compile(r"[\t\r\x20-\x7e]*")
_SPELLING = re.compile(r"([A-Z]+)([a-z]*)(\d?)(\[1\])?", re.ASCII)
_NODE = re.compile(r"(\[)?:?([A-Za-z]+\d?(?:\[1\])?)\]?")
_CACHED = 4096
_Handler = TypeVar("_Handler")


@dataclass(frozen=True)
class Unit:
    """Hold one program message unit.

    Parameters
    ----------
    header : str
        As written, without question mark.
    query : bool
        A question mark followed it.
    tail : str
        Everything after the header.
    """

    header: str
    query: bool
    tail: str

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Give the parameters.

        Raises
        ------
        ScpiError
            -102 for an empty one, -151 for a string without end.
        """
        return _split_parameters(self.tail)


@lru_cache(maxsize=_CACHED)
def _split_parameters(tail: str) -> tuple[Parameter, ...]:
    if not tail:
        return ()
    found: list[Parameter] = []
    position = 0
    while True:
        match = _PARAMETER.match(tail, position)
        text = match.group().strip() if match else ""
        if not text:
            raise ScpiError(-102, tail)
        found.append(Parameter(text))
        position = match.end() if match else position
        if position == len(tail):
            return tuple(found)
        if tail[position] != ",":
            raise ScpiError(-151, tail)
        position += 1


def parse_units(message: str) -> list[Unit | ScpiError]:
    """Split one program message into its units.

    Parameters
    ----------
    message : str
        Without terminator; empty units are tolerated.

    Returns
    -------
    list
        Units in order; an error stands in the place of what cannot be read and ends the list.
    """
    if _PRINTABLE.fullmatch(message) is None:
        return [ScpiError(-101, "not printable ASCII")]
    units: list[Unit | ScpiError] = []
    for piece in _pieces(message):
        if isinstance(piece, ScpiError):
            units.append(piece)
            break
        if not piece.strip():
            continue
        match = _HEADER.fullmatch(piece)
        if match is None:
            units.append(ScpiError(-113, piece.strip()[:60]))
            break
        header, mark, tail = match.groups()
        units.append(Unit(header, bool(mark), (tail or "").strip()))
    return units


def _pieces(message: str) -> list[str | ScpiError]:
    if '"' not in message and "'" not in message:
        return list(message.split(";"))
    pieces: list[str | ScpiError] = []
    position = 0
    while position <= len(message):
        match = _UNIT.match(message, position)
        end = match.end() if match else position
        pieces.append(message[position:end])
        if end < len(message) and message[end] != ";":
            pieces[-1] = ScpiError(-151, message[end : end + 40])
            break
        position = end + 1
    return pieces


class CommandTree(Generic[_Handler]):
    """Map headers to handlers of any kind."""

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, ...], _Handler] = {}
        self._resolved: dict[tuple[tuple[str, ...], str], tuple[_Handler, tuple[str, ...]]] = {}

    def add(self, pattern: str, handler: _Handler) -> None:
        """Add one command under every spelling of its header.

        Parameters
        ----------
        pattern : str
            ``:SOURce[1]:CURRent[:LEVel]`` or ``*IDN``; capitals are the short form, brackets may
            be left out.
        handler : _Handler
            What it leads to.

        Raises
        ------
        ValueError
            If a spelling is taken already.
        """
        for path in _spellings(pattern):
            if path in self._handlers:
                raise ValueError(f"{pattern}: {':'.join(path)} is taken")
            self._handlers[path] = handler

    def resolve(self, header: str, level: tuple[str, ...]) -> tuple[_Handler, tuple[str, ...]]:
        """Find the handler of a header.

        Parameters
        ----------
        header : str
            As written, without question mark.
        level : tuple of str
            Where the header before it has led.

        Returns
        -------
        handler : _Handler
            What was added for it.
        level : tuple of str
            Where a header without leading colon continues.

        Raises
        ------
        ScpiError
            -113 if there is none, -114 if only its numeric suffix is wrong.
        """
        key = (level, header)
        if key not in self._resolved:
            found = self._look_up(header.upper(), level)
            if len(self._resolved) >= _CACHED:
                self._resolved.clear()
            self._resolved[key] = found
        return self._resolved[key]

    def _look_up(self, header: str, level: tuple[str, ...]) -> tuple[_Handler, tuple[str, ...]]:
        if header.startswith(("*", ":*")):
            header = header.removeprefix(":")
            if (header,) in self._handlers:
                return self._handlers[(header,)], level
            raise ScpiError(-113, header)
        rooted = header.startswith(":")
        path = (() if rooted else level) + tuple(header.removeprefix(":").split(":"))
        if path in self._handlers:
            return self._handlers[path], path[:-1]
        if tuple(node.rstrip("0123456789") for node in path) in self._handlers:
            raise ScpiError(-114, header)
        raise ScpiError(-113, header)


def _spellings(pattern: str) -> set[tuple[str, ...]]:
    if pattern.startswith("*"):
        return {(pattern,)}
    choices: list[list[tuple[str, ...]]] = []
    for optional, node in _NODE.findall(pattern):
        match = _SPELLING.fullmatch(node)
        if match is None:
            raise ValueError(f"{pattern}: cannot read {node}")
        short, rest, number, numbered = match.groups()
        forms = {short + number, short + rest.upper() + number}
        if numbered:
            forms |= {form + "1" for form in forms}
        choices.append([(form,) for form in sorted(forms)] + ([()] if optional else []))
    return {tuple(node for part in parts for node in part) for parts in product(*choices)}

"""Replay a kept transcript: a driver talks to what an instrument once said, and to nothing else.

A driver that sends another message than the one that was kept, or in another order, is told so at
once; a question that stayed without an answer stays without one again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from types import SimpleNamespace
from typing import cast

import pyvisa
from pyvisa.constants import InterfaceType, StatusCode
from pyvisa.resources import MessageBasedResource

from instruments.catalog import connect
from instruments.errors import InstrumentError
from instruments.source import CurrentSource
from instruments.visa import VisaLink

__all__ = ["TranscriptDiffersError", "replay_sources"]

Line = tuple[str, str]
"""A message with its direction: ">" sent, "<" received, as `instruments.visa.Transcript` has it."""


class TranscriptDiffersError(InstrumentError):
    """Report that a driver does not say what the transcript holds.

    Parameters
    ----------
    said : str
        What the driver sent.
    kept : str
        What comes next in the transcript.
    """

    def __init__(self, said: str, kept: str) -> None:
        super().__init__(
            f"the driver sends {said[:120]!r} where the transcript has {kept[:120]!r}; "
            "replay it with the driver and the calls that made it",
        )


class _ReplayedLink(VisaLink):
    """Stand where a connection stood."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = deque(lines)
        super().__init__("REPLAY::INSTR")

    def _open(self) -> MessageBasedResource:
        # There is no instrument that only one may talk to.
        self._lock.release()
        session = SimpleNamespace(
            timeout=self.timeout_ms,
            interface_type=InterfaceType.tcpip,
            write_raw=self._hear,
            read_bytes=self._say,
            close=lambda: None,
        )
        return cast("MessageBasedResource", session)

    def _hear(self, data: bytes) -> None:
        said = data.decode("ascii").removesuffix("\n")
        way, kept = self._lines.popleft() if self._lines else ("", "its end")
        if way != ">" or said != kept:
            raise TranscriptDiffersError(said, f"{way} {kept}")

    def _say(self, *_: object, **__: object) -> bytes:
        if not self._lines or self._lines[0][0] != "<":
            raise pyvisa.VisaIOError(StatusCode.error_timeout)
        return self._lines.popleft()[1].encode("ascii", errors="replace")


def replay_sources(
    lines: Iterable[Line], *, driver: str | None = None, channels: tuple[int, ...] = (1,)
) -> tuple[CurrentSource, ...]:
    """Open a driver on a transcript that began when the instrument was opened.

    Parameters
    ----------
    lines : iterable of tuple of str
        ">" or "<" and the message, in order.
    driver, channels
        As of `instruments.catalog.open_sources`.

    Returns
    -------
    tuple of CurrentSource
        They answer as the instrument did.

    Raises
    ------
    TranscriptDiffersError
        If the driver says something else than it once did, now or later.
    """
    return connect(_ReplayedLink(lines), driver, channels, None)

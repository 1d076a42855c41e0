"""Hold what passes between an instrument and the scripts that run in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Pause", "ScriptHost"]


@dataclass(frozen=True, slots=True)
class Pause:
    """Hold where a script gave way.

    Parameters
    ----------
    kind : str
        ``busy``, ``delay`` or ``trigger``.
    seconds : float
        For how long, s.
    """

    kind: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptHost:
    """Hold what an instrument does for its scripts.

    Parameters
    ----------
    write : callable
        Sends a line; tells whether there was room for it.
    report : callable
        Puts an error into the queue.
    digits : callable
        Significant digits of a printed number; 0 for as many as it has.
    binary : callable
        Whether reading buffers are printed as 32-bit numbers, least significant byte first.
    refresh : callable
        Brings the terminals in line with the settings.
    take_trigger : callable
        Tells whether a command trigger has come, and forgets it.
    time_s : callable
        Calendar time, s.
    save, forget : callable
        Keep a script over power cycles, or no longer.
    """

    write: Callable[[str], bool]
    report: Callable[[int, str], None]
    digits: Callable[[], int]
    binary: Callable[[], bool]
    refresh: Callable[[], None]
    take_trigger: Callable[[], bool]
    time_s: Callable[[], float]
    save: Callable[[str, str], None]
    forget: Callable[[str], None]

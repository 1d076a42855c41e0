"""Tell which messages a Series 2400 executes while its trigger model runs, and which wait.

Rules are those of 2400S-900-01, 16-3: a few orders act at once, everything else is pending until the
instrument is idle again, what stands behind INITiate in the same message included.
"""

from __future__ import annotations

from collections.abc import Generator

from instruments.emulation.scpi import Unit, parse_units

__all__ = ["acts_at_once", "result_of", "split_at_initiation"]

_AT_ONCE = ("ABOR", "ABORT", "*RST", "*RCL", "*TRG", "SYST:PRES", "SYSTEM:PRESET")


def result_of(running: Generator[float, None, str | None]) -> str | None:
    """Run a message that nobody waits for to its end.

    Parameters
    ----------
    running : generator
        The message under way.

    Returns
    -------
    str or None
        Its answer.
    """
    while True:
        try:
            next(running)
        except StopIteration as end:
            answer: str | None = end.value
            return answer


def acts_at_once(message: str) -> bool:
    """Tell whether a message is executed while the trigger model runs.

    Parameters
    ----------
    message : str
        Without terminator.

    Returns
    -------
    bool
        True if it begins with one of the few orders that are.
    """
    units = parse_units(message)
    first = units[0] if units else None
    return isinstance(first, Unit) and first.header.upper().lstrip(":") in _AT_ONCE


def split_at_initiation(message: str) -> tuple[str, str]:
    """Cut a message behind its first INITiate.

    Parameters
    ----------
    message : str
        Without terminator.

    Returns
    -------
    first, rest : str
        What is executed before the trigger model leaves idle, and what has to wait.
    """
    if "INIT" not in message.upper():
        return message, ""
    units = parse_units(message)
    texts = [
        f"{unit.header}{'?' if unit.query else ''} {unit.tail}".strip()
        for unit in units
        if isinstance(unit, Unit)
    ]
    for index, text in enumerate(texts):
        if text.upper().lstrip(":").partition(":")[0] in {"INIT", "INITIATE"}:
            return ";".join(texts[: index + 1]), ";".join(texts[index + 1 :])
    return message, ""

"""Read the channel lists of SCPI-1999 volume 1, chapter 8.3.2: (@1), (@1,3), (@1:3)."""

from __future__ import annotations

import re

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.parameters import Parameter

__all__ = ["read_channels"]

_LIST = re.compile(r"\(\s*@\s*(\d+(?::\d+)?(?:\s*,\s*\d+(?::\d+)?)*)\s*\)", re.ASCII)
_LONGEST = 8


def read_channels(parameter: Parameter, count: int) -> tuple[int, ...]:
    """Read which channels are meant.

    Parameters
    ----------
    parameter : Parameter
        As written.
    count : int
        How many channels there are.

    Returns
    -------
    tuple of int
        Channels, from 1, in the order they were named.

    Raises
    ------
    ScpiError
        -104 if it is no channel list, -222 for a channel there is not.
    """
    match = _LIST.fullmatch(parameter.text)
    if match is None:
        raise ScpiError(-104, parameter.text)
    channels: list[int] = []
    for part in match.group(1).split(","):
        first, _, last = part.strip().partition(":")
        low, high = int(first[:_LONGEST]), int((last or first)[:_LONGEST])
        if not 1 <= low <= high <= count:
            raise ScpiError(-222, parameter.text)
        channels.extend(range(low, high + 1))
    return tuple(channels)

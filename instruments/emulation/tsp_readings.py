"""Let what is wrong with an instrument show in the readings that scripts get as numbers."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping

from instruments.emulation.faults import Faults

__all__ = ["ReadingFaults"]

_FIELDS = {"READ": "readings", "SOUR": "sourcevalues"}


class ReadingFaults:
    """Have the active faults of a reading their way with its numbers.

    Parameters
    ----------
    faults : Faults
        What is wrong at the moment.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._last: dict[str, float] = {}

    def spoil(self, row: Mapping[str, float]) -> dict[str, float]:
        """Give a reading as the faults leave it.

        Parameters
        ----------
        row : Mapping of str to float
            As it would be without faults; ``readings`` is the measured voltage, ``sourcevalues``
            the sourced current.

        Returns
        -------
        dict of str to float
            What scripts see; no text but a number can stand there, so one that is none is NaN.
        """
        faults, spoiled = self._faults, dict(row)
        for field, name in _FIELDS.items():
            if faults.active("scaled_reading"):
                spoiled[name] *= faults.number("scaled_reading", "factor")
            if faults.active("no_reading") and faults.argument("no_reading", "field") == field:
                spoiled[name] = _number(str(faults.argument("no_reading", "token")))
        if faults.active("frozen_reading") and self._last:
            return dict(self._last)
        self._last = spoiled
        return spoiled

    def hide_limit(self) -> bool:
        """Tell whether the flag of the limit is missing."""
        return self._faults.active("no_limit_flag")


def _number(token: str) -> float:
    if "_" not in token:
        with contextlib.suppress(ValueError):
            return float(token)
    return math.nan

"""Let what is wrong with an instrument show in the readings it writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from instruments.emulation.faults import Faults

__all__ = ["Spoiler"]

_VALUES = {"READ", "SOUR"}


class Spoiler:
    """Have the active faults of a reading their way with its text.

    Parameters
    ----------
    faults : Faults
        What is wrong at the moment.
    write : callable
        Writes a number as the instrument does.
    """

    def __init__(self, faults: Faults, write: Callable[[float], str]) -> None:
        self._faults = faults
        self._write = write
        self._last = ""

    def spoil(self, texts: Sequence[str], names: Sequence[str], separator: str = ",") -> str:
        """Write one reading.

        Parameters
        ----------
        texts : sequence of str
            Its fields as they would be without faults.
        names : sequence of str
            What each is: READ for the voltage that is measured, SOUR for the current that is
            sourced, anything else for what is no value.
        separator : str
            What stands between them.

        Returns
        -------
        str
            What is sent.
        """
        faults = self._faults
        fields = list(texts)
        for index, name in enumerate(names):
            if faults.active("no_reading") and name == faults.argument("no_reading", "field"):
                fields[index] = str(faults.argument("no_reading", "token"))
            if faults.active("scaled_reading") and name in _VALUES:
                value = float(fields[index]) * faults.number("scaled_reading", "factor")
                fields[index] = self._write(value)
        answer = separator.join(fields)
        if faults.active("locale_comma"):
            answer = answer.replace(".", ",")
        if faults.active("frozen_reading"):
            return self._last or answer
        self._last = answer
        return answer

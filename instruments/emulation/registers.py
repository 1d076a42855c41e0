"""Keep the status register sets that SCPI puts beside those of IEEE 488.2.

A set is a condition that comes and goes, an event register that latches what came, and an enable
register that chooses what shows in the status byte (SCPI-1999 volume 1, chapter 9).
"""

from __future__ import annotations

from collections.abc import Callable

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Command, Parameters

__all__ = ["RegisterSet"]

_LARGEST = 65_535


class RegisterSet:
    """Hold one set.

    Parameters
    ----------
    condition : callable
        Gives the present condition.
    """

    def __init__(self, condition: Callable[[], int]) -> None:
        self._condition = condition
        self._before = 0
        self._event = 0
        self._enable = 0

    def latch(self) -> None:
        """Note what has come since the last look."""
        now = self._condition()
        self._event |= now & ~self._before
        self._before = now

    def happened(self, bits: int) -> None:
        """Note events that have no condition.

        Parameters
        ----------
        bits : int
            Which.
        """
        self._event |= bits

    def clear(self) -> None:
        """Forget what happened, as ``*CLS`` does."""
        self.latch()
        self._event = 0

    def preset(self) -> None:
        """Enable nothing, as ``STATus:PRESet`` does."""
        self._enable = 0

    def summary(self) -> bool:
        """Tell whether anything that is enabled has happened.

        Returns
        -------
        bool
            True if so.
        """
        self.latch()
        return bool(self._event & self._enable)

    def commands(self, root: str) -> dict[str, Command]:
        """Build its commands.

        Parameters
        ----------
        root : str
            Header pattern of the set.

        Returns
        -------
        dict of str to Command
            By header pattern.
        """
        return {
            f"{root}[:EVENt]": Command(query=self._take),
            f"{root}:CONDition": Command(query=lambda _: str(self._condition())),
            f"{root}:ENABle": Command(order=self._set_enable, query=lambda _: str(self._enable)),
        }

    def _take(self, _: Parameters) -> str:
        self.latch()
        event, self._event = self._event, 0
        return str(event)

    def _set_enable(self, parameters: Parameters) -> float:
        value = parameters[0].integer()
        if not 0 <= value <= _LARGEST:
            raise ScpiError(-222, parameters[0].text)
        self._enable = value
        return 0.0

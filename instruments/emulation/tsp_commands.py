"""Execute the messages that IEEE 488.2 gives every instrument, where scripts do the rest."""

from __future__ import annotations

from collections.abc import Callable

from instruments.emulation.ieee4882 import ScpiError, StatusModel

__all__ = ["CommonCommands"]


class CommonCommands:
    """Hold the commands that begin with an asterisk; each stands in a message of its own.

    Parameters
    ----------
    status : StatusModel
        Registers and error queue.
    identity : str
        Answer to ``*IDN?``.
    language : str
        Answer to ``*LANG?``; empty for an instrument that has one command set.
    reset, trigger : callable
        What ``*RST`` and ``*TRG`` do.
    write : callable
        Sends a line.
    report : callable
        Puts an error into the queue.
    """

    def __init__(
        self,
        status: StatusModel,
        *,
        identity: str,
        language: str,
        reset: Callable[[], None],
        trigger: Callable[[], None],
        write: Callable[[str], object],
        report: Callable[[int, str], None],
    ) -> None:
        self._status = status
        self._write = write
        self._report = report
        self._answers: dict[str, Callable[[], object]] = {
            "*IDN?": lambda: identity,
            "*ESE?": lambda: status.event_enable,
            "*SRE?": lambda: status.request_enable,
            "*ESR?": status.take_event,
            "*STB?": status.status_byte,
            "*OPC?": lambda: 1,
            "*TST?": lambda: 0,
        }
        if language:
            self._answers["*LANG?"] = lambda: language
        self._orders: dict[str, Callable[[], None]] = {
            "*RST": reset,
            "*CLS": status.clear,
            "*OPC": status.complete,
            "*WAI": lambda: None,
            "*TRG": trigger,
        }

    def execute(self, message: str) -> None:
        """Execute one message.

        Parameters
        ----------
        message : str
            Header and, for an enable register, its value.
        """
        header, _, text = message.partition(" ")
        header = header.upper()
        if header in self._answers and not text:
            self._write(str(self._answers[header]()))
        elif header in self._orders and not text:
            self._orders[header]()
        elif header in {"*ESE", "*SRE"} and text.strip().isdecimal():
            self._enable(header, int(text))
        else:
            self._report(-285, message[:40])

    def _enable(self, header: str, value: int) -> None:
        try:
            if header == "*ESE":
                self._status.event_enable = value
            else:
                self._status.request_enable = value
        except ScpiError as error:
            self._report(error.code, error.detail)

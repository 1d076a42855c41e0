"""Keep the status registers and the error queue that IEEE 488.2 gives every instrument.

Codes and texts are those of SCPI-1999 volume 2, chapter 21; the bits of the status byte that IEEE
488.2 leaves open are those of Keithley's newer instruments (2450-901-01, appendix C).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

__all__ = ["ERROR_TEXTS", "ErrorEntry", "ScpiError", "StatusModel"]

ERROR_TEXTS = {
    -100: "Command error",
    -101: "Invalid character",
    -102: "Syntax error",
    -104: "Data type error",
    -108: "Parameter not allowed",
    -109: "Missing parameter",
    -113: "Undefined header",
    -114: "Header suffix out of range",
    -120: "Numeric data error",
    -131: "Invalid suffix",
    -138: "Suffix not allowed",
    -151: "Invalid string data",
    -200: "Execution error",
    -213: "Init ignored",
    -221: "Settings conflict",
    -222: "Parameter data out of range",
    -223: "Too much data",
    -224: "Illegal parameter value",
    -230: "Data corrupt or stale",
    -285: "TSP syntax error",
    -286: "TSP runtime error",
    -310: "System error",
    -350: "Queue overflow",
    -363: "Input buffer overrun",
    -410: "Query INTERRUPTED",
    -420: "Query UNTERMINATED",
    413: "Not allowed with mode arm",
    802: "OUTPUT blocked by output enable",
    803: "Not permitted with OUTPUT off",
    822: "Too small for sense range",
    824: "Cannot exceed compliance range",
    5074: "Output voltage limited by interlock",
}
_OPERATION_COMPLETE, _QUERY, _DEVICE, _EXECUTION, _COMMAND, _POWER_ON = 1, 4, 8, 16, 32, 128
_ERROR_AVAILABLE, _MESSAGE_AVAILABLE, _EVENT_SUMMARY, _MASTER_SUMMARY = 4, 16, 32, 64


class ScpiError(Exception):
    """Carry an error code from where it arises to the queue.

    Parameters
    ----------
    code : int
        One of `ERROR_TEXTS`.
    detail : str
        What it was about.
    """

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEntry:
    """Hold one entry of the error queue.

    Parameters
    ----------
    code : int
        Error number; 0 means that the queue is empty.
    text : str
        What it means.
    time_s : float
        The instrument's own time, s.
    """

    code: int
    text: str
    time_s: float = 0.0


class StatusModel:
    """Hold the registers of one instrument.

    Parameters
    ----------
    capacity : int
        Entries the error queue holds; the last one becomes -350 when more arrive.
    """

    def __init__(self, capacity: int = 64) -> None:
        self._queue: deque[ErrorEntry] = deque()
        self._capacity = capacity
        self._event = _POWER_ON
        self._event_enable = 0
        self._request_enable = 0

    def report(self, code: int, detail: str = "", time_s: float = 0.0) -> None:
        """Put an error into the queue and set its class bit.

        Parameters
        ----------
        code : int
            Error number.
        detail : str
            What it was about.
        time_s : float
            The instrument's own time, s.
        """
        self._event |= _class_bit(code)
        if len(self._queue) >= self._capacity:
            self._queue[-1] = ErrorEntry(code=-350, text=ERROR_TEXTS[-350], time_s=time_s)
            return
        text = ERROR_TEXTS.get(code, "Device-specific error")
        text = f"{text}: {detail}" if detail else text
        self._queue.append(ErrorEntry(code=code, text=text.replace('"', "'"), time_s=time_s))

    def next_error(self) -> ErrorEntry:
        """Take the oldest entry out of the queue.

        Returns
        -------
        ErrorEntry
            Code 0 if there is none.
        """
        return self._queue.popleft() if self._queue else ErrorEntry(code=0, text="No error")

    def count_errors(self) -> int:
        """Count the entries of the queue.

        Returns
        -------
        int
            Entries.
        """
        return len(self._queue)

    def clear(self) -> None:
        """Do ``*CLS``: empty the queue and the event register, keep the enables."""
        self._queue.clear()
        self._event = 0

    def power_on(self) -> None:
        """Start as after switching on."""
        self._queue.clear()
        self._event = _POWER_ON
        self._event_enable = self._request_enable = 0

    def complete(self) -> None:
        """Do ``*OPC``: note that pending operations are complete."""
        self._event |= _OPERATION_COMPLETE

    def take_event(self) -> int:
        """Read and clear the event register, as ``*ESR?`` does.

        Returns
        -------
        int
            0 to 255.
        """
        event, self._event = self._event, 0
        return event

    @property
    def event_enable(self) -> int:
        """Give the event status enable register, 0 to 255."""
        return self._event_enable

    @event_enable.setter
    def event_enable(self, value: int) -> None:
        self._event_enable = _register(value)

    @property
    def request_enable(self) -> int:
        """Give the service request enable register, 0 to 255; bit 6 stays 0."""
        return self._request_enable

    @request_enable.setter
    def request_enable(self, value: int) -> None:
        self._request_enable = _register(value) & ~_MASTER_SUMMARY

    def status_byte(self, *, message_available: bool = False) -> int:
        """Compose the status byte.

        Parameters
        ----------
        message_available : bool
            An answer waits in the output queue.

        Returns
        -------
        int
            0 to 255.
        """
        byte = _ERROR_AVAILABLE if self._queue else 0
        byte |= _MESSAGE_AVAILABLE if message_available else 0
        byte |= _EVENT_SUMMARY if self._event & self._event_enable else 0
        return byte | (_MASTER_SUMMARY if byte & self._request_enable else 0)


def _register(value: int) -> int:
    if not 0 <= value <= 255:
        raise ScpiError(-222, str(value))
    return value


def _class_bit(code: int) -> int:
    if -199 <= code <= -100:
        return _COMMAND
    if -299 <= code <= -200:
        return _EXECUTION
    if -499 <= code <= -400:
        return _QUERY
    return _DEVICE

"""Talk to one instrument over VISA, never out of step.

Two properties of the pure-Python VISA backend's raw sockets shape this module. Nagle's algorithm
stays on, so a question is always one message. A reply that comes after its time-out stays in the
stream, so every question carries a tag that its answer must begin with, and whatever else arrives
is discarded.
"""

from __future__ import annotations

import time
from contextlib import suppress

from pyvisa.constants import InterfaceType

from instruments.errors import InvalidReadingError, SilentInstrumentError
from instruments.visa_wire import Transcript, VisaWire

__all__ = ["Transcript", "VisaLink"]

_MESSAGE_AVAILABLE = 16


class VisaLink(VisaWire):
    """Hold one exclusive VISA session and the question that is open on it.

    Parameters
    ----------
    resource : str
        VISA resource name.
    timeout_ms : int
        How long one question may take, from sending to the last byte, ms.
    backend : str
        PyVISA's name of a VISA library; empty prefers an installed one and else takes pyvisa-py.
    transcript : Transcript or None
        Receives every message.

    Raises
    ------
    ResourceInUseError
        If another session on this machine holds it.
    NoSuchResourceError
        If nothing can be opened there.
    """

    def __init__(
        self,
        resource: str,
        *,
        timeout_ms: int = 500,
        backend: str = "",
        transcript: Transcript | None = None,
    ) -> None:
        super().__init__(resource, timeout_ms=timeout_ms, backend=backend, transcript=transcript)
        self._tag = 0
        self._start = ""
        self._question = ""

    def ask(self, message: str) -> str:
        """Send one question to an instrument whose dialect is not known yet.

        Parameters
        ----------
        message : str
            Without terminator.

        Returns
        -------
        str
            The next line that arrives.

        Raises
        ------
        InstrumentError
            As `write` and `read`.
        """
        self.write(message)
        return self._read(message)

    def query(self, message: str) -> str:
        """Send one tagged question and receive the answer that carries the tag.

        The tag is a value written to and read from the event status enable register, which IEEE
        488.2 makes every instrument have and this program uses for nothing else.

        Parameters
        ----------
        message : str
            One or more program units that begin with ":" or "*", joined with ";".

        Returns
        -------
        str
            Answer without tag and terminator.

        Raises
        ------
        SilentInstrumentError
            If nothing came within the time-out.
        InvalidReadingError
            If only other lines came within the time-out.
        ConnectionClosedError
            If the other end is gone.
        """
        self.request(message)
        return self._await_answer()

    def exchange(self, message: str, start: str) -> str:
        """Send one question in a dialect of its own and receive the answer that begins with `start`.

        Parameters
        ----------
        message : str
            What is sent; it makes the instrument begin its answer so.
        start : str
            A text that no answer of late began with; `next_tag` helps.

        Returns
        -------
        str
            Answer without its start and terminator.

        Raises
        ------
        InstrumentError
            As `query`.
        """
        self._start, self._question = start, message
        self.write(message)
        return self._await_answer()

    def next_tag(self) -> int:
        """Give the next of 255 numbers that mark questions, in turn."""
        self._tag = self._tag % 255 + 1
        return self._tag

    def _await_answer(self) -> str:
        deadline = time.monotonic() + self.timeout_ms / 1000
        line = self._read(self._question)
        while not line.startswith(self._start):
            line = self._read_after(line, self._question, deadline)
        return self._accept(line)

    def request(self, message: str, *, after: str = "") -> None:
        """Send one tagged question and leave its answer to `take`.

        Parameters
        ----------
        message : str
            As of `query`.
        after : str
            Order that is to be done before anything is answered; it goes before the tag.

        Raises
        ------
        InstrumentError
            As `write`.
        """
        tag = self.next_tag()
        self._start, self._question = f"{tag};", message
        first = f"{after};" if after else ""
        self.write(f"{first}*ESE {tag};*ESE?;{message}")

    def take(self, within_ms: int = 0) -> str | None:
        """Receive the answer to the last `request`, if it has come.

        Parameters
        ----------
        within_ms : int
            How long to wait for it, ms.

        Returns
        -------
        str or None
            Answer without tag and terminator; None if it has not come, or was taken already.

        Raises
        ------
        ConnectionClosedError
            If the other end is gone.
        InvalidReadingError
            If what came is not one line of text.
        """
        if not self._start or not (within_ms or self._something_waits()):
            return None
        while (first := self._first_byte(max(within_ms, 1))) is not None:
            with self._failing_as_ours(self._question):
                line = self._read_line(first)
            if line.startswith(self._start):
                return self._accept(line)
        return None

    def _first_byte(self, within_ms: int) -> bytes | None:
        """Wait a little for the beginning of a line; what has begun is then read to its end.

        A short time-out in the middle of a line would lose what had come of it.
        """
        self._session.timeout = within_ms
        try:
            with self._failing_as_ours(self._question):
                return bytes(self._session.read_bytes(1))
        except SilentInstrumentError:
            return None
        finally:
            self._session.timeout = self.timeout_ms

    def _something_waits(self) -> bool:
        """Look for an answer without asking an instrument to speak that has nothing to say.

        On GPIB that would end in an error of the instrument, so its status byte is polled there.
        """
        if self._session.interface_type == InterfaceType.gpib:
            return bool(self._session.read_stb() & _MESSAGE_AVAILABLE)
        return True

    def _accept(self, line: str) -> str:
        answer, self._start = line.removeprefix(self._start), ""
        return answer

    def _read_after(self, stranger: str, question: str, deadline: float) -> str:
        """Receive the line after one that answers no question of ours.

        It may wait in the backend's buffer already, so the socket is not looked at.
        """
        left_ms = round((deadline - time.monotonic()) * 1000)
        if left_ms > 0:
            self._session.timeout = left_ms
            try:
                with suppress(SilentInstrumentError), self._failing_as_ours(question):
                    return self._read_line()
            finally:
                self._session.timeout = self.timeout_ms
        raise InvalidReadingError(stranger, f"no answer to {question!r}")

"""Talk to one instrument over VISA: exclusive, bounded in time, and never out of step.

Three properties of the pure-Python VISA backend's raw sockets shape this module. A peer's end of
file reads as a time-out and the next write succeeds, so the end is looked for before every write
and before every read. Nagle's algorithm stays on, so a question is always one message. A reply that
comes after its time-out stays in the stream, so every question carries a tag that its answer must
begin with, and whatever else arrives is discarded.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pyvisa
from pyvisa.constants import InterfaceType, StatusCode
from pyvisa.resources import MessageBasedResource

from instruments.errors import (
    ConnectionClosedError,
    InstrumentError,
    InvalidReadingError,
    NoSuchResourceError,
    SilentInstrumentError,
)
from instruments.exclusive import ExclusiveUse
from instruments.visa_session import one_line, open_session, raw_socket, refused

__all__ = ["Transcript", "VisaLink"]

Transcript = Callable[[str, str], None]
"""Called with ">" and every message sent, with "<" and every message received."""

_MESSAGE_AVAILABLE = 16
_PIECE = 4096
"""Bytes that a socket which takes any has room for."""
_LONGEST_REPLY = 1 << 18
"""Bytes; a program of 2500 points answers with four numbers a point."""


class VisaLink:
    """Hold one exclusive VISA session.

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
        self.resource = resource
        self.timeout_ms = timeout_ms
        self._backend = backend
        self._transcript = transcript
        self._tag = 0
        self._start = ""
        self._question = ""
        self._socket: socket.socket | None = None
        self._lock = ExclusiveUse(resource)
        try:
            self._session = self._open()
        except BaseException:
            self._lock.release()
            raise

    def _open(self) -> MessageBasedResource:
        session = open_session(self.resource, self._backend, self.timeout_ms)
        raw = raw_socket(session)
        if raw is not None and refused(raw):
            session.close()
            raise NoSuchResourceError(self.resource, "connection refused")
        self._socket = raw
        return session

    def reopen(self) -> None:
        """Close the session and open it anew, keeping the right to the instrument.

        Raises
        ------
        NoSuchResourceError
            If it cannot be opened again.
        """
        self._close_session()
        self._session = self._open()

    def close(self) -> None:
        """Close the session and give the instrument back."""
        self._close_session()
        self._lock.release()

    def _close_session(self) -> None:
        self._socket = None
        # pyvisa-py forgets its socket in a first close; nothing is left to close then.
        with suppress(Exception):
            self._session.close()

    @contextmanager
    def patience(self, timeout_ms: int) -> Iterator[None]:
        """Wait for answers no longer than this for a while; what comes late is discarded later.

        Parameters
        ----------
        timeout_ms : int
            How long one question may take, ms.
        """
        usual_ms = self.timeout_ms
        self.timeout_ms = self._session.timeout = timeout_ms
        try:
            yield
        finally:
            self.timeout_ms = self._session.timeout = usual_ms

    def write(self, message: str) -> None:
        """Send one message that asks nothing.

        Parameters
        ----------
        message : str
            Without terminator.

        Raises
        ------
        ConnectionClosedError
            If the other end is gone.
        SilentInstrumentError
            If it takes no bytes within the time-out.
        """
        data = message.encode("ascii") + b"\n"
        if self._transcript is not None:
            self._transcript(">", message)
        with self._failing_as_ours(message):
            if self._socket is None:
                self._session.write_raw(data)
            else:
                self._check_open(self._socket)
                self._write_bounded(self._socket, data, message)

    def _write_bounded(self, raw: socket.socket, data: bytes, message: str) -> None:
        """Write piece by piece: pyvisa-py waits without end for room for the rest of a message."""
        deadline = time.monotonic() + self.timeout_ms / 1000
        for at in range(0, len(data), _PIECE):
            left_s = max(0.0, deadline - time.monotonic())
            if not select.select([], [raw], [], left_s)[1]:
                raise SilentInstrumentError(self.resource, message[:80], self.timeout_ms)
            self._session.write_raw(data[at : at + _PIECE])

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

    def _read(self, question: str) -> str:
        with self._failing_as_ours(question):
            if self._socket is not None:
                self._await_bytes(self._socket, question)
            return self._read_line()

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

    def _read_line(self, first: bytes = b"") -> str:
        data = first
        if not data.endswith(b"\n"):
            data += self._session.read_bytes(_LONGEST_REPLY, break_on_termchar=True)
        line = data.decode("ascii", errors="backslashreplace")
        if self._transcript is not None:
            self._transcript("<", line)
        if not data.isascii() or not line.endswith("\n"):
            raise InvalidReadingError(line, "not one line of ASCII text")
        return line.rstrip("\r\n")

    def _await_bytes(self, raw: socket.socket, question: str) -> None:
        if not select.select([raw], [], [], self.timeout_ms / 1000)[0]:
            raise SilentInstrumentError(self.resource, question, self.timeout_ms)
        if raw.recv(1, socket.MSG_PEEK) == b"":
            raise ConnectionClosedError(self.resource, "end of file")

    def _check_open(self, raw: socket.socket) -> None:
        if select.select([raw], [], [], 0)[0] and raw.recv(1, socket.MSG_PEEK) == b"":
            raise ConnectionClosedError(self.resource, "end of file")

    @contextmanager
    def _failing_as_ours(self, question: str) -> Iterator[None]:
        """Turn whatever a backend raises into our errors; pyvisa-py's HiSLIP and VXI-11 raise any."""
        try:
            yield
        except InstrumentError:
            raise
        except Exception as error:
            raise self._failure(question, error) from error

    def _failure(self, question: str, error: Exception) -> InstrumentError:
        if isinstance(error, pyvisa.VisaIOError) and error.error_code == StatusCode.error_timeout:
            if self._socket is not None:
                # An end of file in the middle of a reply is not a slow reply.
                self._check_open(self._socket)
            return SilentInstrumentError(self.resource, question, self.timeout_ms)
        return ConnectionClosedError(self.resource, one_line(error))

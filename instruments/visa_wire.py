"""Bring one line to an instrument over VISA and one back: exclusive and bounded in time.

Two properties of the pure-Python VISA backend's raw sockets shape this module. A peer's end of file
reads as a time-out and the next write succeeds, so the end is looked for before every write and
before every read. It waits without end for room for the rest of a message, so long ones are written
in pieces.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pyvisa
from pyvisa.constants import StatusCode
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

__all__ = ["Transcript", "VisaWire"]

Transcript = Callable[[str, str], None]
"""Called with ">" and every message sent, with "<" and every message received."""

_PIECE = 4096
"""Bytes that a socket which takes any has room for."""
_LONGEST_REPLY = 1 << 18
"""Bytes; a program of 2500 points answers with four numbers a point."""


class VisaWire:
    """Hold one exclusive VISA session, a line out and a line in.

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

    def _read(self, question: str) -> str:
        with self._failing_as_ours(question):
            if self._socket is not None:
                self._await_bytes(self._socket, question)
            return self._read_line()

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

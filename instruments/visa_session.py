"""Open VISA sessions, and find the socket behind one of the pure-Python backend."""

from __future__ import annotations

import functools
import socket

import pyvisa
from pyvisa.highlevel import VisaLibraryBase
from pyvisa.resources import MessageBasedResource

from instruments.errors import NoSuchResourceError

__all__ = ["load_library", "one_line", "open_session", "raw_socket", "refused"]

_SHORTEST_OPEN_MS = 1000


@functools.cache
def load_library(backend: str) -> VisaLibraryBase:
    """Find and load a VISA library; once, because the search can take a third of a second.

    Parameters
    ----------
    backend : str
        PyVISA's name of a VISA library; empty prefers an installed one and else takes pyvisa-py.

    Returns
    -------
    VisaLibraryBase
        Loaded.
    """
    return pyvisa.ResourceManager(backend).visalib


def open_session(resource: str, backend: str, timeout_ms: int) -> MessageBasedResource:
    """Open a session that exchanges lines.

    Parameters
    ----------
    resource : str
        VISA resource name.
    backend : str
        PyVISA's name of a VISA library.
    timeout_ms : int
        How long one exchange may take, ms.

    Returns
    -------
    MessageBasedResource
        Open; whether anybody listens is not known yet.

    Raises
    ------
    NoSuchResourceError
        If nothing can be opened there.
    """
    try:
        session = pyvisa.ResourceManager(load_library(backend)).open_resource(
            resource,
            open_timeout=max(timeout_ms, _SHORTEST_OPEN_MS),
        )
    except Exception as error:
        # pyvisa-py raises bare exceptions for a host that does not answer and for missing parts.
        raise NoSuchResourceError(resource, one_line(error)) from error
    if not isinstance(session, MessageBasedResource):
        session.close()
        raise NoSuchResourceError(resource, "it does not exchange messages")
    session.timeout = timeout_ms
    session.read_termination = "\n"
    return session


def raw_socket(session: MessageBasedResource) -> socket.socket | None:
    """Give the socket behind a raw-socket session of pyvisa-py, whose session table is public.

    Parameters
    ----------
    session : MessageBasedResource
        Any session.

    Returns
    -------
    socket or None
        None if it is another kind of session, or another library's.
    """
    table = getattr(session.visalib, "sessions", {})
    interface = getattr(table.get(session.session), "interface", None)
    return interface if isinstance(interface, socket.socket) else None


def refused(raw: socket.socket) -> bool:
    """Tell a refused connection, which pyvisa-py reports as an open one.

    Parameters
    ----------
    raw : socket
        From `raw_socket`.

    Returns
    -------
    bool
        True if there is no other end.
    """
    try:
        raw.getpeername()
    except OSError:
        return True
    return False


def one_line(error: Exception) -> str:
    """Write an error of the VISA library on one line.

    Parameters
    ----------
    error : Exception
        Any error.

    Returns
    -------
    str
        What it says, or its kind.
    """
    return " ".join(str(error).split()) or type(error).__name__

"""Hold one client of an emulated bench, and split what it sends into lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["Connection"]

_LONGEST_MESSAGE = 1 << 16


def _nothing() -> None:
    pass


class Connection(asyncio.Protocol):
    """Hold one client.

    Parameters
    ----------
    take : callable
        Given every line without its end.
    came, went : callable
        Told of its coming and going.
    overrun : callable
        Called when a line without end was dropped.
    clear_byte : bytes
        A byte that clears the instrument; empty if there is none.
    clear : callable
        Called when it came; what stood before it is forgotten.
    """

    def __init__(
        self,
        *,
        take: Callable[[Connection, str], None],
        came: Callable[[Connection], None],
        went: Callable[[Connection], None],
        overrun: Callable[[], None] = _nothing,
        clear_byte: bytes = b"",
        clear: Callable[[], None] = _nothing,
    ) -> None:
        self.transport: asyncio.Transport | None = None
        self._take = take
        self._came = came
        self._went = went
        self._overrun = overrun
        self._clear_byte = clear_byte
        self._clear = clear
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the client."""
        if isinstance(transport, asyncio.Transport):
            self.transport = transport
        self._came(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget the client."""
        self.transport = None
        self._went(self)

    def data_received(self, data: bytes) -> None:
        """Split into lines."""
        if self._clear_byte and self._clear_byte in data:
            self._pending = b""
            data = data.rpartition(self._clear_byte)[2]
            self._clear()
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            self._take(self, line.rstrip(b"\r").decode("latin-1"))
        if len(self._pending) > _LONGEST_MESSAGE:
            self._pending = b""
            self._overrun()

    def send(self, data: bytes) -> None:
        """Send bytes, if the client is still there.

        Parameters
        ----------
        data : bytes
            With their terminator.
        """
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def close(self) -> None:
        """Close the connection, if it is still there."""
        if self.transport is not None:
            self.transport.close()

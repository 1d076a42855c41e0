"""Take in what guard and session send, and keep their sockets empty even while the disk is slow.

A thread per connection does nothing but receive. A killed process whose peer has not read
everything resets the connection, which destroys what is still on its way; bytes that were taken
in at once cannot be lost that way.
"""

from __future__ import annotations

import contextlib
import json
import queue
import select
import socket
import threading
from collections.abc import Mapping
from typing import Any

_RECEIVE_BYTES = 1 << 18
_MAX_CHUNKS = 1 << 14
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class Peer:
    """One connection to the recorder.

    Parameters
    ----------
    connection
        Accepted socket.

    Attributes
    ----------
    role
        "guard" or "session" once it has said so, else None.
    messages
        Messages taken in since then.
    ended
        Whether nothing more will come.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.role: str | None = None
        self.messages = 0
        self.ended = False
        self.unfinished = b""
        self._to_send = b""

    def lines(self, data: bytes) -> list[bytes]:
        """Give the lines that a chunk completes, and keep the rest for the next chunk."""
        *lines, self.unfinished = (self.unfinished + data).split(b"\n")
        return lines

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message without waiting; what does not fit follows with the next one."""
        self._to_send += _encode(message).encode() + b"\n"
        self._flush()

    def send_ack(self, count: int) -> None:
        """Acknowledge messages, unless earlier acknowledgements still wait to be read."""
        self._flush()
        if not self._to_send:
            self.send({"k": "ack", "n": count})

    def hang_up(self) -> None:
        """Say that nothing more will be sent."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def cut_off(self) -> None:
        """End the connection both ways."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def _flush(self) -> None:
        with contextlib.suppress(OSError):  # a dead peer shows when nothing more can be read
            while self._to_send and select.select([], [self.socket], [], 0)[1]:
                self._to_send = self._to_send[self.socket.send(self._to_send) :]


class Inlet:
    """Accept connections and queue what they send, in order, from threads of their own.

    Parameters
    ----------
    listener
        Listening loopback socket.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._queue: queue.Queue[tuple[Peer, bytes]] = queue.Queue(_MAX_CHUNKS)
        threading.Thread(target=self._accept, daemon=True).start()

    def get(self, timeout_s: float) -> tuple[Peer, bytes] | None:
        """Wait for the next chunk; empty bytes mean that this peer has ended.

        Parameters
        ----------
        timeout_s
            How long to wait, s; None comes back after that.
        """
        try:
            return self._queue.get(timeout=timeout_s) if timeout_s > 0 else self._queue.get_nowait()
        except queue.Empty:
            return None

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener is closed at the end
            while True:
                peer = Peer(self._listener.accept()[0])
                threading.Thread(target=self._receive, args=(peer,), daemon=True).start()

    def _receive(self, peer: Peer) -> None:
        with contextlib.suppress(OSError):  # reset by a killed peer
            while data := peer.socket.recv(_RECEIVE_BYTES):
                self._queue.put((peer, data))
        self._queue.put((peer, b""))

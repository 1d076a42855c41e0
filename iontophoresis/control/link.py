"""Messages between our processes: one JSON object a line over a loopback socket.

Sending never blocks: what the other side does not take waits here, up to a bound, so that a
frozen reader cannot stop the control loop. The first line a client sends is its role and token.
"""

import hmac
import json
import socket
from collections.abc import Mapping
from typing import Any

LOOPBACK = "127.0.0.1"
MAX_LINE_BYTES = 1 << 20
MAX_OUTBOX_BYTES = 8 << 20
READ_BYTES_PER_CALL = 1 << 16
HELLO_TIMEOUT_S = 5.0


class LinkClosedError(ConnectionError):
    """Raised when the process at the other end is gone or speaks nonsense."""


class Link:
    """One end of a connection between two of our processes."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = sock
        self._inbox = bytearray()
        self._outbox = bytearray()
        self.closed = False
        self._deaf = False

    def fileno(self) -> int:
        """Return the socket's descriptor, for `select`."""
        return self._socket.fileno()

    @property
    def waiting_bytes(self) -> int:
        """Bytes that the other side has not taken yet."""
        return len(self._outbox)

    def send(self, message: Mapping[str, Any]) -> bool:
        """Queue one message and push what the socket takes now.

        Returns
        -------
        bool
            False when the connection is closed or the bound of waiting bytes is reached; the
            message is then not sent.
        """
        if self.closed or self._deaf or len(self._outbox) > MAX_OUTBOX_BYTES:
            return False
        self._outbox += json.dumps(message, separators=(",", ":")).encode() + b"\n"
        return self.flush()

    def flush(self) -> bool:
        """Push waiting bytes without blocking; False when the connection is closed."""
        while self._outbox and not (self.closed or self._deaf):
            try:
                sent = self._socket.send(self._outbox)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                # What the other side said before it went can still be read.
                self._deaf = True
                break
            del self._outbox[:sent]
        return not (self.closed or self._deaf)

    def receive(self) -> list[dict[str, Any]]:
        """Return the messages that have arrived; sets `closed` at end of file or nonsense."""
        if self.closed:
            return []
        try:
            data = self._socket.recv(READ_BYTES_PER_CALL)
        except (BlockingIOError, InterruptedError):
            return []
        except OSError:
            data = b""
        if not data:
            self.close()
            return []
        self._inbox += data
        *lines, rest = bytes(self._inbox).split(b"\n")
        self._inbox = bytearray(rest)
        if len(rest) > MAX_LINE_BYTES:
            self.close()
        return [message for line in lines if (message := self._parse(line)) is not None]

    def _parse(self, line: bytes) -> dict[str, Any] | None:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            self.close()
            return None
        return message

    def close(self) -> None:
        """Close the connection; safe to call twice."""
        if not self.closed:
            self.closed = True
            self._socket.close()


def listen(port: int = 0) -> socket.socket:
    """Open a listening socket on loopback; port 0 lets the system choose."""
    return socket.create_server((LOOPBACK, port), backlog=64)


def connect(port: int, role: str, token: str, timeout_s: float = HELLO_TIMEOUT_S) -> Link:
    """Connect to a process of ours and say who we are.

    Raises
    ------
    LinkClosedError
        If nobody listens there.
    """
    try:
        sock = socket.create_connection((LOOPBACK, port), timeout=timeout_s)
    except OSError as error:
        message = f"no process of this session listens on loopback port {port}"
        raise LinkClosedError(message) from error
    link = Link(sock)
    link.send({"hello": role, "token": token})
    return link


def is_hello(message: Mapping[str, Any], role: str, token: str) -> bool:
    """Tell whether a first message names this role and carries its token."""
    given = message.get("token")
    return (
        message.get("hello") == role
        and isinstance(given, str)
        and given.isascii()
        and hmac.compare_digest(given, token)
    )

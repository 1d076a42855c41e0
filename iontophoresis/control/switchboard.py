"""Who may talk to the guard: one session process, and operators at a second terminal.

Both connect to the same loopback port with a token of their own. An operator can stop and pause;
set-points, arming and resuming come from the session process alone.
"""

import contextlib
import select
import socket
from typing import Any

from iontophoresis.control.clock import monotonic_ns
from iontophoresis.control.journal import Journal
from iontophoresis.control.link import Link, is_hello

SESSION = "session"
OPERATOR = "operator"
MAX_STRANGERS = 8
MAX_OPERATORS = 8


class Switchboard:
    """Accept, authenticate and read the guard's connections without blocking."""

    def __init__(
        self, listener: socket.socket, journal: Journal, session_token: str, operator_token: str
    ) -> None:
        listener.setblocking(False)
        self._listener = listener
        self._journal = journal
        self._tokens = {SESSION: session_token, OPERATOR: operator_token}
        self._strangers: list[Link] = []
        self._operators: list[Link] = []
        self.session: Link | None = None
        self._session_heard_ns = monotonic_ns()

    @property
    def session_silent_ms(self) -> int:
        """Time since the session process last spoke, ms; very long once it is gone."""
        if self.session is not None and self.session.closed:
            return 1 << 30
        return (monotonic_ns() - self._session_heard_ns) // 1_000_000

    def serve(self, timeout_s: float) -> list[tuple[str, dict[str, Any]]]:
        """Wait at most `timeout_s` for something to arrive; return (role, message) pairs."""
        watched = [self._listener.fileno()]
        watched += [link.fileno() for link in self._guests() if not link.closed]
        with contextlib.suppress(OSError, ValueError):
            select.select(watched, [], [], timeout_s)
        self._journal.pump()
        self._accept()
        heard = self._admit()
        heard += [(SESSION, message) for message in self._from_session()]
        for link in self._operators:
            link.flush()
            heard += [(OPERATOR, message) for message in link.receive()]
        self._operators = [link for link in self._operators if not link.closed]
        return heard

    def answer_operators(self, message: dict[str, Any]) -> None:
        """Tell every connected operator."""
        for link in self._operators:
            link.send(message)

    def _guests(self) -> list[Link]:
        session = [] if self.session is None else [self.session]
        return session + self._strangers + self._operators

    def _from_session(self) -> list[dict[str, Any]]:
        if self.session is None or self.session.closed:
            return []
        self.session.flush()
        messages = self.session.receive()
        if messages:
            self._session_heard_ns = monotonic_ns()
        return messages

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            for _ in range(MAX_STRANGERS):
                sock, _ = self._listener.accept()
                self._strangers.append(Link(sock))
        while len(self._strangers) > MAX_STRANGERS:
            # Whoever says nothing makes room for the next, who may be the operator.
            self._strangers.pop(0).close()

    def _admit(self) -> list[tuple[str, dict[str, Any]]]:
        """Let in whoever names a role with its token; what came behind the name counts as said."""
        said: list[tuple[str, dict[str, Any]]] = []
        for link in tuple(self._strangers):
            messages = link.receive()
            if not messages and not link.closed:
                continue
            self._strangers.remove(link)
            role = self._role_of(messages[0] if messages else {})
            if role is None:
                link.close()
                continue
            if role == SESSION:
                self.session = self._journal.session = link
                self._session_heard_ns = monotonic_ns()
            else:
                self._operators.append(link)
                if len(self._operators) > MAX_OPERATORS:
                    self._operators.pop(0).close()
            said += [(role, message) for message in messages[1:]]
        return said

    def _role_of(self, first: dict[str, Any]) -> str | None:
        if self.session is None and is_hello(first, SESSION, self._tokens[SESSION]):
            return SESSION
        return OPERATOR if is_hello(first, OPERATOR, self._tokens[OPERATOR]) else None

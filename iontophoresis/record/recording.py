"""Turn what guard and session send into committed rows, until both have ended.

One loop: take what has arrived, write it, commit what is old enough, acknowledge it. Nothing here
waits for a peer, and a malformed row from the guard ends the recording rather than leave a gap.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from iontophoresis.record import schema, wire
from iontophoresis.record.errors import MessageError
from iontophoresis.record.inlet import Inlet, Peer
from iontophoresis.record.journal import Journal

COMMIT_AFTER_S = 0.1
"""Age of the oldest unwritten row at which a commit begins; half of the 200 ms it may take."""
SESSION_GRACE_S = 5.0
"""How long the session process may still send after the guard's end."""
ALONE_GRACE_S = 0.5
"""How long after the guard's end a session process that never came may still appear."""
GUARD_WAIT_S = 10.0
"""How long a recorder waits for a guard when the session process has ended."""
START_WAIT_S = 60.0
"""How long a recorder waits for its first connection."""


class Recorder:
    """Turn messages of guard and session into committed rows.

    Parameters
    ----------
    journal
        The open session file.
    inlet
        Where their messages arrive.
    token
        Secret that a connection shows in its first line.
    clock_s
        Monotonic time, s.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        inlet: Inlet,
        token: str,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._journal = journal
        self._inlet = inlet
        self._token = token
        self._clock_s = clock_s
        self._peers: dict[str, Peer] = {}
        self._ended_s: dict[str, float] = {}
        self._started_s = clock_s()
        self._oldest_s: float | None = None
        self._urgent = False
        self._close: tuple[str, str] | None = None

    def run(self) -> None:
        """Record until both connections have ended, then close the file.

        Raises
        ------
        sqlite3.Error
            The file could not be written.
        MessageError
            The guard sent something that is not a row.
        """
        while not self._finished():
            arrival = self._inlet.get(self._timeout_s())
            if arrival is not None:
                self._serve(*arrival)
            if self._commit_is_due():
                self._commit()
        outcome, text = self._close or ("cut", "the guard ended without closing the session")
        self._journal.finish(outcome=outcome, text=text)

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message to guard and session."""
        for peer in self._peers.values():
            peer.send(message)

    def hang_up(self, *, within_s: float) -> None:
        """Say that no more will be sent, discard input until the peers end too, and close.

        Closing a socket with unread input would reset it and could destroy the last message
        before the peer has read it.

        Parameters
        ----------
        within_s
            How long to wait for them, s.
        """
        for peer in self._peers.values():
            peer.hang_up()
        until_s = self._clock_s() + within_s
        while self._clock_s() < until_s and not all(p.ended for p in self._peers.values()):
            arrival = self._inlet.get(0.05)
            if arrival is not None and not arrival[1]:
                self._note_end(arrival[0])
        for peer in self._peers.values():
            peer.socket.close()

    def _serve(self, peer: Peer, data: bytes) -> None:
        if not data:
            self._note_end(peer)
            return
        for line in peer.lines(data):
            if peer.role is not None:
                self._record(peer, line)
            elif not self._admit(peer, line):
                peer.cut_off()
                return
        if len(peer.unfinished) > wire.MAX_LINE_BYTES:
            raise MessageError(f"a message is longer than {wire.MAX_LINE_BYTES} bytes")

    def _admit(self, peer: Peer, line: bytes) -> bool:
        role = wire.read_hello(line, self._token)
        if role is None or role in self._peers:
            return False
        peer.role = role
        self._peers[role] = peer
        return True

    def _note_end(self, peer: Peer) -> None:
        peer.ended = True  # it may still listen: a session waits for the closing word
        if peer.role is not None:
            self._ended_s[peer.role] = self._clock_s()
        else:
            peer.socket.close()

    def _record(self, peer: Peer, line: bytes) -> None:
        if self._oldest_s is None:
            self._oldest_s = self._clock_s()
        try:
            self._write(peer, wire.read_message(line))
        except MessageError as error:
            if peer.role == "guard":
                raise
            self._refuse(str(error))
        peer.messages += 1

    def _write(self, peer: Peer, message: dict[str, Any]) -> None:
        kind, from_guard = message["k"], peer.role == "guard"
        if kind == "tick" and from_guard:
            self._journal.append_tick(wire.tick_row(message))
        elif kind == "estimate":
            self._journal.append(schema.ESTIMATE, wire.estimate_row(message))
        elif kind == "event":
            cells = wire.event_row(message, str(peer.role))
            self._journal.append_event(message["t_ms"], cells)
            self._urgent = True
        elif kind == "header":
            self._journal.append(schema.HEADER, wire.header_row(message))
        elif kind == "close":
            self._note_close(wire.close_row(message), from_guard=from_guard)
        else:
            raise MessageError(f"the {peer.role} may not send {kind!r}")

    def _note_close(self, close: tuple[str, str], *, from_guard: bool) -> None:
        # The session process is not trusted to say how a guarded session ended.
        if from_guard or "guard" not in self._peers:
            self._close = close

    def _refuse(self, text: str) -> None:
        cells = ("recorder", 0, time.time_ns(), "warning", "recorder.refused", text, "{}")
        self._journal.append(schema.EVENT, cells)

    def _commit_is_due(self) -> bool:
        if self._oldest_s is None:
            return False
        return self._urgent or self._clock_s() - self._oldest_s >= COMMIT_AFTER_S

    def _commit(self) -> None:
        self._journal.commit()
        self._oldest_s, self._urgent = None, False
        guard = self._peers.get("guard")
        if guard is not None and not guard.ended:
            guard.send_ack(guard.messages)

    def _timeout_s(self) -> float:
        if self._oldest_s is None:
            return 0.5
        return self._oldest_s + COMMIT_AFTER_S - self._clock_s()

    def _finished(self) -> bool:
        now_s = self._clock_s()
        guard_s, session_s = self._ended_s.get("guard"), self._ended_s.get("session")
        if guard_s is not None:
            if session_s is not None:
                return True
            expected = "session" in self._peers
            return now_s - guard_s >= (SESSION_GRACE_S if expected else ALONE_GRACE_S)
        if "guard" in self._peers:
            return False
        if session_s is not None:
            return self._close is not None or now_s - session_s >= GUARD_WAIT_S
        return not self._peers and now_s - self._started_s >= START_WAIT_S

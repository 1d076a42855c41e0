"""Write a session's file from its own process, so that writing never blocks the control loop.

Started as ``python -m iontophoresis.record.recorder``. It reads one JSON line from standard input
(``path``, ``token`` and optionally ``every_tick_s`` and ``event_margin_s``), answers with one line
(``{"port": N}`` or ``{"fault": text}``) and then takes two connections on the loopback interface,
the guard's and the session's. Rows that have reached its socket are written whatever happens to
the process that sent them; the guard learns by acknowledgements how many of its messages are safe
on disk. It ends by itself when both connections have ended.

Senders set ``TCP_NODELAY``: without it their last rows wait in their own process for an
acknowledgement from the network and die with it.
"""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from iontophoresis.record import schema, wire
from iontophoresis.record.errors import MessageError, RecordError
from iontophoresis.record.inlet import Inlet, Peer
from iontophoresis.record.journal import Journal
from iontophoresis.record.liveness import LiveMark
from iontophoresis.record.rule import RuleSettings

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
        """Send a message to every connection that still stands."""
        for peer in self._peers.values():
            peer.send(message)

    def drain(self, limit_s: float) -> None:
        """Say that no more will be sent, and discard input until the peers have hung up.

        Closing a socket with unread input would reset it and could destroy the last message
        before the peer has read it.
        """
        until_s = self._clock_s() + limit_s
        for peer in self._peers.values():
            peer.hang_up()
        while self._clock_s() < until_s and not all(p.ended for p in self._peers.values()):
            arrival = self._inlet.get(0.05)
            if arrival is not None and not arrival[1]:
                self._note_end(arrival[0])

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


def main() -> int:
    """Run the recorder process and return its exit status."""
    _ignore_terminal_signals()
    order = json.loads(sys.stdin.readline())
    path = Path(order["path"])
    try:
        mark = LiveMark(path)
    except RecordError as error:
        _say({"fault": str(error)})
        return 1
    try:
        return _record(Journal.create(path, settings=_rule_settings(order)), path, order["token"])
    except RecordError as error:
        _say({"fault": str(error)})
        return 1
    finally:
        mark.release()


def _record(journal: Journal, path: Path, token: str) -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        recorder = Recorder(journal, inlet=Inlet(listener), token=token)
        _say({"port": listener.getsockname()[1]})
        try:
            recorder.run()
        except (sqlite3.Error, MessageError) as error:
            text = f"{path}: the session file can no longer be written: {error}"
            recorder.tell({"k": "fault", "text": text})
            journal.abandon(text)
            recorder.drain(SESSION_GRACE_S)
            return 1
        closed = {"k": "closed", "head": journal.head, "rows": journal.rows}
        recorder.tell(closed)
        _say(closed)
        return 0


def _rule_settings(order: dict[str, Any]) -> RuleSettings:
    every, margin = order.get("every_tick_s", 7200), order.get("event_margin_s", 5)
    return RuleSettings(every_tick_ms=int(every * 1000), margin_ms=int(margin * 1000))


def _ignore_terminal_signals() -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _say(message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # whoever started the recorder may be gone
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

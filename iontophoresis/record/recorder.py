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
from pathlib import Path
from typing import Any

from iontophoresis.record.errors import MessageError, RecordError
from iontophoresis.record.inlet import Inlet
from iontophoresis.record.journal import Journal
from iontophoresis.record.liveness import LiveMark
from iontophoresis.record.recording import SESSION_GRACE_S, Recorder
from iontophoresis.record.rule import RuleSettings


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
            recorder.hang_up(within_s=SESSION_GRACE_S)
            return 1
        closed = {"k": "closed", "head": journal.head, "rows": journal.rows}
        recorder.tell(closed)
        recorder.hang_up(within_s=0.0)
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

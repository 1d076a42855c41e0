"""Tell a session that is being recorded from one whose recorder died.

A recorder holds a lock for as long as it lives; the operating system drops the lock with the
process, whatever kills it. The lock is SQLite's own, taken on an empty companion file, because
that works the same on every platform.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from iontophoresis.record.errors import RecordError


def live_path(session_path: Path) -> Path:
    """Give the companion file whose lock says that a session is being recorded."""
    return session_path.with_name(session_path.name + "-live")


class LiveMark:
    """Hold the lock that says "this session is being recorded".

    Parameters
    ----------
    session_path
        The session file.

    Raises
    ------
    RecordError
        Another process records into this file already.
    """

    def __init__(self, session_path: Path) -> None:
        self._path = live_path(session_path)
        try:
            self._connection = sqlite3.connect(self._path, timeout=2.0, isolation_level=None)
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            raise RecordError(
                f"{session_path}: cannot be recorded ({error}); choose a directory that exists "
                "and may be written, or wait for the recorder that holds this session"
            ) from error

    def release(self) -> None:
        """Drop the lock and remove its file."""
        self._connection.close()
        with contextlib.suppress(OSError):
            self._path.unlink()


def is_live(session_path: Path) -> bool:
    """Say whether a recorder is writing this session now.

    Parameters
    ----------
    session_path
        The session file; nothing is created if it has no companion.
    """
    companion = live_path(session_path)
    if not companion.exists():
        return False
    uri = companion.absolute().as_uri() + "?mode=rw"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=0.0)) as probe:
            probe.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    return False

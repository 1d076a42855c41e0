"""Write a session file: typed rows, one chain, commits the caller can count on.

Write-ahead log with ``synchronous=FULL``: a commit has reached the disk when it returns. While the
session runs the file has a ``-wal`` beside it; closing folds it into the one file.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from iontophoresis.record import schema
from iontophoresis.record.chain import GENESIS, Cell, link
from iontophoresis.record.errors import MessageError, RecordError
from iontophoresis.record.rule import RecordingRule, Row, RuleSettings, fold

_INSERTS = {table.name: table.insert_sql for table in schema.TABLES}
_T_MS = schema.TICK.names.index("t_ms")
_KEYS = schema.TICK.names.index("tick"), schema.TICK.names.index("channel")


class Journal:
    """Append rows to one session file.

    Use :meth:`create` for a new session and :meth:`reopen` to close one that was cut.

    Parameters
    ----------
    connection
        Open connection in autocommit mode whose schema exists.
    rule
        Decides which ticks of a long session are folded.
    wall_clock_ns
        Wall time for the closing row, ns since 1970.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        rule: RecordingRule,
        wall_clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._connection = connection
        self._rule = rule
        self._wall_clock_ns = wall_clock_ns
        self._seq, self._head = last_link(connection)
        self._committed = self._seq, self._head
        self._closed = _has_closing_row(connection)

    @classmethod
    def create(cls, path: Path, *, settings: RuleSettings | None = None) -> Journal:
        """Make a new session file, readable by its owner only.

        Raises
        ------
        RecordError
            The file exists already or cannot be made there.
        """
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except OSError as error:
            raise RecordError(
                f"{path}: the session file cannot be made ({error.strerror}); "
                "choose a directory that exists and may be written, and a new name"
            ) from error
        try:
            connection = _connect(path)
            with _transaction(connection):
                connection.execute(f"PRAGMA application_id={schema.APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version={schema.SCHEMA_VERSION}")
                for table in schema.TABLES:
                    connection.execute(table.create_sql)
        except sqlite3.Error as error:
            raise RecordError(f"{path}: the session file cannot be written ({error})") from error
        return cls(connection, rule=RecordingRule(settings or RuleSettings()))

    @classmethod
    def reopen(cls, path: Path) -> Journal:
        """Open a session whose recorder died, in order to close it."""
        return cls(_connect(path), rule=RecordingRule(RuleSettings()))

    @property
    def head(self) -> str:
        """Give the chain value of the last row as hexadecimal digits."""
        return self._head.hex()

    @property
    def rows(self) -> int:
        """Give the number of rows in the chain."""
        return self._seq

    @property
    def is_closed(self) -> bool:
        """Say whether the closing row is written."""
        return self._closed

    def append(self, table: schema.Table, cells: Sequence[Cell]) -> None:
        """Add one chained row; it is safe after the next :meth:`commit`.

        Raises
        ------
        MessageError
            A value does not fit its column; nothing was written.
        sqlite3.Error
            The file cannot be written.
        """
        self._begin()
        seq = self._seq + 1
        try:
            head = link(self._head, table.name, seq, cells)
            self._connection.execute(_INSERTS[table.name], (seq, *cells, head))
        except (TypeError, ValueError, OverflowError, sqlite3.IntegrityError) as error:
            raise MessageError(f"{table.name} row refused: {error}") from error
        self._seq, self._head = seq, head

    def append_tick(self, row: Row) -> None:
        """Add one tick, whole or for later folding as the recording rule says."""
        t_ms = row[_T_MS]
        if isinstance(t_ms, int) and self._rule.keeps_every_tick(t_ms):
            self.append(schema.TICK, row)
            return
        self._begin()
        self._hold(row)
        self._keep(self._rule.take(row))
        if isinstance(t_ms, int):
            for quiet in self._rule.quiet_seconds(t_ms):
                self.append(schema.SECOND, fold(quiet))
                self._forget(quiet)

    def append_event(self, t_ms: int, cells: Sequence[Cell]) -> None:
        """Add one event, after the waiting ticks near it."""
        self._begin()
        self._keep(self._rule.disturb(t_ms))
        self.append(schema.EVENT, cells)

    def commit(self) -> None:
        """Put every row added so far safely on disk.

        Raises
        ------
        sqlite3.Error
            The disk refused; none of the rows since the last commit counts as written.
        """
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")
        self._committed = self._seq, self._head

    def finish(self, *, outcome: str, text: str, recovered: bool = False) -> None:
        """Add the closing row, fold the write-ahead log into the one file and close it."""
        self._begin()
        waiting = self._connection.execute(schema.PENDING.select_sql).fetchall()
        self._keep(waiting)
        closing = (outcome, text, int(recovered), self._wall_clock_ns())
        self.append(schema.CLOSING, closing)
        self.commit()
        self._closed = True
        self.fold()

    def fold(self) -> None:
        """Fold the write-ahead log into the one file and close it."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.execute("PRAGMA journal_mode=DELETE")
        self._connection.close()

    def abandon(self, text: str) -> bool:
        """After a write error, close what can be closed and say whether that succeeded.

        Rows since the last commit are given up. If even the closing row cannot be written, the
        file stays as it is and a reader recovers it.
        """
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")
        self._seq, self._head = self._committed
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if not self._closed:
                self.finish(outcome="cut", text=text)
        except (sqlite3.Error, RecordError):
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            return False
        return True

    def _begin(self) -> None:
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")

    def _hold(self, row: Row) -> None:
        try:
            self._connection.execute(_INSERTS["pending"], row)
        except (OverflowError, sqlite3.IntegrityError) as error:
            raise MessageError(f"tick row refused: {error}") from error

    def _keep(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.append(schema.TICK, row)
        self._forget(rows)

    def _forget(self, rows: Sequence[Row]) -> None:
        keys = [(row[_KEYS[0]], row[_KEYS[1]]) for row in rows]
        self._connection.executemany("DELETE FROM pending WHERE tick=? AND channel=?", keys)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "PRAGMA fullfsync=1"
    )  # on macOS an ordinary fsync stops at the drive's cache
    return connection


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("COMMIT")


def last_link(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """Give ``seq`` and chain value of the last row, or 0 and the value before the first."""
    parts = " UNION ALL ".join(f"SELECT seq, chain FROM {t.name}" for t in schema.CHAINED)  # noqa: S608 - names are constants
    row = connection.execute(f"{parts} ORDER BY seq DESC LIMIT 1").fetchone()
    return row or (0, GENESIS)


def _has_closing_row(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM closing").fetchone() is not None

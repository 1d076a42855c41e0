"""Open the SQLite database of a session, whatever state its recorder left it in.

Nothing is ever guessed: a session that was cut is closed only if every row that is left says what
was written; otherwise the file stays as it is and the error says so.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from iontophoresis.record import schema
from iontophoresis.record.errors import (
    DamagedSessionError,
    NewerSchemaError,
    NotASessionError,
    RecordError,
)
from iontophoresis.record.journal import Journal
from iontophoresis.record.liveness import LiveMark, is_live
from iontophoresis.record.verify import check_chain

_JOURNAL_VERSIONS = slice(18, 20)  # SQLite file format, section 1.3: 1 rollback journal, 2 WAL


@contextlib.contextmanager
def open_database(path: Path) -> Iterator[tuple[sqlite3.Connection, bool]]:
    """Open a session file for reading, and say whether it is being recorded.

    A session whose recorder died is recovered first.

    Raises
    ------
    RecordError
        As for :func:`open_session`.
    """
    _require_session(path)
    if is_live(path):
        with contextlib.closing(_snapshot(path)) as copy:
            yield copy, True
        return
    with _settled(path) as readable, contextlib.closing(connect(readable)) as connection:
        try:
            require_schema(path, connection)
        except sqlite3.Error as error:
            raise DamagedSessionError(
                f"{path}: the session file is damaged ({error}); use your copy of it"
            ) from error
        yield connection, False


def _require_session(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(len(schema.MAGIC))
    except OSError as error:
        raise RecordError(
            f"{path}: no such session ({error.strerror}); `iontophoresis sessions` lists them"
        ) from error
    if not start:
        raise DamagedSessionError(
            f"{path}: the file is empty: its recorder ended before the first commit, nothing is lost"
        )
    if start != schema.MAGIC:
        raise NotASessionError(f"{path}: not a session file; give a file made by `iontophoresis`")


def require_schema(path: Path, connection: sqlite3.Connection) -> None:
    """Refuse a database that is not a session, or one written by a later program.

    Raises
    ------
    RecordError
        Which of the two it is.
    """
    if _pragma(connection, "application_id") != schema.APPLICATION_ID:
        raise NotASessionError(
            f"{path}: an SQLite file, but not a session; give a file made by `iontophoresis`"
        )
    version = _pragma(connection, "user_version")
    if version > schema.SCHEMA_VERSION:
        raise NewerSchemaError(
            f"{path}: session schema {version} is newer than {schema.SCHEMA_VERSION}, the newest "
            "this program reads; update iontophoresis"
        )


@contextlib.contextmanager
def _settled(path: Path) -> Iterator[Path]:
    """Give a path that holds the closed session: the file itself, or a copy if it is read-only."""
    wal = _wal_path(path)
    if _is_folded(path):
        yield path
    elif os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        recover(path)
        yield path
    else:
        with tempfile.TemporaryDirectory() as directory:
            copy = Path(directory) / path.name
            for source, target in ((path, copy), (wal, _wal_path(copy))):
                if source.exists():
                    shutil.copyfile(source, target)
            recover(copy)
            yield copy


def recover(path: Path) -> None:
    """Close a session whose recorder died: check it, fold in what was committed, mark it as cut.

    Raises
    ------
    RecordError
        It is not a session, or what is left of it is not what was committed; it stays as it was.
    """
    with contextlib.closing(connect(path, mode="rw")) as connection:
        try:
            require_schema(path, connection)
            verdict = check_chain(connection)
        except sqlite3.Error as error:
            raise _cannot_recover(path, error) from error
    if not verdict.holds:
        raise _cannot_recover(path, verdict.problems[0])
    mark = LiveMark(path)
    try:
        _close_as_cut(path)
    except sqlite3.Error as error:
        raise RecordError(
            f"{path}: the session was cut and cannot be closed here ({error}); nothing is lost: "
            "make room on the disk, or copy the file and its -wal elsewhere"
        ) from error
    finally:
        mark.release()


def _close_as_cut(path: Path) -> None:
    journal = Journal.reopen(path)
    if journal.is_closed:
        journal.fold()
    else:
        text = "the recorder ended without closing the session; recovered afterwards"
        journal.finish(outcome="cut", text=text, recovered=True)


def _cannot_recover(path: Path, reason: object) -> DamagedSessionError:
    return DamagedSessionError(
        f"{path}: the session was cut and what is left is not what was committed ({reason}); "
        "the file was left as it is, use your copy of it"
    )


def _is_folded(path: Path) -> bool:
    """Say whether the write-ahead log is folded in, which is the last thing a recorder does."""
    with path.open("rb") as file:
        versions = file.read(_JOURNAL_VERSIONS.stop)[_JOURNAL_VERSIONS]
    return versions == b"\x01\x01" and not _wal_path(path).exists()


def _snapshot(path: Path) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:")
    with contextlib.closing(connect(path)) as source:
        try:
            source.backup(copy)
            require_schema(path, copy)
        except sqlite3.Error as error:
            copy.close()
            raise RecordError(f"{path}: being recorded, cannot be read yet ({error})") from error
        except RecordError:
            copy.close()
            raise
    return copy


def connect(path: Path, *, mode: str = "ro") -> sqlite3.Connection:
    """Open an existing database file; ``mode`` is "ro" or "rw"."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=5.0, isolation_level=None)


def _wal_path(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])

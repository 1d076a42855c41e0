"""Check that every row of a session file still says what was written.

What the check can find: any change to a row's content, rows removed, inserted, swapped or
renumbered, and damage to the file that SQLite itself notices. What it cannot find: rows cut off
the end together with the closing row, or a whole chain computed anew by somebody with this
program - unless the head printed at the end of the session was kept elsewhere and is given here.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from iontophoresis.record import schema
from iontophoresis.record.chain import GENESIS, Cell, link

CAN_DETECT = "changed, removed, inserted, swapped or renumbered rows"
CANNOT_DETECT = (
    "rows cut off the end, or a chain computed anew, unless you compare with a head kept elsewhere"
)
MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Say what the check of a chain found.

    Attributes
    ----------
    rows
        Rows checked.
    head
        Chain value of the last row, hexadecimal.
    problems
        One sentence per finding, at most :data:`MOST_PROBLEMS`; empty if the chain holds.
    """

    rows: int
    head: str
    problems: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Say whether nothing was found."""
        return not self.problems


def check_chain(
    connection: sqlite3.Connection, *, kept_head: str | None = None, must_be_closed: bool = False
) -> Verdict:
    """Walk every row of an open session file and compare its chain.

    Parameters
    ----------
    connection
        Open session file.
    kept_head
        Head that was kept elsewhere, hexadecimal; the chain must pass through it.
    must_be_closed
        Whether a missing closing row is a finding.
    """
    walk = _Walk(kept_head=(kept_head or "").strip().lower())
    connection.text_factory = _forgiving_text
    try:
        problems = [*_integrity(connection), *walk.problems(connection)]
    except sqlite3.Error as error:
        problems = [f"after row {walk.seq} the file cannot be read: {error}"]
    finally:
        connection.text_factory = str
    if must_be_closed and not walk.closed:
        problems.append("the closing row is missing")
    if kept_head is not None and not walk.kept_seen:
        problems.append(f"the head kept elsewhere ({kept_head}) is not in this chain")
    return Verdict(rows=walk.seq, head=walk.head.hex(), problems=tuple(problems))


class _Walk:
    """Follow the chain and remember where it stands."""

    def __init__(self, *, kept_head: str) -> None:
        self.seq = 0
        self.head = GENESIS
        self.kept_seen = False
        self._kept_head = kept_head
        self._closed_at: int | None = None

    @property
    def closed(self) -> bool:
        return self._closed_at is not None

    def problems(self, connection: sqlite3.Connection) -> Iterator[str]:
        found = 0
        for seq, table, cells, chain in _rows(connection):
            for problem in self._judge(seq, table, cells, chain):
                found += 1
                if found < MOST_PROBLEMS:
                    yield problem
            self.seq, self.head = seq, chain
            self.kept_seen = self.kept_seen or chain.hex() == self._kept_head
        if found >= MOST_PROBLEMS:
            yield f"and {found - MOST_PROBLEMS + 1} more"

    def _judge(self, seq: int, table: str, cells: tuple[Cell, ...], chain: bytes) -> Iterator[str]:
        if seq != self.seq + 1:
            yield (
                f"rows {self.seq + 1} to {seq - 1} are missing"
                if seq > self.seq
                else (f"row {seq} ({table}) stands twice")
            )
        elif not _matches(self.head, table, seq, cells, chain):
            yield f"row {seq} ({table}) does not say what was written"
        if self._closed_at is not None:
            yield f"row {seq} ({table}) stands after the closing row {self._closed_at}"
        if table == schema.CLOSING.name:
            self._closed_at = seq


def _matches(previous: bytes, table: str, seq: int, cells: tuple[Cell, ...], chain: bytes) -> bool:
    try:
        return link(previous, table, seq, cells) == chain
    except (ValueError, TypeError):  # a flipped bit may leave text or numbers that nobody wrote
        return False


def _rows(
    connection: sqlite3.Connection,
) -> Iterator[tuple[int, str, tuple[Cell, ...], bytes]]:
    def of(table: schema.Table) -> Iterator[tuple[int, str, tuple[Cell, ...], bytes]]:
        for row in connection.execute(table.select_sql):
            yield row[0], table.name, row[1:-1], bytes(row[-1])

    return heapq.merge(*(of(table) for table in schema.CHAINED), key=lambda row: row[0])


def _integrity(connection: sqlite3.Connection) -> Iterator[str]:
    for (answer,) in connection.execute(f"PRAGMA integrity_check({MOST_PROBLEMS})"):
        if answer != "ok":
            yield f"SQLite finds the file damaged: {answer}"


def _forgiving_text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")

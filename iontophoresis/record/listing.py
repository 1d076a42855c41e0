"""List the sessions of a directory: state, duration, charge and title of each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from iontophoresis.record.database import open_database
from iontophoresis.record.errors import RecordError
from iontophoresis.record.place import session_paths
from iontophoresis.units import MS_PER_S, ma_min_from_pc

_TIMES = "SELECT max(t_ms) FROM (SELECT max(t_ms) AS t_ms FROM tick UNION ALL SELECT max(t_ms) FROM second)"
_CHARGES = (
    "SELECT max(charge_pc) FROM (SELECT channel, charge_pc FROM tick UNION ALL "
    "SELECT channel, charge_pc FROM second) GROUP BY channel"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Describe one session of a listing.

    Attributes
    ----------
    path
        The file.
    state
        done, stopped, tripped, refused, cut, running - or unreadable.
    duration_s
        Session time of the last tick, s.
    charge_ma_min
        Measured charge of all channels, mA·min.
    title
        The protocol's title; for an unreadable file, what is wrong with it.
    """

    path: Path
    state: str
    duration_s: float
    charge_ma_min: float
    title: str


def list_sessions(directory: Path) -> Iterator[Entry]:
    """Give an entry per session file, oldest first; sessions that were cut are recovered.

    Parameters
    ----------
    directory
        Where to look; a directory that does not exist holds none.
    """
    for path in session_paths(directory):
        try:
            yield _entry(path)
        except (RecordError, sqlite3.Error, ValueError) as error:
            yield Entry(
                path=path, state="unreadable", duration_s=0.0, charge_ma_min=0.0, title=str(error)
            )


def _entry(path: Path) -> Entry:
    with open_database(path) as (connection, live):
        closing = connection.execute("SELECT outcome FROM closing").fetchone()
        last_ms = connection.execute(_TIMES).fetchone()[0] or 0
        charge_pc = sum(row[0] for row in connection.execute(_CHARGES))
        state = closing[0] if closing else "running" if live else "cut"
        return Entry(
            path=path,
            state=state,
            duration_s=last_ms / MS_PER_S,
            charge_ma_min=ma_min_from_pc(charge_pc),
            title=_title(connection, path),
        )


def _title(connection: sqlite3.Connection, path: Path) -> str:
    rows = connection.execute(
        "SELECT key, value_json FROM header WHERE key IN ('title', 'protocol_name') ORDER BY seq"
    )
    header = {key: json.loads(value) for key, value in rows}
    return str(header.get("title") or header.get("protocol_name") or path.stem)

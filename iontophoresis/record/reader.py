"""Open a session file: finished, cut off or still being recorded.

A file whose recorder died is first recovered (:mod:`iontophoresis.record.recovery`). A session
that is still being recorded is copied through SQLite's backup call and the copy is read.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from iontophoresis.record import schema
from iontophoresis.record.database import open_database
from iontophoresis.record.errors import DamagedSessionError
from iontophoresis.record.journal import last_link
from iontophoresis.record.session import Closing, Estimates, Event, Session, Ticks
from iontophoresis.record.verify import Verdict, check_chain

_TICK_FROM_SECOND = {
    "tick": "last_tick",
    "current_na": "current_mean_na",
    "voltage_uv": "voltage_mean_uv",
    "lateness_us": "lateness_max_us",
    "action": "'none'",
    "reasons": "0",
}
_SPREAD_FROM_TICK = {
    "n_tick": "1",
    "current_min_na": "current_na",
    "current_max_na": "current_na",
    "voltage_min_uv": "voltage_uv",
    "voltage_max_uv": "voltage_uv",
}
_INTEGER = ("tick", "t_ms", "channel", "n_tick", "requested_na", "applied_na", "charge_pc")
_INTEGERS = (*_INTEGER, "reasons", "status", "lateness_us", "mono_ns", "wall_ns")
_TEXTS = ("state", "action", "layer")


def open_session(path: Path, *, check: bool = True) -> Session:
    """Read a session file, recovering it first if its recorder died.

    Parameters
    ----------
    path
        The session file.
    check
        Whether to check the chain; what it finds is in ``Session.problems``.

    Raises
    ------
    RecordError
        It is missing, no session file, newer than this program, or damaged.
    """
    with open_database(path) as (connection, live):
        try:
            verdict = _check(connection, live=live) if check else _unchecked(connection)
            return _read(path, connection, verdict, live=live)
        except (sqlite3.Error, ValueError) as error:
            raise DamagedSessionError(
                f"{path}: the session file is damaged ({error}); use your copy of it"
            ) from error


def _read(path: Path, connection: sqlite3.Connection, verdict: Verdict, *, live: bool) -> Session:
    header = connection.execute("SELECT key, value_json FROM header ORDER BY seq")
    events = connection.execute(schema.EVENT.select_sql)
    closing = connection.execute(schema.CLOSING.select_sql).fetchone()
    return Session(
        path=path,
        header={key: json.loads(value) for key, value in header},
        ticks=Ticks(**_columns(connection, _ticks_sql(), Ticks)),
        events=tuple(_event(row) for row in events),
        estimates=Estimates(**_columns(connection, schema.ESTIMATE.select_sql, Estimates)),
        closing=_closing(closing) if closing else None,
        live=live,
        head=verdict.head,
        rows=verdict.rows,
        problems=verdict.problems,
    )


def _ticks_sql() -> str:
    names = tuple(Ticks.__dataclass_fields__)

    def select(table: str, renamed: dict[str, str]) -> str:
        return (
            ", ".join(f"{renamed.get(name, name)} AS {name}" for name in names) + f" FROM {table}"
        )

    parts = [select("tick", _SPREAD_FROM_TICK), select("second", _TICK_FROM_SECOND)]
    parts.append(select("pending", _SPREAD_FROM_TICK))
    return " UNION ALL ".join(f"SELECT {part}" for part in parts) + " ORDER BY t_ms, tick, channel"


def _columns(
    connection: sqlite3.Connection, sql: str, columns: type[Ticks | Estimates]
) -> dict[str, Any]:
    cursor = connection.execute(sql)
    names = [description[0] for description in cursor.description]
    cells: Sequence[Sequence[Any]] = list(zip(*cursor, strict=True)) or [()] * len(names)
    by_name = dict(zip(names, cells, strict=True))
    return {name: _array(name, by_name[name]) for name in columns.__dataclass_fields__}


def _array(name: str, cells: Sequence[Any]) -> np.ndarray[Any, Any]:
    if name in _INTEGERS:
        return np.array(cells, dtype=np.int64)
    return np.array(cells, dtype=np.str_ if name in _TEXTS else np.float64)


def _event(row: Sequence[Any]) -> Event:
    _, origin, t_ms, wall_ns, severity, code, text, data_json, _ = row
    return Event(
        origin=origin,
        t_ms=t_ms,
        wall_ns=wall_ns,
        severity=severity,
        code=code,
        text=text,
        data=json.loads(data_json),
    )


def _closing(row: Sequence[Any]) -> Closing:
    _, outcome, text, recovered, wall_ns, _ = row
    return Closing(outcome=outcome, text=text, recovered=bool(recovered), wall_ns=wall_ns)


def _check(connection: sqlite3.Connection, *, live: bool) -> Verdict:
    return check_chain(connection, must_be_closed=not live)


def _unchecked(connection: sqlite3.Connection) -> Verdict:
    seq, chain = last_link(connection)
    return Verdict(rows=seq, head=chain.hex(), problems=())

"""Say what a session file holds: typed SQLite tables with the unit in every column name.

One file is one session, and any SQLite program can read it, so the names have to explain
themselves. Rows of all tables share one counter, ``seq``, and one chain of hashes
(:mod:`iontophoresis.record.chain`); ``pending`` alone is outside the chain, because its rows wait
there for the recording rule's decision (:mod:`iontophoresis.record.rule`).
"""

from __future__ import annotations

from dataclasses import dataclass

from iontophoresis.safety.reactions import Action, Phase

APPLICATION_ID = 0x494F4E54
"""SQLite ``application_id`` of a session file: the letters IONT."""

SCHEMA_VERSION = 1
"""SQLite ``user_version`` of the files this program writes, and the newest it reads."""

MAGIC = b"SQLite format 3\x00"
"""First sixteen bytes of every SQLite file."""

STATES = tuple(phase.name for phase in Phase)
ACTIONS = tuple(action.name.lower() for action in Action)
SEVERITIES = ("info", "notice", "warning", "alarm")
OUTCOMES = ("done", "stopped", "tripped", "refused", "cut")
ORIGINS = ("guard", "session", "recorder")

STATUS_LIMITED = 1
"""Bit of ``status``: the source held its voltage limit instead of the current."""
STATUS_OUTPUT_ON = 2
"""Bit of ``status``: the source's output was on."""
STATUS_INTERLOCK_CLOSED = 4
"""Bit of ``status``: the interlock line was read closed."""
STATUS_READING_INVALID = 8
"""Bit of ``status``: the reading is missing or was refused; current and voltage are null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Describe one table of a session file.

    Attributes
    ----------
    name
        Table name.
    columns
        Pairs of column name and SQLite type, without the leading ``seq`` and closing ``chain``.
    chained
        Whether its rows carry ``seq`` and are part of the hash chain.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    chained: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Give the column names, without ``seq`` and ``chain``."""
        return tuple(name for name, _ in self.columns)

    @property
    def create_sql(self) -> str:
        """Give the statement that makes the table."""
        body = [f"{name} {kind}" for name, kind in self.columns]
        if self.chained:
            body = ["seq INTEGER PRIMARY KEY", *body, "chain BLOB NOT NULL"]
        return f"CREATE TABLE {self.name} ({', '.join(body)}) STRICT"

    @property
    def insert_sql(self) -> str:
        """Give the statement that adds one row: seq, the columns in order, chain."""
        count = len(self.columns) + (2 if self.chained else 0)
        return f"INSERT INTO {self.name} VALUES ({', '.join('?' * count)})"  # noqa: S608 - names are constants here

    @property
    def select_sql(self) -> str:
        """Give the statement that reads every row in the order of writing."""
        order = "seq" if self.chained else "rowid"
        return f"SELECT * FROM {self.name} ORDER BY {order}"  # noqa: S608 - names are constants here


HEADER = Table(name="header", columns=(("key", "TEXT NOT NULL"), ("value_json", "TEXT NOT NULL")))

TICK = Table(
    name="tick",
    columns=(
        ("tick", "INTEGER NOT NULL"),
        ("t_ms", "INTEGER NOT NULL"),
        ("channel", "INTEGER NOT NULL"),
        ("state", "TEXT NOT NULL"),
        ("requested_na", "INTEGER NOT NULL"),
        ("applied_na", "INTEGER NOT NULL"),
        ("current_na", "INTEGER"),
        ("voltage_uv", "INTEGER"),
        ("charge_pc", "INTEGER NOT NULL"),
        ("action", "TEXT NOT NULL"),
        ("reasons", "INTEGER NOT NULL"),
        ("status", "INTEGER NOT NULL"),
        ("lateness_us", "INTEGER NOT NULL"),
        ("mono_ns", "INTEGER NOT NULL"),
        ("wall_ns", "INTEGER NOT NULL"),
    ),
)
"""One row per tick and channel, as the guard sent it."""

SECOND = Table(
    name="second",
    columns=(
        ("first_tick", "INTEGER NOT NULL"),
        ("last_tick", "INTEGER NOT NULL"),
        ("n_tick", "INTEGER NOT NULL"),
        ("t_ms", "INTEGER NOT NULL"),
        ("channel", "INTEGER NOT NULL"),
        ("state", "TEXT NOT NULL"),
        ("requested_na", "INTEGER NOT NULL"),
        ("applied_na", "INTEGER NOT NULL"),
        ("current_mean_na", "INTEGER"),
        ("current_min_na", "INTEGER"),
        ("current_max_na", "INTEGER"),
        ("voltage_mean_uv", "INTEGER"),
        ("voltage_min_uv", "INTEGER"),
        ("voltage_max_uv", "INTEGER"),
        ("charge_pc", "INTEGER NOT NULL"),
        ("status", "INTEGER NOT NULL"),
        ("lateness_max_us", "INTEGER NOT NULL"),
        ("mono_ns", "INTEGER NOT NULL"),
        ("wall_ns", "INTEGER NOT NULL"),
    ),
)
"""One row per quiet second and channel of a long session; times and charge are the last tick's."""

EVENT = Table(
    name="event",
    columns=(
        ("origin", "TEXT NOT NULL"),
        ("t_ms", "INTEGER NOT NULL"),
        ("wall_ns", "INTEGER NOT NULL"),
        ("severity", "TEXT NOT NULL"),
        ("code", "TEXT NOT NULL"),
        ("text", "TEXT NOT NULL"),
        ("data_json", "TEXT NOT NULL"),
    ),
)

ESTIMATE = Table(
    name="estimate",
    columns=(
        ("t_ms", "INTEGER NOT NULL"),
        ("wall_ns", "INTEGER NOT NULL"),
        ("channel", "INTEGER NOT NULL"),
        ("layer", "TEXT NOT NULL"),
        ("p05_mol_per_m2", "REAL NOT NULL"),
        ("p50_mol_per_m2", "REAL NOT NULL"),
        ("p95_mol_per_m2", "REAL NOT NULL"),
    ),
)
"""Amounts per layer as the model saw them while the session ran."""

CLOSING = Table(
    name="closing",
    columns=(
        ("outcome", "TEXT NOT NULL"),
        ("text", "TEXT NOT NULL"),
        ("recovered", "INTEGER NOT NULL"),
        ("wall_ns", "INTEGER NOT NULL"),
    ),
)
"""The last row of a finished or recovered session."""

PENDING = Table(name="pending", columns=TICK.columns, chained=False)
"""Ticks already safe on disk, whose final form the recording rule has not decided yet."""

CHAINED = (HEADER, TICK, SECOND, EVENT, ESTIMATE, CLOSING)
TABLES = (*CHAINED, PENDING)

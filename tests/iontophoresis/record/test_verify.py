from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from iontophoresis.record.reader import open_session
from iontophoresis.record.schema import TICK
from iontophoresis.record.verify import Verdict, check_chain

Write = Callable[..., Path]


def tampered(path: Path, *statements: str) -> Verdict:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        return check_chain(connection, must_be_closed=True)


def test_an_untouched_session_holds(write: Write) -> None:
    session = open_session(write())
    assert session.problems == ()
    assert session.rows == 44


@pytest.mark.parametrize("column", TICK.names)
def test_a_change_of_any_column_shows(write: Write, column: str) -> None:
    change = "'TRIPPED'" if column in ("state", "action") else f"{column} + 1"
    verdict = tampered(write(), f"UPDATE tick SET {column} = {change} WHERE tick = 7")  # noqa: S608
    assert verdict.problems == ("row 10 (tick) does not say what was written",)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE header SET value_json = '\"B test\"'",
        "UPDATE event SET text = 'disarmed'",
        "UPDATE estimate SET p50_mol_per_m2 = p50_mol_per_m2 * 1.0000000001",
        "UPDATE closing SET outcome = 'stopped'",
        "UPDATE tick SET chain = zeroblob(32) WHERE tick = 7",
        "UPDATE tick SET current_na = NULL WHERE tick = 7",
        "DELETE FROM tick WHERE tick = 7",
        "DELETE FROM tick WHERE tick > 7",
        "DELETE FROM header",
        "DELETE FROM event",
        "DELETE FROM closing",
        f"INSERT INTO tick SELECT 1000, {', '.join(TICK.names)}, chain FROM tick WHERE tick = 7",  # noqa: S608
    ],
)
def test_changes_elsewhere_removals_and_insertions_show(write: Write, statement: str) -> None:
    assert not tampered(write(), statement).holds


def test_swapped_rows_show(write: Write) -> None:
    verdict = tampered(
        write(),
        "UPDATE tick SET seq = -1 WHERE tick = 7",
        "UPDATE tick SET seq = 10 WHERE tick = 8",
        "UPDATE tick SET seq = 11 WHERE tick = 7",
    )
    assert [p.split()[1] for p in verdict.problems] == ["10", "11", "12"]


def test_a_removal_says_which_rows(write: Write) -> None:
    verdict = tampered(write(), "DELETE FROM tick WHERE tick BETWEEN 7 AND 9")
    assert verdict.problems == ("rows 10 to 12 are missing",)


def test_many_findings_are_counted_not_listed(write: Write) -> None:
    verdict = tampered(write(), "UPDATE tick SET current_na = 0")
    assert len(verdict.problems) == 20
    assert verdict.problems[-1] == "and 21 more"


def test_a_head_kept_elsewhere_finds_a_cut_tail(write: Write) -> None:
    path = write()
    head = open_session(path).head
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert check_chain(connection, kept_head=head.upper()).holds
        connection.execute("DELETE FROM closing")
        assert check_chain(connection).holds
        assert head in check_chain(connection, kept_head=head).problems[0]


def test_every_bit_flip_in_a_rows_content_shows(write: Write) -> None:
    path = write(ticks=3)
    clean = path.read_bytes()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        contents = [
            connection.execute("SELECT text FROM event").fetchone()[0].encode(),
            connection.execute("SELECT code FROM event").fetchone()[0].encode(),
            b'"A test"',
            *(row[0] for row in connection.execute("SELECT chain FROM tick")),
        ]
    missed = []
    for content in contents:
        start = clean.index(content)
        for bit in range(0, 8 * len(content), 5):
            flipped = bytearray(clean)
            flipped[start + bit // 8] ^= 1 << bit % 8
            path.write_bytes(flipped)
            with contextlib.closing(sqlite3.connect(path)) as connection:
                if check_chain(connection).holds:
                    missed.append((content, bit))
    assert missed == []

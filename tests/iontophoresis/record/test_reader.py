from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from iontophoresis.record.database import recover
from iontophoresis.record.errors import (
    DamagedSessionError,
    NewerSchemaError,
    NotASessionError,
    RecordError,
)
from iontophoresis.record.journal import Journal
from iontophoresis.record.reader import open_session

Write = Callable[..., Path]


def test_units_are_converted_once(write: Write) -> None:
    ticks = open_session(write()).ticks
    assert ticks.time_s[20] == 1.0
    assert ticks.current_ma[0] == pytest.approx(1.00001)
    assert ticks.voltage_v[0] == 9.0
    assert ticks.charge_ma_min[39] == pytest.approx(39 * 50_000_500 / 6e10)
    kohm_cm2 = ticks.resistance_kohm_cm2(5.0, above_na=1000)
    assert kohm_cm2[0] == pytest.approx(9.0 / 1.00001 * 5)
    assert np.isnan(ticks.resistance_kohm_cm2(5.0, above_na=2_000_000)).all()


def test_a_cut_session_is_recovered_once_and_marked(write: Write) -> None:
    path = write(outcome=None)
    session = open_session(path)
    assert session.state == "cut"
    assert session.closing is not None
    assert session.closing.recovered
    assert len(session.ticks) == 40
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert open_session(path).rows == session.rows


def test_a_cut_session_that_may_not_be_written_is_read_from_a_copy(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(outcome=None)
    before = {p.name: p.read_bytes() for p in path.parent.iterdir()}
    monkeypatch.setattr(os, "access", lambda *_: False)
    session = open_session(path)
    assert (session.state, len(session.ticks)) == ("cut", 40)
    assert session.path == path
    assert {p.name: p.read_bytes() for p in path.parent.iterdir()} == before


@pytest.mark.parametrize("part", ["", "-wal"])
def test_a_cut_at_any_byte_recovers_a_prefix_or_says_that_it_cannot(
    write: Write, part: str
) -> None:
    path = write(outcome=None, ticks=5)
    wal = path.with_name(path.name + "-wal")
    originals = {p: p.read_bytes() for p in (path, wal)}
    target = path.with_name(path.name + part)
    recovered = 0
    for length in range(0, len(originals[target]), 997):
        for p, content in originals.items():
            p.write_bytes(content[:length] if p == target else content)
        try:
            session = open_session(path)
        except RecordError:
            continue
        recovered += 1
        assert session.problems == ()
        assert session.ticks.tick.tolist() == list(range(len(session.ticks)))
    assert recovered > 0 or part == ""


def test_a_damaged_remainder_is_left_as_it_is(write: Write) -> None:
    path = write(outcome=None)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE tick SET current_na = 1 WHERE tick = 3")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(DamagedSessionError, match="does not say what was written"):
        open_session(path)
    assert path.read_bytes() == before


def test_damage_in_a_closed_session_is_reported_with_it(write: Write) -> None:
    path = write()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM closing")
        connection.commit()
    session = open_session(path)
    assert session.problems == ("the closing row is missing",)
    assert session.state == "cut"


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (None, RecordError, "no such session"),
        (b"", DamagedSessionError, "empty"),
        (b"time,current\n1,2\n", NotASessionError, "not a session file"),
        (b"SQLite format 3\x00" + b"\x00" * 600, RecordError, "session.sqlite"),
    ],
)
def test_what_is_no_session_is_one_clear_line(
    tmp_path: Path, content: bytes | None, error: type[RecordError], words: str
) -> None:
    path = tmp_path / "session.sqlite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=words) as caught:
        open_session(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_directory_is_no_session(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no such session"):
        open_session(tmp_path)


def test_a_foreign_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "foreign.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE mine (x)")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(NotASessionError):
        open_session(path)
    with pytest.raises(NotASessionError):
        recover(path)
    assert path.read_bytes() == before


def test_a_newer_schema_says_update(write: Write) -> None:
    path = write()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(NewerSchemaError, match="update"):
        open_session(path)


def test_the_last_value_of_a_header_key_holds(write: Write) -> None:
    session = open_session(write(header={"operator": "Ada", "channels": [{"name": "A"}]}))
    assert session.header["operator"] == "Ada"
    assert session.channel_facts(0) == {"name": "A"}
    assert session.channel_facts(3) == {}
    assert session.channels == (0,)


def test_an_empty_session_has_empty_columns(tmp_path: Path) -> None:
    path = tmp_path / "empty.sqlite"
    Journal.create(path).finish(outcome="stopped", text="before the first tick")
    session = open_session(path)
    assert len(session.ticks) == 0
    assert session.ticks.current_ma.shape == (0,)
    assert session.title == "empty"
    assert session.estimates.layers(0) == ()
    assert json.dumps(dict(session.header)) == "{}"

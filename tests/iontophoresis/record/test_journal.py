from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iontophoresis.record.errors import MessageError, RecordError
from iontophoresis.record.journal import Journal
from iontophoresis.record.reader import open_session
from iontophoresis.record.rule import RuleSettings
from iontophoresis.record.schema import ESTIMATE, HEADER

Cells = Callable[..., list[Any]]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.create(tmp_path / "session.sqlite", settings=RuleSettings(every_tick_ms=1000))


def test_a_refused_row_leaves_no_trace(journal: Journal, tmp_path: Path) -> None:
    journal.append(HEADER, ("a", "1"))
    head = journal.head
    for cells in ((2**70, "x"), ("b", None), ("\ud800", "1")):
        with pytest.raises(MessageError):
            journal.append(HEADER, cells)
    with pytest.raises(MessageError):
        journal.append(ESTIMATE, (1, 1, 0, "dermis", float("nan"), 1.0, 1.0))
    assert journal.head == head
    journal.finish(outcome="done", text="")
    session = open_session(tmp_path / "session.sqlite")
    assert (session.problems, session.rows) == ((), 2)


def test_giving_up_keeps_exactly_what_was_committed(
    journal: Journal, tmp_path: Path, tick_cells: Cells
) -> None:
    for tick in range(60):
        journal.append_tick(tuple(tick_cells(tick)))
        if tick == 29:
            journal.commit()
    assert journal.abandon("the disk is full")
    session = open_session(tmp_path / "session.sqlite")
    assert session.ticks.tick.tolist() == list(range(30))
    assert session.closing is not None
    assert (session.state, session.closing.text) == ("cut", "the disk is full")
    assert session.problems == ()


def test_giving_up_after_closing_adds_nothing(journal: Journal, tmp_path: Path) -> None:
    journal.finish(outcome="done", text="")
    assert not journal.abandon("too late")
    assert open_session(tmp_path / "session.sqlite").state == "done"


def test_waiting_ticks_are_on_disk_before_they_are_folded(
    journal: Journal, tmp_path: Path, tick_cells: Cells
) -> None:
    for tick in range(300):
        journal.append_tick(tuple(tick_cells(tick)))
    journal.commit()
    with sqlite3.connect(tmp_path / "session.sqlite") as other:
        counts = [
            other.execute(sql).fetchone()[0]
            for sql in (
                "SELECT count(*) FROM tick",
                "SELECT sum(n_tick) FROM second",
                "SELECT count(*) FROM pending",
            )
        ]
    other.close()
    assert sum(counts) == 300
    assert min(counts) > 0
    journal.append_event(15_000, ("guard", 15_000, 1, "info", "a", "b", "{}"))
    journal.finish(outcome="done", text="")
    session = open_session(tmp_path / "session.sqlite")
    assert session.ticks.n_tick.sum() == 300
    assert session.ticks.tick[-100:].tolist() == list(range(200, 300))


def test_a_tick_that_does_not_fit_is_refused_while_waiting_too(
    journal: Journal, tick_cells: Cells
) -> None:
    with pytest.raises(MessageError):
        journal.append_tick(tuple(tick_cells(100, charge_pc=2**70)))
    journal.finish(outcome="done", text="")


def test_a_file_cannot_be_made_twice(journal: Journal, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="a new name"):
        Journal.create(tmp_path / "session.sqlite")
    journal.finish(outcome="done", text="")

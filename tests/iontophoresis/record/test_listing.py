from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from iontophoresis.record.listing import list_sessions
from iontophoresis.record.reader import open_session


def test_sessions_are_listed_with_state_duration_charge_and_title(
    write: Callable[..., Path],
) -> None:
    path = write(name="1.sqlite")
    write(name="2.sqlite", outcome="tripped", ticks=0)
    cut = write(name="3.sqlite", outcome=None)
    cut.rename(path.with_name("4.sqlite"))
    (cut.with_name("3.sqlite-wal")).rename(path.with_name("4.sqlite-wal"))
    path.with_name("5.sqlite").write_bytes(b"garbage")

    entries = list(list_sessions(path.parent))
    assert [entry.path.stem for entry in entries] == ["1", "2", "3", "4", "5"]
    assert [e.state for e in entries] == ["done", "tripped", "done", "cut", "unreadable"]
    assert entries[0].duration_s == pytest.approx(1.95)
    assert entries[0].charge_ma_min == pytest.approx(39 * 50_000_500 / 6e10)
    assert entries[0].title == "A test"
    assert entries[1].charge_ma_min == 0
    assert "not a session file" in entries[4].title
    assert open_session(entries[3].path).problems == ()


def test_a_directory_that_does_not_exist_holds_none(tmp_path: Path) -> None:
    assert list(list_sessions(tmp_path / "nowhere")) == []

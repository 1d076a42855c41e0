from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import platformdirs
import pytest

from iontophoresis.record.errors import RecordError
from iontophoresis.record.place import (
    find_session,
    new_session_path,
    session_paths,
    sessions_directory,
)

STARTED = datetime(2026, 11, 22, 18, 50, 12, tzinfo=UTC)


def test_a_chosen_directory_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(platformdirs, "user_data_path", lambda *_, **__: tmp_path / "data")
    assert sessions_directory() == tmp_path / "data" / "sessions"
    (tmp_path / "sessions").mkdir()
    assert sessions_directory() == tmp_path / "sessions"
    assert sessions_directory(tmp_path / "mine") == tmp_path / "mine"


def test_names_tell_when_and_what_and_never_collide(tmp_path: Path) -> None:
    first = new_session_path(tmp_path / "new", "mesoglow", STARTED)
    assert first == tmp_path / "new" / "2026-11-22T18-50-12_mesoglow.sqlite"
    first.touch()
    second = new_session_path(tmp_path / "new", "mesoglow", STARTED)
    assert second.name == "2026-11-22T18-50-12_mesoglow-2.sqlite"
    second.with_name(second.name + "-live").touch()
    assert new_session_path(tmp_path / "new", "mesoglow", STARTED).stem.endswith("-3")


@pytest.mark.parametrize(
    ("name", "plain"),
    [("../../etc/passwd", "etc-passwd"), ("My Run: 5 µA?", "my-run-5-a"), ("***", "session")],
)
def test_names_stay_in_the_directory(tmp_path: Path, name: str, plain: str) -> None:
    path = new_session_path(tmp_path, name, STARTED)
    assert path.parent == tmp_path
    assert path.stem == f"2026-11-22T18-50-12_{plain}"


def test_a_directory_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="--directory"):
        new_session_path(tmp_path / "file" / "sessions", "x", STARTED)


def test_sessions_are_found_by_path_name_part_or_last(tmp_path: Path) -> None:
    for name in ("2026-01-01T00-00-00_a", "2026-01-02T00-00-00_b", "2026-01-03T00-00-00_b"):
        (tmp_path / f"{name}.sqlite").touch()
    (tmp_path / "notes.txt").touch()
    assert len(session_paths(tmp_path)) == 3
    assert find_session("last", tmp_path).stem == "2026-01-03T00-00-00_b"
    assert find_session("_a", tmp_path).stem == "2026-01-01T00-00-00_a"
    assert find_session(str(tmp_path / "notes.txt"), tmp_path) == tmp_path / "notes.txt"
    with pytest.raises(RecordError, match="2 sessions match"):
        find_session("_b", tmp_path)
    with pytest.raises(RecordError, match="no such session"):
        find_session("c", tmp_path)
    with pytest.raises(RecordError, match="no such session"):
        find_session("last", tmp_path / "empty")

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iontophoresis.record.errors import RecordError
from iontophoresis.record.export import disarmed, export_csv, shifted
from iontophoresis.record.reader import open_session

Write = Callable[..., Path]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_table_is_written_with_units_in_the_names(write: Write, tmp_path: Path) -> None:
    session = open_session(write(header={"operator": "=cmd|' /C calc'!A0"}))
    paths = export_csv(session, tmp_path / "out")
    assert [path.name for path in paths] == [
        "session_ticks.csv",
        "session_events.csv",
        "session_estimates.csv",
        "session_header.csv",
    ]
    ticks, events, estimates, header = map(rows_of, paths)
    assert len(ticks) == 40
    assert ticks[7]["time_s"] == "0.350"
    assert ticks[7]["current_ma"] == "1.000010"
    assert ticks[7]["voltage_v"] == "8.999993"
    assert ticks[7]["charge_mc"] == "0.350003500"
    assert float(ticks[7]["charge_ma_min"]) == pytest.approx(0.3500035 / 60)
    assert events[0]["code"] == "armed"
    assert estimates[0]["p50_mol_per_m2"] == "2e-06"
    assert {row["key"]: row["value"] for row in header} == {
        "title": "A test",
        "operator": "'=cmd|' /C calc'!A0",
    }


def test_nothing_is_written_over_unless_asked(write: Write, tmp_path: Path) -> None:
    session = open_session(write())
    first = export_csv(session, tmp_path)[0]
    first.write_text("mine")
    with pytest.raises(RecordError, match="--force"):
        export_csv(session, tmp_path)
    assert first.read_text() == "mine"
    export_csv(session, tmp_path, force=True)
    assert first.read_text() != "mine"


def test_a_place_that_cannot_be_written_is_one_line(write: Write, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="--to"):
        export_csv(open_session(write()), tmp_path / "file")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx"])
def test_formulas_are_disarmed(text: str) -> None:
    assert disarmed(text) == "'" + text


def test_a_missing_number_is_an_empty_cell() -> None:
    assert shifted(float("nan"), 3) == ""


@given(st.integers(-(10**15), 10**15), st.integers(1, 9))
def test_no_digit_is_lost(value: int, places: int) -> None:
    text = shifted(value, places)
    assert int(text.replace(".", "")) == value
    assert len(text.split(".")[1]) == places

"""A course adds up the charge of every site, refuses what is too much, and is drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from iontophoresis import bench, protocol
from iontophoresis.cli import main
from iontophoresis.course import Course, Measured, ledger, load
from iontophoresis.errors import InputError
from iontophoresis.plan import Plan, prepare
from iontophoresis.protocol.document import read_shipped

TEXT = read_shipped("mesoglow_course").text


@pytest.fixture(scope="module")
def plan() -> Plan:
    return prepare(protocol.load("mesoglow"), bench.load(), draws=2)


def course_of(folder: Path, text: str = TEXT) -> Course:
    path = folder / "course.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_charge_adds_up_and_skin_closes_again(tmp_path: Path, plan: Plan) -> None:
    found = ledger(course_of(tmp_path), [plan] * 4)
    # 19.5 mA·min over 5 cm2 are 0.234 C/cm2.
    assert [e.site_c_per_cm2 for e in found.entries] == pytest.approx(
        [0.234, 0.468, 0.702, 0.936], rel=1e-9
    )
    assert [e.start_h for e in found.entries] == [0.0, 72.0, 168.0, 240.0]
    assert [e.resistance_before for e in found.entries] == pytest.approx([1.0] * 4, rel=1e-3)
    assert found.resistance["left"][1].min() < 0.5 * found.resistance["left"][1][0]


def test_sites_have_ledgers_of_their_own(tmp_path: Path, plan: Plan) -> None:
    text = TEXT.replace('site = "left"', 'site = "right"', 1)
    found = ledger(course_of(tmp_path, text), [plan] * 4)
    assert [e.site_c_per_cm2 for e in found.entries] == pytest.approx([0.234, 0.234, 0.468, 0.702])


def test_what_was_measured_counts(tmp_path: Path, plan: Plan) -> None:
    found = ledger(course_of(tmp_path), [plan] * 4, [Measured(name="monday", charge_ma_min=10.0)])
    assert found.entries[0].charge_c_per_cm2 == pytest.approx(0.12)
    assert [e.measured for e in found.entries] == ["monday", "", "", ""]


def test_a_site_that_would_get_too_much_is_refused(tmp_path: Path, plan: Plan) -> None:
    text = TEXT.replace("cm2 = 1.8 ", "cm2 = 0.7 ")
    with pytest.raises(InputError) as refused:
        ledger(course_of(tmp_path, text), [plan] * 4)
    lines = str(refused.value).splitlines()
    assert len(lines) == 2
    assert "session 3" in lines[0]
    assert "takes the site to 0.702 C/cm2, the course allows 0.7" in lines[0]


def test_a_session_that_follows_too_soon_is_refused(tmp_path: Path, plan: Plan) -> None:
    text = TEXT.replace("after_h = 96.0", "after_h = 20.0")
    with pytest.raises(InputError, match="follows 20 h after the one before on this site"):
        ledger(course_of(tmp_path, text), [plan] * 4)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("after_h = 0.0", "after_h = 5.0", "the first session begins the course"),
        ("shortest_interval_h = 48.0", "", "shortest_interval_h"),
        ("after_h = 96.0", "after_h = -1.0", "after_h"),
    ],
)
def test_what_a_course_file_is_refused_for(tmp_path: Path, old: str, new: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        course_of(tmp_path, TEXT.replace(old, new, 1))


def test_the_command_prints_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figure = tmp_path / "course.png"
    assert main(["course", "mesoglow_course", "--output", str(figure)]) == 0
    assert "0.936 of 1.8" in capsys.readouterr().out
    assert figure.stat().st_size > 10_000

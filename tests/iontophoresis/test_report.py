"""A report holds what a reader of a session asks, needs no other file, and trusts no text."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from iontophoresis import bench, protocol
from iontophoresis.adopting import adopt_log
from iontophoresis.cli import main
from iontophoresis.plan import prepare
from iontophoresis.record.reader import open_session
from iontophoresis.record.session import Session
from iontophoresis.report import Report, html_page, report
from iontophoresis.report.methods import parameter_rows
from iontophoresis.report.paper import LINES, paper_pages
from iontophoresis.unit_log import UnitLog
from models import load_compound


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    path = tmp_path_factory.mktemp("report") / "unit.sqlite"
    log = UnitLog(
        time_ms=(0, 30_000, 600_000, 630_000),
        current_na=(0, 10**6, 10**6, 0),
        voltage_uv=(0, 8_000_000, 3_000_000, 0),
    )
    plan = prepare(protocol.load("mesoglow"), bench.load(), draws=10)
    adopt_log(plan, log, path, unit="Unit 7", specimen="excised")
    return open_session(path)


@pytest.fixture(scope="module")
def composed(session: Session) -> Report:
    return report([session])


class Checker(HTMLParser):
    """Check that every element that is opened is closed, in order."""

    VOID = frozenset({"meta", "img", "link", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [str(value) for key, value in attrs if key in {"src", "href"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_is_well_formed(composed: Report) -> None:
    page, checker = html_page(composed), Checker()
    checker.feed(page)
    assert checker.open == []
    assert len(checker.links) == 1
    head, figure = checker.links[0].split(",")
    assert head == "data:image/svg+xml;base64"
    assert base64.b64decode(figure).startswith(b"<?xml")
    assert "http" not in re.sub(r"doi:\S+|base64,\S+", "", page)


def test_the_page_says_what_was_planned_and_measured(composed: Report, session: Session) -> None:
    page = html_page(composed)
    for words in (
        "Plan against measured", "Electrical output", "Dose", "Perfused: no.",
        "Trips, alarms", "Formulation check", "Methods, ready for a paper",
        "Parameters and their sources", "Instruments, calibration and versions", "Protocol file",
        "delivered and logged by Unit 7", "100 mM ascorbate at pH 6.5", session.head,
        "The measured charge was 10 mA·min.",
    ):  # fmt: skip
        assert words in page, words


def test_every_number_of_the_substances_has_its_source(session: Session) -> None:
    rows = list(parameter_rows(session))
    active = load_compound("ascorbate")
    for name, quantity in active.quantities():
        row = next(row for row in rows if row[0] == f"ascorbate: {name.replace('_', ' ')}")
        assert row[2:] == (quantity.basis, quantity.source)
    assert any(row[0].startswith("sodium") for row in rows)
    assert any("recovery time" in row[0] for row in rows)
    assert any("human abdomen" in row[0] for row in rows)
    assert not any("human forearm" in row[0] for row in rows)


def test_text_from_a_file_is_never_markup(session: Session) -> None:
    evil = replace(session, header={**session.header, "title": "<script>alert(1)</script>"})
    page = html_page(report([evil]))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_several_sessions_share_one_report(session: Session) -> None:
    both = report([session, replace(session, path=Path("other.sqlite"))])
    assert both.title == "2 sessions"
    assert both.sections[0].title == "All sessions"
    assert sum(section.figure is not None for section in both.sections) == 3


def test_pages_hold_their_lines(composed: Report) -> None:
    pages = list(paper_pages(composed))
    assert len(pages) >= 3
    assert all(len(page.texts) <= LINES for page in pages[:-1])
    lines = [text.get_text() for page in pages[:-1] for text in page.texts]
    assert max(len(line) for line in lines if "  ·  " not in line) <= 112
    assert pages[-1].axes


def test_a_broken_chain_is_the_first_thing_said(session: Session) -> None:
    broken = replace(session, problems=("row 7 was changed",))
    assert any("row 7 was changed" in warning for warning in report([broken]).warnings)


def test_the_command_writes_both_files(
    session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stem = tmp_path / "v1.2 report"
    assert main(["report", str(session.path), "--output", str(stem)]) == 0
    assert (tmp_path / "v1.2 report.html").stat().st_size > 50_000
    assert (tmp_path / "v1.2 report.pdf").read_bytes().startswith(b"%PDF")
    assert "v1.2 report.pdf" in capsys.readouterr().out
    assert main(["report", str(session.path), "--output", str(tmp_path / "no" / "x")]) == 1

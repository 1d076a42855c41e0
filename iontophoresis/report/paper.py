"""A report as PDF on A4, set line by line; figures keep their vectors."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from iontophoresis.report.content import Report, Section, Table
from iontophoresis.view.style import ALARM, GRAY, FigureFileError, paper_style

A4_IN = (8.27, 11.69)
LEFT, TOP, LINE_IN = 0.07, 0.955, 0.155
LINES = 66
COLUMNS = 112
SIZE = 6.8
WIDEST_CELL = 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a page."""

    text: str
    kind: str = "text"


def write_pdf(report: Report, path: Path) -> Path:
    """Write a report as PDF.

    Parameters
    ----------
    report : Report
        From `iontophoresis.report.report`.
    path : pathlib.Path
        Written over if it exists.

    Raises
    ------
    FigureFileError
        The file cannot be written.
    """
    try:
        with PdfPages(path, metadata={"CreationDate": None}) as pages:
            for figure in paper_pages(report):
                figure.savefig(pages, format="pdf")
    except OSError as error:
        raise FigureFileError(
            f"{path}: cannot be written ({error.strerror}); choose another place with --output"
        ) from error
    return path


def paper_pages(report: Report) -> Iterator[Figure]:
    """Yield the pages of a report: text on A4, then the figures in their own size."""
    with paper_style():
        lines = list(_head(report))
        for section in report.sections:
            lines += list(_section(section))
        yield from _text_pages(lines)
        yield from (section.figure for section in report.sections if section.figure is not None)


def _text_pages(lines: list[Line]) -> Iterator[Figure]:
    for start in range(0, len(lines), LINES):
        figure = Figure(figsize=A4_IN)
        for row, line in enumerate(lines[start : start + LINES]):
            heading = line.kind in {"title", "heading"}
            figure.text(
                LEFT, TOP - row * LINE_IN / A4_IN[1], line.text, va="top", parse_math=False,
                family="DejaVu Sans Mono" if line.kind == "text" else "DejaVu Sans",
                fontsize={"title": 12, "heading": 8.5}.get(line.kind, SIZE),
                fontweight="bold" if heading or line.kind == "warning" else "normal",
                color={"warning": ALARM, "flags": GRAY}.get(line.kind, "black"),
            )  # fmt: skip
        yield figure


def _head(report: Report) -> Iterator[Line]:
    yield Line(text=report.title, kind="title")
    yield Line(text="")
    yield Line(text="  ·  ".join(report.flags), kind="flags")
    for warning in report.warnings:
        for text in textwrap.wrap(warning, COLUMNS):
            yield Line(text=text, kind="warning")


def _section(section: Section) -> Iterator[Line]:
    yield Line(text="")
    yield Line(text=section.title, kind="heading")
    if section.table is not None:
        for text in _table(section.table):
            yield Line(text=text)
    for paragraph in section.paragraphs:
        for text in textwrap.wrap(paragraph, COLUMNS):
            yield Line(text=text)
    if section.figure is not None:
        yield Line(text="See the figures on the last pages.")
    for raw in section.verbatim.splitlines():
        for text in textwrap.wrap(raw, COLUMNS, drop_whitespace=False) or [""]:
            yield Line(text=text)


def _table(table: Table) -> Iterator[str]:
    rows = [row for row in (table.headings, *table.rows) if row]
    count = max((len(row) for row in rows), default=0)
    widths = [max((len(r[k]) for r in rows if k < len(r)), default=0) for k in range(count)]
    widths = [min(width, WIDEST_CELL) for width in widths]
    # The last column takes what is left of the line.
    widths[-1:] = [max(12, COLUMNS - sum(widths[:-1]) - 2 * (count - 1))] if count else []
    for row in rows:
        cells = [
            textwrap.wrap(text, width) or [""] for text, width in zip(row, widths, strict=False)
        ]
        for level in range(max(len(cell) for cell in cells)):
            parts = [cell[level] if level < len(cell) else "" for cell in cells]
            line = "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=False))
            yield line.rstrip()

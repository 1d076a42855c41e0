"""A report as one HTML page that needs no other file: figures are inside it."""

from __future__ import annotations

import base64
import io
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from matplotlib.figure import Figure

from iontophoresis.report.content import Report
from iontophoresis.view.style import FigureFileError, paper_style


def html_page(report: Report) -> str:
    """Render a report; whatever came from a file is escaped.

    Parameters
    ----------
    report : Report
        From `iontophoresis.report.report`.

    Returns
    -------
    str
        The page.
    """
    template = (files("iontophoresis") / "report" / "page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    sections = [
        (section, _svg(section.figure) if section.figure is not None else "")
        for section in report.sections
    ]
    return environment.from_string(template).render(report=report, sections=sections)


def write_html(report: Report, path: Path) -> Path:
    """Write a report's page.

    Raises
    ------
    FigureFileError
        The file cannot be written.
    """
    try:
        path.write_text(html_page(report), encoding="utf-8")
    except OSError as error:
        raise FigureFileError(
            f"{path}: cannot be written ({error.strerror}); choose another place with --output"
        ) from error
    return path


def _svg(figure: Figure) -> str:
    held = io.BytesIO()
    with paper_style():
        figure.savefig(held, format="svg", metadata={"Date": None})
    return base64.b64encode(held.getvalue()).decode()

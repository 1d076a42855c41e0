"""The report of one or several sessions: one HTML page with everything in it, and a PDF."""

from __future__ import annotations

from iontophoresis.report.content import Report, Section, Table, report
from iontophoresis.report.page import html_page, write_html
from iontophoresis.report.paper import write_pdf

__all__ = ["Report", "Section", "Table", "html_page", "report", "write_html", "write_pdf"]

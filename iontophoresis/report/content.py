"""What a report says: sections of tables, sentences and figures, the same for HTML and PDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from matplotlib.figure import Figure

from iontophoresis.record.session import Session
from iontophoresis.report.methods import methods_paragraph, parameter_rows, source_lines
from iontophoresis.report.tables import (
    alarm_rows,
    dose_rows,
    margin_rows,
    output_rows,
    plan_rows,
)
from iontophoresis.view.figures import session_figure
from iontophoresis.view.flags import BEYOND, session_beyond, session_flags

Row = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: headings, which may be empty, and rows of text."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a report; what is empty is left out.

    Attributes
    ----------
    title : str
        Its heading.
    paragraphs : tuple of str
        Sentences.
    table : Table or None
        Below them.
    figure : Figure or None
        Below that.
    verbatim : str
        A file's text, as it is.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    table: Table | None = None
    figure: Figure | None = None
    verbatim: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole report.

    Attributes
    ----------
    title : str
        Of the session, or how many there are.
    flags : tuple of str
        How real it is.
    warnings : tuple of str
        What a reader must see first.
    sections : tuple of Section
        In order.
    """

    title: str
    flags: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    sections: tuple[Section, ...] = field(default=())


def report(sessions: Sequence[Session]) -> Report:
    """Compose the report of sessions.

    Parameters
    ----------
    sessions : sequence of Session
        At least one.

    Returns
    -------
    Report
        With every figure drawn.
    """
    several = len(sessions) > 1
    sections: list[Section] = []
    if several:
        sections.append(Section(title="All sessions", figure=session_figure(sessions)))
    for session in sessions:
        before = f"{session.path.stem}: " if several else ""
        sections += list(_session_sections(session, before))
    warnings = [
        f"{session.path.name}: {BEYOND}: {text}"
        for session in sessions
        for text in session_beyond(session)
    ]
    warnings += [
        f"{session.path.name}: the chain is broken: {problem}"
        for session in sessions
        for problem in session.problems
    ]
    flags = dict.fromkeys(flag for session in sessions for flag in session_flags(session))
    return Report(
        title=f"{len(sessions)} sessions" if several else sessions[0].title,
        flags=tuple(flags),
        warnings=tuple(warnings),
        sections=tuple(sections),
    )


def _session_sections(session: Session, before: str) -> Iterator[Section]:
    yield Section(title=f"{before}Session", table=Table(headings=(), rows=_facts(session)))
    yield Section(
        title=f"{before}Plan against measured",
        table=Table(headings=("", "planned", "measured", ""), rows=tuple(plan_rows(session))),
    )
    yield Section(title=f"{before}Course", figure=session_figure([session]))
    headings = ("channel", "time (min)", "set (mA)", "measured (mA)", "voltage (V)",
                "resistance (kOhm·cm2)", "charge (mA·min)")  # fmt: skip
    yield Section(
        title=f"{before}Electrical output",
        table=Table(headings=headings, rows=tuple(output_rows(session))),
    )
    yield Section(
        title=f"{before}Dose",
        paragraphs=(_perfusion(session),),
        table=Table(
            headings=("channel", "layer", "planned, ug/cm2 (5 - 95 %)",
                      "by the measured current, ug/cm2 (5 - 95 %)"),
            rows=tuple(dose_rows(session)),
        ),
    )  # fmt: skip
    yield from _judged(session, before)
    yield from _origins(session, before)


def _judged(session: Session, before: str) -> Iterator[Section]:
    header = session.header
    if header.get("limits"):
        yield Section(
            title=f"{before}Limits and margins",
            table=Table(
                headings=("", "reached", "limit", "used"), rows=tuple(margin_rows(session))
            ),
        )
    alarms = tuple(alarm_rows(session))
    yield Section(
        title=f"{before}Trips, alarms and what was noted",
        paragraphs=() if alarms else ("None.",),
        table=Table(headings=("time", "", "what"), rows=alarms) if alarms else None,
    )
    notes = tuple(str(note) for note in header.get("notes") or ())
    yield Section(title=f"{before}Formulation check and notes of the plan", paragraphs=notes)


def _origins(session: Session, before: str) -> Iterator[Section]:
    header = session.header
    yield Section(
        title=f"{before}Methods, ready for a paper",
        paragraphs=(methods_paragraph(session),),
    )
    yield Section(
        title=f"{before}Parameters and their sources",
        table=Table(headings=("parameter", "value", "basis", "source"),
                    rows=tuple(parameter_rows(session))),
        paragraphs=tuple(source_lines(session)),
    )  # fmt: skip
    yield Section(
        title=f"{before}Instruments, calibration and versions",
        table=Table(headings=(), rows=tuple(_instrument_rows(header))),
    )
    for key, title in (("protocol_toml", "Protocol file"), ("bench_toml", "Bench file")):
        if header.get(key):
            yield Section(title=f"{before}{title}", verbatim=str(header[key]))


def _facts(session: Session) -> tuple[Row, ...]:
    header = session.header
    started = header.get("started_wall_ns")
    when = f"{datetime.fromtimestamp(started / 1e9, UTC):%Y-%m-%d %H:%M:%S} UTC" if started else "-"
    how = f"{session.state}: {session.closing.text}" if session.closing else session.state
    rows = [
        ("file", session.path.name),
        ("started", when),
        ("ended", how),
        ("operator", str(header.get("operator") or "-")),
        ("protocol", f"{header.get('protocol_name')}, sha256 {header.get('protocol_sha256')}"),
        ("bench", f"sha256 {header.get('bench_sha256')}" if header.get("bench_sha256") else "-"),
        ("unit", str(header["unit"]) if header.get("unit") else ""),
        ("chain", f"{session.rows} rows, head {session.head}"),
        ("chain check", "; ".join(session.problems) or "whole"),
    ]
    return tuple(row for row in rows if row[1])


def _perfusion(session: Session) -> str:
    flag = next((f for f in session_flags(session) if f.startswith("perfused")), "perfused: -")
    return (
        f"{flag[0].upper()}{flag[1:]}. Amounts are predicted by the flux model, not measured; the "
        "band is that of its uncertain inputs. Voltage and impedance do not narrow it."
    )


def _instrument_rows(header: Mapping[str, Any]) -> Iterator[Row]:
    for found in header.get("identity") or ():
        yield "identity", ", ".join(f"{key} {value}" for key, value in found.items() if value)
    for found in header.get("calibration") or ():
        dates = f"calibrated on {found['calibrated_on']}, due {found['calibration_due']}"
        yield f"calibration of {found['source']}", dates
    for found in header.get("fail_safe_proof") or ():
        yield "fail-safe proved", ", ".join(f"{key} {value}" for key, value in found.items())
    for found in header.get("settings_readback") or ():
        yield "settings read back", ", ".join(f"{key} {value}" for key, value in found.items())
    for name, version in (header.get("versions") or {}).items():
        yield name, str(version)

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from iontophoresis.record.listing import Entry
from iontophoresis.record.session import Session
from iontophoresis.view.summary import (
    duration,
    render_sessions,
    render_summary,
    wide_console,
)


def said(renderable: Any) -> str:
    file = io.StringIO()
    wide_console(file).print(renderable)
    return file.getvalue()


def test_planned_delivered_margins_and_dose(session: Callable[..., Session]) -> None:
    read = session()
    text = said(render_summary(read))
    charge = read.ticks.charge_ma_min[-1]
    assert f"{charge:.3f} mA·min of 4.500 planned ({100 * charge / 4.5:.1f} %)" in text
    assert f"{100 * charge / 6:.0f} % of the limit 6 mA·min" in text
    assert "1 mA, 91 % of the limit 1.1 mA" in text
    assert "8.81 µg/cm² (4.4 to 17.6, 5–95 %)" in text
    assert "done: the end   5:00   started 2026-11-22" in text
    assert read.head in text
    assert str(read.path) in text


def test_a_trip_is_told_with_its_reason(session: Callable[..., Session]) -> None:
    text = said(render_summary(session("tripped")))
    assert "tripped at 3:20: the load is open" in text
    assert "alarm at 3:20" in text


@pytest.mark.parametrize("kind", ["cut", "stopped", "empty"])
def test_every_kind_has_a_summary(session: Callable[..., Session], kind: str) -> None:
    read = session(kind)
    assert read.state in said(render_summary(read))


def test_a_broken_chain_shouts(session: Callable[..., Session]) -> None:
    assert "CHAIN BROKEN: row 7" in said(render_summary(replace(session(), problems=("row 7",))))


def test_markup_in_foreign_text_is_not_obeyed(
    session: Callable[..., Session], header: Callable[..., dict[str, Any]]
) -> None:
    text = said(render_summary(session(header=header(title="[red]danger[/red]"))))
    assert "[red]danger[/red]" in text
    entry = Entry(
        path=Path("a.sqlite"),
        state="done",
        duration_s=61,
        charge_ma_min=1.0,
        title="[bold]x[/bold]",
    )
    assert "[bold]x[/bold]" in said(render_sessions([entry]))


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (61.4, "1:01"), (3723, "1:02:03")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text

"""A session in a dozen lines for the terminal: what was planned, what was delivered, how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TextIO

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from iontophoresis.explain import describe
from iontophoresis.record.listing import Entry
from iontophoresis.record.session import Session, Ticks
from iontophoresis.units import MS_PER_S
from iontophoresis.view.flags import BEYOND, session_beyond, session_flags
from iontophoresis.view.session_trace import limits_of, session_traces
from iontophoresis.view.trace import Trace

STATE_STYLES = {
    "done": "green",
    "stopped": "cyan",
    "running": "bold blue",
    "tripped": "bold red",
    "refused": "yellow",
    "cut": "yellow",
    "unreadable": "red",
}
_MOST_EVENTS = 8
_LEAST_SHOWN = 0.01
_PIPE_WIDTH = 200


def wide_console(file: TextIO | None = None) -> Console:
    """Give a console as wide as its terminal, or wide enough for a file or a pipe."""
    console = Console(file=file, soft_wrap=True, highlight=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console


def render_summary(session: Session) -> RenderableType:
    """Build the summary of one session for a rich console."""
    parts: list[RenderableType] = [_headline(session)]
    parts += [Text(f"{BEYOND}: {text}", style="red") for text in session_beyond(session)]
    for channel, trace in zip(session.channels, session_traces(session), strict=True):
        parts.append(_channel_table(session, channel, trace))
    parts += _happenings(session)
    parts.append(_file_lines(session))
    return Group(*parts)


def render_sessions(entries: Sequence[Entry]) -> RenderableType:
    """Build the listing of sessions for a rich console."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("session", "state", "duration", "mA·min", "title"):
        right = name in ("duration", "mA·min")
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    for entry in entries:
        table.add_row(
            Text(entry.path.stem),
            Text(entry.state, style=STATE_STYLES.get(entry.state, "")),
            duration(entry.duration_s),
            f"{entry.charge_ma_min:.3f}",
            Text(entry.title),
        )
    return table


def duration(seconds: float) -> str:
    """Write a duration as h:mm:ss, or m:ss below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _headline(session: Session) -> Text:
    text = Text(session.title, style="bold")
    text.append("\n")
    text.append(session.state, style=STATE_STYLES[session.state])
    if session.closing is not None and session.closing.text:
        text.append(f": {session.closing.text}")
    times_s = session.ticks.time_s
    if len(times_s):
        text.append(f"   {duration(float(times_s.max()))}")
    started = session.header.get("started_wall_ns")
    if isinstance(started, int):
        text.append(
            f"   started {datetime.fromtimestamp(started / 1e9, UTC):%Y-%m-%d %H:%M:%S} UTC"
        )
    text.append("\n" + " · ".join(session_flags(session)), style="dim")
    return text


def _channel_table(session: Session, channel: int, trace: Trace) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column()
    facts = session.channel_facts(channel)
    what = [facts.get("compound"), facts.get("specimen_class")]
    described = ", ".join(str(word) for word in what if word)
    area = facts.get("area_cm2")
    described += f", {area:g} cm2" if area else ""
    table.add_row(f"channel {facts.get('name', channel)}", Text(described))
    for name, value in _channel_rows(session, channel, trace):
        table.add_row(f"  {name}", Text(value))
    return table


def _channel_rows(session: Session, channel: int, trace: Trace) -> Iterator[tuple[str, str]]:
    ticks = session.ticks.of_channel(channel)
    limits = limits_of(session, channel)
    if not len(ticks):
        yield "measured", "nothing: no tick was recorded"
        return
    yield "charge", _charge(session, channel, ticks, limits.get("charge_ma_min"))
    yield "peak current", _peak(np.abs(ticks.current_ma), "mA", limits.get("current_ma"))
    yield "peak voltage", _peak(np.abs(ticks.voltage_v), "V", limits.get("voltage_v"))
    for layer, band in trace.amounts.items():
        if layer != "donor" and band.high[-1] > 0:
            low, middle, high = (_amount(float(b[-1])) for b in (band.low, band.middle, band.high))
            yield layer.replace("_", " "), f"{middle} {trace.amount_unit} ({low} to {high}, 5–95 %)"


def _amount(value: float) -> str:
    return f"{value:.3g}" if value >= _LEAST_SHOWN else f"<{_LEAST_SHOWN:g}"


def _charge(session: Session, channel: int, ticks: Ticks, limit_ma_min: float | None) -> str:
    delivered = float(ticks.charge_ma_min[-1])
    planned = session.channel_facts(channel).get("planned_charge_ma_min")
    text = f"{delivered:.3f} mA·min"
    if planned:
        text += f" of {planned:.3f} planned ({100 * delivered / planned:.1f} %)"
    return text + _margin(delivered, limit_ma_min, "mA·min")


def _peak(
    values: np.ndarray[tuple[int], np.dtype[np.float64]], unit: str, limit: float | None
) -> str:
    if not np.any(np.isfinite(values)):
        return "no valid reading"
    peak = float(np.nanmax(values))
    return f"{peak:.4g} {unit}" + _margin(peak, limit, unit)


def _margin(value: float, limit: float | None, unit: str) -> str:
    return f", {100 * value / limit:.0f} % of the limit {limit:g} {unit}" if limit else ""


def _happenings(session: Session) -> Iterator[Text]:
    tripped = np.flatnonzero(session.ticks.state == "TRIPPED")
    if len(tripped):
        first = int(tripped[0])
        reasons = int(np.bitwise_or.reduce(session.ticks.reasons[max(first - 1, 0) : first + 1]))
        at = duration(float(session.ticks.time_s[first]))
        yield Text(f"tripped at {at}: {describe(reasons)}", style="bold red")
    told = [event for event in session.events if event.severity in ("alarm", "warning")]
    for event in told[:_MOST_EVENTS]:
        style = "red" if event.severity == "alarm" else "yellow"
        at = duration(event.t_ms / MS_PER_S)
        yield Text(f"{event.severity} at {at}: {event.text}", style=style)
    if len(told) > _MOST_EVENTS:
        yield Text(f"and {len(told) - _MOST_EVENTS} more alarms and warnings", style="dim")
    for problem in session.problems:
        yield Text(f"CHAIN BROKEN: {problem}", style="bold red")


def _file_lines(session: Session) -> Text:
    text = Text("file ", style="dim")
    text.append(str(session.path), style="default")
    text.append(f"\nhead {session.head}   ({session.rows} rows; keep it to find a cut tail)")
    return text

"""Draw sessions and predictions: six small panels, one look, no interactive backend.

Current, voltage and resistance on the left; charge, amount per layer and the depth profile on the
right. Several sessions are laid over each other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from iontophoresis.plan import Plan
from iontophoresis.plan.notes import human_relevance
from iontophoresis.record.session import Session
from iontophoresis.view.flags import BEYOND, perfusion_flag, session_beyond, session_flags
from iontophoresis.view.panels import (
    draw_amounts,
    draw_charge,
    draw_current,
    draw_depth,
    draw_events,
    draw_resistance,
    draw_voltage,
)
from iontophoresis.view.prediction_trace import plan_traces
from iontophoresis.view.session_trace import session_traces
from iontophoresis.view.strokes import letter, round_times
from iontophoresis.view.style import (
    ALARM,
    GRAY,
    new_figure,
    paper_style,
    save_figure,
    series_color,
)
from iontophoresis.view.trace import Trace

__all__ = ["draw_figure", "prediction_figure", "save_figure", "session_figure"]

_TIMED: tuple[tuple[str, Callable[[Axes, Sequence[Trace], float], None]], ...] = (
    ("a", draw_current),
    ("b", draw_charge),
    ("c", draw_voltage),
    ("d", draw_amounts),
    ("e", draw_resistance),
)
_UNITS = ((3 * 3600.0, 3600.0, "h"), (180.0, 60.0, "min"), (0.0, 1.0, "s"))
_HEIGHT_IN = 6.6


def session_figure(sessions: Sequence[Session]) -> Figure:
    """Draw one session, or several laid over each other.

    Parameters
    ----------
    sessions
        At least one; each channel of each becomes a trace.

    Returns
    -------
    Figure
        Save it with :func:`save_figure`.
    """
    traces = [trace for session in sessions for trace in session_traces(session)]
    first, several = sessions[0], len(sessions) > 1
    title = f"{len(sessions)} sessions" if several else first.title
    flags = _shared_flags(sessions) if several else [first.path.stem, first.state]
    flags += [] if several else session_flags(first)
    beyond = list(dict.fromkeys(sentence for s in sessions for sentence in session_beyond(s)))
    return draw_figure(traces, title=title, flags=flags, beyond=beyond)


def prediction_figure(plan: Plan) -> Figure:
    """Draw what a plan is expected to do; nothing in it was measured.

    Parameters
    ----------
    plan
        From :func:`iontophoresis.plan.prepare`.
    """
    classes = dict.fromkeys(channel.channel.specimen_class for channel in plan.channels)
    flags = ["prediction, nothing measured", *(f"specimen: {name}" for name in classes)]
    flags.append(perfusion_flag(classes, asked=plan.protocol.perfused_prediction))
    beyond = dict.fromkeys(text for c in plan.channels for text in human_relevance(c))
    return draw_figure(
        plan_traces(plan), title=plan.protocol.title, flags=flags, beyond=list(beyond)
    )


def draw_figure(
    traces: Sequence[Trace], *, title: str, flags: Sequence[str], beyond: Sequence[str] = ()
) -> Figure:
    """Draw traces into the six panels under a title and its flags.

    Parameters
    ----------
    traces
        What to draw; may be empty.
    title
        The figure's title.
    flags
        How real it is, in a few words each.
    beyond
        In which respects it goes beyond the human-relevant range; empty if in none.
    """
    unit_s, unit = _time_unit(_end_s(traces))
    with paper_style():
        figure = new_figure(_HEIGHT_IN)
        axes = figure.subplots(3, 2)
        figure.subplots_adjust(
            left=0.075, right=0.915, bottom=0.06, top=0.885, wspace=0.44, hspace=0.36
        )
        for panel, (name, draw) in zip(axes.flat, _TIMED, strict=False):
            letter(panel, name)
            panel.set_xlim(0.0, _axis_end(traces, unit_s))
            draw(panel, traces, unit_s)
            draw_events(panel, traces, unit_s, named=name == "a")
            round_times(panel)
        for panel in (axes[1, 1], axes[2, 0]):
            panel.set_xlabel(f"Time ({unit})")
        letter(axes[2, 1], "f")
        draw_depth(axes[2, 1], traces)
        figure.align_ylabels()
        _write_head(figure, traces, title=title, flags=flags, beyond=beyond)
    return figure


def _shared_flags(sessions: Sequence[Session]) -> list[str]:
    counts = Counter(flag for session in sessions for flag in session_flags(session))
    every = len(sessions)
    return [
        flag if count == every else f"{flag} ({count} of {every})"
        for flag, count in counts.items()
        if not flag.startswith("seed") or count == every
    ]


def _write_head(
    figure: Figure,
    traces: Sequence[Trace],
    *,
    title: str,
    flags: Sequence[str],
    beyond: Sequence[str],
) -> None:
    figure.text(0.012, 0.988, title, fontsize=9, fontweight="bold", va="top")
    figure.text(0.012, 0.962, "  ·  ".join(flags), fontsize=6.5, color=GRAY, va="top")
    if beyond:
        words = f"{BEYOND[0].upper()}{BEYOND[1:]}: {', '.join(beyond)}"
        figure.text(0.012, 0.94, words, fontsize=6.5, color=ALARM, fontweight="bold", va="top")
    if len(traces) > 1:
        handles = [Line2D([], [], color=series_color(i)) for i in range(len(traces))]
        labels = [trace.label for trace in traces]
        figure.legend(
            handles,
            labels,
            loc="upper right",
            bbox_to_anchor=(0.99, 0.995),
            ncols=1 + len(labels) // 5,
            handlelength=1.4,
        )


def _end_s(traces: Sequence[Trace]) -> float:
    return max((trace.end_s for trace in traces), default=0.0)


def _axis_end(traces: Sequence[Trace], unit_s: float) -> float:
    return math.ceil(100 * _end_s(traces) / unit_s) / 100 or 1.0


def _time_unit(end_s: float) -> tuple[float, str]:
    return next((unit_s, name) for above_s, unit_s, name in _UNITS if end_s >= above_s)

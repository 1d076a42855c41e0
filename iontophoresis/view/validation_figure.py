"""Draw predictions over published measurements: one row a case, its band, its log-ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from iontophoresis.view.style import (
    ALARM,
    BLACK,
    BLUE,
    GRAY,
    PALE,
    new_figure,
    paper_style,
)
from models.validation import Outcome, Report

REACH = 1.6
"""Log-ratios beyond it are drawn at the edge, with an arrow."""

_ROW_IN = 0.19
_HEAD_IN = 0.95


def validation_figure(report: Report) -> Figure:
    """Draw a validation report.

    Parameters
    ----------
    report : Report
        From `models.validation.validate`.

    Returns
    -------
    Figure
        Fluxes and ratios above, by their log-ratio to what was measured, in their bands; orderings
        below, by the narrowest step between neighbors. Misses are red diamonds; cases that chose constants
        of the model are hollow.
    """
    numbers = [each for each in report.outcomes if each.case.measured is not None]
    orders = [each for each in report.outcomes if each.case.measured is None]
    with paper_style():
        figure = new_figure(_HEAD_IN + _ROW_IN * (len(report.outcomes) + 3))
        upper, lower = figure.subplots(
            2, 1, height_ratios=(len(numbers) + 1, len(orders) + 1), sharex=True
        )
        _draw_numbers(upper, numbers)
        _draw_orders(lower, orders)
        figure.suptitle(
            " ".join(report.summary()[:3]),
            x=0.01,
            y=1 - 0.12 / figure.get_figheight(),
            ha="left",
            fontsize=7.0,
        )
        figure.subplots_adjust(left=0.41, right=0.97, top=1 - 0.55 / figure.get_figheight())
        figure.subplots_adjust(bottom=0.45 / figure.get_figheight(), hspace=0.22)
    return figure


def _draw_numbers(axes: Axes, outcomes: Sequence[Outcome]) -> None:
    for row, each in enumerate(outcomes):
        half = math.log10(each.case.band_factor)
        axes.barh(row, 2 * half, left=-half, height=0.62, color=PALE, zorder=1)
    axes.axvline(0.0, color=BLACK, linewidth=0.6, zorder=2)
    _draw_rows(axes, outcomes)
    axes.set_title("Fluxes and ratios; bars show each case's band", loc="left")


def _draw_orders(axes: Axes, outcomes: Sequence[Outcome]) -> None:
    if outcomes:
        step = math.log10(outcomes[0].case.band_factor)
        axes.axvspan(step, REACH * 1.1, color=PALE, zorder=0)
    axes.axvline(0.0, color=BLACK, linewidth=0.6, zorder=2)
    _draw_rows(axes, outcomes)
    axes.set_title("Orderings; narrowest step, right of zero is the published order", loc="left")
    axes.set_xlabel(r"$\log_{10}$ (predicted / measured), or of a step in an ordering")


def _draw_rows(axes: Axes, outcomes: Sequence[Outcome]) -> None:
    for row, each in enumerate(outcomes):
        counted = each.case.use == "validation"
        color = BLUE if each.passed else ALARM
        inside = abs(each.log10_ratio) <= REACH
        marker = (
            ("o" if each.passed else "D") if inside else (">" if each.log10_ratio > 0.0 else "<")
        )
        place = min(max(each.log10_ratio, -REACH), REACH)
        face = color if counted else "white"
        axes.plot(place, row, marker, color=color, markerfacecolor=face, markersize=4.5, zorder=4)
    axes.set_yticks(range(len(outcomes)), [_label(each) for each in outcomes])
    axes.set_ylim(len(outcomes) - 0.4, -0.6)
    axes.set_xlim(-REACH * 1.06, REACH * 1.06)
    axes.grid(visible=False, axis="y")
    for label, each in zip(axes.get_yticklabels(), outcomes, strict=True):
        label.set_color(GRAY if each.case.use == "calibration" else BLACK)


def _label(outcome: Outcome) -> str:
    calibrated = outcome.case.use == "calibration"
    return f"{outcome.case.title} [calibration]" if calibrated else outcome.case.title

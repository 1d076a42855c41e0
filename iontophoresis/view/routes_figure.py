"""Draw one active by needle, by patch and by current: a panel a compartment, over hours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from iontophoresis.plan.routes import Route
from iontophoresis.view.style import GRAY, new_figure, paper_style, series_color

_HEIGHT_IN = 4.4
_SMALLEST = 1e-3
S_PER_H = 3600.0
_NAMES = {"cleared": "taken by the blood", "stratum_corneum": "stratum corneum"}


def routes_figure(routes: Sequence[Route], *, title: str, flags: str) -> Figure:
    """Draw routes.

    Parameters
    ----------
    routes : sequence of Route
        From `iontophoresis.plan.routes.compare_routes`.
    title, flags : str
        What is compared, and how real it is.

    Returns
    -------
    Figure
        Compartments that nothing reaches are left out; bands are 5 to 95 %, needles nominal.
    """
    reached = [
        layer
        for layer in routes[0].amount_ug_per_cm2
        if any(route.amount_ug_per_cm2[layer][1].max() > _SMALLEST for route in routes)
    ]
    columns = 3
    rows = -(-len(reached) // columns)
    with paper_style():
        figure = new_figure(_HEIGHT_IN if rows > 1 else 0.6 * _HEIGHT_IN)
        panels = figure.subplots(rows, columns, squeeze=False).flat
        for panel, layer in zip(panels, reached, strict=False):
            for index, route in enumerate(routes):
                low, middle, high = np.maximum(route.amount_ug_per_cm2[layer], 1e-9)
                hours, color = route.time_s / S_PER_H, series_color(index)
                panel.plot(hours, middle, color=color)
                panel.fill_between(hours, low, high, color=color, alpha=0.15, linewidth=0)
            panel.set_yscale("log")
            panel.set_ylim(bottom=_SMALLEST)
            panel.set_title(_NAMES.get(layer, layer), loc="left", color=GRAY)
            panel.set_xlabel("Time (h)")
            panel.set_ylabel("Amount (µg/cm²)")
        for panel in figure.axes[len(reached) :]:
            panel.set_visible(False)
        handles = [Line2D([], [], color=series_color(k)) for k in range(len(routes))]
        figure.legend(
            handles, [route.name for route in routes], loc="upper right",
            bbox_to_anchor=(0.99, 0.93), ncols=len(routes),
        )  # fmt: skip
        figure.text(0.012, 0.985, title, fontsize=9, fontweight="bold", va="top")
        figure.text(0.012, 0.935, flags, fontsize=6.5, color=GRAY, va="top")
        figure.subplots_adjust(
            left=0.075, right=0.985, top=0.83, bottom=0.1, wspace=0.32, hspace=0.3
        )
    return figure

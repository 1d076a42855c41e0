"""Draw a course: resistance, charge of every site against its limit, amounts by session."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from iontophoresis.course import Ledger
from iontophoresis.view.style import (
    ALARM,
    GRAY,
    LAYER_COLORS,
    new_figure,
    paper_style,
    series_color,
)

_HEIGHT_IN = 2.9
SHOWN_LAYERS = ("stratum_corneum", "epidermis", "dermis", "fat")
H_PER_DAY = 24.0
_SMALLEST = 1e-3


def course_figure(found: Ledger) -> Figure:
    """Draw the ledger of a course.

    Parameters
    ----------
    found : Ledger
        From `iontophoresis.course.ledger`.

    Returns
    -------
    Figure
        Three panels over days and sessions; bars are medians with 5 and 95 %.
    """
    sites = list(found.resistance)
    with paper_style():
        figure = new_figure(_HEIGHT_IN)
        resistance, charge, amounts = figure.subplots(1, 3)
        for index, site in enumerate(sites):
            at_h, sheet = found.resistance[site]
            color = series_color(index)
            resistance.plot(at_h / H_PER_DAY, sheet, color=color, label=site)
            _draw_charge(charge, found, site, color)
        _label_charge(charge, found)
        _draw_amounts(amounts, found)
        resistance.set_ylim(bottom=0.0)
        resistance.set_xlabel("Time (days)")
        resistance.set_ylabel("Sheet resistance (kΩ·cm²)")
        resistance.set_title("Skin opens and closes (model, median)", loc="left", color=GRAY)
        if len(sites) > 1:
            resistance.legend(title="site")
        figure.suptitle(found.course.title, x=0.01, ha="left", fontsize=8.0, fontweight="bold")
        figure.subplots_adjust(left=0.07, right=0.935, top=0.82, bottom=0.16, wspace=0.36)
    return figure


def _draw_charge(axes: Axes, found: Ledger, site: str, color: str) -> None:
    entries = [entry for entry in found.entries if entry.site == site]
    days = [entry.start_h / H_PER_DAY for entry in entries]
    axes.step(days, [entry.site_c_per_cm2 for entry in entries], where="post", color=color)
    for day, entry in zip(days, entries, strict=True):
        fill = color if entry.measured else "white"
        axes.plot(day, entry.site_c_per_cm2, "o", color=color, markerfacecolor=fill, markersize=4)


def _label_charge(axes: Axes, found: Ledger) -> None:
    limit = found.course.limits.charge_density_c_per_cm2
    axes.axhline(limit, color=ALARM, linestyle="--")
    axes.annotate(
        f"limit {limit:g} C/cm²", (0.02, limit), xycoords=("axes fraction", "data"),
        xytext=(0, -7), textcoords="offset points", color=ALARM, fontsize=6.5,
    )  # fmt: skip
    axes.set_ylim(0.0, 1.12 * limit)
    axes.set_xlabel("Time (days)")
    axes.set_ylabel("Charge of the site (C/cm²)")
    axes.set_title("Open: planned; filled: measured", loc="left", color=GRAY)


def _draw_amounts(axes: Axes, found: Ledger) -> None:
    for index, layer in enumerate(SHOWN_LAYERS):
        bars = [
            (entry.number + 0.2 * (index - 1.5), amount)
            for entry in found.entries
            if entry.prediction and (amount := entry.prediction.amount(layer))
            if amount.p50_ug_per_cm2 >= _SMALLEST
        ]
        if not bars:
            continue
        color = LAYER_COLORS[layer]
        for place, amount in bars:
            ends = max(amount.p05_ug_per_cm2, _SMALLEST), amount.p95_ug_per_cm2
            axes.plot([place, place], ends, color=color, linewidth=0.8)
            axes.plot(place, amount.p50_ug_per_cm2, "o", color=color, markersize=3)
        axes.annotate(
            layer.replace("stratum_", "stratum\n"), (1.02, bars[-1][1].p50_ug_per_cm2),
            xycoords=("axes fraction", "data"), color=color, fontsize=6.5, va="center",
        )  # fmt: skip
    axes.set_yscale("log")
    axes.set_ylim(bottom=_SMALLEST)
    axes.set_xticks([entry.number for entry in found.entries])
    axes.set_xlabel("Session")
    axes.set_ylabel("Amount at its end (µg/cm²)")
    axes.set_title("Each by itself, tissue as driven, 5-95 %", loc="left", color=GRAY)

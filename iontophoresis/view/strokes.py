"""The strokes panels are made of: lines, bands, limits, words at their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from iontophoresis.view.style import ALARM, BLACK, GRAY, PALE
from iontophoresis.view.trace import Curve, Ribbon, thinned

SMALL = 6.0
_DASHES = (0, (4, 2))
_HEADROOM = 1.1


def draw_line(axes: Axes, curve: Curve | None, unit_s: float, **style: Any) -> None:
    """Draw a curve; nothing if there is none. Time is divided by ``unit_s``."""
    if curve is None or not np.any(np.isfinite(curve.value)):
        return
    thin = thinned(curve)
    axes.plot(thin.time_s / unit_s, thin.value, **style)


def draw_broad(axes: Axes, curve: Curve | None, unit_s: float, **style: Any) -> None:
    """Draw what was wanted, wide and pale, under the line of what was measured."""
    draw_line(axes, curve, unit_s, linewidth=3.2, alpha=0.3, **style)


def draw_band(axes: Axes, ribbon: Ribbon, unit: float, **style: Any) -> None:
    """Draw the middle of a band as a line and its width as a tint."""
    axes.fill_between(
        ribbon.at / unit, ribbon.low, ribbon.high, color=style["color"], alpha=0.16, linewidth=0
    )
    axes.plot(ribbon.at / unit, ribbon.middle, **style)


def draw_reference(axes: Axes, ribbon: Ribbon, unit: float, color: str) -> None:
    """Draw the middle of a band to compare with, dotted."""
    axes.plot(ribbon.at / unit, ribbon.middle, color=color, linestyle=(0, (1, 1.5)), linewidth=0.9)


def draw_limit(axes: Axes, limits: Sequence[float], unit: str, *, always: bool = False) -> None:
    """Draw a limit all traces share, or say how far above the panel it is."""
    if len(set(limits)) != 1:
        return
    limit = limits[0]
    text = f"limit {limit:g} {unit}"
    words: dict[str, Any] = {"color": ALARM, "fontsize": SMALL, "ha": "right"}
    if always or limit <= 1.5 * axes.dataLim.y1:
        axes.axhline(limit, color=ALARM, linewidth=0.8, linestyle=_DASHES)
        across = axes.get_yaxis_transform()
        axes.annotate(
            text,
            (0.995, limit),
            xycoords=across,
            xytext=(0, 1.5),
            textcoords="offset points",
            **words,
        )
    else:
        axes.text(0.995, 0.99, f"{text} ↑", transform=axes.transAxes, va="top", **words)


def draw_word(axes: Axes, at: float, text: str, color: str) -> None:
    """Write a word upright beside a moment in time, on the side that has room."""
    left, right = axes.get_xlim()
    near_end = at > left + 0.8 * (right - left)
    axes.annotate(
        text,
        (at, 0.45),
        xycoords=axes.get_xaxis_transform(),
        xytext=(-2 if near_end else 2, 0),
        textcoords="offset points",
        rotation=90,
        va="center",
        ha="right" if near_end else "left",
        color=color,
        fontsize=SMALL,
    )


def draw_layers(axes: Axes, layers_um: Sequence[tuple[str, float]], names: Sequence[str]) -> None:
    """Shade every second layer along a depth axis and name all of them."""
    top_um = axes.get_xlim()[0]
    for index, ((_, end_um), name) in enumerate(zip(layers_um, names, strict=True)):
        if index % 2:
            axes.axvspan(top_um, end_um, color=PALE, alpha=0.35, linewidth=0)
        middle = np.sqrt(max(top_um, axes.get_xlim()[0]) * end_um)
        axes.text(
            middle, 0.985, name, transform=axes.get_xaxis_transform(), color=GRAY,
            fontsize=SMALL, ha="center", va="top", linespacing=0.95,
        )  # fmt: skip
        top_um = end_um


def label_ends(axes: Axes, labels: Sequence[tuple[float, float, str, str]]) -> None:
    """Write names at the right of line ends, moved apart where they would overlap.

    Parameters
    ----------
    axes
        Panel whose limits are final.
    labels
        Time and value of each end in the panel's units, text and color.
    """
    line = 7.5 / max(axes.get_window_extent().height / axes.figure.dpi * 72, 1.0)
    used = -np.inf
    for at, value, text, color in sorted(labels, key=lambda label: label[1]):
        if not value > 0:
            continue
        half = line * (1 + text.count("\n")) / 2
        own = axes.transAxes.inverted().transform(axes.transData.transform((at, value)))[1]
        place = max(float(own), used + half)
        used = place + half
        axes.annotate(
            text, (1.0, place), xycoords="axes fraction", xytext=(3, 0),
            textcoords="offset points", color=color, fontsize=SMALL, va="center",
            linespacing=0.95, annotation_clip=False,
        )  # fmt: skip


def from_zero(axes: Axes) -> None:
    """Begin the value axis at zero and leave room above the data."""
    bottom, top = axes.dataLim.y0, axes.dataLim.y1
    if not (np.isfinite(bottom) and np.isfinite(top)):
        bottom, top = 0.0, 1.0
    axes.set_ylim(min(0.0, bottom * _HEADROOM), top * _HEADROOM if top > 0 else 1.0)
    axes.yaxis.set_major_locator(MaxNLocator(5))


def log_decades(axes: Axes, decades: float, *, headroom: float = 2.0) -> None:
    """Use a log value axis that shows some decades below the largest value."""
    top = axes.dataLim.y1
    if not np.isfinite(top) or top <= 0:
        return
    axes.set_yscale("log")
    axes.set_ylim(top * 10**-decades, top * headroom)
    axes.yaxis.set_major_locator(LogLocator(numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(_plain))
    axes.yaxis.set_minor_formatter(NullFormatter())


def plain_depths(axes: Axes) -> None:
    """Use a log depth axis with plain numbers."""
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(_plain))
    axes.xaxis.set_minor_formatter(NullFormatter())


def round_times(axes: Axes) -> None:
    """Put the ticks of a time axis at round numbers."""
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))


def say_missing(axes: Axes, text: str) -> None:
    """Say in an empty panel why it is empty."""
    axes.text(
        0.5,
        0.5,
        text,
        transform=axes.transAxes,
        ha="center",
        va="center",
        color=GRAY,
        fontsize=SMALL,
    )
    axes.grid(visible=False)


def write_note(axes: Axes, text: str) -> None:
    """Write what a panel's line and tint mean, small, above its right end."""
    axes.set_title(text, loc="right", fontsize=SMALL, color=GRAY, pad=4)


def letter(axes: Axes, text: str) -> None:
    """Put the panel's letter at its top left."""
    axes.set_title(text, loc="left", fontweight="bold", fontsize=8, color=BLACK, pad=4)


def _plain(value: float, _position: int) -> str:
    return f"{value:g}"

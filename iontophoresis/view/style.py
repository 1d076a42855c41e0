"""One look for every figure: sizes, type, colors that color-blind readers can tell apart.

Colors are those of M. Okabe and K. Ito, "Color Universal Design" (2002). Nothing here depends on
the day, so the same data give the same file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from iontophoresis.errors import IontophoresisError

BLUE, VERMILLION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
PURPLE, SKY, BLACK = "#CC79A7", "#56B4E9", "#1A1A1A"
GRAY, PALE = "#6B6B6B", "#D9D9D9"
ALARM = "#B2182B"
"""Limits, trips and warnings; no trace or layer has this color."""
SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, BLACK)
"""Colors of overlaid traces, in order."""

LAYER_COLORS = {
    "donor": GRAY,
    "stratum_corneum": ORANGE,
    "epidermis": PURPLE,
    "dermis": BLUE,
    "fat": GREEN,
    "cleared": VERMILLION,
    "receptor": BLACK,
}
FORMATS = (".png", ".svg", ".pdf")
WIDTH_IN = 7.2
DPI = 200

_SETTINGS: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 7.0,
    "mathtext.fontset": "dejavusans",
    "axes.titlesize": 7.0,
    "axes.labelsize": 7.0,
    "axes.linewidth": 0.6,
    "axes.edgecolor": BLACK,
    "axes.labelcolor": BLACK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "grid.color": "#E8E8E8",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.0,
    "lines.solid_capstyle": "round",
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "xtick.color": BLACK,
    "ytick.color": BLACK,
    "legend.frameon": False,
    "legend.fontsize": 6.5,
    "text.color": BLACK,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "iontophoresis",
}


class FigureFileError(IontophoresisError):
    """A figure cannot be written where or as asked."""


@contextmanager
def paper_style() -> Iterator[None]:
    """Draw and save figures with this module's settings, whatever the user's own are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        yield


def new_figure(height_in: float) -> Figure:
    """Make an empty figure of the width of two columns; call within :func:`paper_style`."""
    figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG, SVG or PDF, as the file's name ends, without dates in the file.

    Raises
    ------
    FigureFileError
        The ending is not one of :data:`FORMATS`, or the file cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise FigureFileError(
            f"{path}: a figure is written as {', '.join(FORMATS)}; end the name with one of them"
        )
    dateless: dict[str, dict[str, str | None]] = {
        ".png": {"Software": None},
        ".svg": {"Date": None},
        ".pdf": {"CreationDate": None},
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with paper_style():
            figure.savefig(path, dpi=DPI, metadata=dateless[ending])
    except OSError as error:
        raise FigureFileError(
            f"{path}: cannot be written ({error.strerror}); choose another place with --output"
        ) from error
    return path


def series_color(index: int) -> str:
    """Give the color of an overlaid trace; after seven they repeat."""
    return SERIES[index % len(SERIES)]

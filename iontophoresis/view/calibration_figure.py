"""Draw a calibration: every cell's samples with the fit, and the share of each mechanism."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from iontophoresis.view.style import (
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    new_figure,
    paper_style,
    series_color,
)
from models.calibration import Calibration
from models.calibration_data import Assay

_HEIGHT_IN = 2.9


def calibration_figure(fitted: Calibration, *, title: str) -> Figure:
    """Draw a calibration.

    Parameters
    ----------
    fitted : Calibration
        From `models.calibration.calibrate`.
    title : str
        What was fitted.

    Returns
    -------
    Figure
        Drug, marker where there is one, and the shares against current density. Triangles mark
        samples below the detection limit.
    """
    marked = any(cell.marker is not None for cell in fitted.cells)
    with paper_style():
        figure = new_figure(_HEIGHT_IN)
        axes = figure.subplots(1, 3 if marked else 2, squeeze=False)[0]
        _draw_solute(axes[0], fitted, of_marker=False)
        if marked:
            _draw_solute(axes[1], fitted, of_marker=True)
        _draw_shares(axes[-1], fitted)
        figure.suptitle(title, x=0.01, ha="left", fontsize=8.0)
        figure.subplots_adjust(left=0.08, right=0.98, top=0.82, bottom=0.16, wspace=0.34)
    return figure


def _draw_solute(axes: Axes, fitted: Calibration, *, of_marker: bool) -> None:
    for number, cell in enumerate(fitted.cells):
        assay = cell.marker if of_marker else cell.drug
        if assay is not None:
            color = series_color(number)
            _draw_samples(axes, cell.time_h, assay, color)
            expected = fitted.expected_um(cell)[1 if of_marker else 0]
            axes.plot(cell.time_h, expected, color=color, linewidth=0.8, label=cell.name)
    axes.set_xlabel("time (h)")
    axes.set_ylabel(f"{'marker' if of_marker else 'drug'} in the receptor (µM)")
    axes.set_yscale("log")
    axes.set_title("Samples and the common fit", loc="left")
    if not of_marker and len(fitted.cells) <= 7:
        axes.legend()


def _draw_samples(axes: Axes, time_h: np.ndarray, assay: Assay, color: str) -> None:
    seen, under = ~assay.below, assay.below
    axes.plot(time_h[seen], assay.value_um[seen], "o", color=color, markersize=2.8)
    if under.any():
        axes.plot(
            time_h[under], assay.value_um[under], "v", color=color, markersize=3.5, fillstyle="none"
        )


def _draw_shares(axes: Axes, fitted: Calibration) -> None:
    highest = max(float(cell.current_ma_per_cm2.max()) for cell in fitted.cells)
    densities = np.linspace(0.01 * highest, highest, 60)
    shares = np.array([fitted.shares(float(density)) for density in densities]).T
    labels = ("electromigration", "electro-osmosis", "passive")
    axes.stackplot(densities, shares, labels=labels, colors=(BLUE, ORANGE, GREEN), alpha=0.85)
    axes.set_xlim(densities[0], highest)
    axes.set_ylim(0.0, 1.0)
    axes.set_xlabel("current density (mA/cm²)")
    axes.set_ylabel("share of the drug's flux")
    axes.set_title("Shares by the fit", loc="left", color=GRAY)
    axes.legend(loc="lower right", frameon=True)

"""The six panels of a figure, each a function that draws traces into axes.

One trace is blue and its layers have colors of their own; several traces have a color each and
share one layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from iontophoresis.view.strokes import (
    draw_band,
    draw_broad,
    draw_layers,
    draw_limit,
    draw_line,
    draw_reference,
    draw_word,
    from_zero,
    label_ends,
    log_decades,
    plain_depths,
    say_missing,
    write_note,
)
from iontophoresis.view.style import ALARM, BLACK, GRAY, LAYER_COLORS, PALE, series_color
from iontophoresis.view.trace import Curve, Ribbon, Trace

LAYER_NAMES = {"stratum_corneum": "stratum\ncorneum", "cleared": "cleared\nby blood"}
BAND_MEANS = "median and 5–95 %"
DECADES = 4.0
_SHALLOWEST_UM = 1.0


def draw_current(axes: Axes, traces: Sequence[Trace], unit_s: float) -> None:
    """Draw commanded and measured current, with the density on a second scale."""
    for index, trace in enumerate(traces):
        color = series_color(index)
        draw_broad(axes, trace.commanded_ma, unit_s, color=color, label="commanded")
        draw_line(axes, trace.measured_ma, unit_s, color=color, label="measured")
    draw_limit(axes, _limits(traces, "current_ma"), "mA")
    axes.set_ylabel("Current (mA)")
    from_zero(axes)
    _density_scale(axes, traces)
    _legend(axes, traces)


def draw_voltage(axes: Axes, traces: Sequence[Trace], unit_s: float) -> None:
    """Draw the voltage of the source."""
    for index, trace in enumerate(traces):
        _line_or_band(axes, trace.voltage_v, unit_s, series_color(index))
    draw_limit(axes, _limits(traces, "voltage_v"), "V")
    axes.set_ylabel("Voltage (V)")
    from_zero(axes)


def draw_resistance(axes: Axes, traces: Sequence[Trace], unit_s: float) -> None:
    """Draw voltage over current times area."""
    for index, trace in enumerate(traces):
        _line_or_band(axes, trace.resistance_kohm_cm2, unit_s, series_color(index))
    axes.set_ylabel("Resistance (kΩ·cm²)")
    from_zero(axes)
    if not axes.lines:
        say_missing(axes, "no current above 10 % of peak")


def draw_charge(axes: Axes, traces: Sequence[Trace], unit_s: float) -> None:
    """Draw planned and measured charge against the limit."""
    for index, trace in enumerate(traces):
        color = series_color(index)
        draw_broad(axes, trace.planned_charge_ma_min, unit_s, color=color, label="planned")
        draw_line(axes, trace.charge_ma_min, unit_s, color=color, label="measured")
    draw_limit(axes, _limits(traces, "charge_ma_min"), "mA·min", always=True)
    axes.set_ylabel("Charge (mA·min)")
    from_zero(axes)
    _legend(axes, traces)


def draw_amounts(axes: Axes, traces: Sequence[Trace], unit_s: float) -> None:
    """Draw amount per layer with its 5 to 95 % band; of several traces, one layer."""
    layer = None if len(traces) == 1 else shared_layer(traces)
    ends = []
    for index, trace in enumerate(traces):
        for name, ribbon in _layers(trace.amounts, layer):
            color = LAYER_COLORS.get(name, BLACK) if layer is None else series_color(index)
            draw_band(axes, ribbon, unit_s, color=color)
            if name in trace.reference:
                draw_reference(axes, trace.reference[name], unit_s, color)
            ends.append((ribbon.at[-1] / unit_s, ribbon.middle[-1], _layer_name(name), color))
    where = "" if layer is None else f" in {layer.replace('_', ' ')}"
    axes.set_ylabel(f"Amount{where} ({traces[0].amount_unit if traces else '-'})")
    log_decades(axes, DECADES)
    if layer is None:
        label_ends(axes, ends)
    if ends:
        dotted = next((f"; dotted: {t.reference_means}" for t in traces if t.reference), "")
        write_note(axes, BAND_MEANS + dotted)
    else:
        say_missing(axes, "no amount estimated")


def draw_depth(axes: Axes, traces: Sequence[Trace]) -> None:
    """Draw concentration against depth, with the layers named."""
    for index, trace in enumerate(traces):
        if trace.depth is not None:
            draw_band(axes, trace.depth.band, 1.0, color=series_color(index))
    axes.set_xlabel("Depth (µm)")
    axes.set_ylabel("Concentration (mM)")
    profiles = [trace.depth for trace in traces if trace.depth is not None]
    if not profiles:
        say_missing(axes, "no depth profile recorded")
        return
    plain_depths(axes)
    axes.set_xlim(_SHALLOWEST_UM, max(float(profile.band.at[-1]) for profile in profiles))
    log_decades(axes, DECADES, headroom=12.0)
    moments = sorted({profile.at_s for profile in profiles})
    has_band = any(np.any(profile.band.high > profile.band.low) for profile in profiles)
    when = f"at {_moment(moments[0])}; " if len(moments) == 1 else "at the end; "
    write_note(axes, when + (BAND_MEANS if has_band else "nominal"))
    layers = profiles[0].layers_um
    draw_layers(axes, layers, [_layer_name(name) for name, _ in layers])


def draw_events(axes: Axes, traces: Sequence[Trace], unit_s: float, *, named: bool) -> None:
    """Mark pauses, trips, alarms and stops; in words too if ``named`` and there is one trace."""
    named = named and len(traces) == 1
    for trace in traces:
        for pause in trace.pauses:
            start, end = pause.start_s / unit_s, pause.end_s / unit_s
            axes.axvspan(start, end, color=PALE, alpha=0.6, linewidth=0)
            if named:
                draw_word(axes, start, "paused", GRAY)
        for mark in trace.marks:
            color = GRAY if mark.kind == "stop" else ALARM
            style = "-" if mark.kind == "trip" else (0, (1, 1.5))
            axes.axvline(mark.time_s / unit_s, color=color, linewidth=0.8, linestyle=style)
            if named:
                draw_word(axes, mark.time_s / unit_s, mark.text, color)


def shared_layer(traces: Sequence[Trace]) -> str:
    """Give the layer that most of the traces have something in, the dermis where it ties."""
    order = ("dermis", "receptor", "epidermis", "fat", "stratum_corneum", "cleared")
    counts = {name: sum(bool(list(_layers(t.amounts, name))) for t in traces) for name in order}
    return max(order, key=lambda name: counts[name])


def _layers(amounts: Mapping[str, Ribbon], layer: str | None) -> list[tuple[str, Ribbon]]:
    return [
        (name, ribbon)
        for name, ribbon in amounts.items()
        if name != "donor" and (layer is None or name == layer) and np.any(ribbon.high > 0)
    ]


def _moment(at_s: float) -> str:
    return f"{at_s / 3600:.3g} h" if at_s >= 3 * 3600 else f"{at_s / 60:.3g} min"


def _layer_name(name: str) -> str:
    return LAYER_NAMES.get(name, name)


def _line_or_band(axes: Axes, drawn: Curve | Ribbon | None, unit_s: float, color: str) -> None:
    if isinstance(drawn, Ribbon):
        draw_band(axes, drawn, unit_s, color=color)
        write_note(axes, BAND_MEANS)
    else:
        draw_line(axes, drawn, unit_s, color=color)


def _limits(traces: Sequence[Trace], name: str) -> list[float]:
    return [trace.limits[name] for trace in traces if name in trace.limits]


def _density_scale(axes: Axes, traces: Sequence[Trace]) -> None:
    areas = {trace.area_cm2 for trace in traces}
    area = next(iter(areas)) if len(areas) == 1 else None
    if area is not None:

        def density(current_ma: Any) -> Any:
            return current_ma / area

        def current(density_ma_per_cm2: Any) -> Any:
            return density_ma_per_cm2 * area

        scale = axes.secondary_yaxis("right", functions=(density, current))
        scale.set_ylabel("Density (mA/cm²)")
        scale.spines["right"].set_visible(True)


def _legend(axes: Axes, traces: Sequence[Trace]) -> None:
    labeled = [line for line in axes.lines if not str(line.get_label()).startswith("_")]
    if len(traces) == 1 and len(labeled) > 1:
        axes.legend(
            handles=labeled,
            loc="lower right",
            bbox_to_anchor=(1.0, 0.985),
            ncols=2,
            handlelength=1.4,
            columnspacing=1.2,
            borderpad=0.2,
        )

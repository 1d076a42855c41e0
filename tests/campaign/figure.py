"""Draw how long each kind of fault kept current, against what it was allowed."""

from __future__ import annotations

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from tests.campaign.kinds import KINDS
from tests.campaign.report import by_kind, latencies, percentile

LEAST_MS = 1


def draw(rows, path):
    """Write the figure: p50 to maximum of every kind that must end at zero, per tick and programs."""
    groups = by_kind(rows)
    kinds = [kind for kind in KINDS if kind.expect in {"off", "lease"} and kind.name in groups]
    figure = Figure(figsize=(8, 0.19 * len(kinds) + 1.3), layout="constrained")
    axes = figure.subplots()
    for place, kind in enumerate(reversed(kinds)):
        for program, color, shift in ((False, "#0072B2", 0.14), (True, "#D55E00", -0.14)):
            found = [max(LEAST_MS, ms) for ms in latencies(groups[kind.name], program=program)]
            if found:
                p50 = percentile(found, 0.5)
                axes.plot([p50, max(found)], [place + shift] * 2, color=color, lw=1.2)
                axes.plot([p50], [place + shift], "o", color=color, ms=3.2)
                axes.plot([max(found)], [place + shift], "|", color=color, ms=6)
        axes.plot([kind.bound_ms] * 2, [place - 0.4, place + 0.4], color="0.35", lw=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(kinds)), [kind.name for kind in reversed(kinds)], fontsize=7)
    axes.set_ylim(-0.7, len(kinds) - 0.3)
    axes.set_xlabel("from the fault until off for good, ms of virtual time")
    axes.grid(axis="x", color="0.9", lw=0.6)
    axes.plot([], [], "o-", color="#0072B2", ms=3.2, label="led per tick: median to longest")
    axes.plot([], [], "o-", color="#D55E00", ms=3.2, label="programs of up to 10 s")
    axes.plot([], [], color="0.35", lw=1, label="bound per tick, without a lease's time")
    figure.legend(loc="outside upper center", ncols=3, fontsize=7, frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.canvas = FigureCanvasSVG(figure)
    figure.savefig(path)

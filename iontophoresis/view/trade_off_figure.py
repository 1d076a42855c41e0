"""Draw a plan and what it is chosen from: the current over time, and charge against amount."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from iontophoresis.goal.answer import PlannedDose
from iontophoresis.goal.case import charge_limits
from iontophoresis.units import C_PER_MA_MIN, M2_PER_CM2
from iontophoresis.view.style import ALARM, BLACK, GRAY, LAYER_COLORS, new_figure, paper_style
from models.planning.trade_off import TradeOff

HEIGHT_IN = 3.0
BAND = (0.05, 0.95)
ROOM = 1.35
"""Limits beyond this multiple of the charges drawn are named in words only."""


def trade_off_figure(answer: PlannedDose, bought: TradeOff) -> Figure:
    """Draw a planned dose.

    Parameters
    ----------
    answer : PlannedDose
        The plan.
    bought : TradeOff
        The most amount over charge, under the same limits but that one.

    Returns
    -------
    Figure
        Left the current density over time, right the most amount against charge with its band, the
        goal, and every limit on charge.
    """
    layer = answer.goal.goal.layer.replace("_", " ")
    tissue = (
        "perfused living tissue, predicted only"
        if answer.case.skin.perfused
        else ("tissue without blood flow")
    )
    with paper_style():
        figure = new_figure(HEIGHT_IN)
        left, right = figure.subplots(1, 2, width_ratios=(0.8, 1.0))
        _draw_current(left, answer)
        _draw_amounts(right, answer, bought)
        verdict = "feasible" if answer.feasible else "infeasible: the most there is"
        figure.suptitle(
            f"{answer.goal.title} ({verdict}; {layer}, {tissue})", x=0.01, ha="left", fontsize=7.0
        )
        figure.subplots_adjust(left=0.07, right=0.985, bottom=0.19, top=0.80, wspace=0.22)
    return figure


def _draw_current(axes: Axes, answer: PlannedDose) -> None:
    plan, limits = answer.refined.plan, answer.case.limits
    times = np.append(plan.knot_s, plan.goal_s) / 60.0
    density = np.append(plan.optimal.current_a_per_m2, 0.0) / 10.0
    most = limits.density_a_per_m2 / 10.0
    axes.fill_between(times, density, color=BLACK, alpha=0.12, linewidth=0.0)
    axes.plot(times, density, color=BLACK)
    axes.axhline(most, color=ALARM, linewidth=0.8)
    axes.text(
        0.0, most, f"{limits.density_from} {most:.3g}", color=ALARM, fontsize=6.0, va="bottom"
    )
    axes.set(
        xlabel="time, min",
        ylabel="current density, mA/cm²",
        xlim=(0.0, plan.goal_s / 60.0),
        ylim=(0.0, 1.25 * most),
    )


def _draw_amounts(axes: Axes, answer: PlannedDose, bought: TradeOff) -> None:
    color = LAYER_COLORS[answer.goal.goal.layer]
    per_density = M2_PER_CM2 * answer.choice.cell.area_cm2 / C_PER_MA_MIN
    charge = np.append(0.0, bought.charge_c_per_m2) * per_density
    dose = [answer.ug_per_cm2(x) for x in (bought.passive_mol_per_m2, *bought.dose_mol_per_m2)]
    if bought.drawn_mol_per_m2.size:
        low, high = np.quantile(bought.drawn_mol_per_m2, BAND, axis=0)
        least, most = ([answer.ug_per_cm2(x) for x in edge] for edge in (low, high))
        axes.fill_between(
            charge[1:],
            least,
            most,
            color=color,
            alpha=0.18,
            linewidth=0.0,
            label="5–95 % of the draws",
        )
    axes.plot(charge, dose, color=color, marker="o", markersize=2.5, label="most amount, nominal")
    axes.plot(
        answer.charge_ma_min,
        answer.expected_ug_per_cm2,
        "D",
        color=BLACK,
        markersize=4.5,
        zorder=5,
        label="this plan, reference model",
    )
    if answer.goal.goal.objective != "most_amount":
        axes.axhline(
            answer.wanted_ug_per_cm2, color=BLACK, linewidth=0.8, linestyle="--", label="goal"
        )
    far = _draw_limits(axes, answer, float(charge[-1]), per_density)
    axes.set(
        xlabel="charge, mA·min" + (f"\nfurther limits: {far}" if far else ""),
        ylabel=f"amount in {answer.goal.goal.layer.replace('_', ' ')}, µg/cm²",
        yscale="log",
    )
    axes.set_xlim(left=0.0)
    floor = min(x for x in dose[1:] if x > 0.0)
    axes.set_ylim(bottom=max(0.03 * floor, 1e-4 * max(dose)))
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, labelcolor=GRAY)


def _draw_limits(axes: Axes, answer: PlannedDose, widest: float, per_density: float) -> str:
    """Draw the limits on charge that lie near; return the others in words."""
    far = []
    limits = charge_limits(answer.goal, answer.case.formulation, answer.choice.cell)
    for bound, name in sorted(limits):
        charge = bound * per_density
        if charge <= ROOM * widest:
            axes.axvline(charge, color=ALARM, linewidth=0.8)
            axes.text(
                charge, 0.98, f"{name} ", color=ALARM, fontsize=6.0, rotation=90.0,
                ha="right", va="top", transform=axes.get_xaxis_transform(),
            )  # fmt: skip
        elif "class" not in name and np.isfinite(charge):
            far.append(f"{name} {charge:.3g}")
    return ", ".join(far)

"""What the planner's answer says in words: done or not, what binds, what each limit is worth."""

from __future__ import annotations

from iontophoresis.goal.answer import PlannedDose
from iontophoresis.goal.choosing import WORDS

WORTH_SAYING = 0.01
"""Dose per limit, relative, below which a limit is not worth naming."""


def sentences(answer: PlannedDose) -> list[str]:
    """Return the answer as sentences, the verdict first.

    Parameters
    ----------
    answer : PlannedDose
        From `plan_goal`.
    """
    return [
        *_verdict(answer),
        *_chosen(answer),
        _effort(answer),
        *_limits(answer),
        *_models(answer),
        _band(answer),
    ]


def _where(answer: PlannedDose) -> str:
    tissue = "perfused living tissue" if answer.case.skin.perfused else "tissue without blood flow"
    return f"{answer.goal.goal.layer.replace('_', ' ')} of {tissue}"


def _verdict(answer: PlannedDose) -> list[str]:
    found, by = answer.expected_ug_per_cm2, answer.refined.plan.goal_s / 60.0
    there = f"{found:.3g} ug/cm2 of {answer.choice.donor.compound} in the {_where(answer)}"
    if answer.goal.goal.objective == "most_amount":
        return [f"The most inside the limits by {by:.4g} min: {there}."]
    if answer.feasible:
        share = answer.goal.goal.share_of_draws
        sure = "" if share is None else f", so that {share:.0%} of the draws reach the goal"
        return [f"Feasible: {there} by {by:.4g} min{sure}; wanted {answer.wanted_ug_per_cm2:.3g}."]
    verdict = (
        f"Infeasible: the most inside the limits by {by:.4g} min is {there}, "
        f"{_percent(found / answer.wanted_ug_per_cm2)} of the {answer.wanted_ug_per_cm2:.3g} wanted. "
        "The current is not raised beyond a limit to come closer."
    )
    lines = [verdict]
    share = answer.goal.goal.share_of_draws
    if share is not None:
        reached = answer.ug_per_cm2(answer.refined.plan.optimal.dose_mol_per_m2)
        lines.append(f"{share:.0%} of the draws reach {reached:.3g} ug/cm2.")
    return lines + _losses(answer)


def _losses(answer: PlannedDose) -> list[str]:
    """Say where what was delivered is instead."""
    amounts = answer.refined.plan.optimal.outcome.amount_mol_per_m2
    held = {name: x for name, x in amounts.items() if name not in {"donor", answer.goal.goal.layer}}
    given = sum(held.values()) + amounts[answer.goal.goal.layer]
    name, most = max(held.items(), key=lambda one: one[1])
    place = "blood" if name == "cleared" else name.replace("_", " ")
    verb = "was taken away by" if name == "cleared" else "is in"
    return [f"Of what left the donor, {_percent(most / given)} {verb} the {place} by then."]


def _chosen(answer: PlannedDose) -> list[str]:
    found = [(*WORDS[key], value) for key, value in answer.values.items()]
    if not found:
        return []
    return [
        "Chosen: " + ", ".join(f"{name} {v:.4g} {unit}".strip() for name, unit, v in found) + "."
    ]


def _effort(answer: PlannedDose) -> str:
    peak = float(answer.refined.plan.optimal.current_a_per_m2.max()) / 10.0
    return (
        f"It takes {answer.charge_ma_min:.3g} mA·min ({answer.charge_c_per_cm2:.3g} C/cm2) at up to "
        f"{peak:.3g} mA/cm2."
    )


def _limits(answer: PlannedDose) -> list[str]:
    found = answer.refined.plan.optimal
    telling = [name for name in found.binding if found.elasticity[name] >= WORTH_SAYING]
    if not telling:
        return ["No limit stands in the way."]
    worth = "; ".join(
        f"{name} (1 % more of it: {found.elasticity[name]:.2g} % more dose)" for name in telling
    )
    return [f"What binds: {worth}."]


def _models(answer: PlannedDose) -> list[str]:
    seen = answer.refined.verification
    if seen.gap is None:
        return [f"The reference model could not judge this plan: {seen.why_not}"]
    return [_gap(answer, seen.gap)]


def _gap(answer: PlannedDose, gap: float) -> str:
    seen = answer.refined.verification
    linear = abs(seen.fast_mol_per_m2 / seen.full_mol_per_m2 - 1.0)
    more = "more" if gap > 0.0 else "less"
    return (
        f"The reference model gives {_percent(abs(gap))} {more} than the fast model planned with"
        f" ({answer.refined.rounds} rounds; the fast model's full grid differs by {linear:.1%})."
    )


def _band(answer: PlannedDose) -> str:
    low, middle, high = answer.band_ug_per_cm2
    return (
        f"Over the draws of the uncertain inputs: {middle:.3g} ug/cm2 ({low:.3g} to {high:.3g}, 5–95 %);"
        f" {answer.share_of_draws:.0%} of them reach the goal."
    )


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} %" if share < 1.0 else f"{100.0 * share:.0f} %"

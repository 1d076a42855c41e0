"""The prediction that is stored beside a planned protocol, as JSON with units in its keys."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

import numpy as np

from iontophoresis.goal.answer import PlannedDose
from iontophoresis.goal.sentences import sentences


def prediction_text(answer: PlannedDose) -> str:
    """Return the prediction as JSON.

    Parameters
    ----------
    answer : PlannedDose
        From `plan_goal`.
    """
    optimal, seen = answer.refined.plan.optimal, answer.refined.verification
    reference = seen.reference_mol_per_m2
    content = {
        "goal": answer.goal.origin,
        "goal_sha256": answer.goal.sha256,
        "version": version("iontophoresis"),
        "feasible": answer.feasible,
        "perfused": answer.case.skin.perfused,
        "preparation": answer.case.skin.preparation,
        "layer": answer.goal.goal.layer,
        "objective": answer.goal.goal.objective,
        "goal_time_min": answer.refined.plan.goal_s / 60.0,
        "wanted_ug_per_cm2": answer.wanted_ug_per_cm2,
        "charge_ma_min": answer.charge_ma_min,
        "charge_c_per_cm2": answer.charge_c_per_cm2,
        "dose_ug_per_cm2": {
            "linear_program": answer.ug_per_cm2(seen.linear_mol_per_m2),
            "fast_model": answer.ug_per_cm2(seen.fast_mol_per_m2),
            "fast_model_full_grid": answer.ug_per_cm2(seen.full_mol_per_m2),
            "reference_model": None if reference is None else answer.ug_per_cm2(reference),
        },
        "gap_reference_to_fast": seen.gap,
        "share_of_draws": answer.share_of_draws,
        "binding_limits": list(optimal.binding),
        "dose_per_limit_relative": dict(optimal.elasticity),
        "share_of_limit_used": seen.used,
        "band_at_goal_time_ug_per_cm2": _band(answer),
        "extrapolated": list(answer.band.nominal.extrapolated),
        "sentences": sentences(answer),
    }
    return json.dumps(content, indent=2) + "\n"


def _band(answer: PlannedDose) -> dict[str, Any]:
    band = {}
    for layer, drawn in answer.band.amount_mol_per_m2.items():
        if np.any(drawn[:, -1]):
            quantiles = np.quantile(drawn[:, -1], (0.05, 0.5, 0.95))
            names = ("p05", "p50", "p95")
            band[layer] = dict(zip(names, map(answer.ug_per_cm2, quantiles), strict=True))
    return band

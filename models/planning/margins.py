"""How far a current uses its limits, judged from the current alone, between its knots too."""

from __future__ import annotations

import numpy as np

from models.impedance import expected_resistance
from models.planning.goal import CurrentLimits
from models.profile import Profile
from models.skin import Skin

LOOKS = 16
"""Times per interval at which voltage and heat are judged."""


def limits_used(skin: Skin, limits: CurrentLimits, profile: Profile) -> dict[str, float]:
    """Return the share of every limit that a profile uses at its most.

    Parameters
    ----------
    skin : Skin
        Whose falling resistance voltage and heat follow.
    limits : CurrentLimits
    profile : Profile
        The current density.
    """
    knots = np.asarray(profile.time_s)
    current = np.abs(np.asarray(profile.current_density_a_per_m2))
    used = {
        limits.density_from: float(current.max()) / limits.density_a_per_m2,
        limits.charge_from: profile.unsigned_charge_c_per_m2 / limits.charge_c_per_m2,
        "slew": float(np.max(np.abs(np.diff(current) / np.diff(knots)))) / limits.slew_a_per_m2_s,
    }
    if limits.on_time_s is not None:
        flows = np.flatnonzero(current)
        ends = knots[[flows[0] - 1, flows[-1] + 1]] if flows.size else np.zeros(2)
        used["current-on time"] = float(ends[1] - ends[0]) / limits.on_time_s
    times = np.linspace(knots[:-1], knots[1:], LOOKS, endpoint=False).T.ravel()
    flowing = np.abs(profile.current_at(times))
    voltage = flowing * (expected_resistance(skin, profile, times) + limits.series_ohm_m2)
    if limits.voltage_v is not None:
        used["voltage"] = float(voltage.max()) / limits.voltage_v
    if limits.power_w_per_m2 is not None:
        used["heat"] = float((voltage * flowing).max()) / limits.power_w_per_m2
    return used

"""What a planner is asked for: a dose by a time, an objective, and limits of the current."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.bounds import known, not_negative, positive, within
from models.solution import COMPARTMENTS

OBJECTIVES = ("least charge", "least peak", "least time", "most amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentLimits:
    """Hold what the current may not exceed, per skin area.

    Parameters
    ----------
    density_a_per_m2 : float
        Magnitude of the current density.
    charge_c_per_m2 : float
        Charge density passed.
    slew_a_per_m2_s : float
        Rise and fall of the magnitude.
    on_time_s : float, optional
        Longest time from the first current to the last.
    voltage_v : float, optional
        Across skin and whatever is in series.
    series_ohm_m2 : float
        Resistance in series with the skin, times area.
    power_w_per_m2 : float, optional
        Heat the current makes in skin and series resistance.
    density_from, charge_from : str
        What sets those two limits, as it shall be named when they bind.
    """

    density_a_per_m2: float
    charge_c_per_m2: float
    slew_a_per_m2_s: float
    on_time_s: float | None = None
    voltage_v: float | None = None
    series_ohm_m2: float = 0.0
    power_w_per_m2: float | None = None
    density_from: str = "density"
    charge_from: str = "charge"

    def __post_init__(self) -> None:
        for name in ("density_a_per_m2", "charge_c_per_m2", "slew_a_per_m2_s"):
            positive(name, getattr(self, name))
        for name in ("on_time_s", "voltage_v", "power_w_per_m2"):
            if getattr(self, name) is not None:
                positive(name, getattr(self, name))
        not_negative("series_ohm_m2", self.series_ohm_m2)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseGoal:
    """Hold what shall be where.

    Parameters
    ----------
    weight : mapping
        Compartment to weight; the dose is ``Σ weight · amount``.
    at_least_mol_per_m2 : float
        Dose to reach.
    by_s : float
        Time by which it shall be there.
    objective : str
        One of `OBJECTIVES`: what is made least once the dose is reached, or the dose itself.
    keep_below_mol_per_m2 : mapping
        Compartment to the amount it must stay below at that time.
    share : float
        Share of the draws that must reach the goal, where a plan is made for draws.
    """

    weight: Mapping[str, float]
    at_least_mol_per_m2: float
    by_s: float
    objective: str = "least charge"
    keep_below_mol_per_m2: Mapping[str, float] = field(default_factory=dict)
    share: float = 0.9

    def __post_init__(self) -> None:
        known("objective", self.objective, OBJECTIVES)
        positive("at_least_mol_per_m2", self.at_least_mol_per_m2)
        positive("by_s", self.by_s)
        within("share", self.share, 0.0, 1.0)
        for name in (*self.weight, *self.keep_below_mol_per_m2):
            known("compartment", name, COMPARTMENTS)

    def dose(self, amounts: Mapping[str, float]) -> float:
        """Return the dose, mol/m^2."""
        return sum(value * amounts[name] for name, value in self.weight.items())

    def kept(self, amounts: Mapping[str, float]) -> float:
        """Return the largest share of its bound that a compartment to be kept below reaches."""
        bounds = self.keep_below_mol_per_m2
        return max((amounts[name] / bound for name, bound in bounds.items()), default=0.0)

"""Split a cocktail into steps: opposite charges cannot go together, and one step may undo another.

Two actives in one donor share the current, and of opposite charge one of them is drawn out; so each
goes by itself, donor changed between. A later step of the other polarity can draw back what an
earlier one brought: anodal tranexamic acid after cathodal ascorbyl phosphate took the latter out of
the epidermis again, the other order did not (Skin Research 7:421, abstract). So anodal steps
come first. What the model expects of either order is given beside that; it keeps the first donor in
place, so that a step back is refilled, and does not decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models import Formulation, ModelInputError, Profile, Skin, simulate
from models.bounds import within
from models.prospects import active_pole

POLES = ("anode", "cathode")
VIABLE = ("epidermis", "dermis", "fat")
RAMP_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CocktailStep:
    """One step of a cocktail.

    Attributes
    ----------
    compound : str
        What the donor of this step holds.
    concentration_mm, mean_charge : float
        In mM, and at the cocktail's pH.
    pole : str
        The electrode its donor sits under.
    kept : float
        Predicted share of it below the stratum corneum at the end that later steps leave there;
        above 1 where they open the skin for what is left in the donor.
    kept_otherwise : float
        The same, were the poles in the other order.
    """

    compound: str
    concentration_mm: float
    mean_charge: float
    pole: str
    kept: float
    kept_otherwise: float


def split_cocktail(
    parts_mm: Mapping[str, float],
    ph: float,
    *,
    density_ma_per_cm2: float = 0.2,
    step_min: float = 10.0,
    site: str = "human_face",
) -> tuple[CocktailStep, ...]:
    """Find the steps of a cocktail and their order.

    Parameters
    ----------
    parts_mm : mapping
        Concentration of each active by name, mM.
    ph : float
        Of every donor.
    density_ma_per_cm2, step_min : float
        Current density and length of each step.
    site : str
        As the model names it; not perfused.

    Returns
    -------
    tuple of CocktailStep
        In order; within one pole as given.

    Raises
    ------
    ModelInputError
        When a compound is unknown or refused, or a number is out of bounds.
    """
    if not parts_mm:
        raise ModelInputError("cocktail: name at least one compound")
    within("density_ma_per_cm2", density_ma_per_cm2, 0.001, 0.5)
    within("step_min", step_min, 1.0, 60.0)
    donors = [_donor(name, amount, ph) for name, amount in parts_mm.items()]
    groups = {pole: [d for d in donors if d.active_pole == pole] for pole in POLES}
    skin = Skin.load(site=site, preparation="full_thickness", perfused=False)

    def kept(donor: Formulation, order: tuple[str, ...]) -> float:
        sequence = [one for pole in order for one in groups[pole]]
        later = sequence[sequence.index(donor) + 1 :]
        turns = [1.0 if one.sign == donor.sign else -1.0 for one in later]
        return _kept(skin, donor, turns, 10.0 * density_ma_per_cm2, 60.0 * step_min)

    return tuple(
        CocktailStep(
            compound=donor.active.name,
            concentration_mm=donor.concentration_mol_per_m3,
            mean_charge=donor.mean_charge,
            pole=pole,
            kept=kept(donor, POLES),
            kept_otherwise=kept(donor, POLES[::-1]),
        )
        for pole in POLES
        for donor in groups[pole]
    )


def _donor(name: str, amount_mm: float, ph: float) -> Formulation:
    probe = Formulation(
        compound=name,
        concentration_mol_per_m3=amount_mm,
        ph=ph,
        salts_mol_per_m3={"hydrogen": 0.0},
        volume_m3_per_m2=4e-3,
    )
    counter = "sodium" if active_pole(probe.active, ph) == "cathode" else "chloride"
    salts = {counter: abs(probe.mean_charge) * amount_mm}
    if probe.carried_by_electroosmosis:
        salts = {"sodium": 25.0, "chloride": 25.0}
    return Formulation(
        compound=name,
        concentration_mol_per_m3=amount_mm,
        ph=ph,
        salts_mol_per_m3=salts,
        volume_m3_per_m2=4e-3,
    )


def _kept(
    skin: Skin, donor: Formulation, turns: list[float], density_a_per_m2: float, step_s: float
) -> float:
    """Return what later steps leave below the stratum corneum, over what rest would leave."""
    opposed = [turn for turn in turns if turn < 0]
    if not opposed:
        return 1.0
    own = donor.sign * density_a_per_m2
    with_later = _amount_below(skin, donor, [own, *(own * turn for turn in turns)], step_s)
    at_rest = _amount_below(skin, donor, [own, *(0.0 for _ in turns)], step_s)
    return with_later / at_rest


def _amount_below(
    skin: Skin, donor: Formulation, levels_a_per_m2: list[float], step_s: float
) -> float:
    knots: list[tuple[float, float]] = [(0.0, 0.0)]
    for level in levels_a_per_m2:
        start = knots[-1][0]
        knots += [
            (start + RAMP_S, level),
            (start + step_s - RAMP_S, level),
            (start + step_s, 0.0),
        ]
    times, currents = zip(*knots, strict=True)
    profile = Profile(time_s=times, current_density_a_per_m2=currents)
    found = simulate(skin, donor, profile, at_s=np.array([profile.duration_s]))
    return float(sum(found.amount_mol_per_m2[layer][-1] for layer in VIABLE))

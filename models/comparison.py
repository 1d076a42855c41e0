"""One case predicted by the fast model and by the reference, and how far they are apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.derived import Derived, derive, relative_errors, simulate_derived
from models.donor import Formulation
from models.errors import ModelInputError
from models.profile import Profile
from models.reference import simulate_reference
from models.simulation import simulate
from models.skin import Skin
from models.solution import Solution

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Hold one case predicted by both models.

    Parameters
    ----------
    fast, reference : Solution
        The two predictions, at the same times.
    derived : Derived
        Coefficients from the reference.
    derived_mol_per_m2 : mapping
        Compartment to (n_time,) amounts of the fast model with those coefficients.
    fast_error, derived_error : mapping
        Compartment to the largest difference from the reference over time, relative to the
        reference's largest amount there. Compartments with less than a millionth of what was
        delivered are left out. The donor counts by what it has lost.
    """

    fast: Solution
    reference: Solution
    derived: Derived
    derived_mol_per_m2: Mapping[str, FloatArray]
    fast_error: Mapping[str, float]
    derived_error: Mapping[str, float]


def compare_models(
    skin: Skin, formulation: Formulation, profile: Profile, *, at_s: ArrayLike | None = None
) -> Comparison:
    """Predict one case by the fast model, by the reference, and by the fast model derived from it.

    Parameters
    ----------
    skin, formulation, profile : Skin, Formulation, Profile
        What is predicted.
    at_s : (n_time,) array, optional
        Rising times, s; by default 61 over the profile.

    Raises
    ------
    ModelInputError
        If an input is out of bounds, no current flows, or the reference refuses the case.
    """
    if profile.peak_a_per_m2 == 0.0:
        raise ModelInputError("profile carries no current: nothing to derive; use simulate")
    reference = simulate_reference(skin, formulation, profile, at_s=at_s)
    fast = simulate(skin, formulation, profile, at_s=reference.time_s)
    derived = derive(
        skin,
        formulation,
        current_density_a_per_m2=profile.peak_a_per_m2,
        duration_s=profile.unsigned_charge_c_per_m2 / profile.peak_a_per_m2,
    )
    amounts = simulate_derived(skin, formulation, profile, derived, reference.time_s)
    return Comparison(
        fast=fast,
        reference=reference,
        derived=derived,
        derived_mol_per_m2=amounts,
        fast_error=relative_errors(fast.amount_mol_per_m2, reference),
        derived_error=relative_errors(amounts, reference),
    )

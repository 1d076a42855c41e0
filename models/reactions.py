"""Predictions of the reference model with local reaction equilibrium of protons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.assembly import assemble
from models.bounds import positive
from models.constants import FARADAY_C_PER_MOL
from models.donor import Formulation
from models.draws import Draws
from models.forcing import tabulate
from models.profile import Profile
from models.reactive import ReactiveSystem
from models.reactive_solver import ReactiveRun
from models.reference import drug_amounts, reference_grid, run_to
from models.skin import Skin
from models.solver import check_times

FloatArray = NDArray[np.float64]
REACTIVE_REFINE = 0.15
REACTIVE_TOLERANCE = 5e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted:
    """Hold a prediction with the pH it comes with.

    Parameters
    ----------
    time_s : (n_time,) array
        Times, s.
    depth_m : (n_node,) array
        Depth of the nodes below the surface; the first is the donor's.
    ph : (n_time, n_node) array
        pH there.
    amount_mol_per_m2 : mapping
        Compartment to an (n_time,) array of all forms of the drug.
    transport_number : (n_time,) array
        Share of the current that all forms of the drug carry at the surface; 0 without current.
    mass_balance_error : float
        Largest drift of the drug's total, relative to the total.
    """

    time_s: FloatArray
    depth_m: FloatArray
    ph: FloatArray
    amount_mol_per_m2: Mapping[str, FloatArray]
    transport_number: FloatArray
    mass_balance_error: float


def simulate_reactions(
    skin: Skin,
    formulation: Formulation,
    profile: Profile,
    at_s: ArrayLike,
    *,
    tolerance: float = REACTIVE_TOLERANCE,
    refine: float = REACTIVE_REFINE,
) -> Reacted:
    """Predict where the drug goes and what pH goes with it; see `models.reactive`.

    Slower than `simulate_reference` by more than an order: tens of seconds for minutes of current. Its
    grid is as coarse as that asks for; how far that is from converged has not been measured.

    Parameters
    ----------
    skin, formulation, profile : Skin, Formulation, Profile
        As in `simulate_reference`.
    at_s : (n_time,) array
        Rising times, s.
    tolerance, refine : float
        As in `simulate_reference`.

    Raises
    ------
    ModelInputError
        As `simulate_reference`.
    """
    times = np.atleast_1d(np.asarray(at_s, dtype=float))
    check_times(times, positive("tolerance", tolerance))
    parts = assemble(skin, formulation, Draws.nominal())
    forcing = tabulate(profile, parts.opening, parts.competition, float(times[-1]))
    grid = reference_grid(parts.stack.names, refine)
    system = ReactiveSystem(skin, formulation, grid)
    run = ReactiveRun(system, forcing, tolerance=tolerance)
    frames, ph = [], []
    for time in times:
        frames += run_to(run, forcing.kink_s, np.array([time]))
        ph.append(run.ph())
    forms = int(system.reactants.forms[0].sum())
    amounts = drug_amounts(system.ions, frames, forms)
    current = np.array([forcing.at(float(time))[0] for time in times])
    carried = FARADAY_C_PER_MOL * np.array(
        [system.ions.stack.charge[:forms] @ f.balance.through.flux[:forms, 0] for f in frames]
    )
    flows = np.abs(current) > 1e-9
    total = np.sum(list(amounts.values()), axis=0)
    start = formulation.volume_m3_per_m2 * formulation.concentration_mol_per_m3
    length = grid.element_length_m(parts.stack.thickness_m)[0]
    return Reacted(
        time_s=times,
        depth_m=np.concatenate(([0.0], np.cumsum(length)[:-1])),
        ph=np.array(ph),
        amount_mol_per_m2=MappingProxyType(amounts),
        transport_number=np.where(flows, carried / np.where(flows, current, 1.0), 0.0),
        mass_balance_error=float(np.max(np.abs(total - start))) / start,
    )

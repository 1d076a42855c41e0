"""Predictions of the reference model: every ion of donor and tissue, electroneutral Nernst-Planck.

The drug, its counter-ion, the vehicle's ions, tissue's sodium and chloride, and H+ or OH- where
they matter share the current as their concentrations, mobilities and the skin's fixed charge have
it: the transport number is an outcome. The skin opens as in the fast model, one state for
conductance, pore area and passive permeability. Two paths run side by side through the stratum
corneum, pores for all and lipid for what is uncharged. See `reference_operator` for the equations
and `reference_ions` for the coefficients.

Every ion keeps the mean charge it has at the donor's pH, and nothing spreads sideways. Migration
without co-ions does not depend on concentration; electro-osmosis adds in proportion to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.assembly import assemble
from models.blood import BloodFlow
from models.bounds import positive
from models.constants import FARADAY_C_PER_MOL
from models.donor import Formulation
from models.draws import Draws
from models.errors import ModelInputError
from models.extrapolation import extrapolations
from models.film import FILM, with_film
from models.forcing import Forcing, tabulate
from models.grid import Grid, graded
from models.layers import LAYERS
from models.profile import Profile
from models.reference_course import integrate_ions
from models.reference_drive import ionic_drive
from models.reference_ions import ion_stack
from models.reference_operator import IonicSystem
from models.reference_solver import Frame, IonicRun
from models.skin import Skin
from models.solution import Solution

FloatArray = NDArray[np.float64]
REFERENCE_REFINE = 1.0
REFERENCE_TOLERANCE = 1e-3
REFERENCE_ELEMENTS = {
    "unstirred": 16,
    "stratum_corneum": 192,
    "epidermis": 10,
    "dermis": 48,
    "fat": 24,
}
"""Tissue's salt, pushed out of the stratum corneum, leaves a step in it that stands still while every
ion runs through. Upwinding smears it, so the elements there are short: within 2e-3 on what enters and
what tissue gets, 2e-2 on what the stratum corneum holds meanwhile."""


def simulate_reference(
    skin: Skin,
    formulation: Formulation,
    profile: Profile,
    *,
    at_s: ArrayLike | None = None,
    area_m2: float | None = None,
    tolerance: float = REFERENCE_TOLERANCE,
    refine: float = REFERENCE_REFINE,
    blood_flow: BloodFlow | None = None,
    engine: str = "numpy",
) -> Solution:
    """Predict where the drug goes by the electroneutral model of all ions.

    Parameters
    ----------
    skin, formulation, profile : Skin, Formulation, Profile
        The preparation, the donor, and the signed current density.
    at_s : (n_time,) array, optional
        Rising times, s; by default 61 over the profile. May go beyond its end, at rest.
    area_m2 : float, optional
        Skin area, only to judge total charge and depth.
    tolerance : float
        Error per time step, relative to each ion's largest concentration.
    refine : float
        Multiplies `REFERENCE_ELEMENTS`.
    blood_flow : BloodFlow, optional
        Blood flow over time in perfused skin; by default at rest.
    engine : str
        As in `simulate`.

    Returns
    -------
    Solution
        `transport_number` is ``z F J/i`` of the drug at the skin's surface.

    Raises
    ------
    ModelInputError
        If an input is out of bounds, or the donor's ions cannot carry the current: its chloride
        is used up, for one.
    """
    times = _times(profile, at_s)
    if area_m2 is not None:
        positive("area_m2", area_m2)
    parts = assemble(skin, formulation, Draws.nominal())
    forcing = tabulate(profile, parts.opening, parts.competition, float(times[-1]))
    stack = with_film(ion_stack(skin, formulation), formulation)
    names = (*[FILM] * stack.film, *parts.stack.names)
    system = IonicSystem(stack, reference_grid(names, refine))
    if blood_flow is not None and not skin.perfused:
        raise ModelInputError("blood_flow: excised skin has none; load it with perfused=True")
    course = integrate_ions(
        system,
        ionic_drive(system.stack, forcing, blood_flow),
        times,
        tolerance=positive("tolerance", tolerance),
        engine=engine,
    )
    frames = course.frames()
    amounts = drug_amounts(system, frames)
    total = np.sum(list(amounts.values()), axis=0)
    start = formulation.volume_m3_per_m2 * formulation.concentration_mol_per_m3
    depth, concentration = _depths(system, frames)
    return Solution(
        time_s=times,
        amount_mol_per_m2=MappingProxyType(amounts),
        depth_m=depth,
        concentration_mol_per_m3=concentration,
        transport_number=_transport_number(system, forcing, times, frames),
        perfused=skin.perfused,
        mass_balance_error=float(np.max(np.abs(total - start))) / start,
        extrapolated=extrapolations(skin, formulation, profile, area_m2),
        step_end_s=course.step_end_s,
    )


def reference_grid(names: tuple[str, ...], refine: float) -> Grid:
    """Return the reference model's grid of a stack of layers, refined by a factor."""
    return graded(
        names,
        refine=positive("refine", refine),
        elements=REFERENCE_ELEMENTS,
    )


def run_to(run: IonicRun, bends_s: FloatArray, times: FloatArray) -> list[Frame]:
    """Return a run's frames at times, stopping where what drives it bends on the way."""
    frames = []
    for time in times:
        for bend in bends_s[bends_s < time]:
            run.advance(float(bend))
        run.advance(float(time))
        frames.append(run.frame())
    return frames


def drug_amounts(
    system: IonicSystem, frames: Sequence[Frame], forms: int = 1
) -> dict[str, FloatArray]:
    """Return the drug's amounts by compartment, (n_time,) each in mol/m^2, over its first ions."""
    volume, own = system.stack.donor_volume_m, slice(forms)
    held = np.array([system.held(frame.balance.here)[own].sum(axis=0) for frame in frames])
    given = [volume * frame.balance.here.s[own, 0].sum() for frame in frames]
    amounts = {"donor": np.array(given)}
    for index, name in enumerate(LAYERS):
        inside = system.point_layer == index + system.stack.film
        amounts[name] = held[:, inside].sum(axis=1)
    amounts["donor"] += held[:, system.point_layer < system.stack.film].sum(axis=1)
    amounts["cleared"] = np.array([frame.cleared_mol_per_m2[own].sum() for frame in frames])
    amounts["receptor"] = np.array([frame.received_mol_per_m2[own].sum() for frame in frames])
    return amounts


def _times(profile: Profile, at_s: ArrayLike | None) -> FloatArray:
    if at_s is None:
        return np.linspace(0.0, profile.duration_s, 61)
    times = np.atleast_1d(np.asarray(at_s, dtype=float))
    rising = times.ndim == 1 and times.size > 0 and np.all(np.diff(times) > 0.0)
    if not rising or not np.all(np.isfinite(times)) or times[0] < 0.0:
        raise ModelInputError("at_s: give finite rising times of 0 or more in one dimension, s")
    return times


def _depths(system: IonicSystem, frames: Sequence[Frame]) -> tuple[FloatArray, FloatArray]:
    """Return depths and the drug's concentrations, with interface nodes once for either side."""
    stack, layer = system.stack, system.point_layer
    length = system.grid.share * stack.thickness_m[system.grid.layer]
    depth = np.concatenate(([0.0], np.cumsum(length)))[system.node]
    depth -= stack.thickness_m[: stack.film].sum()
    inside = layer >= stack.film
    concentration = np.array(
        [
            stack.water[layer, 0] * frame.balance.here.q[0]
            + stack.oil[layer, 0] * frame.balance.here.s[0]
            for frame in frames
        ]
    )
    return depth[inside], concentration[:, inside]


def _transport_number(
    system: IonicSystem, forcing: Forcing, times: FloatArray, frames: Sequence[Frame]
) -> FloatArray:
    """Return ``z F J/i`` of the drug at the surface; 0 where no current flows."""
    surface = int(system.spans[system.stack.film][0])
    entering = np.array([frame.balance.through.flux[0, surface] for frame in frames])
    current = np.array([forcing.at(float(time))[0] for time in times])
    flows = np.abs(current) > 1e-9
    carried = system.stack.charge[0] * FARADAY_C_PER_MOL * entering
    share: FloatArray = np.where(flows, carried / np.where(flows, current, 1.0), 0.0)
    return share

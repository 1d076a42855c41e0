"""Predictions: one nominal run, a band over draws, and an ensemble stepped live."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.assembly import Assembly, assemble
from models.blood import BloodFlow
from models.bounds import positive
from models.constants import FARADAY_C_PER_MOL
from models.donor import Formulation
from models.draws import Draws
from models.engine import integrate_ensemble, integrate_extrapolated, integrate_with
from models.errors import ModelInputError
from models.extrapolation import extrapolations
from models.forcing import Forcing, tabulate
from models.grid import BAND_ELEMENTS, graded
from models.layers import LAYERS
from models.perfusion import integrate_perfused, perfused_operators
from models.profile import Profile
from models.resolution import resolved
from models.skin import Skin
from models.solution import Band, Solution
from models.solver import DEFAULT_TOLERANCE, Trajectory
from models.transport import Operator

FloatArray = NDArray[np.float64]

BAND_TOLERANCE = 5e-3
"""Error per step of the run that an ensemble's schedule is taken from."""


def simulate(
    skin: Skin,
    formulation: Formulation,
    profile: Profile,
    *,
    at_s: ArrayLike | None = None,
    area_m2: float | None = None,
    tolerance: float = DEFAULT_TOLERANCE,
    refine: float = 1.0,
    engine: str = "numpy",
    extrapolate: bool = False,
    blood_flow: BloodFlow | None = None,
) -> Solution:
    """Predict where the drug goes.

    Parameters
    ----------
    skin, formulation, profile : Skin, Formulation, Profile
        The preparation, the donor, and the signed current density.
    at_s : (n_time,) array, optional
        Rising times, s; by default 61 over the profile. May go beyond its end, at rest.
    area_m2 : float, optional
        Skin area, only to judge total charge and depth against the electrode's radius.
    tolerance : float
        Error per time step, relative to the amount in each layer.
    refine : float
        Multiplies the number of grid elements.
    engine : str
        "numpy", or "compiled" where the extra `fast` is installed: the same numbers to rounding,
        many times faster after a first compilation of seconds. Worth it for hundreds of runs.
    extrapolate : bool
        Whether a second run on halved elements and steps removes the leading error of both: about
        a hundredfold smaller errors for five times the work.
    blood_flow : BloodFlow, optional
        Blood flow over time in perfused skin; by default at rest. Needs the plain numpy engine.

    Returns
    -------
    Solution

    Raises
    ------
    ModelInputError
        If an input is out of bounds.
    """
    times = _times(profile, at_s)
    parts = assemble(skin, formulation, Draws.nominal())
    forcing = tabulate(profile, parts.opening, parts.competition, float(times[-1]))
    grid = resolved(parts.stack, forcing, refine=refine)
    if blood_flow is not None:
        if extrapolate or engine != "numpy":
            raise ModelInputError(
                'blood_flow changes clearance on the way: use engine = "numpy" without extrapolate'
            )
        changing = perfused_operators(skin, formulation.active, parts.stack, grid, blood_flow)
        operator = changing[0.0]
        path = integrate_perfused(changing, forcing, times, tolerance=tolerance)
    elif extrapolate:
        operator, path = integrate_extrapolated(
            engine, parts.stack, forcing, times, grid=grid, tolerance=tolerance
        )
    else:
        operator = Operator(parts.stack, grid)
        path = integrate_with(engine, operator, forcing, times, tolerance=tolerance)
    if area_m2 is not None:
        positive("area_m2", area_m2)
    return _solution(
        times,
        (parts, forcing, operator, path),
        perfused=skin.perfused,
        extrapolated=extrapolations(skin, formulation, profile, area_m2),
    )


def simulate_ensemble(
    skin: Skin,
    formulation: Formulation,
    profile: Profile,
    *,
    draws: int = 200,
    seed: int = 1,
    at_s: ArrayLike | None = None,
    area_m2: float | None = None,
    engine: str = "numpy",
) -> Band:
    """Predict where the drug goes, with the spread its uncertain inputs give.

    All draws follow the time steps that a nominal run on the ensemble's grid takes at
    `BAND_TOLERANCE`: errors stay about a thousandth of the dose.

    Parameters
    ----------
    skin, formulation, profile, at_s, area_m2
        As in `simulate`.
    draws, seed : int
        Number of draws, at least 2, and the seed. Draw i does not depend on their number.
    engine : str
        As in `simulate`.

    Returns
    -------
    Band

    Raises
    ------
    ModelInputError
        If an input is out of bounds.
    """
    nominal = simulate(skin, formulation, profile, at_s=at_s, area_m2=area_m2, engine=engine)
    sample = Draws.sample(skin, formulation, draws=draws, seed=seed)
    parts = assemble(skin, formulation, sample)
    times = nominal.time_s
    forcing = tabulate(profile, parts.opening, parts.competition, float(times[-1]))
    grid = graded(parts.stack.names, elements=BAND_ELEMENTS)
    schedule = _schedule(engine, skin, formulation, profile, times)
    path = integrate_ensemble(engine, parts.stack, grid, forcing, times, schedule)
    varied = {name: x for name, x in sample.factor.items() if np.ptp(x) > 0.0}
    return Band(
        time_s=times,
        amount_mol_per_m2=MappingProxyType(_amounts(parts, path)),
        nominal=nominal,
        factors=MappingProxyType(varied),
    )


def _schedule(
    engine: str, skin: Skin, formulation: Formulation, profile: Profile, times: FloatArray
) -> FloatArray:
    """Return the ends of the steps an ensemble takes."""
    parts = assemble(skin, formulation, Draws.nominal())
    forcing = tabulate(profile, parts.opening, parts.competition, float(times[-1]))
    operator = Operator(parts.stack, graded(parts.stack.names, elements=BAND_ELEMENTS))
    return integrate_with(engine, operator, forcing, times, tolerance=BAND_TOLERANCE).step_end_s


def _times(profile: Profile, at_s: ArrayLike | None) -> FloatArray:
    if at_s is None:
        return np.linspace(0.0, profile.duration_s, 61)
    times = np.atleast_1d(np.asarray(at_s, dtype=float))
    if times.ndim != 1 or times.size == 0 or not np.all(np.isfinite(times)):
        raise ModelInputError("at_s: give finite rising times in one dimension, s")
    return times


def _amounts(parts: Assembly, path: Trajectory) -> dict[str, FloatArray]:
    """Return the amounts by compartment, (n_draw, n_time) each."""
    names = parts.stack.names
    layers = {
        name: path.layers[names.index(name)] if name in names else np.zeros_like(path.donor)
        for name in LAYERS
    }
    return {"donor": path.donor, **layers, "cleared": path.cleared, "receptor": path.received}


def _solution(
    times: FloatArray,
    run: tuple[Assembly, Forcing, Operator, Trajectory],
    *,
    perfused: bool,
    extrapolated: tuple[str, ...],
) -> Solution:
    parts, forcing, operator, path = run
    amounts = {name: values[0] for name, values in _amounts(parts, path).items()}
    total = np.sum(list(amounts.values()), axis=0)
    start = float(parts.stack.donor_volume_m[0] * parts.stack.donor_mol_per_m3[0])
    depth, concentration = _profiles(operator, path)
    return Solution(
        time_s=times,
        amount_mol_per_m2=MappingProxyType(amounts),
        depth_m=depth,
        concentration_mol_per_m3=concentration,
        transport_number=_transport_number(parts, forcing, times, path),
        perfused=perfused,
        mass_balance_error=float(np.max(np.abs(total - start))) / start,
        extrapolated=extrapolated,
        step_end_s=path.step_end_s,
    )


def _profiles(operator: Operator, path: Trajectory) -> tuple[FloatArray, FloatArray]:
    """Return depths and concentrations, with interface nodes once for either side."""
    grid, stack = operator.grid, operator.stack
    nodes = np.concatenate(([0.0], np.cumsum(grid.element_length_m(stack.thickness_m)[0])))
    face = np.zeros((len(path.s), nodes.size - operator.n_node))
    s = np.concatenate((path.s, face), axis=1)
    picks, partitions = [], []
    for index in range(len(stack.names)):
        inside = np.flatnonzero(grid.layer == index)
        pick = np.append(inside, inside[-1] + 1)
        picks.append(pick)
        partitions.append(np.full(pick.size, stack.partition[0, index]))
    pick = np.concatenate(picks)
    return nodes[pick], s[:, pick] * np.concatenate(partitions)


def _transport_number(
    parts: Assembly, forcing: Forcing, times: FloatArray, path: Trajectory
) -> FloatArray:
    """Return ``t = <z²>/z̄ F μ c_d``, with the donor as it empties."""
    if not parts.competition.migrates:
        return np.zeros(times.size)
    mobility = np.interp(times, forcing.time_s, forcing.mobility_m3_per_c[0])
    charge = parts.competition.square_charge / parts.competition.mean_charge
    share: FloatArray = charge * FARADAY_C_PER_MOL * mobility * path.s[:, 0]
    return share

"""A finite receptor that the drug may leave again: the deep node holds the receptor's volume.

Between samples ``V_r dc/dt = A J(L)`` with J of the transport equations at s(L) = c; each sample takes
V_s and is replaced by blank.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.assembly import assemble
from models.bounds import positive
from models.donor import Formulation
from models.draws import Draws
from models.errors import ModelInputError
from models.forcing import tabulate
from models.profile import Profile
from models.receptor import ReceptorSamples
from models.resolution import resolved
from models.skin import Skin
from models.solver import DEFAULT_TOLERANCE, Run, check_times, stopping_times
from models.transport import Operator

FloatArray = NDArray[np.float64]


def simulate_receptor(
    skin: Skin,
    formulation: Formulation,
    profile: Profile,
    at_s: ArrayLike,
    *,
    area_m2: float,
    volume_m3: float,
    sample_m3: float,
) -> ReceptorSamples:
    """Predict the samples of a finite, well-stirred receptor that the drug may leave again.

    Parameters
    ----------
    skin, formulation, profile : Skin, Formulation, Profile
        As in `simulate`; the skin over a receptor.
    at_s : (n_sample,) array
        Rising times of sampling, s, above 0.
    area_m2, volume_m3, sample_m3 : float
        Skin area, receptor volume, and volume drawn and replaced each time.

    Raises
    ------
    ModelInputError
        If a number is out of bounds, or the skin has no receptor.
    """
    if skin.deep_boundary != "sink":
        raise ModelInputError(
            f"deep_boundary = {skin.deep_boundary!r}: this preparation has no receptor; "
            'load the skin with deep_boundary="sink"'
        )
    times = np.atleast_1d(np.asarray(at_s, dtype=float))
    check_times(times, DEFAULT_TOLERANCE)
    depth = positive("volume_m3", volume_m3) / positive("area_m2", area_m2)
    drawn = positive("sample_m3", sample_m3)
    if drawn > volume_m3:
        raise ModelInputError(f"sample_m3 = {drawn:g}: exceeds the receptor's {volume_m3:g} m^3")
    run, last_m = _start(skin, formulation, profile, float(times[-1]), depth)
    found = np.empty(times.size)
    for stop in stopping_times(times, run.forcing):
        run.advance(float(stop))
        index = int(np.searchsorted(times, stop))
        if times[index] == stop:
            found[index] = run.state.s[0, -1]
            run.state.s[0, -1] *= 1.0 - drawn / area_m2 / last_m
            run.change(run.operator)
    return ReceptorSamples(
        time_s=times, concentration_mol_per_m3=found, removed_mol=np.cumsum(found) * drawn
    )


def _start(
    skin: Skin, formulation: Formulation, profile: Profile, until_s: float, depth_m: float
) -> tuple[Run, float]:
    """Return the run, and what its deep node holds per area and concentration, m."""
    parts = assemble(skin, formulation, Draws.nominal())
    forcing = tabulate(profile, parts.opening, parts.competition, until_s)
    operator = Operator(replace(parts.stack, sink=False), resolved(parts.stack, forcing))
    operator.mass_m[:, -1] += depth_m
    return Run(operator, forcing, DEFAULT_TOLERANCE), float(operator.mass_m[0, -1])

"""What a receptor shows of the amount that arrived: sampled and refilled, or flowed through.

The models keep the receptor's face empty (sink). A finite receptor then only collects: between
samples ``V_r Δc = A ΔQ``; each sample takes V_s, refilled with blank, so ``c ← c (1 - V_s/V_r)``. In a
flow-through cell ``V dc/dt = A J - F c``. Both are solved exactly for the amounts of a `Solution`
between its times. Back-diffusion is left out: keep c below a tenth of the tissue's, or use
`simulate_receptor`, which lets the drug return.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.bounds import positive
from models.errors import ModelInputError
from models.solution import Solution

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptorSamples:
    """Hold what samples of a finite receptor contain.

    Parameters
    ----------
    time_s : (n_sample,) array
        Times of sampling.
    concentration_mol_per_m3 : (n_sample,) array
        In each sample.
    removed_mol : (n_sample,) array
        Taken out with the samples so far.
    """

    time_s: FloatArray
    concentration_mol_per_m3: FloatArray
    removed_mol: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Outflow:
    """Hold what leaves a flow-through receptor.

    Parameters
    ----------
    time_s : (n_time,) array
        Those of the solution.
    concentration_mol_per_m3 : (n_time,) array
        In the cell, which is what leaves it then.
    collected_mol : (n_time,) array
        Has left so far.
    """

    time_s: FloatArray
    concentration_mol_per_m3: FloatArray
    collected_mol: FloatArray


def sample_receptor(
    solution: Solution,
    at_s: ArrayLike,
    *,
    area_m2: float,
    volume_m3: float,
    sample_m3: float,
) -> ReceptorSamples:
    """Return what samples drawn from a finite receptor contain.

    Parameters
    ----------
    solution : Solution
        A prediction with a receptor; read linearly between its times.
    at_s : (n_sample,) array
        Rising times of sampling, within the solution's.
    area_m2, volume_m3, sample_m3 : float
        Skin area, receptor volume, and volume drawn and replaced each time.

    Raises
    ------
    ModelInputError
        If a number is out of bounds.
    """
    times = _rising(at_s, solution.time_s)
    area, volume = positive("area_m2", area_m2), positive("volume_m3", volume_m3)
    kept = 1.0 - _share(sample_m3, volume)
    received = solution.amount_mol_per_m2["receptor"]
    arrived = area * np.diff(np.interp(times, solution.time_s, received), prepend=received[0])
    concentration, held = np.empty(times.size), 0.0
    for k, amount in enumerate(arrived):
        held += float(amount) / volume
        concentration[k] = held
        held *= kept
    return ReceptorSamples(
        time_s=times,
        concentration_mol_per_m3=concentration,
        removed_mol=np.cumsum(concentration) * sample_m3,
    )


def cumulative_from_samples(
    concentration_mol_per_m3: ArrayLike, *, area_m2: float, volume_m3: float, sample_m3: float
) -> FloatArray:
    """Return the amount that had arrived by each sample, ``(V_r c_n + V_s Σ_{k<n} c_k)/A``.

    The inverse of `sample_receptor`, for measured concentrations.

    Parameters
    ----------
    concentration_mol_per_m3 : (n_sample,) array
        Measured, in order.
    area_m2, volume_m3, sample_m3 : float
        As in `sample_receptor`.

    Returns
    -------
    (n_sample,) array, mol/m^2.

    Raises
    ------
    ModelInputError
        If a number is out of bounds.
    """
    measured = np.atleast_1d(np.asarray(concentration_mol_per_m3, dtype=float))
    if measured.ndim != 1 or not np.all(np.isfinite(measured)) or np.any(measured < 0.0):
        raise ModelInputError("concentration_mol_per_m3: give finite values of 0 or more in a row")
    area, volume = positive("area_m2", area_m2), positive("volume_m3", volume_m3)
    _share(sample_m3, volume)
    before = np.concatenate(([0.0], np.cumsum(measured)[:-1]))
    arrived: FloatArray = (volume * measured + sample_m3 * before) / area
    return arrived


def flow_through(
    solution: Solution, *, area_m2: float, volume_m3: float, flow_m3_per_s: float
) -> Outflow:
    """Return what a flow-through receptor lets out.

    Parameters
    ----------
    solution : Solution
        A prediction with a receptor; its flux counts as constant between its times.
    area_m2, volume_m3, flow_m3_per_s : float
        Skin area, well-stirred volume of the cell, and flow of blank through it.

    Raises
    ------
    ModelInputError
        If a number is not positive.
    """
    area, volume = positive("area_m2", area_m2), positive("volume_m3", volume_m3)
    flow = positive("flow_m3_per_s", flow_m3_per_s)
    times, received = solution.time_s, solution.amount_mol_per_m2["receptor"]
    concentration = np.zeros(times.size)
    for k, step in enumerate(np.diff(times)):
        plateau = area * (received[k + 1] - received[k]) / step / flow
        decay = np.exp(-flow * step / volume)
        concentration[k + 1] = plateau + (concentration[k] - plateau) * decay
    # What arrived and is no longer in the cell has left.
    collected = area * (received - received[0]) - volume * concentration
    return Outflow(time_s=times, concentration_mol_per_m3=concentration, collected_mol=collected)


def _share(sample_m3: float, volume_m3: float) -> float:
    share = positive("sample_m3", sample_m3) / volume_m3
    if share > 1.0:
        raise ModelInputError(
            f"sample_m3 = {sample_m3:g}: exceeds the receptor's {volume_m3:g} m^3; draw less"
        )
    return share


def _rising(at_s: ArrayLike, span_s: FloatArray) -> FloatArray:
    times = np.atleast_1d(np.asarray(at_s, dtype=float))
    if times.ndim != 1 or not np.all(np.isfinite(times)) or np.any(np.diff(times) <= 0.0):
        raise ModelInputError("at_s: give finite rising times in one dimension, s")
    if times.size == 0 or times[0] < span_s[0] or times[-1] > span_s[-1] * (1.0 + 1e-12):
        raise ModelInputError(
            f"at_s: sample between {span_s[0]:g} and {span_s[-1]:g} s, which the solution covers"
        )
    return times

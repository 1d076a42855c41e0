"""What an assay tells about the draws of an ensemble, and what voltage does not tell.

An assay (receptor sample, what is left in the donor, tape strips) weighs every draw by how well it
foresaw it, with log-normal errors,

    ``w_i ~ prod_k exp(-(ln m_k - ln a_ik)^2 / (2 (s_k^2 + s_m^2)))``

s_k the assay's and s_m the model's own ln standard deviation. Voltage and impedance follow from the
skin's opening alone: which ion carries the current does not enter, so their Fisher information about
the drug's mobility is zero (`voltage_information`), and they weigh no draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.assembly import assemble
from models.bounds import known, not_negative, positive
from models.donor import Formulation
from models.draws import NAMES, Draws
from models.errors import ModelInputError
from models.impedance import conductance
from models.profile import Profile
from models.skin import Skin
from models.solution import COMPARTMENTS

FloatArray = NDArray[np.float64]

MODEL_LN_SD = 0.1
"""Spread by which the best draw still misses an exact assay; assumed."""

FEWEST_EFFECTIVE = 10.0
_STEP = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class AssayResult:
    """Hold one result of an assay.

    Parameters
    ----------
    compartment : str
        One of `COMPARTMENTS`; "donor" is what is left there.
    at_s : float
        When the sample was taken, s.
    amount_mol_per_m2 : float
        Per skin area.
    ln_sd : float
        Standard deviation of its logarithm: 0.1 is ten per cent.
    """

    compartment: str
    at_s: float
    amount_mol_per_m2: float
    ln_sd: float

    def __post_init__(self) -> None:
        known("compartment", self.compartment, COMPARTMENTS)
        not_negative("at_s", self.at_s)
        positive("amount_mol_per_m2", self.amount_mol_per_m2)
        positive("ln_sd", self.ln_sd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Hold how much every draw counts after assays.

    Parameters
    ----------
    share : (n_draw,) array
        Adds up to one.
    """

    share: FloatArray

    @property
    def effective_draws(self) -> float:
        """Return how many equal draws would be as uncertain, ``1/Σ w²``."""
        return float(1.0 / np.sum(self.share**2))

    def quantile(self, amounts: FloatArray, q: float) -> float:
        """Return a weighted quantile of (n_draw,) amounts."""
        order = np.argsort(amounts)
        passed = np.cumsum(self.share[order]) - 0.5 * self.share[order]
        return float(np.interp(q, passed, amounts[order]))


def weigh(
    amount_mol_per_m2: Mapping[str, FloatArray], time_s: FloatArray, results: Sequence[AssayResult]
) -> Weights:
    """Weigh the draws of an ensemble by assays.

    Parameters
    ----------
    amount_mol_per_m2 : mapping
        Compartment to an (n_draw, n_time) array, as in `Band`.
    time_s : (n_time,) array
        Rising, s.
    results : sequence of AssayResult
        Independent of each other.

    Raises
    ------
    ModelInputError
        If a sample was taken outside the times, or no draw comes near what was found.
    """
    n_draw = len(next(iter(amount_mol_per_m2.values())))
    log_weight = np.zeros(n_draw)
    for result in results:
        if not time_s[0] <= result.at_s <= time_s[-1]:
            raise ModelInputError(
                f"at_s = {result.at_s:g}: the sample lies outside {time_s[0]:g} to {time_s[-1]:g} s"
            )
        course = amount_mol_per_m2[result.compartment]
        found = np.array([np.interp(result.at_s, time_s, draw) for draw in course])
        if not np.any(found > 0.0):
            raise ModelInputError(
                f"{result.compartment}: nothing arrives there in this preparation; name another place"
            )
        variance = result.ln_sd**2 + MODEL_LN_SD**2
        miss = np.log(result.amount_mol_per_m2) - np.log(np.maximum(found, 1e-300))
        if np.min(np.abs(miss)) > 4.0 * np.sqrt(variance):
            raise ModelInputError(
                f"{result.compartment}: {result.amount_mol_per_m2:.3g} mol/m^2 lies beyond every draw "
                f"({found.min():.3g} to {found.max():.3g}); check unit, area and time, or the protocol"
            )
        log_weight -= miss**2 / (2.0 * variance)
    share = np.exp(log_weight - log_weight.max())
    return Weights(share=share / share.sum())


def voltage_information(
    skin: Skin, formulation: Formulation, profile: Profile, *, voltage_sd_v: float, at_s: FloatArray
) -> dict[str, float]:
    """Return the Fisher information that measured voltage holds about each uncertain input.

    ``I = Σ_t (dV/d ln f)² / σ²`` for the factor f on each input, about the nominal skin.

    Parameters
    ----------
    skin, formulation, profile : Skin, Formulation, Profile
        As in `simulate`.
    voltage_sd_v : float
        Standard deviation of one reading, V.
    at_s : (n,) array
        Rising times of the readings, s.

    Returns
    -------
    dict
        Name of the input (of `Draws`) to information about the logarithm of its factor.
    """
    deviation = positive("voltage_sd_v", voltage_sd_v)
    current = np.abs(profile.current_at(at_s))
    information = {}
    for name in NAMES:
        factor = {other: np.ones(2) for other in NAMES}
        factor[name] = np.exp(np.array([-_STEP, _STEP]))
        opening = assemble(skin, formulation, Draws(factor=factor, n_draw=2)).opening
        voltage = current / conductance(opening, profile, at_s)
        slope = (voltage[1] - voltage[0]) / (2.0 * _STEP)
        information[name] = float(np.sum(slope**2)) / deviation**2
    return information

"""What the charge does to the donor: pH, buffer budget, chloride, silver and gas.

Reactions in the donor are at local equilibrium. With c_k of each weak acid or base (the drug
included), its mean charge at the pH, and all other ions' charge C,

    ``C + Σ c_k z̄_k(pH) + [H+] - [OH-] = 0,  [H+] [OH-] = K_w``

An inert anode makes one H+ per electron (``2 H2O → O2 + 4 H+ + 4 e-``), an inert cathode one OH-
(``2 H2O + 2 e- → H2 + 2 OH-``), while strong ions carry the charge through the skin: C falls or
rises by ``q/(F V)``. Silver takes or gives one chloride per electron and leaves the pH alone. H+ and
OH- that themselves move into skin are counted as left in the donor: the drift is an upper bound.
At an inert anode in chloride some chlorine comes instead of oxygen, which is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.bounds import positive
from models.compounds import Compound, load_compound
from models.constants import FARADAY_C_PER_MOL, GAS_J_PER_MOL_K, SKIN_TEMPERATURE_K
from models.donor import Formulation
from models.errors import ModelInputError

FloatArray = NDArray[np.float64]

WATER_PRODUCT_MOL2_PER_M6 = 1e-8
"""K_w = 1e-14 mol^2/L^2, at 25 °C as the dissociation constants are."""

ATMOSPHERE_PA = 101325.0
_GAS_PER_ELECTRON = {1: 0.25, -1: 0.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class DonorChemistry:
    """Hold the state of a donor against the charge passed.

    Parameters
    ----------
    charge_c_per_m2 : (n,) array
        Charge per skin area, in the direction that drives the drug.
    ph : (n,) array
        pH.
    mean_charge : (n,) array
        Of the drug at that pH.
    buffered_share : (n,) array
        Share of the H+ or OH- made so far that weak acids and bases took up; 0 where none is made.
    chloride_mol_per_m3 : (n,) array
        Chloride, if none comes in from the skin; 0 once it is used up.
    gas_m3_per_m2 : (n,) array
        Oxygen or hydrogen made, at skin temperature and one atmosphere.
    lasts_c_per_m2 : float
        Charge at which silver, silver chloride or chloride is used up; infinite if none can be.
    """

    charge_c_per_m2: FloatArray
    ph: FloatArray
    mean_charge: FloatArray
    buffered_share: FloatArray
    chloride_mol_per_m3: FloatArray
    gas_m3_per_m2: FloatArray
    lasts_c_per_m2: float


def donor_chemistry(formulation: Formulation, charge_c_per_m2: ArrayLike) -> DonorChemistry:
    """Return the donor's chemistry after charge.

    Parameters
    ----------
    formulation : Formulation
        What the donor holds at the start, and its electrode.
    charge_c_per_m2 : (n,) array
        Charge per area passed in the direction that drives the drug, 0 or more.

    Raises
    ------
    ModelInputError
        If a charge is negative or not finite.
    """
    charge = np.atleast_1d(np.asarray(charge_c_per_m2, dtype=float))
    if charge.ndim != 1 or not np.all(np.isfinite(charge)) or np.any(charge < 0.0):
        raise ModelInputError("charge_c_per_m2: give finite charges of 0 or more in one dimension")
    made = charge / FARADAY_C_PER_MOL
    splits = splits_water(formulation)
    acid = formulation.sign * made / formulation.volume_m3_per_m2 * splits
    ph = np.array([ph_after(formulation, float(added)) for added in acid])
    gas = _GAS_PER_ELECTRON[formulation.sign] * made * splits
    return DonorChemistry(
        charge_c_per_m2=charge,
        ph=ph,
        mean_charge=np.array([formulation.active.mean_charge(value) for value in ph]),
        buffered_share=_buffered(formulation, acid, ph),
        chloride_mol_per_m3=_chloride(formulation, made),
        gas_m3_per_m2=gas * GAS_J_PER_MOL_K * SKIN_TEMPERATURE_K / ATMOSPHERE_PA,
        lasts_c_per_m2=_lasts(formulation),
    )


def splits_water(formulation: Formulation) -> bool:
    """Return whether the donor's electrode makes H+ or OH-."""
    electrode = formulation.electrode
    return electrode.contact == "direct" and electrode.material != "Ag/AgCl"


def ph_after(formulation: Formulation, acid_mol_per_m3: float) -> float:
    """Return the donor's pH after adding strong acid, or base where negative, mol/m^3.

    The charge left over falls with pH, so bisection finds the one pH there is, to 1e-12.
    """
    return _settled(_weak(formulation), formulation.ph, acid_mol_per_m3)


def _settled(weak: list[tuple[Compound, float]], start: float, acid_mol_per_m3: float) -> float:
    strong = -sum(amount * one.mean_charge(start) for one, amount in weak) - _water(start)
    strong -= acid_mol_per_m3
    low, high = 0.0, 14.0
    for _ in range(48):
        middle = 0.5 * (low + high)
        left = strong + sum(amount * one.mean_charge(middle) for one, amount in weak)
        if left + _water(middle) > 0.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def buffer_budget_c_per_m2(formulation: Formulation, *, shift: float = 0.5) -> float:
    """Return the charge per area after which an inert electrode has moved the pH by `shift`.

    Infinite for electrodes that leave the pH alone.

    Raises
    ------
    ModelInputError
        If the shift is not positive or leads beyond pH 0 or 14.
    """
    step = positive("shift", shift)
    target = formulation.ph - formulation.sign * step
    if not 0.0 < target < 14.0:
        raise ModelInputError(f"shift = {step:g}: leads to pH {target:g}; stay between 0 and 14")
    if not splits_water(formulation):
        return math.inf
    taken = sum(
        amount * (one.mean_charge(target) - one.mean_charge(formulation.ph))
        for one, amount in _weak(formulation)
    )
    taken += _water(target) - _water(formulation.ph)
    return abs(taken) * formulation.volume_m3_per_m2 * FARADAY_C_PER_MOL


def free_release(formulation: Formulation) -> tuple[str, FloatArray, FloatArray] | None:
    """Return how much of the H+ or OH- made stays free as the strongest buffer pair is used up.

    The drug's own pair is left out: its charge is fixed in the models of transport.

    Returns
    -------
    (buffer, charge, share) or None
        Name of the buffer; charges per area, (n,) in C/m^2; the share of what is made then that
        stays free, (n,). None without a charged buffer, or where no water is split.
    """
    salts = formulation.salts_mol_per_m3.items()
    held = {one.name: (one, amount) for one, amount in _weak(formulation)}
    shifted = formulation.ph - formulation.sign
    strength = {
        name: amount
        * abs(held[name][0].mean_charge(shifted) - held[name][0].mean_charge(formulation.ph))
        for name, amount in salts
        if name in held and abs(held[name][0].mean_charge(formulation.ph)) > 0.1
    }
    if not splits_water(formulation) or not strength or max(strength.values()) <= 0.0:
        return None
    name = max(strength, key=lambda one: strength[one])
    acid = formulation.sign * held[name][1] * np.linspace(0.0, 3.0, 241)
    ph = np.array([_settled([held[name]], formulation.ph, float(added)) for added in acid])
    free = np.gradient(np.array([_water(value) for value in ph]), acid)
    charge = np.abs(acid) * formulation.volume_m3_per_m2 * FARADAY_C_PER_MOL
    return name, charge, np.clip(free, 0.0, 1.0)


def _weak(formulation: Formulation) -> list[tuple[Compound, float]]:
    """Return everything that can take or give a proton, with its concentration."""
    salts = formulation.salts_mol_per_m3.items()
    held = [(load_compound(name), amount) for name, amount in salts]
    held.append((formulation.active, formulation.concentration_mol_per_m3))
    return [
        (one, amount)
        for one, amount in held
        if one.pka and one.name not in {"hydrogen", "hydroxide"} and amount > 0.0
    ]


def _water(ph: float) -> float:
    """Return ``[H+] - [OH-]``, mol/m^3."""
    hydrogen = math.pow(10.0, 3.0 - ph)
    return hydrogen - WATER_PRODUCT_MOL2_PER_M6 / hydrogen


def _buffered(formulation: Formulation, acid: FloatArray, ph: FloatArray) -> FloatArray:
    free = np.array([_water(value) - _water(formulation.ph) for value in ph])
    share: FloatArray = np.where(acid != 0.0, 1.0 - free / np.where(acid != 0.0, acid, 1.0), 0.0)
    return share


def _chloride(formulation: Formulation, made: FloatArray) -> FloatArray:
    start = formulation.vehicle_mol_per_m3().get("chloride", 0.0)
    per_charge = formulation.released_per_charge().get("chloride", 0.0) * formulation.sign
    left: FloatArray = start + per_charge * made / formulation.volume_m3_per_m2
    return np.maximum(left, 0.0)


def _lasts(formulation: Formulation) -> float:
    electrode = formulation.electrode
    if electrode.contact == "salt_bridge" or electrode.material != "Ag/AgCl":
        return math.inf
    capacity = electrode.capacity_c_per_m2
    silver = math.inf if capacity is None else capacity
    if formulation.sign < 0:
        return silver
    chloride = formulation.vehicle_mol_per_m3().get("chloride", 0.0)
    return min(silver, chloride * formulation.volume_m3_per_m2 * FARADAY_C_PER_MOL)

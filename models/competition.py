"""How the drug's share of the current falls as the donor collects competing ions.

The donor's ions change with the charge passed, not with the course of the current:

    ``V dc_d/dq = -t_d/(z̄_d F),  V dc_k/dq = a_k/F - t_k/(|z_k| F)``

with transport numbers t and the electrode's release a. Integrated once in charge, the drug's
mobility per current follows for any profile.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.compounds import Compound, load_compound
from models.constants import FARADAY_C_PER_MOL
from models.donor import Formulation
from models.permselectivity import SALINE_MOL_PER_M3, mobility_share
from models.skin import Skin

FloatArray = NDArray[np.float64]
_EXHAUSTED = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Competition:
    """Hold the donor's ions of the drug's sign and their mobilities, for n_draw draws.

    Parameters
    ----------
    mean_charge, square_charge : float
        z̄ and <z²> of the drug at donor pH.
    drug_diffusivity_m2_per_s : (n_draw,) array
        Pore diffusivity of the drug, times its uncertain factor. Of it and all below, what the
        charge of the pores leaves (`permselectivity`).
    concentration_mol_per_m3 : (1 + n_ion,) array
        Drug, then co-ions, at the start.
    charge : (1 + n_ion,) array
        |mean charge| of each.
    square : (1 + n_ion,) array
        Mean squared charge of each.
    ion_diffusivity_m2_per_s : (n_ion,) array
        Pore diffusivity of the co-ions.
    counter_diffusivity_m2_per_s : float
        Pore diffusivity of the counter-ion.
    released_per_charge : (1 + n_ion,) array
        Added by the electrode, mol per mol of charge.
    volume_m3_per_m2 : float
        Donor volume per area, m.
    tissue_sum : float
        ``Σ c_k/D_k`` of tissue's sodium chloride in the pores, mol s/m^5.
    """

    mean_charge: float
    square_charge: float
    drug_diffusivity_m2_per_s: FloatArray
    concentration_mol_per_m3: FloatArray
    charge: FloatArray
    square: FloatArray
    ion_diffusivity_m2_per_s: FloatArray
    counter_diffusivity_m2_per_s: float
    released_per_charge: FloatArray
    volume_m3_per_m2: float
    tissue_sum: float

    @classmethod
    def of(cls, skin: Skin, formulation: Formulation, factor: FloatArray) -> Competition:
        """Return the competition in a donor.

        Parameters
        ----------
        skin : Skin
            Whose isoelectric point sets what the pores repel.
        formulation : Formulation
            What the donor holds at the start.
        factor : (n_draw,) array
            Multiplies the drug's mobility; 1 is the prior.
        """
        ph, drug = formulation.ph, formulation.active
        co_ions = formulation.co_ions_mol_per_m3()
        released = formulation.electrode.released_ions(formulation.sign)
        names = list(dict.fromkeys((*co_ions, *released)))
        members = [drug, *(load_compound(name) for name in names)]
        counter = load_compound("chloride" if formulation.sign > 0 else "sodium")

        def mobile(ion: Compound) -> float:
            left = mobility_share(ion.mean_charge(ph), skin, ph)
            return ion.pore_diffusivity_m2_per_s * left

        return cls(
            mean_charge=0.0 if formulation.carried_by_electroosmosis else drug.mean_charge(ph),
            square_charge=drug.mean_square_charge(ph),
            drug_diffusivity_m2_per_s=mobile(drug) * factor,
            concentration_mol_per_m3=np.array(
                [formulation.concentration_mol_per_m3, *(co_ions.get(n, 0.0) for n in names)]
            ),
            charge=np.array([abs(member.mean_charge(ph)) for member in members]),
            square=np.array([member.mean_square_charge(ph) for member in members]),
            ion_diffusivity_m2_per_s=np.array([mobile(member) for member in members[1:]]),
            counter_diffusivity_m2_per_s=mobile(counter),
            released_per_charge=np.array([0.0, *(released.get(name, 0.0) for name in names)]),
            volume_m3_per_m2=formulation.volume_m3_per_m2,
            tissue_sum=SALINE_MOL_PER_M3
            * sum(1.0 / mobile(load_compound(name)) for name in ("sodium", "chloride")),
        )

    @property
    def migrates(self) -> bool:
        """Return whether the drug is charged enough to migrate."""
        return self.mean_charge != 0.0

    def start(self) -> FloatArray:
        """Return the donor's ions at the start: (n_draw, 1 + n_ion), mol/m^3."""
        return np.tile(self.concentration_mol_per_m3, (self.drug_diffusivity_m2_per_s.size, 1))

    def conductance_sum(self, ions_mol_per_m3: FloatArray) -> FloatArray:
        """Return S, (n_draw,) in mol/(m s): what the current divides among."""
        own = self.square[0] * self.drug_diffusivity_m2_per_s * ions_mol_per_m3[:, 0]
        others = ions_mol_per_m3[:, 1:] @ (self.square[1:] * self.ion_diffusivity_m2_per_s)
        counter = self.counter_diffusivity_m2_per_s * (ions_mol_per_m3 @ self.charge)
        total: FloatArray = own + others + counter
        return total

    def mobility(self, ions_mol_per_m3: FloatArray) -> FloatArray:
        """Return the drug's electromigration velocity per current density, (n_draw,) in m^3/C."""
        if not self.migrates:
            return np.zeros(self.drug_diffusivity_m2_per_s.size)
        total = FARADAY_C_PER_MOL * self.conductance_sum(ions_mol_per_m3)
        mobility: FloatArray = self.mean_charge * self.drug_diffusivity_m2_per_s / total
        return mobility

    def transport_number(self, ions_mol_per_m3: FloatArray) -> FloatArray:
        """Return the drug's share of the current, (n_draw,)."""
        own = self.square[0] * self.drug_diffusivity_m2_per_s * ions_mol_per_m3[:, 0]
        share: FloatArray = own / self.conductance_sum(ions_mol_per_m3)
        return share

    def advance(self, ions_mol_per_m3: FloatArray, charge_c_per_m2: float) -> FloatArray:
        """Return the donor's ions after more charge, by the midpoint rule.

        Charge counts positive while it drives the drug into the skin; returning charge leaves the
        donor as it is.
        """
        if charge_c_per_m2 <= 0.0 or not self.migrates:
            return ions_mol_per_m3
        half = ions_mol_per_m3 + 0.5 * charge_c_per_m2 * self._per_charge(ions_mol_per_m3)
        floor = np.zeros_like(self.concentration_mol_per_m3)
        floor[0] = _EXHAUSTED * self.concentration_mol_per_m3[0]
        half = np.maximum(half, floor)
        moved = ions_mol_per_m3 + charge_c_per_m2 * self._per_charge(half)
        return np.maximum(moved, floor)

    def _per_charge(self, ions_mol_per_m3: FloatArray) -> FloatArray:
        diffusivity = np.column_stack(
            (
                self.drug_diffusivity_m2_per_s,
                np.tile(self.ion_diffusivity_m2_per_s, (len(ions_mol_per_m3), 1)),
            )
        )
        total = self.conductance_sum(ions_mol_per_m3)[:, None]
        leaving = self.charge * diffusivity * ions_mol_per_m3 / total
        change: FloatArray = (self.released_per_charge - leaving) / (
            FARADAY_C_PER_MOL * self.volume_m3_per_m2
        )
        return change

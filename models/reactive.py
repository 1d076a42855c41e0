"""Local reaction equilibrium of H+, OH- and everything that takes protons, in the reference model.

Every protonation form is an ion of its own, moved by the equations of `reference_operator` with its own
charge; the lipid path takes the uncharged form. What is conserved are totals S_j over the forms. At every
node the forms share a total by Henderson and Hasselbalch at the one pH that leaves no net charge,

    ``Σ_j S_j z̄_j(pH) + [H+] - K_w/[H+] = 0``

Protons need no balance of their own: the current, uniform in depth, carries theirs as well.
Tissue and receptor hold a phosphate buffer, which stands for all they buffer by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.chemistry import WATER_PRODUCT_MOL2_PER_M6
from models.compounds import Compound, load_compound
from models.donor import Formulation
from models.grid import Grid
from models.layers import constant
from models.reactive_ions import TABLES, form_columns, shares_at, water_column
from models.reference_ions import IonStack, ion_stack
from models.reference_operator import IonicSystem
from models.skin import Skin

FloatArray = NDArray[np.float64]

BUFFER = "phosphate"
_WATER = ("hydrogen", "hydroxide")
_NEWTON = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactants:
    """Hold the totals that are conserved.

    Parameters
    ----------
    members : tuple of Compound
        The drug first.
    donor_mol_per_m3, bath_mol_per_m3 : (n_total,) array
        Donor at the start; tissue, blood and receptor.
    forms : (n_total, n_ion) array
        1 where an ion is a form of a total.
    """

    members: tuple[Compound, ...]
    donor_mol_per_m3: FloatArray
    bath_mol_per_m3: FloatArray
    forms: FloatArray


def neutral_ph(members: Sequence[Compound], totals: FloatArray, guess: FloatArray) -> FloatArray:
    """Return the pH that leaves no net charge, (n,), by Newton's method from a guess.

    Parameters
    ----------
    members : sequence of Compound
        Whose totals they are.
    totals : (n_total, n) array
        S, mol/m^3.
    guess : (n,) array
        Where to start.
    """
    ph, root = guess.copy(), np.sqrt(WATER_PRODUCT_MOL2_PER_M6)
    middle = 3.0 - np.log10(root)
    for _ in range(_NEWTON):
        reach = np.log(10.0) * (middle - ph)
        charge, slope = 2.0 * root * np.sinh(reach), 2.0 * root * np.cosh(reach)
        for one, total in zip(members, totals, strict=True):
            z, share = shares_at(one, ph)
            mean = z @ share
            charge += total * mean
            slope += total * ((z**2) @ share - mean**2)
        step = np.clip(charge / (np.log(10.0) * np.maximum(slope, root)), -1.0, 1.0)
        ph = np.clip(ph + step, 0.0, 14.0)
        if np.abs(step).max() < 1e-12:
            break
    return ph


class ReactiveSystem:
    """Turn totals at nodes into the ions of an `IonicSystem`.

    Attributes
    ----------
    ions : IonicSystem
        Every form, and H+ and OH-, on the grid.
    reactants : Reactants
        What is conserved.
    """

    def __init__(self, skin: Skin, formulation: Formulation, grid: Grid) -> None:
        whole = ion_stack(skin, formulation, besides=(BUFFER,))
        kept = [k for k, name in enumerate(whole.names) if k == 0 or name not in _WATER]
        members = [formulation.active, *(load_compound(whole.names[k]) for k in kept[1:])]
        donor, bath = _neutral_donor(members, whole, kept, formulation), _bath(members, whole, kept)
        parts = [
            form_columns(whole, k, one, skin, formulation)
            for k, one in zip(kept, members, strict=True)
        ]
        water = [water_column(name, whole, skin, formulation) for name in _WATER]
        columns = [*parts[:-1], *water, parts[-1]]
        forms = np.zeros((len(kept), sum(part["charge"].size for part in columns)))
        first = 0
        for place, part in enumerate(columns):
            if not len(parts) - 1 <= place < len(columns) - 1:
                forms[min(place, len(parts) - 1), first : first + part["charge"].size] = 1.0
            first += part["charge"].size
        self.reactants = Reactants(
            members=tuple(members), donor_mol_per_m3=donor, bath_mol_per_m3=bath, forms=forms
        )
        self._ph = np.full(grid.n_element + 1, skin.inner_ph)
        at_bath = self.ions_of(bath[:, None], np.array([skin.inner_ph]))[:, 0]
        at_donor = self.ions_of(donor[:, None], np.array([formulation.ph]))[:, 0]
        released = np.array([whole.released_per_charge[k] for k in kept]) @ forms
        single = forms.sum(axis=0) > 0.0
        tables: dict[str, Any] = {
            key: np.column_stack([part[key] for part in columns]) for key in TABLES
        }
        self.ions = IonicSystem(
            replace(
                whole,
                names=tuple(name for part in columns for name in part["names"]),
                charge=np.concatenate([part["charge"] for part in columns]),
                **tables,
                osmotic_m3_per_c=np.concatenate([part["osmotic"] for part in columns]),
                donor_mol_per_m3=at_donor,
                bath_mol_per_m3=at_bath,
                released_per_charge=released
                / np.maximum((forms.T @ forms).sum(axis=0), 1.0)
                * single,
                sealed=np.concatenate([part["sealed"] for part in columns]),
                release_knots_c_per_m2=None,
                release_course=None,
            ),
            grid,
        )

    def ions_of(self, totals: FloatArray, guess: FloatArray) -> FloatArray:
        """Return concentrations of the ions, (n_ion, n), that share totals (n_total, n)."""
        ph = neutral_ph(self.reactants.members, totals, guess)
        self._last = ph
        hydrogen = 10.0 ** (3.0 - ph)
        rows = [
            total * shares_at(one, ph)[1]
            for one, total in zip(self.reactants.members, totals, strict=True)
        ]
        rows.insert(-1, np.stack((hydrogen, WATER_PRODUCT_MOL2_PER_M6 / hydrogen)))
        return np.concatenate(rows)

    def unknowns(self, y: FloatArray) -> FloatArray:
        """Return the ions' unknowns, (n_node, n_ion), for totals and potential (n_node, n_total + 1)."""
        s = self.ions_of(y[:, :-1].T, self._ph[:-1])
        self._ph[:-1] = self._last
        return np.column_stack((s[:-1].T, y[:, -1]))

    def ph(self, y: FloatArray) -> FloatArray:
        """Return the pH at the nodes."""
        return neutral_ph(self.reactants.members, y[:, :-1].T, self._ph[:-1])

    def rest(self) -> FloatArray:
        """Return the totals of tissue in its bath under a donor just applied."""
        held, ions = self.reactants, self.ions
        y = np.tile(np.append(held.bath_mol_per_m3, 0.0), (ions.n_node, 1))
        share = ions.stack.donor_volume_m + ions.water[0, 0]
        mixed = ions.stack.donor_volume_m * held.donor_mol_per_m3
        y[0, :-1] = (mixed + ions.water[0, 0] * held.bath_mol_per_m3) / share
        return y


def _neutral_donor(
    members: list[Compound], whole: IonStack, kept: list[int], formulation: Formulation
) -> FloatArray:
    """Return the donor's totals, closed by chloride or sodium at its pH, water's ions counted."""
    amounts = whole.donor_mol_per_m3[kept].copy()
    hydrogen = 10.0 ** (3.0 - formulation.ph)
    left = hydrogen - WATER_PRODUCT_MOL2_PER_M6 / hydrogen
    left += sum(
        a * one.mean_charge(formulation.ph) for a, one in zip(amounts, members, strict=True)
    )
    closing = "chloride" if left > 0.0 else "sodium"
    amounts[[one.name for one in members].index(closing, 1)] += abs(left)
    return amounts


def _bath(members: list[Compound], whole: IonStack, kept: list[int]) -> FloatArray:
    """Return the totals of tissue: saline, its buffer, and sodium for both."""
    ph = constant("permselectivity", "inner_ph").value
    amounts = whole.bath_mol_per_m3[kept].copy()
    names = [one.name for one in members]
    amounts[names.index(BUFFER, 1)] = constant("permselectivity", "tissue_buffer").value
    hydrogen = 10.0 ** (3.0 - ph)
    left = hydrogen - WATER_PRODUCT_MOL2_PER_M6 / hydrogen
    left += sum(a * one.mean_charge(ph) for a, one in zip(amounts, members, strict=True))
    amounts[names.index("sodium", 1)] -= left
    return amounts

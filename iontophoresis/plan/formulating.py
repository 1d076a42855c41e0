"""The donor's chemistry in sentences: charge and pole, solubility, and what the electrode does to it.

Concentrations are compared with what dissolves as the salt, and as the uncharged form at the pH. The
drift of the pH counts every H+ or OH- made as left in the donor: an upper bound.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from iontophoresis.plan.parts import Note, PlannedCell
from iontophoresis.units import M2_PER_CM2
from models import Formulation, buffer_budget_c_per_m2, donor_chemistry
from models.chemistry import splits_water

BUFFER_SHIFT = 0.5
G_PER_KG = 1000.0
ML_PER_M3 = 1e6
C_PER_MA_MIN = 0.06


def formulation_notes(cell: PlannedCell, donor: Formulation, charge_c: float) -> Iterator[Note]:
    """Say what the donor holds, what of it dissolves, and what the planned charge makes of it.

    Parameters
    ----------
    cell : PlannedCell
        Its area.
    donor : Formulation
        At the start.
    charge_c : float
        Planned charge in both directions, C.

    Yields
    ------
    Note
        Speciation always; solubility where it is known; pH where the electrode splits water.
    """
    active = donor.active
    if active.evidence:
        text = f"Evidence that current delivers {active.name}: {active.evidence}. {active.note}"
        yield Note(severity="info", text=text.strip())
    yield Note(severity="info", text=speciation_sentence(donor))
    yield from solubility_notes(donor, donor.ph, "")
    if splits_water(donor):
        yield from _drift_notes(cell, donor, charge_c)


def speciation_sentence(donor: Formulation) -> str:
    """Say which charge the active carries at the donor's pH, and where its donor belongs."""
    active = donor.active
    neutral = 100.0 * active.neutral_fraction(donor.ph)
    how = (
        "electro-osmosis carries it" if donor.carried_by_electroosmosis else "the field carries it"
    )
    return (
        f"At pH {donor.ph:g} {active.name} has a mean charge of {donor.mean_charge:+.2f} "
        f"({neutral:.3g} % without net charge): its donor belongs under the {donor.active_pole}, "
        f"{how}."
    )


def solubility_notes(donor: Formulation, ph: float, when: str) -> Iterator[Note]:
    """Compare the concentration with what dissolves at a pH.

    Parameters
    ----------
    donor : Formulation
        The active and its concentration.
    ph : float
        At which solubility is judged.
    when : str
        Put behind the sentence's subject, for example " at the end".

    Yields
    ------
    Note
        A warning where it precipitates; nothing where the solubility is not known.
    """
    dissolves = donor.active.solubility_at(ph)
    if dissolves is None:
        return
    held = donor.concentration_mol_per_m3 * donor.active.molar_mass_g_per_mol / G_PER_KG
    share = f"{held:.3g} g/L of {donor.active.name}{when}"
    if held > dissolves:
        text = f"{share} is more than the {dissolves:.3g} g/L that dissolve at pH {ph:.3g}: it precipitates."
        yield Note(severity="warning", text=text)
    elif not when:
        text = f"{share} dissolves: about {dissolves:.3g} g/L do at pH {ph:g}."
        yield Note(severity="info", text=text)


def _drift_notes(cell: PlannedCell, donor: Formulation, charge_c: float) -> Iterator[Note]:
    area_m2 = cell.cell.area_cm2 * M2_PER_CM2
    state = donor_chemistry(donor, np.array([charge_c / area_m2]))
    ph_end, gas_ml = float(state.ph[0]), float(state.gas_m3_per_m2[0]) * area_m2 * ML_PER_M3
    toward = 0.0 if donor.sign > 0 else 14.0
    shift = min(BUFFER_SHIFT, 0.9 * abs(donor.ph - toward))
    budget = buffer_budget_c_per_m2(donor, shift=shift) * area_m2 / C_PER_MA_MIN
    ion, gas = ("H+", "oxygen") if donor.sign > 0 else ("OH-", "hydrogen")
    moved = abs(ph_end - donor.ph)
    yield Note(
        severity="warning" if moved > BUFFER_SHIFT else "info",
        text=f"The {donor.electrode.material} electrode splits water: the {ion} of the planned charge "
        f"takes the donor from pH {donor.ph:g} to {ph_end:.2f} at most, with {gas_ml:.2g} mL of {gas}. "
        f"The buffer holds the pH within {shift:.2g} for {budget:.3g} mA·min.",
    )
    yield from solubility_notes(donor, ph_end, " at the end")
    if state.mean_charge[0] * donor.mean_charge < 0 and not donor.carried_by_electroosmosis:
        text = f"At that pH {donor.active.name} is driven the other way: buffer the donor."
        yield Note(severity="warning", text=text)

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import models
from models import donor_chemistry, simulate_reactions, simulate_reference
from models.compounds import load_compound
from models.reactive import neutral_ph

QUICK = {"refine": 0.15, "tolerance": 1e-2}


def held(current: float, until_s: float) -> models.Profile:
    return models.Profile(time_s=(0, 30, until_s), current_density_a_per_m2=(0, current, current))


@pytest.fixture(scope="module")
def membrane() -> models.Skin:
    return models.Skin.load(preparation="heat_separated")


@pytest.fixture
def lidocaine() -> models.Formulation:
    return models.Formulation(
        compound="lidocaine",
        concentration_mol_per_m3=75.0,
        ph=5.5,
        salts_mol_per_m3={"chloride": 75.0},
        volume_m3_per_m2=3.1e-2,
    )


def test_ph_of_a_half_neutralized_acid_is_its_pka() -> None:
    members = [load_compound("sodium"), load_compound("acetate")]
    totals = np.array([[100.0], [200.0]])
    # Sodium balances acetate and leaves [H+] in excess by itself.
    hydrogen = 10.0 ** (3.0 - 4.756)
    totals[0] -= hydrogen
    assert neutral_ph(members, totals, np.array([7.0])) == pytest.approx(4.756, abs=1e-6)


def test_ph_of_strong_acid_base_and_water() -> None:
    members = [load_compound("sodium"), load_compound("chloride")]
    totals = np.array([[0.0, 1.0, 5.0], [1.0, 0.0, 5.0]])
    found = neutral_ph(members, totals, np.full(3, 6.0))
    assert found == pytest.approx([3.0, 11.0, 7.0], abs=1e-8)


def test_permanent_ion_moves_as_without_reactions(membrane) -> None:
    donor = models.Formulation(
        compound="acetylcholine",
        concentration_mol_per_m3=75.0,
        ph=7.4,
        salts_mol_per_m3={"chloride": 75.0},
        volume_m3_per_m2=3.1e-2,
    )
    found = simulate_reactions(membrane, donor, held(2.5, 900.0), [900.0], **QUICK)
    plain = simulate_reference(membrane, donor, held(2.5, 900.0), at_s=[900.0], **QUICK)
    # Phosphate of tissue, slower than the chloride it stands beside, leaves it a little more.
    assert found.transport_number[0] == pytest.approx(plain.transport_number[0], rel=0.1)
    assert found.mass_balance_error < 1e-7


def test_ph_runs_from_donor_to_tissue_and_the_drug_loses_charge_on_the_way(
    membrane, lidocaine
) -> None:
    found = simulate_reactions(membrane, lidocaine, held(2.5, 900.0), [900.0], **QUICK)
    ph, depth = found.ph[0], found.depth_m
    corneum = depth < membrane.layers[0].thickness_m
    assert ph[0] == pytest.approx(5.5, abs=0.1)
    assert 5.5 < ph[corneum][corneum.sum() // 2] < 7.4
    assert ph[-1] == pytest.approx(7.4, abs=0.2)
    plain = simulate_reference(membrane, lidocaine, held(2.5, 900.0), at_s=[900.0], **QUICK)
    delivered = 75.0 * 3.1e-2 - found.amount_mol_per_m2["donor"][0]
    assert delivered == pytest.approx(plain.delivered_mol_per_m2[0], rel=0.15)


def test_inert_anode_acidifies_its_donor_as_charge_says(membrane, lidocaine) -> None:
    donor = replace(
        lidocaine,
        electrode=models.Electrode(material="platinum"),
        salts_mol_per_m3={"chloride": 75.0, "sodium": 27.0, "acetate": 30.0},
        volume_m3_per_m2=2e-3,
    )
    found = simulate_reactions(membrane, donor, held(2.5, 600.0), [600.0], **QUICK)
    charge = 2.5 * (600.0 - 15.0)
    alone = float(donor_chemistry(donor, charge).ph[0])
    assert alone < 5.4
    # A little of the H+ made goes into the skin.
    assert alone - 0.05 < found.ph[0, 0] < alone + 0.3


def test_refuses(membrane, lidocaine) -> None:
    with pytest.raises(models.ModelInputError, match="at_s"):
        simulate_reactions(membrane, lidocaine, held(2.5, 60.0), [3.0, 1.0])

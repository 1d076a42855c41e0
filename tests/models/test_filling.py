from __future__ import annotations

import numpy as np
import pytest

import models
from models.assembly import assemble, coefficients
from models.competition import Competition
from models.compounds import load_compound
from models.draws import Draws
from models.filling import filling
from models.permselectivity import SALINE_MOL_PER_M3, mobility_share

SKIN = models.Skin.load()


def donor(compound: str, concentration: float, counter: str, ph: float) -> models.Formulation:
    return models.Formulation(
        compound=compound,
        concentration_mol_per_m3=concentration,
        ph=ph,
        salts_mol_per_m3={counter: concentration},
        volume_m3_per_m2=1e-2,
    )


def ratio(formulation: models.Formulation) -> float:
    """Return r of a univalent drug; H+ of the donor moves it in the fifth digit."""
    return float(filling(Competition.of(SKIN, formulation, np.ones(1)))[0]) ** 2


def test_kohlrausch_regulating_function_of_leading_and_following_ion() -> None:
    """The classical adjusted concentration: c = c0 [D/(D + D_Cl)] [(D_Na + D_Cl)/D_Na]."""
    formulation = donor("tetraethylammonium", 50.0, "chloride", 7.0)
    drug, lead, counter = (
        ion.pore_diffusivity_m2_per_s * mobility_share(ion.mean_charge(7.0), SKIN, 7.0)
        for ion in map(load_compound, ("tetraethylammonium", "sodium", "chloride"))
    )
    adjusted = SALINE_MOL_PER_M3 * drug / (drug + counter) * (lead + counter) / lead
    assert 50.0 * ratio(formulation) == pytest.approx(adjusted, rel=1e-4)


def test_tissue_salt_in_the_donor_leaves_pores_as_they_are() -> None:
    assert ratio(donor("sodium", SALINE_MOL_PER_M3, "chloride", 7.0)) == pytest.approx(1.0)


def test_what_enters_does_not_depend_on_the_donor_concentration() -> None:
    entered = [c * ratio(donor("acetylcholine", c, "chloride", 7.0)) for c in (10.0, 300.0)]
    assert entered[0] == pytest.approx(entered[1], rel=1e-4)


def test_water_against_the_drug_carries_what_pores_hold(ascorbate) -> None:
    raw = coefficients(SKIN, ascorbate, Draws.nominal())
    stack = assemble(SKIN, ascorbate, Draws.nominal()).stack
    share = float(stack.osmotic_m3_per_c[0, 0] / raw.osmotic_m3_per_c[0, 0])
    assert 0.3 < share < 0.6
    assert stack.partition[0, 0] / raw.partition[0, 0] == pytest.approx(share, rel=0.01)
    along = donor("lidocaine", 100.0, "chloride", 5.5)
    with_flow = assemble(SKIN, along, Draws.nominal()).stack.osmotic_m3_per_c
    assert np.array_equal(with_flow, coefficients(SKIN, along, Draws.nominal()).osmotic_m3_per_c)


def test_neutrals_and_measured_partitions_stay(caffeine, ascorbate) -> None:
    measured = models.Skin.load(overrides={"stratum_corneum": {"partition": 0.4}})
    for skin, formulation in ((SKIN, caffeine), (measured, ascorbate)):
        raw = coefficients(skin, formulation, Draws.nominal())
        assert np.array_equal(
            assemble(skin, formulation, Draws.nominal()).stack.partition, raw.partition
        )

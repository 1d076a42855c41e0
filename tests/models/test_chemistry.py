from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import models
from models.chemistry import buffer_budget_c_per_m2, donor_chemistry, free_release, ph_after
from models.constants import FARADAY_C_PER_MOL

INERT = models.Electrode(material="platinum")


@pytest.fixture
def donor(caffeine) -> models.Formulation:
    """Return an anodal donor of 1 L/m^2 whose drug takes no protons near neutral."""
    salts = {"sodium": 50.0, "chloride": 50.0}
    return replace(caffeine, ph=7.0, salts_mol_per_m3=salts, volume_m3_per_m2=1e-3, electrode=INERT)


def coulombs(mol_per_m3: float, volume_m: float = 1e-3) -> float:
    return mol_per_m3 * volume_m * FARADAY_C_PER_MOL


def test_unbuffered_anode_makes_strong_acid(donor) -> None:
    found = donor_chemistry(donor, [0.0, coulombs(1.0), coulombs(10.0)])
    # Caffeine, pKa 0.6, takes a little: c h/K_a.
    assert found.ph == pytest.approx([7.0, 3.0, 2.0], abs=0.2)
    assert np.all(np.diff(found.ph) < 0.0)


def test_unbuffered_cathode_makes_strong_base(ascorbate) -> None:
    donor = replace(ascorbate, compound="salicylate", electrode=INERT, volume_m3_per_m2=1e-3)
    assert donor_chemistry(donor, coulombs(1.0)).ph[0] == pytest.approx(11.0, abs=0.05)


def test_buffer_follows_henderson_hasselbalch(donor) -> None:
    salts = {"sodium": 50.0, "chloride": 0.0, "acetate": 50.0}
    pka = models.load_compound("acetate").pka[0].value
    held = replace(donor, ph=pka, salts_mol_per_m3=salts)
    # Half is base: 25 mM. After 10 mM of acid 15 are left against 35.
    expected = pka + math.log10(15.0 / 35.0)
    assert ph_after(held, 10.0) == pytest.approx(expected, abs=0.01)
    found = donor_chemistry(held, coulombs(10.0))
    assert found.buffered_share[0] > 0.98


def test_released_protons_stay_free_once_the_buffer_is_used_up(donor) -> None:
    salts = {"sodium": 50.0, "acetate": 50.0}
    found = free_release(replace(donor, ph=5.5, salts_mol_per_m3=salts))
    assert found is not None
    name, charge, free = found
    assert name == "acetate"
    assert free[0] < 0.01
    assert free[-1] > 0.95
    assert np.interp(coulombs(20.0), charge, free) < 0.01
    assert free_release(donor) is None
    silver = replace(donor, ph=5.5, salts_mol_per_m3=salts, electrode=models.Electrode())
    assert free_release(silver) is None


def test_budget_is_the_charge_that_moves_the_ph(donor) -> None:
    salts = {"sodium": 50.0, "phosphate": 30.0}
    held = replace(donor, salts_mol_per_m3=salts)
    budget = buffer_budget_c_per_m2(held, shift=0.5)
    assert donor_chemistry(held, budget).ph[0] == pytest.approx(6.5, abs=1e-9)
    assert budget > 20.0 * buffer_budget_c_per_m2(donor, shift=0.5)


def test_silver_leaves_the_ph_and_takes_chloride(donor) -> None:
    silver = replace(donor, electrode=models.Electrode())
    found = donor_chemistry(silver, [0.0, coulombs(20.0), coulombs(80.0)])
    assert found.ph == pytest.approx([7.0] * 3, abs=1e-9)
    assert found.chloride_mol_per_m3 == pytest.approx([50.0, 30.0, 0.0], abs=1e-3)
    assert found.lasts_c_per_m2 == pytest.approx(coulombs(50.0), rel=1e-5)
    assert not np.any(found.gas_m3_per_m2)
    assert buffer_budget_c_per_m2(silver) == math.inf


def test_silver_cathode_gives_chloride_until_its_coating_is_gone(ascorbate) -> None:
    coated = replace(ascorbate, electrode=models.Electrode(capacity_c_per_m2=5e3))
    found = donor_chemistry(coated, coulombs(20.0, coated.volume_m3_per_m2))
    start = coated.vehicle_mol_per_m3().get("chloride", 0.0)
    assert found.chloride_mol_per_m3[0] - start == pytest.approx(20.0)
    assert found.lasts_c_per_m2 == 5e3
    assert donor_chemistry(ascorbate, 0.0).lasts_c_per_m2 == math.inf


def test_gas_follows_faraday(donor, ascorbate) -> None:
    mole = FARADAY_C_PER_MOL
    per_mole = 8.314462618 * 305.15 / 101325.0
    oxygen = donor_chemistry(donor, mole).gas_m3_per_m2[0]
    hydrogen = donor_chemistry(replace(ascorbate, electrode=INERT), mole).gas_m3_per_m2[0]
    assert oxygen == pytest.approx(0.25 * per_mole)
    assert hydrogen == pytest.approx(0.5 * per_mole)


def test_drug_is_its_own_buffer_and_loses_charge(ascorbate) -> None:
    lidocaine = models.Formulation(
        compound="lidocaine",
        concentration_mol_per_m3=100.0,
        ph=7.5,
        salts_mol_per_m3={"chloride": 72.0},
        volume_m3_per_m2=1e-3,
        electrode=INERT,
    )
    found = donor_chemistry(lidocaine, [0.0, coulombs(10.0)])
    assert 7.0 < found.ph[1] < 7.5
    assert found.mean_charge[1] > found.mean_charge[0]


@pytest.mark.parametrize("charge", [[-1.0], [float("nan")], [[1.0]]])
def test_refuses_charge(donor, charge) -> None:
    with pytest.raises(models.ModelInputError, match="charge_c_per_m2"):
        donor_chemistry(donor, charge)


@pytest.mark.parametrize("shift", [0.0, 9.0])
def test_refuses_shift(donor, shift) -> None:
    with pytest.raises(models.ModelInputError, match="shift"):
        buffer_budget_c_per_m2(donor, shift=shift)

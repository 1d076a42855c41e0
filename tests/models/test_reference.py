from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import models
from models import simulate_reference
from models.blood import BloodFlow
from models.compounds import load_compound
from models.constants import FARADAY_C_PER_MOL
from models.permselectivity import fixed_charge_mol_per_m3, osmotic_flow_m3_per_c
from models.prospects import transport_prior
from models.reference_ions import ion_stack

QUICK = {"refine": 0.2, "tolerance": 5e-3}


def held(current: float, until_s: float) -> models.Profile:
    return models.Profile(time_s=(0, 30, until_s), current_density_a_per_m2=(0, current, current))


@pytest.fixture
def membrane() -> models.Skin:
    return models.Skin.load(preparation="dermatomed")


@pytest.fixture
def lidocaine() -> models.Formulation:
    return models.Formulation(
        compound="lidocaine",
        concentration_mol_per_m3=100.0,
        ph=6.0,
        salts_mol_per_m3={"chloride": 100.0},
        volume_m3_per_m2=4e-3,
    )


def test_returns_what_the_fast_model_returns(excised, ascorbate, cathodal) -> None:
    found = simulate_reference(excised, ascorbate, cathodal, at_s=[0.0, 600.0, 1200.0], **QUICK)
    assert tuple(found.amount_mol_per_m2) == models.COMPARTMENTS
    assert found.mass_balance_error < 1e-10
    assert found.amount_mol_per_m2["donor"][0] == pytest.approx(0.4, rel=1e-4)
    assert min(float(a.min()) for a in found.amount_mol_per_m2.values()) > -1e-9
    assert found.depth_m.shape == found.concentration_mol_per_m3.shape[1:]
    assert found.depth_m[-1] == pytest.approx(excised.thickness_m)
    gained = 0.5 * (
        found.concentration_mol_per_m3[-1, 1:] + found.concentration_mol_per_m3[-1, :-1]
    )
    layers = ("stratum_corneum", "epidermis", "dermis", "fat")
    total = sum(found.amount_mol_per_m2[name][-1] for name in layers)
    assert np.sum(gained * np.diff(found.depth_m)) == pytest.approx(total, rel=1e-9)


def test_error_falls_with_grid_and_tolerance(membrane, ascorbate) -> None:
    pytest.importorskip("numba")
    profile = held(-2.0, 600.0)

    def passed(**precision: float) -> np.ndarray:
        found = simulate_reference(
            membrane, ascorbate, profile, at_s=[600.0], engine="compiled", **precision
        )
        names = ("stratum_corneum", "epidermis", "dermis")
        return np.array([found.amount_mol_per_m2[name][-1] for name in names])

    fine = passed(refine=2.0, tolerance=1e-3)
    coarse = np.abs(passed(**QUICK) / fine - 1.0).max()
    default = np.abs(passed() / fine - 1.0).max()
    # What the stratum corneum holds is the worst; see REFERENCE_ELEMENTS.
    assert default < 2e-2
    assert default < coarse


@pytest.mark.parametrize(
    ("compound", "ph", "sign", "counter"),
    [("lidocaine", 6.0, 1.0, "chloride"), ("salicylate", 7.4, -1.0, "sodium")],
)
def test_transport_number_emerges_and_does_not_depend_on_concentration(
    membrane, compound, ph, sign, counter
) -> None:
    shares = []
    for concentration in (10.0, 100.0, 300.0):
        donor = models.Formulation(
            compound=compound,
            concentration_mol_per_m3=concentration,
            ph=ph,
            salts_mol_per_m3={counter: concentration},
            volume_m3_per_m2=1.0,
        )
        profile = held(3.0 * sign, 1800.0)
        found = simulate_reference(membrane, donor, profile, at_s=[1800.0], **QUICK)
        # Flow out of the donor carries more of a richer one; migration does not. Flow into it
        # fills the pores from tissue, whatever the donor holds.
        flow = osmotic_flow_m3_per_c(donor.active.radius_m, membrane, ph) if sign > 0.0 else 0.0
        carried = donor.mean_charge * FARADAY_C_PER_MOL * flow * concentration
        shares.append(float(found.transport_number[-1]) - carried)
    assert max(shares) / min(shares) < 1.1
    prior = transport_prior(load_compound(compound), ph)
    assert prior is not None
    assert shares[1] == pytest.approx(prior.value, rel=0.15)


@pytest.mark.parametrize(
    ("compound", "ph", "sign", "counter"),
    [
        ("sodium", 7.0, 1.0, "chloride"),
        ("lithium", 7.0, 1.0, "chloride"),
        ("potassium", 7.0, 1.0, "chloride"),
        ("salicylate", 7.4, -1.0, "sodium"),
    ],
)
def test_total_flux_of_a_small_ion_does_not_depend_on_concentration(
    membrane, compound, ph, sign, counter
) -> None:
    """Electro-osmosis included: 300 mM carry 5-7 % more than 10 mM; of larger cations, more."""

    def share(concentration: float) -> float:
        donor = models.Formulation(
            compound=compound,
            concentration_mol_per_m3=concentration,
            ph=ph,
            salts_mol_per_m3={counter: concentration},
            volume_m3_per_m2=1.0,
        )
        profile = held(3.0 * sign, 1800.0)
        found = simulate_reference(membrane, donor, profile, at_s=[1800.0], **QUICK)
        return float(found.transport_number[-1])

    assert share(300.0) == pytest.approx(share(10.0), rel=0.1)


def test_sodium_of_the_donor_is_told_from_that_of_tissue() -> None:
    skin = models.Skin.load(site="pig_flank", preparation="dermatomed")
    donor = models.Formulation(
        compound="sodium",
        concentration_mol_per_m3=100.0,
        ph=7.0,
        salts_mol_per_m3={"chloride": 100.0},
        volume_m3_per_m2=3e-2,
    )
    found = simulate_reference(skin, donor, held(4.0, 3600.0), at_s=[3600.0], **QUICK)
    # Mudry, Guy & Delgado-Charro 2006: 0.6-0.8 at most against chloride.
    assert float(found.transport_number[0]) == pytest.approx(0.63, abs=0.03)


def test_co_ions_take_their_share(membrane, lidocaine) -> None:
    def share(sodium: float) -> float:
        salts = {"sodium": sodium, "chloride": 100.0 + sodium}
        donor = replace(lidocaine, salts_mol_per_m3=salts, volume_m3_per_m2=1.0)
        found = simulate_reference(membrane, donor, held(3.0, 1800.0), at_s=[1800.0], **QUICK)
        return float(found.transport_number[-1])

    alone, little, much = share(0.0), share(25.0), share(100.0)
    assert alone > little > much
    assert much < 0.5 * alone


def test_electroosmosis_reverses_below_the_isoelectric_point(membrane, caffeine) -> None:
    def delivered(ph: float, current: float) -> float:
        donor = replace(caffeine, ph=ph)
        found = simulate_reference(membrane, donor, held(current, 900.0), at_s=[900.0], **QUICK)
        return float(found.delivered_mol_per_m2[-1])

    assert delivered(7.4, 3.0) > 1.5 * delivered(7.4, -3.0)
    membrane = replace(membrane, inner_ph=3.8)
    assert delivered(3.8, -3.0) > 1.2 * delivered(3.8, 3.0)
    assert fixed_charge_mol_per_m3(membrane, 3.8) > 0.0


def test_unionized_form_passes_through_lipid_without_current(membrane, lidocaine) -> None:
    rest = models.Profile(time_s=(0.0, 3600.0), current_density_a_per_m2=(0.0, 0.0))

    def passive(ph: float) -> float:
        salts = {"sodium": 80.0, "chloride": 100.0}
        donor = replace(lidocaine, ph=ph, salts_mol_per_m3=salts)
        found = simulate_reference(membrane, donor, rest, at_s=[3600.0], **QUICK)
        return float(found.amount_mol_per_m2["receptor"][-1])

    assert passive(8.5) > 20.0 * passive(4.5)


def test_skin_has_the_resistance_it_was_measured_with(membrane, caffeine) -> None:
    stack = ion_stack(membrane, replace(caffeine, ph=7.4))
    bath, z = stack.bath_mol_per_m3, stack.charge
    psi = np.arcsinh(stack.fixed_charge_mol_per_m3[0] / 300.0)
    inside = bath * np.exp(-z * psi)
    thermal = 8.314462618 * 305.15 / FARADAY_C_PER_MOL
    conductance = FARADAY_C_PER_MOL / thermal * (z**2 * stack.pore_m2_per_s[0]) @ inside
    sheet = stack.thickness_m[0] / conductance
    assert sheet == pytest.approx(membrane.sheet_resistance_ohm_m2, rel=1e-9)


def test_opened_pores_pass_more_after_the_current(membrane, caffeine) -> None:
    after = models.Profile(time_s=(0, 30, 1800, 1801), current_density_a_per_m2=(0, -3, -3, 0))
    rest = models.Profile(time_s=(0, 1801), current_density_a_per_m2=(0, 0))
    vitamin = replace(caffeine, compound="dexpanthenol")
    gained = []
    for profile in (after, rest):
        found = simulate_reference(membrane, vitamin, profile, at_s=[2700.0, 4500.0], **QUICK)
        donor = found.amount_mol_per_m2["donor"]
        gained.append(float(donor[0] - donor[1]))
    assert gained[0] > 1.3 * gained[1]


def test_blood_clears_dermis(excised, perfused, ascorbate, cathodal) -> None:
    later = [1200.0, 3600.0]
    live = simulate_reference(perfused, ascorbate, cathodal, at_s=later, **QUICK)
    dead = simulate_reference(excised, ascorbate, cathodal, at_s=later, **QUICK)
    assert live.mass_balance_error < 1e-9
    assert live.amount_mol_per_m2["cleared"][-1] > 0.0 == dead.amount_mol_per_m2["cleared"][-1]
    assert live.amount_mol_per_m2["dermis"][-1] < dead.amount_mol_per_m2["dermis"][-1]


def test_epinephrine_keeps_the_drug_and_vasodilation_takes_it(perfused, ascorbate) -> None:
    def cleared(factor: float) -> float:
        flow = BloodFlow(time_s=(0.0, 60.0), factor=(1.0, factor))
        found = simulate_reference(
            perfused, ascorbate, held(-2.0, 900.0), at_s=[1800.0], blood_flow=flow, **QUICK
        )
        assert found.mass_balance_error < 1e-9
        return float(found.amount_mol_per_m2["cleared"][-1])

    assert cleared(0.1) < 0.8 * cleared(1.0) < 0.8 * cleared(5.0)


def test_excised_skin_has_no_blood_flow(excised, ascorbate, cathodal) -> None:
    flow = BloodFlow(time_s=(0.0,), factor=(2.0,))
    with pytest.raises(models.ModelInputError, match="blood_flow"):
        simulate_reference(excised, ascorbate, cathodal, blood_flow=flow)


@pytest.mark.parametrize(
    ("electrode", "falls"),
    [
        (models.Electrode(), 0.02),
        (models.Electrode(contact="salt_bridge", bridge_salt="NaCl"), 0.1),
        (models.Electrode(material="platinum"), 0.4),
    ],
)
def test_electrode_feeds_competitors(membrane, lidocaine, electrode, falls) -> None:
    donor = replace(lidocaine, electrode=electrode, volume_m3_per_m2=1e-3)
    found = simulate_reference(membrane, donor, held(3.0, 1200.0), at_s=[1200.0], **QUICK)
    plenty = replace(lidocaine, volume_m3_per_m2=1.0)
    best = simulate_reference(membrane, plenty, held(3.0, 1200.0), at_s=[1200.0], **QUICK)
    lost = 1.0 - found.transport_number[-1] / best.transport_number[-1]
    assert lost >= falls - 0.03
    assert lost < falls + 0.4


def test_buffer_keeps_protons_of_an_inert_anode_from_competing(membrane, lidocaine) -> None:
    def share(acetate: float) -> float:
        salts = {"chloride": 100.0, "sodium": acetate, "acetate": acetate}
        donor = replace(
            lidocaine,
            electrode=models.Electrode(material="platinum"),
            salts_mol_per_m3=salts,
            volume_m3_per_m2=2e-3,
        )
        found = simulate_reference(membrane, donor, held(3.0, 1200.0), at_s=[1200.0], **QUICK)
        assert found.mass_balance_error < 1e-9
        return float(found.transport_number[-1])

    # 1200 s make 19 mM of H+. Sodium of the buffer competes too, but far less than H+.
    assert share(30.0) > 1.2 * share(0.0)
    # Too little buffer is used up on the way.
    assert share(30.0) > share(6.0)


def test_silver_anode_stops_when_chloride_is_gone(membrane, lidocaine) -> None:
    donor = replace(lidocaine, salts_mol_per_m3={"nitrate": 100.0}, volume_m3_per_m2=1e-3)
    with pytest.raises(models.ModelInputError, match="no chloride left"):
        simulate_reference(membrane, donor, held(3.0, 1200.0), **QUICK)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"at_s": [3.0, 1.0]}, "at_s"),
        ({"at_s": [float("nan")]}, "at_s"),
        ({"tolerance": 0.0}, "tolerance"),
        ({"refine": -1.0}, "refine"),
        ({"area_m2": 0.0}, "area_m2"),
    ],
)
def test_refuses(membrane, lidocaine, changes, word) -> None:
    with pytest.raises(models.ModelInputError, match=word):
        simulate_reference(membrane, lidocaine, held(3.0, 100.0), **changes)


def test_refuses_what_it_derives_from_resistance(lidocaine) -> None:
    skin = models.Skin.load(overrides={"stratum_corneum": {"diffusivity_m2_per_s": 1e-13}})
    with pytest.raises(models.ModelInputError, match="sheet_resistance"):
        simulate_reference(skin, lidocaine, held(3.0, 100.0))


def test_answers_for_a_dilute_weak_acid_and_says_what_does_not_pass(membrane) -> None:
    def donor(compound: str, ph: float) -> models.Formulation:
        return models.Formulation(
            compound=compound,
            concentration_mol_per_m3=0.33,
            ph=ph,
            salts_mol_per_m3={"sodium": 20.0, "chloride": 20.0},
            volume_m3_per_m2=4e-3,
        )

    profile = held(-1.0, 300.0)
    found = simulate_reference(membrane, donor("tretinoin", 5.5), profile, at_s=[300.0], **QUICK)
    assert found.delivered_mol_per_m2[-1] > 0.0
    for model in (models.simulate, simulate_reference):
        with pytest.raises(models.ModelInputError, match="exceeds the pores' 11 Å"):
            model(membrane, donor("calcitonin", 4.5), held(1.0, 300.0))

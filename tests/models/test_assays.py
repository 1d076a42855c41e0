from __future__ import annotations

import numpy as np
import pytest

import models
from models.assays import AssayResult, Weights, voltage_information, weigh

TIMES = np.array([0.0, 600.0, 1200.0])


def course(finals: np.ndarray) -> dict[str, np.ndarray]:
    return {"receptor": finals[:, None] * np.array([0.0, 0.5, 1.0])}


def result(amount: float, *, at_s: float = 1200.0, ln_sd: float = 0.1) -> AssayResult:
    return AssayResult(compartment="receptor", at_s=at_s, amount_mol_per_m2=amount, ln_sd=ln_sd)


def test_log_normal_prior_and_assay_meet_at_the_weighted_mean() -> None:
    """Precisions add up: prior ln sd 0.5 about 0, assay ln sd sqrt(0.2^2 + 0.1^2) at ln 2."""
    finals = np.exp(0.5 * np.random.default_rng(3).standard_normal(200_000))
    weights = weigh(course(finals), TIMES, [result(2.0, ln_sd=0.2)])
    prior, assay = 1 / 0.5**2, 1 / (0.2**2 + 0.1**2)
    mean, deviation = np.log(2.0) * assay / (prior + assay), (prior + assay) ** -0.5
    assert np.log(weights.quantile(finals, 0.5)) == pytest.approx(mean, abs=0.01)
    spread = np.log(weights.quantile(finals, 0.95) / weights.quantile(finals, 0.05))
    assert spread == pytest.approx(2 * 1.6449 * deviation, rel=0.02)


def test_samples_on_the_way_count_at_their_time() -> None:
    finals = np.exp(np.linspace(-1.0, 1.0, 401))
    late = weigh(course(finals), TIMES, [result(1.5)])
    early = weigh(course(finals), TIMES, [result(0.75, at_s=600.0)])
    assert early.share == pytest.approx(late.share)
    both = weigh(course(finals), TIMES, [result(1.5), result(0.75, at_s=600.0)])
    assert both.effective_draws < late.effective_draws < 401


def test_equal_weights_are_no_knowledge() -> None:
    weights = Weights(share=np.full(50, 0.02))
    assert weights.effective_draws == pytest.approx(50.0)
    assert weights.quantile(np.arange(50.0), 0.5) == pytest.approx(24.5)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (lambda: weigh(course(np.ones(5)), TIMES, [result(1e6)]), "beyond every draw"),
        (lambda: weigh(course(np.ones(5)), TIMES, [result(1.0, at_s=9e9)]), "lies outside"),
        (lambda: weigh(course(np.zeros(5)), TIMES, [result(1.0)]), "nothing arrives there"),
        (lambda: result(0.0), "amount_mol_per_m2"),
        (lambda: result(1.0, ln_sd=0.0), "ln_sd"),
    ],
)
def test_what_is_refused(wrong, reason: str) -> None:
    with pytest.raises(models.ModelInputError, match=reason):
        wrong()


@pytest.mark.parametrize("compound", ["lidocaine", "caffeine"])
def test_voltage_holds_no_information_on_what_carries_the_current(compound: str) -> None:
    skin = models.Skin.load()
    donor = models.Formulation(
        compound=compound,
        concentration_mol_per_m3=50.0,
        ph=6.0,
        salts_mol_per_m3={"chloride": 49.4} if compound == "lidocaine" else {},
        volume_m3_per_m2=4e-3,
    )
    profile = models.Profile(time_s=(0.0, 30.0, 1200.0), current_density_a_per_m2=(0.0, 2.0, 2.0))
    told = voltage_information(
        skin, donor, profile, voltage_sd_v=1e-3, at_s=np.linspace(1.0, 1200.0, 200)
    )
    opening = {"plateau voltage", "opening time", "recovery time", "stratum_corneum conductivity"}
    assert told["plateau voltage"] > 1e3
    assert told["stratum_corneum conductivity"] > 1e3
    assert {name for name, bits in told.items() if bits != 0.0} <= opening
    assert told["pore mobility"] == told["electro-osmotic flow"] == 0.0

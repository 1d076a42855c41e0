from __future__ import annotations

import numpy as np
import pytest

import models
from models.blood import BloodFlow, flow_share


def test_reads_linearly_and_holds_its_ends() -> None:
    flow = BloodFlow(time_s=(10.0, 20.0), factor=(1.0, 3.0))
    assert [flow.at(t) for t in (0.0, 10.0, 15.0, 99.0)] == [1.0, 1.0, 2.0, 3.0]


def test_lipophilic_drugs_are_limited_by_flow_and_large_ones_by_the_wall(perfused) -> None:
    dermis, fat = perfused.layers[2], perfused.layers[3]
    shares = [flow_share(dermis, models.load_compound(n)) for n in ("lidocaine", "ascorbate")]
    assert 1.0 > shares[0] > shares[1] > 0.0
    assert flow_share(dermis, models.load_compound("calcitonin")) < shares[1]
    assert flow_share(fat, models.load_compound("ascorbate")) == 1.0


@pytest.mark.parametrize(
    ("times", "factors", "word"),
    [
        ((0.0, 0.0), (1.0, 1.0), "rising"),
        ((0.0,), (1.0, 2.0), "as many"),
        ((), (), "at least one"),
        ((0.0,), (0.0,), "factor"),
        ((float("nan"),), (1.0,), "time_s"),
    ],
)
def test_refuses(times, factors, word) -> None:
    with pytest.raises(models.ModelInputError, match=word):
        BloodFlow(time_s=times, factor=factors)


def test_stairs_keep_the_mean_of_the_course() -> None:
    flow = BloodFlow(time_s=(60.0, 120.0, 300.0), factor=(1.0, 3.0, 3.0))
    steps = flow.stairs()
    edges = [*steps, 400.0]
    held = sum(f * (b - a) for f, a, b in zip(steps.values(), edges, edges[1:], strict=False))
    assert held == pytest.approx(60.0 + 60.0 * 2.0 + 280.0 * 3.0)


def test_both_models_follow_blood_flow_alike(perfused, ascorbate, cathodal) -> None:
    flow = BloodFlow(time_s=(0.0, 600.0), factor=(1.0, 0.1))

    def cleared(model, **flows) -> float:
        found = model(perfused, ascorbate, cathodal, at_s=[3600.0], **flows)
        assert found.mass_balance_error < 1e-9
        return float(found.amount_mol_per_m2["cleared"][0])

    fast = cleared(models.simulate, blood_flow=flow) / cleared(models.simulate)
    full = cleared(models.simulate_reference, blood_flow=flow) / cleared(models.simulate_reference)
    assert fast == pytest.approx(full, rel=0.06)
    assert fast < 0.9


def test_flow_of_one_changes_nothing(perfused, ascorbate, cathodal) -> None:
    rest = BloodFlow(time_s=(0.0,), factor=(1.0,))
    plain, same = (
        models.simulate(perfused, ascorbate, cathodal, blood_flow=flow).amount_mol_per_m2["cleared"]
        for flow in (None, rest)
    )
    assert np.array_equal(plain, same)


def test_where_blood_flow_cannot_go(excised, perfused, ascorbate, cathodal) -> None:
    flow = BloodFlow(time_s=(0.0,), factor=(2.0,))
    with pytest.raises(models.ModelInputError, match="excised skin has none"):
        models.simulate(excised, ascorbate, cathodal, blood_flow=flow)
    with pytest.raises(models.ModelInputError, match="without extrapolate"):
        models.simulate(perfused, ascorbate, cathodal, blood_flow=flow, extrapolate=True)

from __future__ import annotations

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

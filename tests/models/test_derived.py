from __future__ import annotations

import numpy as np
import pytest

import models
from models.derived import derive


def test_derived_number_does_not_depend_on_the_current_it_was_read_at(excised, ascorbate) -> None:
    shares = [
        derive(excised, ascorbate, current_density_a_per_m2=i, duration_s=2400.0 / i)
        for i in (1.0, 4.0)
    ]
    ratio = shares[0].transport_number / shares[1].transport_number
    assert ratio == pytest.approx(1.0, abs=0.1)
    for derived in shares:
        assert derived.error["donor"] < 0.05
        assert derived.error["dermis"] < 0.2


@pytest.mark.parametrize("changes", [{"current_density_a_per_m2": 0.0}, {"duration_s": np.nan}])
def test_refuses(excised, ascorbate, changes) -> None:
    with pytest.raises(models.ModelInputError, match=next(iter(changes))):
        derive(excised, ascorbate, **changes)

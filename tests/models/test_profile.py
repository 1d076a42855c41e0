from __future__ import annotations

import numpy as np
import pytest

from models.errors import ModelInputError
from models.profile import Profile


def test_current_and_charge_are_exact() -> None:
    profile = Profile(time_s=(0, 30, 90, 100), current_density_a_per_m2=(0, 2, 2, -2))
    assert profile.current_at(np.array([15.0, 60.0, 95.0, 101.0])) == pytest.approx([1, 2, 0, 0])
    assert profile.charge_at(np.array([15.0, 90.0, 95.0, 100.0, 1e4])) == pytest.approx(
        [7.5, 150.0, 155.0, 150.0, 150.0]
    )
    assert profile.unsigned_charge_c_per_m2 == pytest.approx(160.0)
    assert profile.peak_a_per_m2 == 2.0
    assert profile.duration_s == 100.0


def test_takes_arrays_and_keeps_plain_numbers() -> None:
    profile = Profile(time_s=np.array([0.0, 1.0]), current_density_a_per_m2=np.array([0.0, 1.0]))
    assert profile.time_s == (0.0, 1.0)
    assert type(profile.time_s[1]) is float


@pytest.mark.parametrize(
    ("times", "currents", "word"),
    [
        ((), (), "at least two"),
        ((0.0,), (1.0,), "at least two"),
        ((0.0, 1.0), (1.0,), "same number"),
        ((1.0, 2.0), (0.0, 1.0), "start at 0"),
        ((0.0, 1.0, 1.0), (0.0, 1.0, 2.0), "rise strictly"),
        ((0.0, float("nan")), (0.0, 1.0), "time_s"),
        ((0.0, 1.0), (0.0, float("inf")), "current_density"),
        ((0.0, 1.0), (0.0, True), "current_density"),
    ],
)
def test_refuses(times: tuple[float, ...], currents: tuple[float, ...], word: str) -> None:
    with pytest.raises(ModelInputError, match=word):
        Profile(time_s=times, current_density_a_per_m2=currents)

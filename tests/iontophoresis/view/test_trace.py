from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from iontophoresis.view.trace import Curve, Ribbon, Trace, thinned


@given(st.integers(0, 2**32 - 1), st.integers(3001, 9000))
def test_thinning_keeps_extremes_and_order(seed: int, count: int) -> None:
    values = np.random.default_rng(seed).normal(size=count).cumsum()
    curve = Curve(time_s=np.arange(count, dtype=float), value=values)
    thin = thinned(curve, most=300)
    assert len(thin.value) <= 300
    assert thin.value.max() == values.max()
    assert thin.value.min() == values.min()
    assert (np.diff(thin.time_s) >= 0).all()


def test_thinning_keeps_gaps_and_leaves_short_curves_alone() -> None:
    values = np.where(np.arange(9000) // 3000 == 1, np.nan, 1.0)
    thin = thinned(Curve(time_s=np.arange(9000.0), value=values), most=300)
    assert np.isnan(thin.value).sum() == 100
    short = Curve(time_s=np.arange(3.0), value=np.ones(3))
    assert thinned(short) is short


def test_a_trace_ends_with_its_last_curve() -> None:
    ribbon = Ribbon(at=np.array([0.0, 9.0]), low=np.ones(2), middle=np.ones(2), high=np.ones(2))
    curve = Curve(time_s=np.array([0.0, 4.0]), value=np.zeros(2))
    assert Trace(label="x", measured_ma=curve, amounts={"dermis": ribbon}).end_s == 9.0
    assert Trace(label="x").end_s == 0.0

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from iontophoresis.record.session import Session
from iontophoresis.view.session_trace import (
    depth_profile,
    limits_of,
    planned_charge,
    predicted,
    session_traces,
)

Open = Callable[..., Session]
Header = Callable[..., dict[str, Any]]


def test_the_tighter_of_limit_and_density_counts(session: Open) -> None:
    assert limits_of(session(), 0) == {"current_ma": 1.1, "voltage_v": 35.0, "charge_ma_min": 6.0}


def test_limits_may_be_missing(session: Open, header: Header) -> None:
    assert limits_of(session(header=header(limits={})), 0) == {}


def test_curves_have_the_units_of_their_names(session: Open) -> None:
    (trace,) = session_traces(session())
    at = list(trace.measured_ma.time_s).index(60.0)
    assert trace.measured_ma.value[at] == pytest.approx(1.000025)
    assert trace.voltage_v.value[at] == pytest.approx(4.5, rel=1e-5)
    assert trace.resistance_kohm_cm2.value[at] == pytest.approx(4.5 * 5, rel=1e-4)
    assert np.isnan(trace.resistance_kohm_cm2.value[0])
    dermis = trace.amounts["dermis"]
    assert dermis.middle[-1] == pytest.approx(5e-4 * 176.12 * 100)
    assert trace.amount_unit == "µg/cm²"
    assert trace.reference["dermis"].middle.tolist() == pytest.approx([0, 2e-4 * 176.12 * 100])


def test_without_a_molar_mass_amounts_are_in_moles(session: Open, header: Header) -> None:
    told = header()
    told["channels"][0]["molar_mass_g_per_mol"] = None
    (trace,) = session_traces(session(header=told))
    assert trace.amount_unit == "nmol/cm²"
    assert trace.amounts["dermis"].middle[-1] == pytest.approx(50.0)


def test_the_plan_stands_in_where_nothing_was_estimated(session: Open) -> None:
    (trace,) = session_traces(session("empty"))
    assert trace.amounts["dermis"].at.tolist() == [0, 300]
    assert trace.reference == {}


def test_pauses_trips_and_stops_are_marked(session: Open) -> None:
    (done,) = session_traces(session("done"))
    assert [(p.start_s, p.end_s) for p in done.pauses] == [(100.0, 139.0)]
    assert done.marks == ()
    (tripped,) = session_traces(session("tripped"))
    assert [(m.time_s, m.kind, m.text) for m in tripped.marks] == [(200.0, "trip", "load open")]
    (stopped,) = session_traces(session("stopped"))
    assert [(m.time_s, m.kind) for m in stopped.marks] == [(220.0, "stop")]
    (cut,) = session_traces(session("cut"))
    assert [(m.time_s, m.text) for m in cut.marks] == [(150.0, "cut")]


def test_a_ramps_charge_is_exact() -> None:
    curve = planned_charge(np.array([0.0, 30.0, 1170.0, 1200.0]), np.array([0.0, 1.0, 1.0, 0.0]))
    assert curve.value[-1] == pytest.approx(19.5)
    assert curve.time_s[-1] == 1200.0


def test_two_channels_are_told_apart(session: Open, header: Header) -> None:
    read = session(name="run", header=header(channels=2))
    assert [trace.label for trace in session_traces(read)] == ["run · A", "run · B"]


@pytest.mark.parametrize("value", [None, {}, True, [], {"time_s": [0, 1]}])
def test_a_prediction_that_is_absent_is_no_prediction(value: object) -> None:
    assert predicted(value, 1.0) == {}


def test_a_recorded_depth_profile_is_read() -> None:
    quantiles = {"p05": [1, 2], "p50": [2, 3], "p95": [3, 4]}
    header = {
        "depth_m": [0, 1e-5],
        "concentration_mol_per_m3": quantiles,
        "at_s": 60,
        "layer_ends_m": {"stratum_corneum": 1.5e-5},
    }
    profile = depth_profile(header)
    assert profile.band.at.tolist() == pytest.approx([0, 10])
    assert profile.band.middle.tolist() == [2, 3]
    assert profile.layers_um[0] == ("stratum_corneum", pytest.approx(15))
    assert depth_profile(None) is None

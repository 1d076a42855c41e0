from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from iontophoresis.record.session import Session
from iontophoresis.view.flags import (
    beyond_human_relevant,
    on_time_min,
    perfusion_flag,
    session_beyond,
    session_flags,
)

Open = Callable[..., Session]
WITHIN: dict[str, Any] = {
    "specimen_class": "excised",
    "area_cm2": 100.0,
    "peak_ma": 1.0,
    "charge_ma_min": 20.0,
    "on_time_min": 20.0,
}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, None),
        ({"peak_ma": 50.0}, None),
        ({"peak_ma": 50.1}, "0.501 mA/cm2 (customary: at most 0.5)"),
        ({"charge_ma_min": 80.0}, None),
        ({"charge_ma_min": 81.0}, "81 mA·min (customary: at most 80)"),
        ({"area_cm2": 0.6, "charge_ma_min": 18.1, "peak_ma": 0.1}, "1.81 C/cm2"),
        ({"on_time_min": 60.0}, None),
        ({"on_time_min": 61.0}, "61 min (customary: at most 60)"),
        ({"specimen_class": "load", "peak_ma": 500.0}, None),
    ],
)
def test_what_lies_beyond_the_human_relevant_range_is_said(
    change: dict[str, Any], sentence: str | None
) -> None:
    found = beyond_human_relevant(**{**WITHIN, **change})
    assert len(found) == (0 if sentence is None else 1)
    assert sentence is None or sentence in found[0]


def test_a_session_says_how_real_it_was(session: Open) -> None:
    assert session_flags(session()) == (
        "emulated bench",
        "seed 7",
        "lock-step virtual time",
        "specimen: excised",
        "perfused: no",
    )


def test_damage_and_recovery_are_flags(session: Open) -> None:
    read = session("cut")
    assert read.closing is not None
    recovered = replace(read, closing=replace(read.closing, recovered=True), problems=("row 7",))
    assert session_flags(recovered)[-2:] == ("recovered after a cut", "CHAIN BROKEN: row 7")


def test_perfusion_is_never_confused_with_its_prediction() -> None:
    assert perfusion_flag(["excised"], asked=False) == "perfused: no"
    assert perfusion_flag(["excised"], asked=True) == "perfused: yes, only in the prediction"
    assert perfusion_flag(["perfused"], asked=False) == "perfused: yes"


def test_a_measured_session_beyond_the_range_is_marked(
    session: Open, header: Callable[..., dict[str, Any]]
) -> None:
    assert session_beyond(session()) == ()
    told = header()
    told["channels"][0]["area_cm2"] = 1.0
    assert "1 mA/cm2" in session_beyond(session(name="dense", header=told))[0]


def test_time_with_current_leaves_pauses_out(session: Open) -> None:
    assert on_time_min(session().ticks) == pytest.approx((300 - 39) / 60)
    assert on_time_min(session("empty").ticks) == 0.0

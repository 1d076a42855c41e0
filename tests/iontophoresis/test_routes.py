"""Needle, patch and current in one tissue: doses by hand, and who leads where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from iontophoresis import bench, protocol
from iontophoresis.cli import main
from iontophoresis.plan import PlannedCell, prepare
from iontophoresis.plan.routes import Route, compare_routes


@pytest.fixture(scope="module")
def cell() -> PlannedCell:
    return prepare(protocol.load("mesoglow"), bench.load(), draws=2).channels[0].cells[0]


@pytest.fixture(scope="module")
def routes(cell: PlannedCell) -> dict[str, Route]:
    return {one.name: one for one in compare_routes(cell, perfused=True, hours=4, draws=20)}


def total(route: Route, at: int) -> float:
    return float(sum(amount[1, at] for amount in route.amount_ug_per_cm2.values()))


def test_each_needle_holds_its_dose_and_keeps_it(routes: dict[str, Route]) -> None:
    # 100 mM of 176.12 g/mol are 17.612 ug/uL: 100 uL over pi 0.75^2 cm2, 2 uL a 0.16 cm2, 20 a cm2.
    per_ul = 17.612
    doses = {"papule": 100 * per_ul / (np.pi * 0.75**2), "nappage": 2 * per_ul / 0.16}
    doses["point by point"] = 20 * per_ul
    for name, dose in doses.items():
        assert total(routes[name], 0) == pytest.approx(dose, rel=1e-3)
        assert total(routes[name], -1) == pytest.approx(dose, rel=1e-3)


def test_current_brings_more_than_a_patch_and_less_than_a_needle(routes: dict[str, Route]) -> None:
    current, patch, needle = (
        routes[name].amount_ug_per_cm2["dermis"][1, 8] for name in ("current", "passive patch", "papule")
    )  # fmt: skip
    assert 10 * patch < current < needle


def test_blood_empties_the_papule_and_a_deep_point_leads_in_fat(routes: dict[str, Route]) -> None:
    dermis = routes["papule"].amount_ug_per_cm2["dermis"][1]
    assert dermis[-1] < 0.5 * dermis[0]
    start = {name: route.amount_ug_per_cm2["fat"][1, 0] for name, route in routes.items()}
    assert max(start, key=lambda name: start[name]) == "point by point"
    highest = {name: route.amount_ug_per_cm2["fat"][1].max() for name, route in routes.items()}
    assert highest["current"] < 0.01 * highest["point by point"]


def test_a_profile_longer_than_the_comparison_is_refused(cell: PlannedCell) -> None:
    with pytest.raises(ValueError, match=r"longer than 0\.1 h"):
        compare_routes(cell, perfused=True, hours=0.1)


def test_the_command_prints_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figure = tmp_path / "needles.png"
    assert main(["compare", "mesoglow", "--hours", "1", "--output", str(figure)]) == 0
    assert "point by point" in capsys.readouterr().out
    assert figure.stat().st_size > 10_000
    assert main(["compare", "franz_cell"]) == 1
    assert "no prediction of that kind" in capsys.readouterr().err

"""Calibration: exact where the data are, silent where they are not, covered on blind twins."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from models.calibration import calibrate
from models.calibration_data import Assay, CellData
from models.calibration_likelihood import (
    NMOL_PER_MA_H,
    Donor,
    Likelihood,
    courses,
    drug_amplitudes,
    unit_courses,
)
from models.calibration_twins import DRUG_MM, MARKER_MM, coverage, fit_twin, twin_cells
from models.errors import ModelInputError

DONOR = Donor(drug_mm=20.0, marker_mm=10.0, charge=1.0)
VALUES = {
    "transport_number": 0.06,
    "flow_ul_per_ma_h": 6.0,
    "permeability_cm_per_h": 2e-4,
    "marker_permeability_cm_per_h": 1.5e-4,
    "lag_h": 0.4,
    "spread_cells": 0.2,
    "spread_assay": 0.1,
}


def exact_cells(*, marked: bool = True, passive: bool = True) -> tuple[CellData, ...]:
    """Return four cells that follow `VALUES` but for a few parts in a hundred."""
    random = np.random.default_rng(3)
    blank = twin_cells(1, n_cells=4)
    out = []
    for cell in blank:
        current = cell.current_ma_per_cm2 if passive else np.full(cell.time_h.size, 0.25)
        bare = dataclasses.replace(cell, current_ma_per_cm2=current)
        drug, marker = courses(bare, VALUES, DONOR)
        noise = np.exp(0.02 * random.standard_normal((2, drug.size)))
        below = np.zeros(drug.size, dtype=bool)
        out.append(
            dataclasses.replace(
                bare,
                drug=Assay(value_um=drug * noise[0], below=below),
                marker=Assay(value_um=marker * noise[1], below=below) if marked else None,
            )
        )
    return tuple(out)


def test_a_thinned_receptor_holds_what_crossed_less_what_was_sampled() -> None:
    cell = twin_cells(1, n_cells=1)[0]
    _, steady = unit_courses(cell, 1e-3)
    kept = steady * cell.receptor_ml
    taken = np.concatenate(([0.0], np.cumsum(steady[:-1] * cell.sample_ml)))
    assert kept + taken == pytest.approx(cell.area_cm2 * cell.time_h, rel=2e-3)


def test_lag_delays_what_crosses_by_itself() -> None:
    cell = dataclasses.replace(twin_cells(1, n_cells=1)[0], sample_ml=0.0)
    _, lagged = unit_courses(cell, 0.5)
    late = cell.time_h[-1] - 0.5 * (1.0 - math.exp(-cell.time_h[-1] / 0.5))
    assert lagged[-1] * cell.receptor_ml / cell.area_cm2 == pytest.approx(late, rel=1e-9)


def test_faraday_bounds_the_flux_of_a_transport_number_of_one() -> None:
    moved, carried, leaked = drug_amplitudes({**VALUES, "transport_number": 1.0}, DONOR)
    assert moved == pytest.approx(NMOL_PER_MA_H)
    assert (carried, leaked) == (pytest.approx(120.0), pytest.approx(4.0))


def test_nearly_exact_data_give_their_parameters_back() -> None:
    fitted = calibrate(exact_cells(), drug_mm=20.0, mean_charge=1.0, marker_mm=10.0)
    for each in fitted.estimates:
        assert each.verdict == "identified"
        assert each.value == pytest.approx(VALUES[each.name], rel=0.06)
    assert fitted.values["lag_h"] == pytest.approx(0.4, rel=0.2)
    assert fitted.notes == ()
    moved, carried, leaked = fitted.shares(0.25)
    assert moved + carried + leaked == pytest.approx(1.0)
    assert moved == pytest.approx(559.7 / (559.7 + 30.0 + 4.0), abs=0.02)


def test_an_end_of_an_interval_lies_where_the_profile_has_fallen() -> None:
    loose = calibrate(exact_cells(), drug_mm=20.0, mean_charge=1.0, marker_mm=10.0, level=0.68)
    tight = calibrate(exact_cells(), drug_mm=20.0, mean_charge=1.0, marker_mm=10.0, level=0.95)
    for inner, outer in zip(loose.estimates, tight.estimates, strict=True):
        assert inner.low is not None
        assert outer.low is not None
        assert inner.high is not None
        assert outer.high is not None
        assert outer.low < inner.low < inner.value < inner.high < outer.high


def test_without_a_marker_the_two_drives_are_not_told_apart() -> None:
    fitted = calibrate(exact_cells(marked=False), drug_mm=20.0, mean_charge=1.0)
    assert [each.name for each in fitted.estimates] == ["transport_number", "permeability_cm_per_h"]
    both = (559.7 + 30.0) / 559.7 * VALUES["transport_number"]
    assert fitted.estimates[0].value == pytest.approx(both, rel=0.06)
    assert any("cannot be told apart" in note for note in fitted.notes)


def test_a_neutral_drug_is_its_own_marker() -> None:
    cells = tuple(
        dataclasses.replace(cell, drug=cell.marker, marker=None)
        for cell in exact_cells()
        if cell.marker is not None
    )
    fitted = calibrate(cells, drug_mm=10.0, mean_charge=0.0)
    assert fitted.estimates[0].name == "flow_ul_per_ma_h"
    assert fitted.estimates[0].value == pytest.approx(6.0, rel=0.06)
    assert fitted.shares(0.25)[0] == 0.0


def test_one_current_alone_leaves_passive_transport_unbounded_below() -> None:
    cells = exact_cells(passive=False)
    fitted = calibrate(cells, drug_mm=20.0, mean_charge=1.0, marker_mm=10.0)
    verdict = {each.name: each.verdict for each in fitted.estimates}
    assert verdict["permeability_cm_per_h"] == "only an upper bound"
    assert any("No sample without current" in note for note in fitted.notes)


def test_a_detection_limit_counts_as_below_and_not_as_found() -> None:
    cell = twin_cells(1, n_cells=1)[0]
    seen = Assay(value_um=np.array([5.0]), below=np.array([False]))
    hidden = Assay(value_um=np.array([5.0]), below=np.array([True]))
    short = dict(time_h=np.array([1.0]), current_ma_per_cm2=np.array([0.25]), marker=None)
    found = Likelihood([dataclasses.replace(cell, drug=seen, **short)], DONOR)
    under = Likelihood([dataclasses.replace(cell, drug=hidden, **short)], DONOR)
    far_below = {**VALUES, "transport_number": 1e-5, "permeability_cm_per_h": 1e-8}
    assert under({**far_below, "flow_ul_per_ma_h": 0.01}) == pytest.approx(0.0, abs=1e-6)
    assert found({**far_below, "flow_ul_per_ma_h": 0.01}) < -100.0
    # One sample: the two scatters add up, and the chance is that of a normal deviate.
    expected, _ = courses(dataclasses.replace(cell, drug=hidden, **short), VALUES, DONOR)
    near = dataclasses.replace(hidden, value_um=0.8 * expected)
    chance = Likelihood([dataclasses.replace(cell, drug=near, **short)], DONOR)(VALUES)
    deviate = math.log(0.8) / math.hypot(VALUES["spread_cells"], VALUES["spread_assay"])
    assert math.exp(chance) == pytest.approx(0.5 * math.erfc(-deviate / math.sqrt(2.0)), rel=1e-3)


def test_what_cannot_be_fitted_is_refused() -> None:
    cells = twin_cells(1)
    with pytest.raises(ModelInputError, match="at least 2"):
        calibrate(cells[:1], drug_mm=20.0, mean_charge=1.0, marker_mm=10.0)
    with pytest.raises(ModelInputError, match="give its concentration"):
        calibrate(cells, drug_mm=20.0, mean_charge=1.0)
    still = [dataclasses.replace(c, current_ma_per_cm2=0.0 * c.time_h) for c in cells]
    with pytest.raises(ModelInputError, match="current_ma is 0"):
        calibrate(still, drug_mm=20.0, mean_charge=1.0, marker_mm=10.0)
    empty = [
        dataclasses.replace(c, drug=dataclasses.replace(c.drug, below=c.time_h > 0.0))
        for c in cells
    ]
    with pytest.raises(ModelInputError, match="above the detection limit"):
        calibrate(empty, drug_mm=20.0, mean_charge=1.0, marker_mm=10.0)


def test_twins_are_blind_and_repeat() -> None:
    first, again, other = twin_cells(5), twin_cells(5), twin_cells(6)
    assert first[0].drug.value_um.tolist() == again[0].drug.value_um.tolist()
    assert first[0].drug.value_um.tolist() != other[0].drug.value_um.tolist()
    assert any(cell.drug.below.any() for cell in first)
    fitted = fit_twin(5)
    assert (fitted.donor.drug_mm, fitted.donor.marker_mm) == (DRUG_MM, MARKER_MM)


def test_intervals_hold_the_truth_of_richer_twins() -> None:
    """Of 8 twins, 90 % intervals must hold the truth of each parameter in 5 at least.

    True coverage of 0.9 fails this once in two hundred; `calibrate --twins` takes as many as wanted.
    """
    found = coverage(range(300, 308))
    assert found.twins == 8
    for held in found.held.values():
        assert 5 <= held <= 8

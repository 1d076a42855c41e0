"""Numpy and numba must tell the same: without the extra the planner answers alike, only later."""

import numpy as np
import pytest

import models
from models.engine import compiled_module
from models.planning import adjoint, dose_map
from models.planning.optimal import optimal_current
from models.planning.preparation import dose_maps


@pytest.fixture(params=["full_thickness", "dermatomed"])
def one(request, ascorbate):
    skin = models.Skin.load(preparation=request.param)
    knots = np.linspace(0.0, 600.0, 11)
    return dose_maps(skin, ascorbate, knots, goal_s=900.0, typical_a_per_m2=3.0)[0]


@pytest.mark.parametrize("kept", [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)])
def test_run_and_gradient_are_the_compiled_ones(one, kept):
    compiled = compiled_module("planning.compiled_adjoint")
    current = np.linspace(1.0, 4.0, 11)
    current[[0, -1]] = 0.0
    drives, lengths = one.run(current).drives, one.schedule.lengths_s
    last = kept[0] * np.linspace(1.0, 2.0, one.start.size)
    found = []
    for kernel in (compiled, adjoint):
        tape, gradient = np.empty((len(drives), one.start.size)), np.zeros_like(drives)
        tape[0] = one.start
        left = kernel.forward(one.system, lengths, drives, tape)
        kernel.backward(one.system, lengths, drives, tape, last, kept[1], kept[2], gradient)
        found.append((np.array(left), tape, gradient))
    for ours, theirs in zip(*found, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-8, abs=1e-11 * (np.abs(theirs).max() or 1.0))


def test_planner_works_without_numba(maps, goal, limits, monkeypatch):
    fast = optimal_current(maps, goal(), limits)
    monkeypatch.setattr(dose_map, "fastest_engine", lambda: "numpy")
    slow = optimal_current(maps, goal(), limits)
    assert slow.current_a_per_m2 == pytest.approx(fast.current_a_per_m2, abs=1e-5)

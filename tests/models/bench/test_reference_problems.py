from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from models.engine import ENGINES, integrate_extrapolated, integrate_with
from models.grid import graded


@pytest.fixture(scope="module")
def pb() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "reference_problems", Path(__file__).with_name("problems.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_default_grid_holds_a_thousandth_on_the_worst_output(pb: ModuleType) -> None:
    operator, forcing = pb.problem(pb.P1)
    found = pb.errors(
        pb.outputs(integrate_with("numpy", operator, forcing, pb.AT_S)), pb.reference()
    )
    assert max(found.values()) < 1e-3
    assert max(found[name] for name in ("delivered", "dermis", "cleared")) < 1e-4


def test_reference_conserves_mass(pb: ModuleType) -> None:
    exact = pb.reference()
    assert exact[:, 1:].sum(axis=1) == pytest.approx(exact[:, 0], abs=1e-8 * exact[-1, 0])


@pytest.mark.parametrize("engine", ENGINES)
def test_extrapolation_reaches_a_hundred_thousandth(pb: ModuleType, engine: str) -> None:
    if engine == "compiled":
        pytest.importorskip("numba")
    operator, forcing = pb.problem(pb.P1)
    coarse, path = integrate_extrapolated(
        engine, operator.stack, forcing, pb.AT_S, tolerance=3e-3, grid=graded(pb.NAMES, refine=0.5)
    )
    found = pb.errors(pb.outputs(path), pb.reference())
    assert max(found.values()) < 1e-5
    assert path.s.shape == (pb.AT_S.size, coarse.n_node)
    total = path.donor + path.layers.sum(axis=0) + path.cleared
    assert total == pytest.approx(np.full(total.shape, total[0, 0]), rel=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_ensembles_hold_a_thousandth_of_the_dose(pb: ModuleType, engine: str) -> None:
    if engine == "compiled":
        pytest.importorskip("numba")
    population = pb.population(70)
    found = pb.dose(pb.population_run(population, engine)())
    exact = pb.dose(pb.population_run(population, engine, refine=4.0, tolerance=1e-4)())
    worst = (np.abs(found - exact).max(axis=1) / exact.max(axis=1)).max(axis=0)
    assert np.median(worst) < 1e-3
    assert np.quantile(worst, 0.95) < 5e-3


def test_population_contains_the_nominal_in_its_middle(pb: ModuleType) -> None:
    draws = pb.population(2000)
    assert np.median(draws["diffusivity"], axis=0) == pytest.approx(
        pb.P1["diffusivity"][0], rel=0.05
    )


def test_coupled_ions_follow_their_reference(pb: ModuleType) -> None:
    found = pb.coupled_run(pb.coupled(), "numpy")()
    error = pb.errors(found, pb.reference("p2"))
    assert max(error.values()) < 4e-3
    assert max(error[name] for name in ("delivered", "dermis", "cleared")) < 3e-4


def test_grid_of_the_bench_holds_a_thousandth_for_coupled_ions(pb: ModuleType) -> None:
    found = pb.coupled_run(pb.coupled((64, 8, 64, 40)), "numpy")()
    assert max(pb.errors(found, pb.reference("p2")).values()) < 1e-3

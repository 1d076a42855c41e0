from __future__ import annotations

import sys
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

import models


class Recorded:
    """Stand in for `xarray.Dataset`, holding what it was given."""

    def __init__(self, data_vars, coords, attrs) -> None:
        self.data_vars, self.coords, self.attrs = data_vars, coords, attrs


@pytest.fixture
def solution(excised, ascorbate, cathodal) -> models.Solution:
    return models.simulate(excised, ascorbate, cathodal, at_s=[0.0, 600.0, 1200.0])


def test_dataset_names_dimensions_and_units(solution, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "xarray", SimpleNamespace(Dataset=Recorded))
    found = solution.to_xarray()
    sizes = {"time": 3, "compartment": len(models.COMPARTMENTS), "node": solution.depth_m.size}
    for dimensions, values, attributes in found.data_vars.values():
        assert values.shape == tuple(sizes[name] for name in dimensions)
        assert attributes["units"]
    donor = found.coords["compartment"].index("donor")
    kept = found.data_vars["amount"][1][donor]
    assert np.array_equal(kept, solution.amount_mol_per_m2["donor"])
    assert found.coords["depth"][1] is solution.depth_m
    assert found.attrs["perfused"] == 0


def test_dataset_of_the_real_library(solution) -> None:
    xarray = import_module("xarray")
    found = solution.to_xarray()
    assert isinstance(found, xarray.Dataset)
    assert float(found["amount"].sel(compartment="donor", time=0.0)) == pytest.approx(0.4)


def test_says_what_to_install(solution, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(models.ModelInputError, match="pip install xarray"):
        solution.to_xarray()

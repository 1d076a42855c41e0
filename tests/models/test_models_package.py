from __future__ import annotations

import subprocess
import sys

import models

CHECK = """
import sys, numpy
before = set(sys.modules)
import models
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(" ".join(sorted(new & {"scipy", "numba", "pyvisa", "matplotlib", "pandas", "iontophoresis"})))
"""


def test_import_costs_numpy_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHECK], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == ""


BLOCKED = """
import importlib, importlib.metadata, pathlib, pkgutil, sys
allowed = {"numpy", "scipy", "models"}
class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in allowed and top not in sys.stdlib_module_names and not top.startswith("_"):
            raise ImportError("blocked: " + name)
sys.meta_path.insert(0, Refuse())
import models
for info in pkgutil.iter_modules(models.__path__):
    if not info.name.startswith("compiled"):
        importlib.import_module("models." + info.name)
skin = models.Skin.load(preparation="heat_separated")
donor = models.Formulation(
    compound="lidocaine", concentration_mol_per_m3=70.0, ph=5.5,
    salts_mol_per_m3={"chloride": 70.0}, volume_m3_per_m2=1e-2,
)
profile = models.Profile(time_s=(0, 30, 600), current_density_a_per_m2=(0, 2, 2))
for run in (models.simulate, models.simulate_reference):
    print(float(run(skin, donor, profile, at_s=[600.0]).delivered_mol_per_m2[-1]) > 0.0)
"""


def test_numpy_and_scipy_suffice() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.stdout.split() == ["True", "True"], done.stderr


def test_public_names_exist_and_are_documented() -> None:
    for name in models.__all__:
        assert getattr(models, name).__doc__ or name == "COMPARTMENTS", name

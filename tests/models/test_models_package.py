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


def test_public_names_exist_and_are_documented() -> None:
    for name in models.__all__:
        assert getattr(models, name).__doc__ or name == "COMPARTMENTS", name

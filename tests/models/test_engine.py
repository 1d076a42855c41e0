from __future__ import annotations

import numpy as np
import pytest

import models
from models import engine

numba = pytest.importorskip("numba")


@pytest.mark.parametrize("preparation", ["full_thickness", "dermatomed"])
def test_both_engines_give_the_same_numbers(preparation: str, ascorbate, cathodal) -> None:
    skin = models.Skin.load(preparation=preparation, perfused=True)
    plain, fast = (
        models.simulate(skin, ascorbate, cathodal, engine=name) for name in engine.ENGINES
    )
    assert fast.step_end_s == pytest.approx(plain.step_end_s, rel=1e-9)
    for name, amount in plain.amount_mol_per_m2.items():
        assert fast.amount_mol_per_m2[name] == pytest.approx(amount, rel=1e-9, abs=1e-15)
    assert fast.concentration_mol_per_m3 == pytest.approx(
        plain.concentration_mol_per_m3, rel=1e-8, abs=1e-12
    )
    assert fast.mass_balance_error < 1e-12


def test_both_engines_give_the_same_band(perfused, caffeine, anodal) -> None:
    plain, fast = (
        models.simulate_ensemble(
            perfused, caffeine, anodal, draws=6, at_s=[600.0, 2400.0], engine=e
        )
        for e in engine.ENGINES
    )
    for name, amount in plain.amount_mol_per_m2.items():
        assert fast.amount_mol_per_m2[name] == pytest.approx(amount, rel=1e-9, abs=1e-15)


def test_long_runs_outgrow_the_first_list_of_steps(excised, ascorbate, cathodal) -> None:
    solution = models.simulate(
        excised, ascorbate, cathodal, at_s=np.linspace(0.0, 1200.0, 601), engine="compiled"
    )
    assert solution.step_end_s.size >= 600
    assert solution.mass_balance_error < 1e-12


def test_refuses_unknown_engines(excised, ascorbate, cathodal) -> None:
    with pytest.raises(models.ModelInputError, match="engine"):
        models.simulate(excised, ascorbate, cathodal, engine="steam")
    with pytest.raises(models.ModelInputError, match="rising"):
        models.simulate(excised, ascorbate, cathodal, at_s=[2.0, 1.0], engine="compiled")


def test_says_what_to_install(monkeypatch, excised, ascorbate, cathodal) -> None:
    engine.compiled_module.cache_clear()
    monkeypatch.setattr(engine, "find_spec", lambda _name: None)
    with pytest.raises(models.ModelInputError, match="fast"):
        models.simulate(excised, ascorbate, cathodal, engine="compiled")
    engine.compiled_module.cache_clear()

"""How cost grows with layers, cells, ions and subjects, for `bench_models.py`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import problems as pb
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import models
from models.engine import integrate_with
from models.grid import BAND_ELEMENTS, graded
from models.reference_operator import IonicSystem
from models.transport import Operator

Timer = Callable[[Callable[[], object], int], float]
ENGINES = ("numpy", "compiled")
COLORS = {"numpy": "#b35900", "compiled": "#1f5fa8"}


def live_step(draws: int) -> float:
    """Return the median time of a live step of 10 s, s."""
    skin = models.Skin.load()
    donor = models.Formulation(
        compound="ascorbate",
        concentration_mol_per_m3=100.0,
        ph=6.5,
        salts_mol_per_m3={"sodium": 100.0},
        volume_m3_per_m2=4e-3,
    )
    ensemble = models.LiveEnsemble(skin, donor, draws=draws, seed=1)
    spent = []
    for _ in range(60):
        start = time.perf_counter()
        ensemble.advance(10.0, -2.0)
        spent.append(time.perf_counter() - start)
    return median(spent)


def rollout(engine: str) -> Callable[[], object]:
    """Return an hour of P1 on the ensembles' grid in steps of 10 s, kinks included."""
    nominal, forcing = pb.problem(pb.P1)
    operator = Operator(nominal.stack, graded(pb.NAMES, elements=BAND_ELEMENTS))
    schedule = np.arange(10.0, 3601.0, 10.0)
    return lambda: integrate_with(engine, operator, forcing, pb.AT_S[-1:], schedule_s=schedule)


def layers(n: int, engine: str) -> Callable[[], object]:
    """Return a run of P1 with its dermis cut into layers, 32 elements in each."""
    parameters = {
        name: np.concatenate((values[:, :1], np.repeat(values[:, 2:3], n - 1, axis=1)), axis=1)
        for name, values in pb.P1.items()
        if values.ndim == 2
    }
    parameters["thickness"][:, 1:] /= n - 1
    operator, forcing = pb.problem({**pb.P1}, refine=0.1)
    stack = operator.stack
    pick = [0] + [2] * (n - 1)
    cut = replace(
        stack,
        names=("stratum_corneum", *(f"dermis {k}" for k in range(1, n))),
        thickness_m=parameters["thickness"],
        **{
            name: getattr(stack, name)[:, pick]
            for name in (
                "partition",
                "clearance_per_s",
                "pore_permeability_m2_per_s",
                "other_permeability_m2_per_s",
                "mobility_m3_per_c",
                "osmotic_m3_per_c",
            )
        },
    )
    system = Operator(cut, graded(cut.names, elements=dict.fromkeys(cut.names, 32)))
    return lambda: integrate_with(engine, system, forcing, pb.AT_S, tolerance=1e-3)


def cells(refine: int, engine: str) -> Callable[[], object]:
    """Return a run of P1 on a refined grid."""
    operator, forcing = pb.problem(pb.P1, refine=refine)
    return lambda: integrate_with(engine, operator, forcing, pb.AT_S, tolerance=1e-3)


def ions(n: int, engine: str) -> Callable[[], object]:
    """Return a run of P2 with its sodium shared among more and more cations."""
    few = pb.coupled((32, 4, 16, 10))
    split = n - 2
    share = np.concatenate(([1.0], np.full(split, 1.0 / split), [1.0]))
    pick = np.array([0, *([1] * split), 2])
    tables = ("pore_m2_per_s", "lipid_m2_per_s", "water", "oil", "clearance_per_s", "flow_share")
    singles = ("charge", "osmotic_m3_per_c", "released_per_charge", "sealed")
    more = replace(
        few.stack,
        names=tuple(f"ion {k}" for k in range(n)),
        donor_mol_per_m3=few.stack.donor_mol_per_m3[pick] * share,
        bath_mol_per_m3=few.stack.bath_mol_per_m3[pick] * share,
        **{name: getattr(few.stack, name)[..., pick] for name in (*tables, *singles)},
    )
    return pb.coupled_run(IonicSystem(more, few.grid), engine)


def subjects(n: int, engine: str) -> Callable[[], object]:
    """Return a run of P3."""
    return pb.population_run(pb.population(n), engine)


PANELS: tuple[tuple[str, Sequence[int], Callable[[int, str], Callable[[], object]]], ...] = (
    ("layers", (2, 4, 8, 16), layers),
    ("elements", (1, 2, 4, 8), cells),
    ("ions", (3, 4, 6, 8), ions),
    ("subjects", (16, 64, 256, 1024, 4096), subjects),
)


def draw(path: Path, timed: Timer) -> None:
    """Draw the cost of each engine against the size of the problem."""
    figure = Figure(figsize=(11.0, 3.2), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (name, sizes, build) in zip(figure.subplots(1, 4), PANELS, strict=True):
        shown = [248 * size for size in sizes] if name == "elements" else list(sizes)
        for engine in ENGINES:
            few = 1 if name == "ions" and engine == "numpy" else 3
            spent = [1e3 * timed(build(size, engine), few) for size in sizes]
            axes.loglog(shown, spent, "o-", ms=4, color=COLORS[engine], label=engine)
        axes.set_xticks(shown, [str(x) for x in shown])
        axes.minorticks_off()
        axes.set_xlabel(name)
        axes.grid(visible=True, lw=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].set_ylabel("ms a run")
    figure.axes[0].legend(frameon=False)
    figure.savefig(path, dpi=120)

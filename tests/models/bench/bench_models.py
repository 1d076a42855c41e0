"""Time the model beside its peers: ``python tests/models/bench/bench_models.py [--figure PATH]``.

One run, one table: median of five, error against the converged references, ratio to scipy's BDF on
the same discretization. Ratios within one run mean something; times alone do not. MB is the peak that
tracemalloc sees: it leaves out what compiled code allocates for itself, numba's and SUNDIALS's.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import peers
import planning
import problems as pb
import scaling

from models.engine import integrate_extrapolated, integrate_with
from models.grid import graded

IONS = (64, 8, 64, 40)
"""Elements by layer that hold P2 within a thousandth."""
SUBJECTS = 2048
POOLED = 12


def timed(call: Callable[[], object], repeats: int = 5) -> float:
    call()
    spent = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        spent.append(time.perf_counter() - start)
    return median(spent)


def peak_mb(call: Callable[[], object]) -> float:
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


class Table:
    """Rows as they are measured, with ratios to the peer of each problem."""

    def __init__(self) -> None:
        print(f"{'problem':22} {'solver':26} {'ms':>9} {'error':>9} {'peer/ours':>10} {'MB':>7}")

    def row(
        self, problem: str, solver: str, spent_s: float, error: float, peer_s: float, peak: float
    ) -> None:
        ratio = "" if np.isnan(peer_s) else f"{peer_s / spent_s:.1f}x"
        far = "" if np.isnan(error) else f"{error:.1e}"
        held = "" if np.isnan(peak) else f"{peak:.2f}"
        row = f"{problem:22} {solver:26} {1e3 * spent_s:9.3f} {far:>9} {ratio:>10} {held:>7}"
        print(row, flush=True)

    def measure(
        self, problem: str, runs: dict[str, Callable[[], np.ndarray]], exact: np.ndarray
    ) -> None:
        """Time runs of one problem, the peer first."""
        peer_s = 0.0
        for solver, run in runs.items():
            spent = timed(run)
            peer_s = peer_s or spent
            worst = max(pb.errors(run(), exact).values())
            self.row(problem, solver, spent, worst, peer_s, peak_mb(run))


def one_ion(table: Table) -> None:
    """Measure P1 at a few thousandths, at a thousandth and at a hundred-thousandth."""
    for name, refine, tolerance, rtol in (
        ("P1 3e-3", 0.5, 3e-3, 1e-3),
        ("P1 1e-3", 1.0, 1e-3, 1e-4),
    ):
        operator, forcing = pb.problem(pb.P1, refine=refine)
        runs: dict[str, Callable[[], np.ndarray]] = {
            "scipy BDF": lambda o=operator, f=forcing, r=rtol: peers.scipy_bdf(o, f, r)  # type: ignore[misc]
        }
        if peers.has_sundials():
            runs["SUNDIALS CVODE"] = lambda o=operator, f=forcing, r=rtol: peers.sundials(o, f, r)  # type: ignore[misc]
        for engine in ("numpy", "compiled"):
            runs[f"ours, {engine}"] = lambda o=operator, f=forcing, e=engine, t=tolerance: (
                pb.outputs(  # type: ignore[misc]
                    integrate_with(e, o, f, pb.AT_S, tolerance=t)
                )
            )
        table.measure(name, runs, pb.reference())
    operator, forcing = pb.problem(pb.P1)
    # A tight BDF cannot undo its grid: it is given the grid that the fine run has.
    runs = {"scipy BDF": lambda: peers.scipy_bdf(operator, forcing, 1e-6)}
    for engine in ("numpy", "compiled"):
        runs[f"ours, {engine}, extrapol."] = lambda e=engine: pb.outputs(  # type: ignore[misc]
            integrate_extrapolated(
                e,
                operator.stack,
                forcing,
                pb.AT_S,
                tolerance=3e-3,
                grid=graded(pb.NAMES, refine=0.5),
            )[1]
        )
    table.measure("P1 1e-5", runs, pb.reference())


def three_ions(table: Table) -> None:
    """Measure P2 at a thousandth."""
    system = pb.coupled(IONS)
    runs: dict[str, Callable[[], np.ndarray]] = {"scipy BDF": lambda: peers.ions_bdf(system, 3e-4)}
    for engine in ("numpy", "compiled"):
        runs[f"ours, {engine}"] = pb.coupled_run(system, engine)
    table.measure("P2 1e-3", runs, pb.reference("p2"))


def many(table: Table) -> None:
    """Measure P3 by subject, at a thousandth of the dose in the median."""
    pooled = peers.pool_run(POOLED)
    peer_s = timed(pooled, 3) / POOLED
    table.row("P3 a subject", "pool of 2, scipy BDF", peer_s, float("nan"), peer_s, float("nan"))
    population = pb.population(SUBJECTS)
    few = {name: values[:64] for name, values in population.items()}
    exact = pb.dose(pb.population_run(few, "compiled", refine=4.0, tolerance=1e-4)())
    for engine in ("numpy", "compiled"):
        run = pb.population_run(population, engine)
        spent = timed(run) / SUBJECTS
        found = pb.dose(run())[:, :, :64]
        worst = (np.abs(found - exact).max(axis=1) / exact.max(axis=1)).max(axis=0)
        table.row(
            "P3 a subject", f"ours, {engine}", spent, float(np.median(worst)), peer_s, peak_mb(run)
        )
        print(f"{'':22} {1.0 / spent:,.0f} subjects/s, {SUBJECTS} at once, steps and grid included")


def live(table: Table) -> None:
    """Measure the live estimate: a step of one draw in 64, and an hour in 10 s steps."""
    spent = scaling.live_step(64)
    table.row(
        "live step, a draw", "ours, numpy", spent / 64, float("nan"), float("nan"), float("nan")
    )
    hour = timed(scaling.rollout("compiled"))
    table.row("hour's rollout", "ours, compiled", hour, float("nan"), float("nan"), float("nan"))


def plans(table: Table) -> None:
    """Measure a plan of 60 intervals beside SLSQP, the gradient, and a plan for 200 draws."""
    problem = planning.nominal()
    least = min(timed(problem.plan, 1) for _ in range(15))
    found = problem.plan()
    over = planning.excess(problem, found.current_a_per_m2)
    peer_s, charge, reached = planning.Problem.peer(problem)
    nothing = float("nan")
    table.row("plan, 60 intervals", "SLSQP, differences", peer_s, nothing, peer_s, nothing)
    table.row("plan, 60 intervals", "ours, compiled", least, nothing, peer_s, nothing)
    print(
        f"{'':22} charge {found.charge_c_per_m2:.0f} beside {charge:.0f} C/m2 at {reached:.6f} of the "
        f"dose; limits exceeded by {max(over, 0.0):.0e}; a gradient costs "
        f"{problem.gradient_in_runs():.2f} runs"
    )
    planned, verified, busy, share, used = planning.robust()
    table.row("plan, 200 draws", "ours, compiled", planned, nothing, nothing, nothing)
    table.row("its verification", "ours, reference", verified, nothing, nothing, nothing)
    print(
        f"{'':22} {busy:.1f} s of processor for both; {share:.0%} of the draws reach the goal; "
        f"{used:.9f} of the nearest limit used"
    )


def converge() -> np.ndarray:
    """Return P1 converged: Richardson over grids refined four and eight times."""
    fine = []
    for refine in (4.0, 8.0):
        operator, forcing = pb.problem(pb.P1, refine=refine)
        fine.append(
            pb.outputs(integrate_with("compiled", operator, forcing, pb.AT_S, tolerance=1e-8))
        )
    return fine[1] + (fine[1] - fine[0]) / 3.0


def converge_coupled() -> np.ndarray:
    """Return P2 converged: Richardson over grids of 496 and 992 elements."""
    fine = []
    for factor in (2, 4):
        system = pb.coupled((128 * factor, 16 * factor, 64 * factor, 40 * factor))
        fine.append(pb.coupled_run(system, "compiled", tolerance=1e-6)())
    return fine[1] + (fine[1] - fine[0]) / 3.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", action="store_true", help="remake the references")
    parser.add_argument("--figure", type=Path, help="draw how cost grows, into this file")
    asked = parser.parse_args()
    if asked.reference:
        here = Path(__file__)
        np.savetxt(here.with_name("p1_reference.txt"), converge(), fmt="%.9e")
        np.savetxt(here.with_name("p2_reference.txt"), converge_coupled(), fmt="%.9e")
        return
    table = Table()
    if not peers.has_sundials():
        print("SUNDIALS left out: scikit-sundae is not installed")
    for part in (one_ion, three_ions, many, live, plans):
        part(table)
    if asked.figure is not None:
        scaling.draw(asked.figure, timed)
        print(f"figure: {asked.figure}")


if __name__ == "__main__":
    main()

"""Time the model on its reference problems: ``python tests/models/bench/bench_models.py``.

Ratios within one run mean something; times alone do not.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from scipy.integrate import solve_ivp
from scipy.sparse import diags

sys.path.insert(0, str(Path(__file__).parent))
import problems as pb

from models.electroneutral_solver import integrate_ions
from models.engine import integrate_with
from models.forcing import Forcing
from models.transport import Operator


def timed(call: Callable[[], object], repeats: int = 5) -> float:
    call()
    spent = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        spent.append(time.perf_counter() - start)
    return median(spent)


def scipy_bdf(operator: Operator, forcing: Forcing, rtol: float) -> np.ndarray:
    """Integrate the same discretization by scipy's BDF, piece by piece between kinks."""
    mass, n = operator.mass_m[0], operator.n_node

    def links(t: float) -> tuple[np.ndarray, np.ndarray]:
        return operator.links(*forcing.at(t))

    def rhs(t: float, y: np.ndarray) -> np.ndarray:
        s = y[None, :n]
        gone = float(operator.clearing_m_per_s[0] @ y[:n])
        return np.append(operator.rate(s, *links(t))[0] / mass, gone)

    def jacobian(t: float, _y: np.ndarray) -> object:
        lower, main, upper = operator.bands(1.0, *links(t))
        below, above = -lower[0, 1:] / mass[1:], -upper[0] / mass
        bands = [np.append(below, 0.0), np.append(1.0 - main[0] / mass, 0.0), above]
        matrix = diags(bands, [-1, 0, 1], format="lil")
        matrix[n, :n] = operator.clearing_m_per_s[0]
        return matrix.tocsc()

    y = np.zeros(n + 1)
    y[0] = pb.DONOR_MOL_PER_M3 * pb.DONOR_M / mass[0]
    found = np.zeros((pb.AT_S.size, n + 1))
    found[0] = y
    for start, end in zip(pb.KINK_S, pb.KINK_S[1:], strict=False):
        asked = pb.AT_S[(start < pb.AT_S) & (end >= pb.AT_S)]
        piece = solve_ivp(
            rhs,
            (start, end),
            y,
            method="BDF",
            t_eval=np.union1d(asked, [end]),
            jac=jacobian,
            rtol=rtol,
            atol=rtol * 1e-3 * pb.DONOR_MOL_PER_M3,
        )
        found[np.searchsorted(pb.AT_S, asked)] = piece.y.T[np.isin(piece.t, asked)]
        y = piece.y[:, -1]
    layers = found[:, :n] @ operator.weights_m[:, 0].T
    layers[0] = 0.0
    delivered = pb.DONOR_M * (pb.DONOR_MOL_PER_M3 - found[:, 0])
    return np.column_stack((delivered, layers, found[:, n]))


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
        operator = pb.coupled((128 * factor, 16 * factor, 64 * factor, 40 * factor))
        path = integrate_ions(operator, pb.current, pb.AT_S, pb.KINK_S, tolerance=3e-7)
        fine.append(pb.drug_outputs(path))
    return fine[1] + (fine[1] - fine[0]) / 3.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", action="store_true", help="remake the references")
    if parser.parse_args().reference:
        here = Path(__file__)
        np.savetxt(here.with_name("p1_reference.txt"), converge(), fmt="%.9e")
        np.savetxt(here.with_name("p2_reference.txt"), converge_coupled(), fmt="%.9e")
        return
    exact = pb.reference()
    print(f"{'P1':24} {'refine':>6} {'ms':>8} {'worst error':>12}")
    for refine in (0.5, 1.0):
        operator, forcing = pb.problem(pb.P1, refine=refine)
        runs: dict[str, Callable[[], np.ndarray]] = {
            engine: lambda o=operator, f=forcing, e=engine: pb.outputs(  # type: ignore[misc]
                integrate_with(e, o, f, pb.AT_S, tolerance=1e-3)
            )
            for engine in ("compiled", "numpy")
        }
        runs["scipy BDF, same grid"] = lambda o=operator, f=forcing: scipy_bdf(o, f, 1e-4)  # type: ignore[misc]
        for name, run in runs.items():
            worst = max(pb.errors(run(), exact).values())
            print(f"{name:24} {refine:6.2f} {1e3 * timed(run):8.2f} {worst:12.1e}")
    ions = pb.coupled()
    spent = timed(lambda: integrate_ions(ions, pb.current, pb.AT_S, pb.KINK_S, tolerance=5e-4), 3)
    print(f"{'P2 numpy':31} {1e3 * spent:8.0f}")
    operator, forcing = pb.problem(pb.population(512), refine=0.25)
    single, drive = pb.problem(pb.P1, refine=0.25)
    schedule = integrate_with("compiled", single, drive, pb.AT_S[-1:], tolerance=3e-3).step_end_s
    for engine in ("compiled", "numpy"):
        spent = timed(
            lambda e=engine: integrate_with(
                e, operator, forcing, pb.AT_S[-1:], schedule_s=schedule
            ),
            3,
        )
        print(f"P3 {engine:21} {512 / spent:,.0f} subjects/s, {schedule.size} steps")


if __name__ == "__main__":
    main()

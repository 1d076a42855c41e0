"""Other solvers on the same discretizations, for `bench_models.py`."""

from __future__ import annotations

import importlib
import multiprocessing
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import problems as pb
from scipy.integrate import solve_ivp
from scipy.sparse import diags

from models.constants import FARADAY_C_PER_MOL
from models.forcing import Forcing
from models.reference_operator import IonicSystem
from models.transport import Operator, bernoulli

FloatArray = pb.FloatArray


class Semidiscrete:
    """P1 as ``dy/dt = f(t, y)``; the last unknown is what was cleared."""

    def __init__(self, operator: Operator, forcing: Forcing) -> None:
        self.operator, self.forcing = operator, forcing
        self.n = operator.n_node
        self.mass = operator.mass_m[0]
        self.start = np.zeros(self.n + 1)
        self.start[0] = pb.DONOR_MOL_PER_M3 * pb.DONOR_M / self.mass[0]

    def _links(self, t: float) -> tuple[FloatArray, FloatArray]:
        return self.operator.links(*self.forcing.at(t))

    def rhs(self, t: float, y: FloatArray) -> FloatArray:
        s = y[None, : self.n]
        gone = float(self.operator.clearing_m_per_s[0] @ y[: self.n])
        return np.append(self.operator.rate(s, *self._links(t))[0] / self.mass, gone)

    def diagonals(self, t: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        lower, main, upper = self.operator.bands(1.0, *self._links(t))
        return (
            -lower[0, 1:] / self.mass[1:],
            1.0 - main[0] / self.mass,
            -upper[0, :-1] / self.mass[:-1],
        )

    def jacobian(self, t: float, _y: FloatArray) -> object:
        below, main, above = self.diagonals(t)
        bands = [np.append(below, 0.0), np.append(main, 0.0), np.append(above, 0.0)]
        matrix = diags(bands, [-1, 0, 1], format="lil")
        matrix[self.n, : self.n] = self.operator.clearing_m_per_s[0]
        return matrix.tocsc()

    def outputs(self, found: FloatArray) -> FloatArray:
        layers = found[:, : self.n] @ self.operator.weights_m[:, 0].T
        layers[0] = 0.0
        delivered = pb.DONOR_M * (pb.DONOR_MOL_PER_M3 - found[:, 0])
        return np.column_stack((delivered, layers, found[:, self.n]))


def by_pieces(
    start: FloatArray, piece: Callable[[float, float, FloatArray, FloatArray], FloatArray]
) -> FloatArray:
    """Return states at the asked times, solving from kink to kink."""
    found, y = np.zeros((pb.AT_S.size, start.size)), start
    found[0] = y
    for begin, end in zip(pb.KINK_S, pb.KINK_S[1:], strict=False):
        asked = pb.AT_S[(begin < pb.AT_S) & (end >= pb.AT_S)]
        times = np.union1d(asked, [end])
        states = piece(begin, end, y, times)
        found[np.searchsorted(pb.AT_S, asked)] = states[np.isin(times, asked)]
        y = states[-1]
    return found


def scipy_bdf(operator: Operator, forcing: Forcing, rtol: float) -> FloatArray:
    """Solve P1 by scipy's BDF with the exact Jacobian, sparse."""
    problem = Semidiscrete(operator, forcing)

    def piece(begin: float, end: float, y: FloatArray, times: FloatArray) -> FloatArray:
        solved = solve_ivp(
            problem.rhs,
            (begin, end),
            y,
            method="BDF",
            t_eval=times,
            jac=problem.jacobian,
            rtol=rtol,
            atol=rtol * 1e-3 * pb.DONOR_MOL_PER_M3,
        )
        return solved.y.T

    return problem.outputs(by_pieces(problem.start, piece))


def sundials(operator: Operator, forcing: Forcing, rtol: float) -> FloatArray:
    """Solve P1 by SUNDIALS CVODE (scikit-sundae), banded; cleared is what the rest leaves."""
    cvode = importlib.import_module("sksundae.cvode").CVODE
    problem = Semidiscrete(operator, forcing)

    def rhs(t: float, y: FloatArray, yp: FloatArray) -> None:
        yp[:] = problem.rhs(t, np.append(y, 0.0))[:-1]

    def piece(begin: float, _end: float, y: FloatArray, times: FloatArray) -> FloatArray:
        solver = cvode(
            rhs,
            rtol=rtol,
            atol=rtol * 1e-3 * pb.DONOR_MOL_PER_M3,
            linsolver="band",
            lband=1,
            uband=1,
        )
        # Given two times it would return every step of its own.
        asked = np.concatenate(([begin, 0.5 * (begin + times[0])], times))
        return np.asarray(solver.solve(asked, y).y)[2:]

    states = by_pieces(problem.start[:-1], piece)
    found = problem.outputs(np.column_stack((states, np.zeros(len(states)))))
    found[:, -1] = found[:, 0] - found[:, 1:-1].sum(axis=1)
    found[0] = 0.0
    return found


def has_sundials() -> bool:
    return find_spec("sksundae") is not None


class Ions:
    """P2 as ``dy/dt = f(t, y)`` in all ions but the last; the field follows from the current."""

    def __init__(self, system: IonicSystem) -> None:
        self.system, self.m, stack = system, system.n_ion - 1, system.stack
        self.drift = stack.osmotic_m3_per_c[:, None] / system.pore
        self.room = system.at_nodes(system.water)[:-1, :-1]
        self.mass = self.room.copy()
        self.mass[:, 0] += stack.donor_volume_m
        self.taken = system.at_nodes(system.clearance(1.0) * system.water)[:-1, :-1]
        self.start = system.rest()[:, :-1].ravel()
        self._field = np.zeros(system.n_node)

    def fluxes(self, s: FloatArray, i: float) -> FloatArray:
        """Return fluxes, with the field of every element found by Newton's method."""
        z, pore, field = self.system.stack.charge[:, None], self.system.pore, self._field
        left, right, push = s[:, :-1], s[:, 1:], i * self.drift
        for _ in range(30):
            a = z * field + push
            b = bernoulli(a)
            flux = pore * ((b + a) * left - b * right)
            small = np.abs(a) < 1e-6
            turn = np.where(small, -0.5, b * (1.0 - b - a) / np.where(small, 1.0, a))
            slope = (z * z * pore * ((turn + 1.0) * left - turn * right)).sum(axis=0)
            change = ((z * flux).sum(axis=0) - i / FARADAY_C_PER_MOL) / slope
            field = field - change
            if np.abs(change).max() < 1e-10:
                break
        self._field = field
        return flux

    def rhs(self, t: float, y: FloatArray) -> FloatArray:
        stack, n, i = self.system.stack, self.system.n_node, pb.current(t)
        s = np.empty((self.m + 1, n + 1))
        s[:-1, :-1] = y.reshape(n, self.m).T
        s[:-1, -1] = stack.bath_mol_per_m3[:-1]
        s[-1] = -(stack.charge[:-1] @ s[:-1]) / stack.charge[-1]
        flux = self.fluxes(s, i)[:-1]
        rate = -flux - self.taken * (s[:-1, :-1] - stack.bath_mol_per_m3[:-1, None])
        rate[:, 1:] += flux[:, :-1]
        rate[:, 0] += stack.released_per_charge[:-1] * i / FARADAY_C_PER_MOL
        return (rate / self.mass).T.ravel()

    def sparsity(self) -> object:
        n = self.start.size
        width = 2 * self.m - 1
        bands = [np.ones(n - abs(k)) for k in range(-width, width + 1)]
        return diags(bands, range(-width, width + 1), format="csc")

    def outputs(self, found: FloatArray) -> FloatArray:
        system, stack = self.system, self.system.stack
        s = np.zeros((len(found), system.n_ion, system.n_node + 1))
        s[:, :-1, :-1] = found.reshape(len(found), system.n_node, self.m).transpose(0, 2, 1)
        held, first = system.held_in(s)[:, 0], np.searchsorted(system.point_layer, np.arange(4))
        layers = np.add.reduceat(held, first, axis=1)
        layers[0] = 0.0
        delivered = stack.donor_volume_m * (stack.donor_mol_per_m3[0] - found[:, 0])
        delivered[0] = 0.0
        # What left through the deep side is below a billionth of the dose.
        return np.column_stack((delivered, layers, delivered - layers.sum(axis=1)))


def ions_bdf(system: IonicSystem, rtol: float) -> FloatArray:
    """Solve P2 by scipy's BDF; its Jacobian, needed seven times, by grouped differences."""
    problem = Ions(system)
    sparsity = problem.sparsity()

    def piece(begin: float, end: float, y: FloatArray, times: FloatArray) -> FloatArray:
        solved = solve_ivp(
            problem.rhs,
            (begin, end),
            y,
            method="BDF",
            t_eval=times,
            jac_sparsity=sparsity,
            rtol=rtol,
            atol=rtol * 0.25,
        )
        return solved.y.T

    return problem.outputs(by_pieces(problem.start, piece))


def _one(index: int) -> float:
    drawn = {name: values[index : index + 1] for name, values in pb.population(index + 1).items()}
    operator, forcing = pb.problem(drawn, refine=0.25)
    return float(scipy_bdf(operator, forcing, 1e-3)[-1, 0])


def pool_run(n: int) -> Callable[[], list[float]]:
    """Return P3 by a pool of two processes, each subject by scipy's BDF; the pool is warm."""
    pool = multiprocessing.get_context("spawn").Pool(2)
    pool.map(_one, range(2))

    def run() -> list[float]:
        return pool.map(_one, range(n))

    return run

"""Needle depots as initial conditions, so that injection and current can be compared.

A depot is drug already in the tissue at the start, spread evenly between two depths. Without current
the fast model's system ``M ds/dt = A s`` (`transport`) is constant and symmetric, and

    ``s(t) = M^{-1/2} V e^{Λt} V^T M^{1/2} s(0)``

is exact in time. What left is the integral of its rate, exact too. Injection points are averaged
over their area: an upper bound of how evenly they spread. The needle's channel and the pressure of
the injected volume are left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.assembly import coefficients
from models.bounds import known, not_negative, positive
from models.donor import Formulation
from models.draws import Draws
from models.errors import ModelInputError
from models.grid import graded
from models.layers import LAYERS
from models.skin import Skin
from models.solution import Solution
from models.transport import Operator

FloatArray = NDArray[np.float64]
TECHNIQUES = ("papule", "nappage", "point_by_point")
_NO_DONOR_M = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Depot:
    """Hold what needles put into the skin.

    Parameters
    ----------
    technique : str
        One of `TECHNIQUES`, for the record.
    top_m, bottom_m : float
        Depths between which the drug lies.
    dose_mol_per_m2 : float
        Drug per skin area.
    spacing_m : float
        Distance of neighboring points; 0 for a papule, which is one.
    """

    technique: str
    top_m: float
    bottom_m: float
    dose_mol_per_m2: float
    spacing_m: float = 0.0

    def __post_init__(self) -> None:
        known("technique", self.technique, TECHNIQUES)
        top = not_negative("top_m", self.top_m)
        if positive("bottom_m", self.bottom_m) <= top:
            raise ModelInputError(f"bottom_m = {self.bottom_m:g}: must lie below top_m = {top:g}")
        positive("dose_mol_per_m2", self.dose_mol_per_m2)
        not_negative("spacing_m", self.spacing_m)

    @classmethod
    def papule(
        cls, *, volume_m3: float, concentration_mol_per_m3: float, depth_m: float, diameter_m: float
    ) -> Depot:
        """Return one blister of fluid about a depth, as thick as its volume over its area."""
        area = math.pi * positive("diameter_m", diameter_m) ** 2 / 4.0
        thickness = positive("volume_m3", volume_m3) / area
        dose = thickness * positive("concentration_mol_per_m3", concentration_mol_per_m3)
        return cls(
            technique="papule",
            top_m=depth_m - 0.5 * thickness,
            bottom_m=depth_m + 0.5 * thickness,
            dose_mol_per_m2=dose,
        )

    @classmethod
    def points(
        cls,
        technique: str,
        *,
        volume_m3: float,
        concentration_mol_per_m3: float,
        depth_m: float,
        spacing_m: float,
    ) -> Depot:
        """Return a square pattern of points, "nappage" or "point_by_point".

        Each is a ball of fluid centered at the depth; `volume_m3` is that of one point.
        """
        ball = positive("volume_m3", volume_m3)
        radius = (3.0 * ball / (4.0 * math.pi)) ** (1.0 / 3.0)
        amount = ball * positive("concentration_mol_per_m3", concentration_mol_per_m3)
        return cls(
            technique=known("technique", technique, TECHNIQUES[1:]),
            top_m=depth_m - radius,
            bottom_m=depth_m + radius,
            dose_mol_per_m2=amount / positive("spacing_m", spacing_m) ** 2,
            spacing_m=spacing_m,
        )


def simulate_depot(
    skin: Skin, formulation: Formulation, depot: Depot, *, at_s: ArrayLike
) -> Solution:
    """Predict where an injected drug goes, without current and under a closed surface.

    Parameters
    ----------
    skin : Skin
        The preparation.
    formulation : Formulation
        The active, and the pH that sets which share of it passes the stratum corneum's lipid.
    depot : Depot
        What was injected.
    at_s : (n_time,) array
        Rising times after the injection, s.

    Returns
    -------
    Solution
        Its donor stays empty.

    Raises
    ------
    ModelInputError
        If the depot lies below the skin or the times do not rise.
    """
    times = np.atleast_1d(np.asarray(at_s, dtype=float))
    rising = times.ndim == 1 and times.size > 0 and bool(np.all(np.diff(times) > 0.0))
    if not rising or not np.all(np.isfinite(times)) or times[0] < 0.0:
        raise ModelInputError("at_s: give finite rising times of 0 or more in one dimension, s")
    if depot.bottom_m > skin.thickness_m * (1.0 + 1e-12):
        raise ModelInputError(
            f"bottom_m = {depot.bottom_m:g}: the preparation ends at {skin.thickness_m:g} m"
        )
    operator = _closed(skin, formulation)
    s, cleared, received = _course(operator, _start(operator, depot), times)
    return _solution(skin, depot, operator, times, (s, cleared, received))


def _closed(skin: Skin, formulation: Formulation) -> Operator:
    stack = coefficients(skin, formulation, Draws.nominal())
    closed = {"donor_volume_m": np.array([_NO_DONOR_M]), "donor_mol_per_m3": np.zeros(1)}
    fields = {name: getattr(stack, name) for name in stack.__dataclass_fields__}
    return Operator(type(stack)(**{**fields, **closed}), graded(stack.names))


def _nodes(operator: Operator) -> FloatArray:
    length = operator.grid.element_length_m(operator.stack.thickness_m)[0]
    return np.concatenate(([0.0], np.cumsum(length)))


def _start(operator: Operator, depot: Depot) -> FloatArray:
    """Return s at the start: each node gets the dose that lies in its control volume."""
    nodes = _nodes(operator)
    faces = np.concatenate(([0.0], 0.5 * (nodes[1:] + nodes[:-1]), nodes[-1:]))
    overlap = np.diff(np.clip(faces, depot.top_m, depot.bottom_m))
    amounts = depot.dose_mol_per_m2 * overlap / overlap.sum()
    n = operator.n_node
    # With a sink the last node is the receptor's face; what lies there belongs to the one above.
    amounts[n - 1] += amounts[n:].sum()
    start: FloatArray = amounts[:n] / operator.mass_m[0]
    return start


def _course(
    operator: Operator, start: FloatArray, times: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return s (n_time, n_node), and what blood and receptor took (n_time,)."""
    one = np.ones(1)
    forward, backward = operator.links(0.0, one, 0.0 * one)
    _, main, upper = operator.bands(1.0, forward, backward)
    mass = operator.mass_m[0]
    root = np.sqrt(mass)
    # The bands are M - A; scaled by roots of M both sides, A is symmetric.
    off = -upper[0, :-1] / (root[:-1] * root[1:])
    values, vectors = import_module("scipy.linalg").eigh_tridiagonal((mass - main[0]) / mass, off)
    values = np.minimum(values, 0.0)
    weight = vectors.T @ (root * start)
    s = (np.exp(values * times[:, None]) * weight) @ vectors.T / root
    grown = np.where(values < 0.0, np.expm1(values * times[:, None]), 0.0)
    spent = np.where(values < 0.0, grown / np.where(values < 0.0, values, 1.0), times[:, None])
    exposure = (spent * weight) @ vectors.T / root
    gone = [operator.leaving(row[None], forward) for row in exposure]
    cleared = np.array([taken[0][0] for taken in gone])
    return s, cleared, np.array([taken[1][0] for taken in gone])


def _solution(
    skin: Skin,
    depot: Depot,
    operator: Operator,
    times: FloatArray,
    path: tuple[FloatArray, FloatArray, FloatArray],
) -> Solution:
    s, cleared, received = path
    names = operator.stack.names
    amounts = {name: np.zeros(times.size) for name in ("donor", *LAYERS)}
    for index, name in enumerate(names):
        amounts[name] = s @ operator.weights_m[index, 0]
    amounts.update(cleared=cleared, receptor=received)
    total = np.sum(list(amounts.values()), axis=0)
    depth, concentration = _depths(operator, s)
    return Solution(
        time_s=times,
        amount_mol_per_m2=MappingProxyType(amounts),
        depth_m=depth,
        concentration_mol_per_m3=concentration,
        transport_number=np.zeros(times.size),
        perfused=skin.perfused,
        mass_balance_error=float(np.abs(total / depot.dose_mol_per_m2 - 1.0).max()),
        extrapolated=_averaged(depot),
        step_end_s=times[times > 0.0],
    )


def _depths(operator: Operator, s: FloatArray) -> tuple[FloatArray, FloatArray]:
    layer = operator.grid.layer
    spans = [np.flatnonzero(layer == k) for k in range(len(operator.stack.names))]
    pick = np.concatenate([np.append(span, span[-1] + 1) for span in spans])
    partition = np.concatenate(
        [np.full(span.size + 1, operator.stack.partition[0, k]) for k, span in enumerate(spans)]
    )
    whole = np.pad(s, ((0, 0), (0, layer.size + 1 - s.shape[1])))
    return _nodes(operator)[pick], whole[:, pick] * partition


def _averaged(depot: Depot) -> tuple[str, ...]:
    if depot.spacing_m <= depot.bottom_m - depot.top_m:
        return ()
    return (
        (
            f"Points {depot.spacing_m * 1e3:.2g} mm apart are averaged over their area; between them "
            "the tissue holds less at first, beneath them more."
        ),
    )

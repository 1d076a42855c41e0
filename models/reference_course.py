"""The course of all ions in time: RODASP with error control, in numpy or compiled.

Amounts at the nodes are carried along with concentrations and potential: they change only by fluxes
and by what blood takes, so every ion is conserved to rounding. Where frames are asked for between
steps, concentrations and potential are brought to the amounts and the current exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bounds import known
from models.engine import ENGINES, compiled_module
from models.errors import ModelInputError
from models.reference_balance import evaluate
from models.reference_drive import IonicDrive
from models.reference_operator import IonicSystem
from models.reference_solver import Frame
from models.reference_state import Row
from models.reference_steps import follow

FloatArray = NDArray[np.float64]
_EMPTY = 1e-2
"""Deficit of an ion in the donor, relative to its richest one, that ends a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IonicCourse:
    """Hold states at the times asked for, and the steps taken.

    Parameters
    ----------
    system, drive : IonicSystem, IonicDrive
        What was integrated.
    time_s : (n_time,) array
        Times asked for.
    bath_mol_per_m3 : (n_time, n_ion, n_node + 1) array
        s at the nodes; the last one is behind the deep side.
    potential_drop : (n_time, n_element) array
        Fall of Φ over each element, RT/F.
    cleared_mol_per_m2, received_mol_per_m2 : (n_time, n_ion) array
        Gone into blood and through the deep face so far.
    step_end_s : (n_step,) array
        Ends of the steps.
    """

    system: IonicSystem
    drive: IonicDrive
    time_s: FloatArray
    bath_mol_per_m3: FloatArray
    potential_drop: FloatArray
    cleared_mol_per_m2: FloatArray
    received_mol_per_m2: FloatArray
    step_end_s: FloatArray

    def frame(self, index: int) -> Frame:
        """Return everything at one of the times."""
        potential = np.cumsum(self.potential_drop[index, ::-1])[::-1]
        y = np.column_stack((self.bath_mol_per_m3[index, :-1, :-1].T, potential))
        values = (float(v) for v in self.drive.at(float(self.time_s[index]))[0])
        return Frame(
            balance=evaluate(self.system, y, *values),
            cleared_mol_per_m2=self.cleared_mol_per_m2[index],
            received_mol_per_m2=self.received_mol_per_m2[index],
        )

    def frames(self) -> tuple[Frame, ...]:
        """Return everything at every time."""
        return tuple(self.frame(index) for index in range(self.time_s.size))

    def amounts(self) -> FloatArray:
        """Return what the layers hold, (n_time, n_ion, n_layer) in mol/m^2."""
        held = self.system.held_in(self.bath_mol_per_m3)
        first = np.searchsorted(self.system.point_layer, np.arange(len(self.system.spans)))
        return np.add.reduceat(held, first, axis=2)


def integrate_ions(
    system: IonicSystem,
    drive: IonicDrive,
    at_s: FloatArray,
    *,
    tolerance: float,
    start: FloatArray | None = None,
    engine: str = "numpy",
) -> IonicCourse:
    """Return the course of all ions.

    Parameters
    ----------
    system : IonicSystem
        The ions on their grid.
    drive : IonicDrive
        Current, opening and blood flow.
    at_s : (n_time,) array
        Rising times of 0 or more, s.
    tolerance : float
        Error per step relative to the largest concentration of each ion.
    start : (n_node, n_ion) array, optional
        Unknowns at the start; by default tissue in its bath under a fresh donor.
    engine : str
        "numpy", or "compiled" where the extra `fast` is installed.

    Raises
    ------
    ModelInputError
        If the donor runs out of an ion its electrode takes, or the ions cannot carry the current;
        or if the engine is unknown or not installed.
    """
    known("engine", engine, ENGINES)
    row = Row.of(system, system.rest() if start is None else start)
    stops = np.union1d(drive.kink_s[drive.kink_s > 0.0], at_s[-1:])
    times = at_s, stops[stops <= at_s[-1]]
    limits = tolerance * _scale(system), _floor(system)
    run = follow if engine == "numpy" else compiled_module("compiled_reference").follow
    rows, ends, last = run(system, drive, times, limits, row)
    if not ends.size and at_s[-1] > 0.0:
        raise ModelInputError(
            f"the donor of {system.stack.names[0]} over this skin has no electroneutral start: too "
            "few ions to carry the current; add salt, or use the fast model"
        )
    reached = float(ends[-1]) if ends.size else 0.0
    if reached < at_s[-1]:
        raise _stuck(system, last, reached, float(drive.at(reached)[0][0]))
    return IonicCourse(
        system=system,
        drive=drive,
        time_s=at_s,
        bath_mol_per_m3=rows.s,
        potential_drop=rows.drop,
        cleared_mol_per_m2=rows.gone[:, 0],
        received_mol_per_m2=rows.gone[:, 1],
        step_end_s=ends,
    )


def _scale(system: IonicSystem) -> FloatArray:
    largest = np.maximum(system.stack.donor_mol_per_m3, system.stack.bath_mol_per_m3)
    scale: FloatArray = np.maximum(largest, 1e-2 * largest.max())[:-1]
    return scale


def _floor(system: IonicSystem) -> float:
    return -_EMPTY * float(system.stack.donor_mol_per_m3.max())


def _stuck(system: IonicSystem, last: Row, time_s: float, current: float) -> ModelInputError:
    donor = last.s[:, 0]
    worst = int(np.argmin(donor))
    if donor[worst] < _floor(system):
        return ModelInputError(
            f"the donor has no {system.stack.names[worst]} left after {time_s:.4g} s, which its "
            "electrode takes; give it more, use a salt bridge, or pass less charge"
        )
    return ModelInputError(
        f"current density {current:g} A/m^2 at {time_s:.6g} s: the donor's ions cannot carry it; "
        "lower the current, shorten it, or give the donor more of the ion its electrode uses up"
    )

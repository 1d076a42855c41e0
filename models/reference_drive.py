"""What drives the reference model from outside, in one table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.blood import BloodFlow
from models.forcing import Forcing
from models.reference_ions import IonStack

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class IonicDrive:
    """Hold the table; constant beyond its end.

    Parameters
    ----------
    kink_s : (n_kink,) array
        Times a solver must not step across.
    time_s : (n_time,) array
        Rising times of the table.
    values : (4, n_time) array
        Current density, A/m^2; pore area and blood flow relative to rest; charge passed, either
        way, C/m^2.
    released : (n_ion, n_time) array
        What the electrode adds, mol per mol of charge.
    """

    kink_s: FloatArray
    time_s: FloatArray
    values: FloatArray
    released: FloatArray

    def at(self, time_s: float) -> tuple[FloatArray, FloatArray]:
        """Return the values at a time, and their change per second, (4,) each."""
        last = self.time_s.size - 1
        k = min(max(int(np.searchsorted(self.time_s, time_s, side="right")) - 1, 0), last - 1)
        length = self.time_s[k + 1] - self.time_s[k]
        share = min(max((time_s - self.time_s[k]) / length, 0.0), 1.0)
        low, high = self.values[:, k], self.values[:, k + 1]
        moving = time_s < self.time_s[last]
        return low + (high - low) * share, (high - low) / length * moving


def ionic_drive(
    stack: IonStack, forcing: Forcing, blood_flow: BloodFlow | None = None
) -> IonicDrive:
    """Return the table of a forcing's first draw, with its mobility left aside.

    Parameters
    ----------
    stack : IonStack
        Ions, for what the electrode releases.
    forcing : Forcing
        Current and opening.
    blood_flow : BloodFlow, optional
        Blood flow relative to rest; by default at rest.
    """
    passed = _charge(forcing.time_s, forcing.current_a_per_m2)
    knots = stack.release_knots_c_per_m2
    bends = np.empty(0) if knots is None else np.interp(knots, passed, forcing.time_s)
    flow_s = np.empty(0) if blood_flow is None else np.array(blood_flow.time_s)
    flow_s = flow_s[(flow_s > 0.0) & (flow_s < forcing.time_s[-1])]
    time = np.unique(np.concatenate((forcing.time_s, bends, flow_s)))
    charge = np.interp(time, forcing.time_s, passed)
    flow = [1.0 if blood_flow is None else blood_flow.at(float(t)) for t in time]
    current = np.interp(time, forcing.time_s, forcing.current_a_per_m2)
    opening = np.interp(time, forcing.time_s, forcing.opening[0])
    return IonicDrive(
        kink_s=np.union1d(forcing.kink_s, flow_s),
        time_s=time,
        values=np.stack((current, opening, np.array(flow), charge)),
        released=np.stack([stack.released(float(c)) for c in charge], axis=1),
    )


def _charge(time_s: FloatArray, current: FloatArray) -> FloatArray:
    size = np.abs(current)
    passed: FloatArray = np.append(0.0, np.cumsum(0.5 * (size[1:] + size[:-1]) * np.diff(time_s)))
    return passed

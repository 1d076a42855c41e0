"""Put something electrical between the terminals of an emulated source.

A load is, over one short step, an EMF behind a resistance; the source's working point on it follows
in closed form, whatever the source is at that moment.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

__all__ = [
    "Drive",
    "DriveKind",
    "Load",
    "Resistor",
    "Wiring",
    "run_stepwise",
    "seen_through",
    "solve",
]


class DriveKind(Enum):
    """Say what the terminals of the source are."""

    OPEN = 0
    CURRENT = 1
    VOLTAGE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """Hold what a source does at its terminals.

    Parameters
    ----------
    kind : DriveKind
        Open, current source or voltage source.
    level : float
        A of a current source, V of a voltage source.
    limit : float
        V a current source does not exceed, A a voltage source does not exceed.
    """

    kind: DriveKind = DriveKind.OPEN
    level: float = 0.0
    limit: float = 0.0


@dataclass(slots=True, kw_only=True)
class Wiring:
    """Hold what lies between source and load.

    Parameters
    ----------
    series_ohm : float
        Leads and contacts; very large for an open lead.
    shunt_siemens : float
        Bridge between the leads at the source's end.
    """

    series_ohm: float = 0.5
    shunt_siemens: float = 0.0


def solve(drive: Drive, emf_v: float, resistance_ohm: float) -> tuple[float, float, bool]:
    """Find the working point of a source on a load that is an EMF behind a resistance.

    Parameters
    ----------
    drive : Drive
        The source.
    emf_v : float
        Voltage of the load without current, V.
    resistance_ohm : float
        Slope of its voltage, Ohm, positive.

    Returns
    -------
    current_a, voltage_v : float
        Working point.
    limited : bool
        The source's limit holds.
    """
    if drive.kind is DriveKind.CURRENT:
        voltage = emf_v + resistance_ohm * drive.level
        if abs(voltage) <= drive.limit:
            return drive.level, voltage, False
        voltage = math.copysign(drive.limit, voltage)
        return (voltage - emf_v) / resistance_ohm, voltage, True
    if drive.kind is DriveKind.VOLTAGE:
        current = (drive.level - emf_v) / resistance_ohm
        if abs(current) <= drive.limit:
            return current, drive.level, False
        current = math.copysign(drive.limit, current)
        return current, emf_v + resistance_ohm * current, True
    return 0.0, emf_v, False


class Load(Protocol):
    """Be something that takes a current."""

    def terminals(self) -> tuple[float, float]:
        """Give the load's EMF, V, and its immediate resistance, Ohm."""

    def after(self, step_s: float) -> tuple[float, float]:
        """Give EMF, V, and resistance, Ohm, that its voltage obeys at the end of a step."""

    def take(self, current_a: float, step_s: float) -> None:
        """Go on by one step with this current."""

    def cell_voltages(self, current_a: float) -> tuple[float, ...]:
        """Give the voltage over each of its cells in series while this current flows, V."""

    def run(
        self,
        steps: int,
        step_s: float,
        drive: Drive,
        wiring: Wiring,
        current_a: array[float],
        voltage_v: array[float],
    ) -> None:
        """Go on in time under a constant drive, and append the working point after every step."""

    def scale(
        self,
        *,
        resistance: float = 1.0,
        capacitance: float = 1.0,
        polarization: float = 1.0,
    ) -> None:
        """Multiply what it is made of, as a fault does."""

    def parameters(self) -> Mapping[str, object]:
        """Give what it was made of."""


def seen_through(wiring: Wiring, emf_v: float, ohm: float) -> tuple[float, float]:
    """See a load through its wiring.

    Parameters
    ----------
    wiring : Wiring
        What lies between.
    emf_v, ohm : float
        EMF, V, and resistance, Ohm, of the load.

    Returns
    -------
    emf_v, ohm : float
        The same at the source.
    """
    ohm += wiring.series_ohm
    if wiring.shunt_siemens:
        share = 1.0 + ohm * wiring.shunt_siemens
        return emf_v / share, ohm / share
    return emf_v, ohm


def run_stepwise(
    load: Load,
    steps: int,
    step_s: float,
    drive: Drive,
    wiring: Wiring,
    current_a: array[float],
    voltage_v: array[float],
) -> None:
    """Run any load step by step, for loads that know no faster way.

    Parameters
    ----------
    load : Load
        What goes on in time.
    steps : int
        How many.
    step_s : float
        Length of each, s.
    drive : Drive
        The source.
    wiring : Wiring
        Between source and load.
    current_a, voltage_v : array
        Receive one value per step, A and V at the source.
    """
    for _ in range(steps):
        current, voltage, _ = solve(drive, *seen_through(wiring, *load.after(step_s)))
        load.take(current - voltage * wiring.shunt_siemens, step_s)
        current_a.append(current)
        voltage_v.append(voltage)


class Resistor:
    """Be a resistor.

    Parameters
    ----------
    resistance_ohm : float
        Its resistance, Ohm.
    """

    def __init__(self, resistance_ohm: float) -> None:
        self._nominal_ohm = resistance_ohm
        self._ohm = resistance_ohm

    def terminals(self) -> tuple[float, float]:
        """Give EMF, V, and resistance, Ohm."""
        return 0.0, self._ohm

    def after(self, step_s: float) -> tuple[float, float]:  # noqa: ARG002 - it has no memory
        """Give EMF, V, and resistance, Ohm."""
        return 0.0, self._ohm

    def take(self, current_a: float, step_s: float) -> None:
        """Keep nothing: it has no memory."""

    def cell_voltages(self, current_a: float) -> tuple[float, ...]:
        """Give its voltage, V."""
        return (self._ohm * current_a,)

    def run(
        self,
        steps: int,
        step_s: float,  # noqa: ARG002 - a resistor has no memory
        drive: Drive,
        wiring: Wiring,
        current_a: array[float],
        voltage_v: array[float],
    ) -> None:
        """Append the same working point for every step."""
        current, voltage, _ = solve(drive, *seen_through(wiring, 0.0, self._ohm))
        current_a.extend([current] * steps)
        voltage_v.extend([voltage] * steps)

    def scale(
        self,
        *,
        resistance: float = 1.0,
        capacitance: float = 1.0,  # noqa: ARG002 - it has none
        polarization: float = 1.0,  # noqa: ARG002 - same
    ) -> None:
        """Multiply its resistance."""
        self._ohm *= resistance

    def parameters(self) -> Mapping[str, object]:
        """Give its nominal resistance, Ohm."""
        return {"kind": "resistor", "resistance_ohm": self._nominal_ohm}

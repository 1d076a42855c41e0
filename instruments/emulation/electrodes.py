"""Let a pair of electrodes polarize, and use up the charge that it holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from instruments.emulation.loads import Stepwise

__all__ = ["ElectrodeParameters", "Electrodes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectrodeParameters:
    """Hold a pair of silver/silver chloride electrodes.

    Parameters
    ----------
    transfer_ohm : float
        Resistance of charge transfer of both.
    forward_c, backward_c : float
        Net charge after which silver, silver chloride or chloride is used up, in either direction.
    climb_v : float
        How far the voltage climbs then, towards the electrolysis of water.
    polarization_v, knee_a, settling_s : float
        Scale, knee and time constant of the polarization before that.
    """

    transfer_ohm: float = 50.0
    forward_c: float = 10.0
    backward_c: float = 10.0
    climb_v: float = 1.6
    polarization_v: float = 0.02
    knee_a: float = 1e-4
    settling_s: float = 5.0


class Electrodes(Stepwise):
    """Be a pair of electrodes that polarizes, and has a finite budget of charge.

    Current the other way gives the budget back. The last twentieth of it is where the voltage
    climbs.

    Parameters
    ----------
    parameters : ElectrodeParameters
        What they are made of.
    """

    def __init__(self, parameters: ElectrodeParameters) -> None:
        self._parameters = parameters
        self._ohm = parameters.transfer_ohm
        self._polarization = 1.0
        self._passed_c = 0.0
        self._emf_v = 0.0

    def terminals(self) -> tuple[float, float]:
        """Give EMF, V, and resistance, Ohm."""
        return self._emf_v, self._ohm

    def after(self, step_s: float) -> tuple[float, float]:  # noqa: ARG002 - the EMF is slow
        """Give EMF, V, and resistance, Ohm."""
        return self._emf_v, self._ohm

    def take(self, current_a: float, step_s: float) -> None:
        """Use up charge and polarize for one step."""
        given = self._parameters
        self._passed_c += current_a * step_s
        budget = given.forward_c if current_a > 0.0 else given.backward_c
        used = math.copysign(self._passed_c, self._passed_c * current_a) / budget
        exhausted = max(0.0, min(1.0, 20.0 * (used - 0.95)))
        goal = given.polarization_v * math.asinh(current_a / given.knee_a) * self._polarization
        if current_a:
            goal += math.copysign(given.climb_v * exhausted, current_a)
        self._emf_v -= (goal - self._emf_v) * math.expm1(-step_s / given.settling_s)

    def scale(
        self,
        *,
        resistance: float = 1.0,
        capacitance: float = 1.0,  # noqa: ARG002 - it has none
        polarization: float = 1.0,
    ) -> None:
        """Multiply resistance and polarization."""
        self._ohm *= resistance
        self._polarization *= polarization

    def parameters(self) -> Mapping[str, object]:
        """Give what they are made of."""
        return asdict(self._parameters) | {"kind": "electrodes"}

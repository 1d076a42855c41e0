"""Be excised skin between two electrodes, as a source sees it.

Richer than anything that predicts it, on purpose: two R-C sections in series, a barrier whose
conductance rises with current density on three time scales and falls more slowly at rest, a
voltage nonlinearity, electrodes that polarize, and a slow wander. Its parameters are drawn at
random, so no predictor knows them.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from dataclasses import asdict

from instruments.emulation.load import Drive, DriveKind, Wiring, solve
from instruments.emulation.skin_parameters import SkinParameters

__all__ = ["Skin"]

_WANDER_STEPS = 64
_NONE = (0.0, 0.0, 0.0)
_STRAIGHT = Wiring(series_ohm=0.0)
_Triple = tuple[float, float, float]


class Skin:
    """Integrate one specimen in time.

    Parameters
    ----------
    specimen : SkinParameters
        What it is made of.
    area_cm2 : float
        Area under the electrode, cm2.
    """

    def __init__(self, specimen: SkinParameters, *, area_cm2: float) -> None:
        self._specimen = specimen
        self._area_cm2 = area_cm2
        self._series_ohm = specimen.series_kohm_cm2 * 1e3 / area_cm2
        self._rest_siemens = area_cm2 / (specimen.barrier_kohm_cm2 * 1e3)
        self._farad = specimen.barrier_nf_per_cm2 * 1e-9 * area_cm2
        self._electrode_siemens = area_cm2 / (specimen.electrode_kohm_cm2 * 1e3)
        self._electrode_farad = specimen.electrode_uf_per_cm2 * 1e-6 * area_cm2
        self._barrier_v = 0.0
        self._electrode_v = 0.0
        self._opened = (0.0, 0.0, 0.0)
        self._polarized_v = 0.0
        self._elapsed_s = 0.0
        self._polarization = 1.0

    def terminals(self) -> tuple[float, float]:
        """Give EMF, V, and the resistance that answers at once, Ohm."""
        emf = self._specimen.rest_emf_v + self._polarized_v + self._barrier_v + self._electrode_v
        return emf, self._series_ohm

    def after(self, step_s: float) -> tuple[float, float]:
        """Give EMF, V, and resistance, Ohm, that its voltage obeys at the end of a step."""
        rest = self._rest_siemens * self._wander() * (1.0 + sum(self._opened))
        ratio = self._barrier_v / self._specimen.nonlinearity_v
        h1, h2 = step_s / self._farad, step_s / self._electrode_farad
        d1 = 1.0 + h1 * rest * (1.0 + ratio * ratio)
        d2 = 1.0 + h2 * self._electrode_siemens
        emf = self._specimen.rest_emf_v + self._polarized_v
        emf += self._barrier_v / d1 + self._electrode_v / d2
        return emf, self._series_ohm + h1 / d1 + h2 / d2

    def take(self, current_a: float, step_s: float) -> None:
        """Go on by one step with this current."""
        drive = Drive(kind=DriveKind.CURRENT, level=current_a, limit=math.inf)
        self.run(1, step_s, drive, _STRAIGHT, array("d"), array("d"))

    def cell_voltages(self, current_a: float) -> tuple[float, ...]:
        """Give its voltage while this current flows, V."""
        emf, ohm = self.terminals()
        return (emf + ohm * current_a,)

    def run(
        self,
        steps: int,
        step_s: float,
        drive: Drive,
        wiring: Wiring,
        current_a: array[float],
        voltage_v: array[float],
    ) -> None:
        """Go on implicitly, step by step, and append the working points.

        Parameters
        ----------
        steps : int
            How many.
        step_s : float
            Length of each, s, at most 1 ms.
        drive : Drive
            The source.
        wiring : Wiring
            Between source and specimen.
        current_a, voltage_v : array
            Receive one value per step, A and V at the source.
        """
        while steps > 0:
            count = min(steps, _WANDER_STEPS)
            self._run(count, step_s, drive, wiring, current_a, voltage_v)
            self._elapsed_s += count * step_s
            steps -= count

    def _run(
        self,
        steps: int,
        step_s: float,
        drive: Drive,
        wiring: Wiring,
        current_a: array[float],
        voltage_v: array[float],
    ) -> None:
        specimen = self._specimen
        rest = self._rest_siemens * self._wander()
        knee_v2 = specimen.nonlinearity_v**2
        h1 = step_s / self._farad
        h2 = step_s / self._electrode_farad
        d2 = 1.0 + h2 * self._electrode_siemens
        v1, v2 = self._barrier_v, self._electrode_v
        x0, x1, x2 = self._opened
        emf = self._polarized_v
        rest_emf = specimen.rest_emf_v
        series = self._series_ohm + wiring.series_ohm
        shunt = wiring.shunt_siemens
        pull = -math.expm1(-step_s / specimen.polarization_s)
        regulated = drive.kind is DriveKind.CURRENT and not shunt
        level, limit = drive.level, drive.limit
        last = math.nan
        goals = rates = _NONE
        emf_goal = 0.0
        put_current, put_voltage = current_a.append, voltage_v.append
        for _ in range(steps):
            d1 = 1.0 + h1 * rest * (1.0 + x0 + x1 + x2) * (1.0 + v1 * v1 / knee_v2)
            a = rest_emf + emf + v1 / d1 + v2 / d2
            b = series + h1 / d1 + h2 / d2
            current = level
            voltage = a + b * level
            if not regulated or not -limit <= voltage <= limit:
                if shunt:
                    share = 1.0 + b * shunt
                    total, voltage, _ = solve(drive, a / share, b / share)
                    current = total - voltage * shunt
                    put_current(total)
                else:
                    current, voltage, _ = solve(drive, a, b)
                    put_current(current)
            else:
                put_current(current)
            put_voltage(voltage)
            if current != last:
                last = current
                goals, rates, emf_goal = self._goals(current, (x0, x1, x2), step_s)
            v1 = (v1 + h1 * current) / d1
            v2 = (v2 + h2 * current) / d2
            x0 += (goals[0] - x0) * rates[0]
            x1 += (goals[1] - x1) * rates[1]
            x2 += (goals[2] - x2) * rates[2]
            emf += (emf_goal - emf) * pull
        self._barrier_v, self._electrode_v = v1, v2
        self._opened = (x0, x1, x2)
        self._polarized_v = emf

    def _goals(
        self, current_a: float, opened: _Triple, step_s: float
    ) -> tuple[_Triple, _Triple, float]:
        """Find where the slow processes head under a current, and how far they get in one step."""
        specimen = self._specimen
        density = current_a * 1e3 / self._area_cm2
        share = abs(density) / (abs(density) + specimen.half_density_ma_per_cm2)
        goals = tuple(gain * share for gain in specimen.gains)
        rates = tuple(
            -math.expm1(-step_s / (rise if goal >= now else rise * specimen.recovery_ratio))
            for goal, now, rise in zip(goals, opened, specimen.rise_s, strict=True)
        )
        knee = density / specimen.polarization_density_ma_per_cm2
        return (
            (goals[0], goals[1], goals[2]),
            (rates[0], rates[1], rates[2]),
            self._polarization * specimen.polarization_v * math.asinh(knee),
        )

    def _wander(self) -> float:
        """Give the factor of the barrier's conductance at this time."""
        specimen = self._specimen
        return math.exp(
            sum(
                size * math.sin(math.tau * self._elapsed_s / period)
                for size, period in zip(specimen.wander, specimen.wander_s, strict=True)
            ),
        )

    def scale(
        self,
        *,
        resistance: float = 1.0,
        capacitance: float = 1.0,
        polarization: float = 1.0,
    ) -> None:
        """Change the specimen at once, as a fault does.

        Parameters
        ----------
        resistance, capacitance : float
            Factors of every resistance and every capacitance.
        polarization : float
            Factor of the voltage to which the electrodes polarize.
        """
        self._series_ohm *= resistance
        self._rest_siemens /= resistance
        self._electrode_siemens /= resistance
        self._farad *= capacitance
        self._electrode_farad *= capacitance
        self._polarization *= polarization

    def parameters(self) -> Mapping[str, object]:
        """Give the specimen and its area, by name."""
        return asdict(self._specimen) | {"kind": "skin", "area_cm2": self._area_cm2}

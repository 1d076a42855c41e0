"""Be excised skin between two electrodes, as a source sees it.

Richer than anything that predicts it, on purpose: two R-C sections in series, a barrier whose
conductance rises with current density on three time scales and falls more slowly at rest, a
voltage nonlinearity, electrodes that polarize, and a slow wander. Its parameters are drawn from
wide log-normal distributions, so no predictor knows them. Magnitudes follow the usual ranges of
human skin: tens to hundreds of kOhm.cm2 and 5-40 nF.cm-2 at rest, a fall of several times within
minutes under 0.1-0.5 mA.cm-2 (Kalia and Guy, Pharm. Res. 1995, 12, 1605).
"""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from instruments.emulation.load import Drive, DriveKind, Wiring, solve

__all__ = ["Skin", "SkinParameters", "draw_skin"]

_WANDER_STEPS = 64
_NONE = (0.0, 0.0, 0.0)
_STRAIGHT = Wiring(series_ohm=0.0)
_Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkinParameters:
    """Hold one specimen between two electrodes, per unit area.

    Parameters
    ----------
    series_kohm_cm2 : float
        Solutions and viable tissue.
    barrier_kohm_cm2 : float
        Barrier at rest.
    barrier_nf_per_cm2 : float
        Capacitance of the barrier.
    electrode_kohm_cm2, electrode_uf_per_cm2 : float
        Charge transfer and double layer of both electrodes together.
    gains : tuple of float
        Relative conductance each process can add at high density.
    half_density_ma_per_cm2 : float
        Density at which half of it is added.
    rise_s : tuple of float
        Time constants of the three processes under current, s.
    recovery_ratio : float
        How much slower they go back.
    nonlinearity_v : float
        Barrier voltage at which its conductance has doubled, V.
    polarization_v, polarization_density_ma_per_cm2, polarization_s : float
        Scale, knee and time constant of the electrodes' polarization.
    rest_emf_v : float
        Asymmetry of the electrodes.
    wander : tuple of float
        Relative amplitudes of the slow wander of the barrier.
    wander_s : tuple of float
        Their periods, s.
    """

    series_kohm_cm2: float
    barrier_kohm_cm2: float
    barrier_nf_per_cm2: float
    electrode_kohm_cm2: float
    electrode_uf_per_cm2: float
    gains: _Triple
    half_density_ma_per_cm2: float
    rise_s: _Triple
    recovery_ratio: float
    nonlinearity_v: float
    polarization_v: float
    polarization_density_ma_per_cm2: float
    polarization_s: float
    rest_emf_v: float
    wander: tuple[float, float]
    wander_s: tuple[float, float]


def draw_skin(seed: int, *, barrier_kohm_cm2: float = 60.0) -> SkinParameters:
    """Draw one specimen.

    Parameters
    ----------
    seed : int
        The same seed gives the same specimen.
    barrier_kohm_cm2 : float
        Median of the barrier's resistance at rest, kOhm.cm2.

    Returns
    -------
    SkinParameters
        What was drawn.
    """
    chance = random.Random(f"skin {seed}")  # noqa: S311 - a specimen is no secret

    def around(median: float, spread: float) -> float:
        return median * math.exp(spread * max(-2.5, min(2.5, chance.gauss(0.0, 1.0))))

    return SkinParameters(
        series_kohm_cm2=around(0.6, 0.5),
        barrier_kohm_cm2=around(barrier_kohm_cm2, 0.5),
        barrier_nf_per_cm2=around(15.0, 0.5),
        electrode_kohm_cm2=around(0.5, 0.7),
        electrode_uf_per_cm2=around(60.0, 0.6),
        gains=(around(0.6, 0.6), around(2.0, 0.5), around(3.0, 0.6)),
        half_density_ma_per_cm2=around(0.08, 0.6),
        rise_s=(around(1.0, 0.5), around(15.0, 0.5), around(240.0, 0.6)),
        recovery_ratio=around(3.0, 0.4),
        nonlinearity_v=around(9.0, 0.5),
        polarization_v=around(0.05, 0.6),
        polarization_density_ma_per_cm2=around(0.05, 0.6),
        polarization_s=around(8.0, 0.6),
        rest_emf_v=chance.gauss(0.0, 0.02),
        wander=(around(0.02, 0.5), around(0.01, 0.5)),
        wander_s=(around(900.0, 0.5), around(130.0, 0.5)),
    )


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

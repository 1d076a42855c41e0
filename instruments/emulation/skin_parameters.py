"""Draw the parameters of emulated skin from wide log-normal distributions.

Magnitudes follow the usual ranges of human skin: tens to hundreds of kOhm.cm2 and 5-40 nF.cm-2 at
rest, a fall of several times within minutes under 0.1-0.5 mA.cm-2 (Kalia and Guy, Pharm. Res. 1995,
12, 1605).
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

__all__ = ["SkinParameters", "draw_skin"]

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

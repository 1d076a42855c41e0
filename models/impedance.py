"""The skin's electrical state: it opens under current and recovers, and everything follows it.

The stratum corneum has a conductance per area g. Under a current density i it drifts towards
``g_inf = g_0 + |i| / V_plateau`` with one time constant while opening and a slower one while
recovering, ``dg/dt = (g_inf - g)/τ``. Proportionality of the opened conductance to current is the
simplest law that agrees with pores counted under current (Scott et al. 1993); with it the
voltage levels off. The same ratio g/g_0 scales the pore area that solutes use, so resistance and
passive permeability are one state.

For a piecewise linear current the state has a closed form between kinks, used here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bounds import not_negative, positive
from models.profile import Profile
from models.skin import Skin

FloatArray = NDArray[np.float64]

DENSITY_KG_PER_M3 = 1100.0
HEAT_CAPACITY_J_PER_KG_K = 3500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Hold the parameters of the electrical state, one entry per draw.

    Parameters
    ----------
    rest_s_per_m2 : (n_draw,) array
        Conductance per area before any current, S/m^2.
    gain_per_v : (n_draw,) array
        Conductance gained per current density, 1/V.
    opening_s, recovery_s : (n_draw,) array
        Time constants, s.
    """

    rest_s_per_m2: FloatArray
    gain_per_v: FloatArray
    opening_s: FloatArray
    recovery_s: FloatArray

    @classmethod
    def of(cls, skin: Skin) -> Opening:
        """Return the nominal parameters of a skin, as one draw."""
        electrical = skin.electrical
        return cls(
            rest_s_per_m2=np.array([1.0 / skin.sheet_resistance_ohm_m2]),
            gain_per_v=np.array([1.0 / electrical.plateau_voltage.value]),
            opening_s=np.array([electrical.opening_time.value]),
            recovery_s=np.array([electrical.recovery_time.value]),
        )

    def relax(
        self,
        start_s_per_m2: FloatArray,
        current_start: float,
        current_end: float,
        duration_s: float,
        at_s: FloatArray,
    ) -> FloatArray:
        """Return the conductance during a stretch of linear current of one sign.

        Parameters
        ----------
        start_s_per_m2 : (n_draw,) array
            Conductance at the start, S/m^2.
        current_start, current_end : float
            Current densities, A/m^2.
        duration_s : float
            Length of the stretch, s.
        at_s : (n_time,) array
            Times since its start, s.

        Returns
        -------
        (n_draw, n_time) array, S/m^2.
        """
        target = self.rest_s_per_m2 + self.gain_per_v * abs(current_start)
        slope = self.gain_per_v * (abs(current_end) - abs(current_start)) / duration_s
        gap = target - start_s_per_m2
        rising = np.where(gap != 0.0, gap > 0.0, slope > 0.0)
        first = np.where(rising, self.opening_s, self.recovery_s)
        second = np.where(rising, self.recovery_s, self.opening_s)
        turn = _turning_time(gap, slope, first)
        times = at_s[None, :]
        before = np.minimum(times, turn[:, None])
        after = np.maximum(times - turn[:, None], 0.0)
        after = np.where(np.isfinite(after), after, 0.0)
        gap_left = np.where(
            times <= turn[:, None],
            _gap(gap, slope, first, before),
            _gap(np.zeros_like(gap), slope, second, after),
        )
        return target[:, None] + slope[:, None] * times - gap_left


def _gap(start: FloatArray, slope: FloatArray, tau: FloatArray, time: FloatArray) -> FloatArray:
    """Return target minus state: ``D = D_0 e^{-t/τ} + slope τ (1 - e^{-t/τ})``."""
    decay = np.expm1(-time / tau[:, None])
    gap: FloatArray = start[:, None] * (1.0 + decay) - (slope * tau)[:, None] * decay
    return gap


def _turning_time(gap: FloatArray, slope: FloatArray, tau: FloatArray) -> FloatArray:
    """Return when the state meets its target and changes direction; infinite if it does not."""
    turn = np.full_like(gap, np.inf)
    crosses = gap * slope < 0.0
    drift = (slope * tau)[crosses]
    turn[crosses] = tau[crosses] * np.log((drift - gap[crosses]) / drift)
    return turn


def one_sign_knots(profile: Profile) -> tuple[FloatArray, FloatArray]:
    """Return the profile's knots with its zero crossings added, and the current densities there.

    A profile that ends above zero is cut off within a microsecond of its last knot.
    """
    times: list[float] = []
    currents: list[float] = []
    for time, current in zip(profile.time_s, profile.current_density_a_per_m2, strict=True):
        if currents and currents[-1] * current < 0.0:
            share = currents[-1] / (currents[-1] - current)
            times.append(times[-1] + share * (time - times[-1]))
            currents.append(0.0)
        times.append(time)
        currents.append(current)
    if currents[-1] != 0.0:
        times.append(times[-1] + 1e-6)
        currents.append(0.0)
    return np.array(times), np.array(currents)


def conductance(opening: Opening, profile: Profile, time_s: FloatArray) -> FloatArray:
    """Return the stratum corneum's conductance per area under a profile.

    Parameters
    ----------
    opening : Opening
        Parameters, n_draw of them.
    profile : Profile
        Current density; zero after its end.
    time_s : (n_time,) array
        Rising times, s.

    Returns
    -------
    (n_draw, n_time) array, S/m^2.
    """
    knots, currents = one_sign_knots(profile)
    last = float(max(time_s[-1], knots[-1])) + 1.0
    knots, currents = np.append(knots, last), np.append(currents, 0.0)
    state = opening.rest_s_per_m2
    result = np.empty((state.size, time_s.size))
    first = 0
    for k in range(knots.size - 1):
        length = float(knots[k + 1] - knots[k])
        end = int(np.searchsorted(time_s, knots[k + 1], side="right"))
        at = np.append(time_s[first:end] - knots[k], length)
        path = opening.relax(state, float(currents[k]), float(currents[k + 1]), length, at)
        result[:, first:end] = path[:, :-1]
        state, first = path[:, -1], end
    return result


def expected_voltage(
    skin: Skin,
    profile: Profile,
    area_m2: float,
    *,
    at_s: FloatArray | None = None,
    series_resistance_ohm: float = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Return the voltage a profile is expected to need, V, over time, s.

    ``V = i (1/g + Σ L/κ) + i A R_series``; magnitudes, without electrode potentials.

    Parameters
    ----------
    skin, profile : Skin, Profile
        The preparation and its current density.
    area_m2 : float
        Skin area, m^2.
    at_s : (n_time,) array, optional
        Times, s; by default 401 over the profile.
    series_resistance_ohm : float
        Whatever else lies in the loop: donor, leads, salt bridges.

    Returns
    -------
    time_s, voltage_v : (n_time,) arrays

    Raises
    ------
    ModelInputError
        If the area is not positive or the resistance negative.
    """
    area = positive("area_m2", area_m2)
    series = not_negative("series_resistance_ohm", series_resistance_ohm) * area
    times = np.linspace(0.0, profile.duration_s, 401) if at_s is None else np.asarray(at_s, float)
    opened = conductance(Opening.of(skin), profile, times)[0]
    current = np.abs(profile.current_at(times))
    voltage: FloatArray = current * (1.0 / opened + skin.deep_resistance_ohm_m2 + series)
    return times, voltage


def expected_resistance(skin: Skin, profile: Profile, at_s: FloatArray) -> FloatArray:
    """Return the resistance per area of the whole stack, ohm m^2, at times in s."""
    opened = conductance(Opening.of(skin), profile, np.asarray(at_s, float))[0]
    resistance: FloatArray = 1.0 / opened + skin.deep_resistance_ohm_m2
    return resistance


def joule_heating_bound(
    skin: Skin, profile: Profile, *, heat_transfer_w_per_m2_k: float = 10.0
) -> float:
    """Return an upper bound of the warming of skin by the current, K.

    The smaller of the adiabatic warming of the stack, ``∫ i V dt / (ρ c L)``, and the steady one,
    ``max(i V) / h``; h is about 10 W/m^2 K in still air and above 100 in a stirred liquid.

    Raises
    ------
    ModelInputError
        If the heat transfer coefficient is not positive.
    """
    transfer = positive("heat_transfer_w_per_m2_k", heat_transfer_w_per_m2_k)
    times, voltage = expected_voltage(skin, profile, 1.0)
    power = np.abs(profile.current_at(times)) * voltage
    stored = DENSITY_KG_PER_M3 * HEAT_CAPACITY_J_PER_KG_K * skin.thickness_m
    energy = float(np.sum(0.5 * (power[1:] + power[:-1]) * np.diff(times)))
    return min(energy / stored, float(power.max()) / transfer)

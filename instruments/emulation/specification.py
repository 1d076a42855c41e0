"""Hold what the data sheet of a source-measure unit promises, range by range.

The figures themselves stand beside each model.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.smu_state import QuantitySettings

__all__ = ["RangeError", "RangeSpecification", "SourceMeterSpecification", "draw_error"]


@dataclass(frozen=True, slots=True)
class RangeSpecification:
    """Hold one range of one quantity, in A or V.

    Parameters
    ----------
    full_scale : float
        Nominal full scale.
    source_step, source_gain, source_offset : float
        Resolution and one-year accuracy of the source.
    noise_rms : float
        Noise below 10 Hz.
    measure_step, measure_gain, measure_offset : float
        Resolution and one-year accuracy of the measurement.
    """

    full_scale: float
    source_step: float
    source_gain: float
    source_offset: float
    noise_rms: float
    measure_step: float
    measure_gain: float
    measure_offset: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMeterSpecification:
    """Hold one model of source-measure unit.

    Parameters
    ----------
    ranges : Mapping of str to tuple of RangeSpecification
        CURR and VOLT, rising.
    limits : Mapping of str to tuple of float
        Smallest and largest limit: CURR holds V of the current source, VOLT holds A of the other.
    resets : Mapping of str to Mapping
        Settings of `QuantitySettings` after a reset, CURR and VOLT.
    reset_source, reset_sense : str
        What is sourced and measured after a reset.
    overrange : float
        How far beyond full scale a range still goes.
    without_interlock_v : float
        Largest voltage while the interlock is open, V; infinite if there is no interlock.
    envelope : tuple of tuple of float
        Pairs of A and V; not both may be exceeded at once.
    line_period_s, overhead_s : float
        One power-line cycle, and what a measurement takes beside its integration.
    own_measuring_range : bool
        The quantity that is sourced has a measuring range of its own.
    relay_s, settling_s : float
        What switching the output and changing a level take.
    normal_off_share : float
        Share of the current range that is the compliance of the normal output-off state.
    """

    ranges: Mapping[str, tuple[RangeSpecification, ...]]
    limits: Mapping[str, tuple[float, float]]
    resets: Mapping[str, Mapping[str, float | str | bool]]
    reset_source: str = "VOLT"
    reset_sense: str = "CURR"
    overrange: float = 1.05
    without_interlock_v: float = float("inf")
    envelope: tuple[tuple[float, float], ...] = ()
    own_measuring_range: bool = False
    line_period_s: float = 0.02
    overhead_s: float = 0.0005
    relay_s: float = 0.015
    settling_s: float = 0.0005
    normal_off_share: float = 0.1
    _by_scale: dict[tuple[str, float], RangeSpecification] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        self._by_scale.update(
            {(name, row.full_scale): row for name, rows in self.ranges.items() for row in rows}
        )

    def largest(self, name: str) -> float:
        """Give the largest level of a quantity.

        Parameters
        ----------
        name : str
            CURR or VOLT.

        Returns
        -------
        float
            A or V, the overrange included.
        """
        return self.overrange * self.ranges[name][-1].full_scale

    def settings(self, name: str) -> QuantitySettings:
        """Give the settings of a quantity after a reset.

        Parameters
        ----------
        name : str
            CURR or VOLT.

        Returns
        -------
        QuantitySettings
            New ones.
        """
        settings = QuantitySettings()
        for key, value in self.resets[name].items():
            setattr(settings, key, value)
        return settings

    def smallest_range(self, name: str, value: float) -> RangeSpecification:
        """Find the smallest range that holds a value.

        Parameters
        ----------
        name : str
            CURR or VOLT.
        value : float
            A or V.

        Returns
        -------
        RangeSpecification
            The range.

        Raises
        ------
        ScpiError
            -222 if none does.
        """
        for row in self.ranges[name]:
            if abs(value) <= row.full_scale:
                return row
        if abs(value) <= self.largest(name):
            return self.ranges[name][-1]
        raise ScpiError(-222, f"{value:g}")

    def find_range(self, name: str, full_scale: float) -> RangeSpecification:
        """Find the range of a full scale.

        Parameters
        ----------
        name : str
            CURR or VOLT.
        full_scale : float
            One of the nominal full scales, A or V.

        Returns
        -------
        RangeSpecification
            The range.
        """
        return self._by_scale[name, full_scale]

    def check_power(self, current_a: float, voltage_v: float) -> None:
        """Refuse what is beyond the power of the unit.

        Parameters
        ----------
        current_a, voltage_v : float
            Range of one quantity and limit of the other.

        Raises
        ------
        ScpiError
            -221 if both exceed a pair of the envelope.
        """
        for most_a, most_v in self.envelope:
            if current_a > most_a and voltage_v > most_v:
                detail = f"{current_a:g} A at {voltage_v:g} V is beyond the power of the unit"
                raise ScpiError(-221, detail)


@dataclass(frozen=True, slots=True)
class RangeError:
    """Hold how far one unit is off on one range, within its specification.

    Parameters
    ----------
    source_gain, source_offset : float
        Relative and absolute error of the source.
    measure_gain, measure_offset : float
        Relative and absolute error of the measurement.
    """

    source_gain: float
    source_offset: float
    measure_gain: float
    measure_offset: float


def draw_error(specification: RangeSpecification, chance: random.Random) -> RangeError:
    """Draw the errors of one unit on one range.

    Parameters
    ----------
    specification : RangeSpecification
        What the errors stay within.
    chance : random.Random
        Where they come from.

    Returns
    -------
    RangeError
        A third of the specification is one standard deviation.
    """

    def within(bound: float) -> float:
        return max(-bound, min(bound, chance.gauss(0.0, bound / 3.0)))

    return RangeError(
        within(specification.source_gain),
        within(specification.source_offset),
        within(specification.measure_gain),
        within(specification.measure_offset),
    )

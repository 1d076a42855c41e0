"""Hold what a driver declares and what is set in an instrument.

Everything is an integer with its unit in the name: nA, uV, ms, us.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from instruments.errors import SettingRefusedError

__all__ = [
    "Capabilities",
    "Conduct",
    "FailSafeTier",
    "OffState",
    "SourceSettings",
]

PROTECTION_MARGIN_PERCENT = 105
OFFSET_PARTS = 2_000


class Conduct(Enum):
    """Say how a source is led through a profile."""

    PER_TICK = "per tick"
    FINITE_PROGRAM = "finite program"


class FailSafeTier(Enum):
    """Say what ends the current when the host dies."""

    LEASE = "A"
    FINITE_PROGRAM = "B"
    NONE = "C"


class OffState(Enum):
    """Say what the terminals are while the output is off.

    High impedance opens a relay, which wears with every switching; the others leave a source
    connected, and with polarized electrodes that is a reverse current.
    """

    HIGH_IMPEDANCE = "high impedance"
    NORMAL = "normal"
    ZERO = "zero"
    GUARD = "guard"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """Hold what is set in the instrument before current flows.

    Parameters
    ----------
    current_range_na : int
        Full scale of the fixed current range, nA.
    compliance_uv : int
        Voltage the source may not exceed, uV.
    voltage_range_uv : int
        Full scale of the fixed voltage range, uV.
    nplc_milli : int
        Integration time in thousandths of a power-line cycle.
    off_state : OffState
        Terminals while the output is off.
    four_wire : bool
        Remote sense; an open sense lead makes a voltage limit false, so two-wire is the default.
    protection_uv : int or None
        Over-voltage protection set in the instrument, uV; None if it has none.
    """

    current_range_na: int
    compliance_uv: int
    voltage_range_uv: int
    nplc_milli: int = 500
    off_state: OffState = OffState.HIGH_IMPEDANCE
    four_wire: bool = False
    protection_uv: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Hold what a driver declares about its instrument.

    Parameters
    ----------
    driver : str
        Name of the driver, as a bench file writes it.
    tick_ms : int
        Shortest control period the driver recommends, ms.
    conduct : Conduct
        Per tick or finite program.
    tier : FailSafeTier
        What ends the current when the host dies.
    worst_case_off_s : float or None
        How long that takes at most, s; None if nothing ends it.
    current_ranges_na : tuple of int
        Full scales of the fixed current ranges, nA, rising.
    current_resolutions_na : tuple of int
        Smallest step of the source on each of these ranges, nA, at least 1.
    voltage_ranges_uv : tuple of int
        Full scales of the fixed voltage ranges, uV, rising.
    max_compliance_uv : int
        Highest compliance the driver sets, uV.
    min_compliance_uv : int
        Lowest compliance the instrument accepts, uV.
    measures_voltage, measures_current : bool
        Whether a reading holds measured values.
    off_states : tuple of OffState
        Off states that can be chosen.
    channels : int
        Outputs of the unit.
    longest_unreadable_s : float
        Longest stretch in which the bus cannot be asked, s; at most `worst_case_off_s`.
    program_points_max : int
        Most points of one finite program; 0 for a source that is led per tick.
    protection_levels_uv : tuple of int
        Fixed levels of the over-voltage protection, uV, rising; empty if there is none.
    lease_ms : int or None
        Silence after which an on-board lease switches off, ms; None without one.
    wears_relay : bool
        Whether switching the output moves a relay, which wears.
    nplc_milli : int
        Integration that is set unless another is asked for, thousandths of a power-line cycle.
    """

    driver: str
    tick_ms: int
    conduct: Conduct
    tier: FailSafeTier
    worst_case_off_s: float | None
    current_ranges_na: tuple[int, ...]
    current_resolutions_na: tuple[int, ...]
    voltage_ranges_uv: tuple[int, ...]
    max_compliance_uv: int
    min_compliance_uv: int
    measures_voltage: bool
    measures_current: bool
    off_states: tuple[OffState, ...]
    channels: int = 1
    longest_unreadable_s: float = 0.0
    program_points_max: int = 0
    protection_levels_uv: tuple[int, ...] = ()
    lease_ms: int | None = None
    wears_relay: bool = True
    current_offsets_na: tuple[int, ...] = ()
    nplc_milli: int = 500

    def smallest_settings(
        self,
        *,
        peak_current_na: int,
        compliance_uv: int,
        nplc_milli: int | None = None,
    ) -> SourceSettings:
        """Choose the smallest fixed ranges that hold a peak current and a compliance.

        Parameters
        ----------
        peak_current_na : int
            Largest magnitude that will be asked for, nA.
        compliance_uv : int
            Voltage limit, uV.
        nplc_milli : int or None
            Integration time in thousandths of a power-line cycle; None takes the driver's own.

        Returns
        -------
        SourceSettings
            Two-wire, high impedance when off.

        Raises
        ------
        SettingRefusedError
            If no range holds the current, or the compliance is outside the driver's bounds.
        """
        if not self.min_compliance_uv <= compliance_uv <= self.max_compliance_uv:
            raise SettingRefusedError(
                "compliance_uv",
                asked=compliance_uv,
                kept=f"{self.min_compliance_uv} to {self.max_compliance_uv}",
            )
        return SourceSettings(
            current_range_na=_smallest("peak_current_na", peak_current_na, self.current_ranges_na),
            compliance_uv=compliance_uv,
            voltage_range_uv=_smallest("compliance_uv", compliance_uv, self.voltage_ranges_uv),
            nplc_milli=self.nplc_milli if nplc_milli is None else nplc_milli,
            protection_uv=self._protection_uv(compliance_uv),
        )

    def _protection_uv(self, compliance_uv: int) -> int | None:
        """Choose the lowest protection that leaves the compliance its tolerance, else the highest.

        The instrument would otherwise trip on its own compliance: a protection is some per cent
        inaccurate. One below the compliance would replace it, and is refused.
        """
        levels = self.protection_levels_uv
        if not levels:
            return None
        if levels[-1] < compliance_uv:
            raise SettingRefusedError(
                "compliance_uv", asked=compliance_uv, kept=f"protection up to {levels[-1]}"
            )
        wanted = compliance_uv * PROTECTION_MARGIN_PERCENT
        return next((level for level in levels if level * 100 >= wanted), levels[-1])

    def resolution_na(self, current_range_na: int) -> int:
        """Give the smallest current step on a range.

        Parameters
        ----------
        current_range_na : int
            Full scale of one of the fixed ranges, nA.

        Returns
        -------
        int
            Step, nA.

        Raises
        ------
        ValueError
            If it is not one of the fixed ranges.
        """
        return self.current_resolutions_na[self.current_ranges_na.index(current_range_na)]

    def offset_na(self, current_range_na: int) -> int:
        """Give by how much set and read current may disagree at zero on a fixed range, nA."""
        if self.current_offsets_na:
            return self.current_offsets_na[self.current_ranges_na.index(current_range_na)]
        return current_range_na // OFFSET_PARTS + self.resolution_na(current_range_na)


def _smallest(name: str, value: int, ranges: tuple[int, ...]) -> int:
    for full_scale in ranges:
        if abs(value) <= full_scale:
            return full_scale
    raise SettingRefusedError(name, asked=value, kept=f"ranges up to {ranges[-1]}")

"""Let the settings and faults of a source-measure unit decide what its terminals do."""

from __future__ import annotations

import math
from collections.abc import Mapping

from instruments.emulation.circuit import Circuit
from instruments.emulation.faults import Faults
from instruments.emulation.load import Drive, DriveKind
from instruments.emulation.smu_state import QuantitySettings, SourceMeterState
from instruments.emulation.specification import RangeError, SourceMeterSpecification

__all__ = ["Terminals"]


class Terminals:
    """Act on a circuit.

    Parameters
    ----------
    circuit : Circuit
        What hangs on them.
    faults : Faults
        What is wrong with this channel at the moment.
    specification : SourceMeterSpecification
        What its data sheet promises.
    errors : Mapping
        How far this unit is off, by quantity and full scale.
    interlock_closed : bool
        Whether the interlock permits high voltages.
    """

    def __init__(
        self,
        circuit: Circuit,
        faults: Faults,
        specification: SourceMeterSpecification,
        errors: Mapping[tuple[str, float], RangeError],
        *,
        interlock_closed: bool,
    ) -> None:
        self._circuit = circuit
        self._faults = faults
        self._specification = specification
        self._errors = errors
        self._interlock_closed = interlock_closed

    @property
    def interlock_closed(self) -> bool:
        """Tell whether the interlock permits high voltages."""
        return self._interlock_closed and not self._faults.active("interlock_open")

    def follow(self, state: SourceMeterState) -> None:
        """Bring the terminals in line with settings and faults.

        Parameters
        ----------
        state : SourceMeterState
            The settings.
        """
        name = state.source
        quantity = state.quantities[name]
        drive = (
            self._on(state, name, quantity) if state.output else self._off(state, name, quantity)
        )
        if self._faults.active("uncommanded_current"):
            extra = self._faults.number("uncommanded_current", "na") * 1e-9
            level = drive.level if drive.kind is DriveKind.CURRENT else 0.0
            drive = self._current(state, level + extra)
        self._circuit.drive = drive
        self._circuit.programmed = quantity.level
        self._circuit.output_on = state.output

    def _on(self, state: SourceMeterState, name: str, quantity: QuantitySettings) -> Drive:
        row = self._specification.find_range(name, quantity.source_range)
        error = self._errors[name, row.full_scale]
        level = round(quantity.level / row.source_step) * row.source_step
        level = level * (1.0 + error.source_gain) + error.source_offset
        for fault in ("gain_error", "source_error"):
            level *= self._faults.number(fault, "factor", absent=1.0)
        # The clamp stands at the end of the range, so no fault of ours sources above it.
        most = self._specification.overrange * row.full_scale
        level = max(-most, min(most, level))
        if name == "CURR":
            return self._current(state, level)
        ceiling = self._voltage_limit(state, math.inf)
        level = max(-ceiling, min(ceiling, level))
        return Drive(kind=DriveKind.VOLTAGE, level=level, limit=quantity.limit)

    def _current(self, state: SourceMeterState, level: float) -> Drive:
        limit = state.quantities["CURR"].limit
        if self._faults.active("open_sense") and state.quantities["VOLT"].four_wire:
            # The limit acts on the sensed voltage, and nothing is sensed.
            limit = self._specification.largest("VOLT")
        return Drive(kind=DriveKind.CURRENT, level=level, limit=self._voltage_limit(state, limit))

    def _off(self, state: SourceMeterState, name: str, quantity: QuantitySettings) -> Drive:
        current_range = state.quantities["CURR"].source_range
        if quantity.off_state == "HIMP":
            return Drive()
        if quantity.off_state == "NORM" and state.normal_off is not None:
            return state.normal_off
        if quantity.off_state == "GUAR":
            limit = 0.1 * state.quantities["VOLT"].sense_range
            return Drive(kind=DriveKind.CURRENT, level=0.0, limit=limit)
        if name == "VOLT":
            current_range = state.quantities["CURR"].sense_range
        share = self._specification.normal_off_share if quantity.off_state == "NORM" else 1.0
        return Drive(kind=DriveKind.VOLTAGE, level=0.0, limit=share * current_range)

    def _voltage_limit(self, state: SourceMeterState, limit_v: float) -> float:
        ceiling = math.inf if self.interlock_closed else self._specification.without_interlock_v
        return min(limit_v, state.protection_v, ceiling)

    def switched_on(self, state: SourceMeterState) -> None:
        """Let the output relay close; a fault of the moment may come with it.

        Parameters
        ----------
        state : SourceMeterState
            The settings, with the output just on.
        """
        if self._faults.active("output_glitch"):
            self._spike(state, "output_glitch")
        else:
            self._circuit.close_relay(self._specification.relay_s)

    def changed_range(self, state: SourceMeterState) -> None:
        """Let a fault of changing the source range happen, if there is one and the output is on.

        Parameters
        ----------
        state : SourceMeterState
            The settings, with the new range.
        """
        if state.output and self._faults.active("range_change_spike"):
            self._spike(state, "range_change_spike")

    def _spike(self, state: SourceMeterState, fault: str) -> None:
        most = self._specification.overrange * state.quantities["CURR"].source_range
        level = max(-most, min(most, self._faults.number(fault, "na") * 1e-9))
        for_us = round(1000 * self._faults.number(fault, "ms"))
        self._circuit.disturb(self._current(state, level), for_us)

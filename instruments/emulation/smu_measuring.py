"""Measure as a source-measure unit does: with its errors, noise, resolution, ranges and faults."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping

from instruments.emulation.circuit import Circuit
from instruments.emulation.faults import Faults
from instruments.emulation.smu_state import Measurement, QuantitySettings, SourceMeterState
from instruments.emulation.specification import RangeError, SourceMeterSpecification

__all__ = ["NO_READING", "Measuring"]

NO_READING = 9.91e37
"""What stands for a measurement beyond its range."""
_SENSED_SHARE = 0.02


class Measuring:
    """Measure at a circuit.

    Parameters
    ----------
    circuit : Circuit
        What hangs on the terminals.
    faults : Faults
        What is wrong with this channel at the moment.
    specification : SourceMeterSpecification
        What the data sheet promises.
    errors : Mapping
        How far this unit is off, by quantity and full scale.
    seed : int
        Seed of the noise.
    """

    def __init__(
        self,
        circuit: Circuit,
        faults: Faults,
        specification: SourceMeterSpecification,
        errors: Mapping[tuple[str, float], RangeError],
        *,
        seed: int,
    ) -> None:
        self._circuit = circuit
        self._faults = faults
        self._specification = specification
        self._errors = errors
        self._noise = random.Random(f"noise {seed}")  # noqa: S311 - noise is no secret
        self._count = 0

    def aperture_s(self, state: SourceMeterState) -> float:
        """Tell how long one measurement takes.

        Parameters
        ----------
        state : SourceMeterState
            The settings.

        Returns
        -------
        float
            Integration of every measured quantity and overhead, s.
        """
        readback = state.quantities[state.source].readback
        two = readback and state.source != state.sense
        integration_s = _sensed(state).nplc * self._specification.line_period_s
        return (2 if two else 1) * integration_s + self._specification.overhead_s

    def measure(self, state: SourceMeterState) -> Measurement:
        """Measure both quantities at this moment.

        Parameters
        ----------
        state : SourceMeterState
            The settings.

        Returns
        -------
        Measurement
            As this unit sees it.
        """
        faults = self._faults
        current, voltage, limited = self._circuit.working_point()
        if faults.active("open_sense") and state.quantities["VOLT"].four_wire:
            voltage *= _SENSED_SHARE
        measured = {
            "CURR": self._seen(state, "CURR", current) * self._burst(),
            "VOLT": self._seen(state, "VOLT", voltage),
        }
        # The instrument believes its own reference: reading and level agree, the truth does not.
        measured["CURR"] /= faults.number("gain_error", "factor", absent=1.0)
        sourced = state.quantities[state.source]
        return Measurement(
            current_a=measured["CURR"],
            voltage_v=measured["VOLT"],
            source=measured[state.source] if sourced.readback else sourced.level,
            limited=limited and not faults.active("no_limit_flag"),
            output_on=state.output,
            four_wire=_sensed(state).four_wire,
            time_us=self._circuit.now_us,
        )

    def _burst(self) -> float:
        """Give the factor of an outlier, if this measurement is to be one."""
        if not self._faults.active("noise_burst"):
            return 1.0
        self._count += 1
        every = max(1, int(self._faults.number("noise_burst", "every")))
        return self._faults.number("noise_burst", "factor") if self._count % every == 0 else 1.0

    def _seen(self, state: SourceMeterState, name: str, true: float) -> float:
        quantity = state.quantities[name]
        specification = self._specification
        if name == state.source and not specification.own_measuring_range:
            full_scale = quantity.source_range
        elif quantity.sense_auto:
            most = specification.ranges[name][-1].full_scale
            full_scale = specification.smallest_range(name, min(abs(true), most)).full_scale
        else:
            full_scale = quantity.sense_range
        if abs(true) > specification.overrange * full_scale:
            return math.copysign(NO_READING, true)
        row = specification.find_range(name, full_scale)
        error = self._errors[name, full_scale]
        noise = self._noise.gauss(0.0, row.noise_rms / math.sqrt(max(quantity.nplc, 0.01)))
        value = true * (1.0 + error.measure_gain) + error.measure_offset + noise
        return round(value / row.measure_step) * row.measure_step


def _sensed(state: SourceMeterState) -> QuantitySettings:
    """Give the settings of what is measured; a resistance is measured as a voltage."""
    return state.quantities["VOLT" if state.sense == "RES" else state.sense]

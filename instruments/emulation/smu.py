"""Be the inside of a source-measure unit: settings, what they make of the terminals, measurement."""

from __future__ import annotations

import math
import random

from instruments.emulation.circuit import Circuit
from instruments.emulation.device import PanelTouch
from instruments.emulation.faults import Faults
from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.load import Drive, DriveKind
from instruments.emulation.smu_state import Measurement, QuantitySettings, SourceMeterState
from instruments.emulation.specification import SourceMeterSpecification, draw_error

__all__ = ["NO_READING", "SourceMeter"]

NO_READING = 9.91e37
"""What stands for a measurement beyond its range."""
_OTHER = {"CURR": "VOLT", "VOLT": "CURR"}


class SourceMeter:
    """Act on a circuit as the settings say.

    Parameters
    ----------
    circuit : Circuit
        What hangs on the terminals.
    faults : Faults
        What is wrong with this channel at the moment.
    specification : SourceMeterSpecification
        What its data sheet promises.
    seed : int
        Seed of this unit's errors and noise.
    interlock_closed : bool
        Whether the interlock permits high voltages.
    """

    def __init__(
        self,
        circuit: Circuit,
        faults: Faults,
        specification: SourceMeterSpecification,
        *,
        seed: int = 0,
        interlock_closed: bool = True,
    ) -> None:
        self._circuit = circuit
        self._faults = faults
        self.specification = specification
        self._interlock_closed = interlock_closed
        self._noise = random.Random(f"noise {seed}")  # noqa: S311 - noise is no secret
        unit = random.Random(f"unit {seed}")  # noqa: S311 - same
        self._errors = {
            (name, row.full_scale): draw_error(row, unit)
            for name, rows in specification.ranges.items()
            for row in rows
        }
        self.state = self._after_reset()

    def _after_reset(self, *, output: bool = False) -> SourceMeterState:
        specification = self.specification
        return SourceMeterState(
            source=specification.reset_source,
            sense=specification.reset_sense,
            output=output,
            quantities={name: specification.settings(name) for name in _OTHER},
        )

    @property
    def interlock_closed(self) -> bool:
        """Tell whether the interlock permits high voltages."""
        return self._interlock_closed and not self._faults.active("interlock_open")

    def reset(self) -> None:
        """Put every setting back, output off."""
        stuck = self._faults.active("output_stuck_on") and self.state.output
        self.state = self._after_reset(output=stuck)
        self.refresh()

    def refresh(self) -> None:
        """Bring the terminals in line with the settings and faults."""
        state, faults = self.state, self._faults
        name = state.source
        quantity = state.quantities[name]
        drive = self._on(name, quantity) if state.output else self._off(name, quantity)
        if faults.active("uncommanded_current"):
            extra = faults.number("uncommanded_current", "na") * 1e-9
            level = drive.level if drive.kind is DriveKind.CURRENT else 0.0
            limit = self._voltage_limit(state.quantities["CURR"].limit)
            drive = Drive(kind=DriveKind.CURRENT, level=level + extra, limit=limit)
        self._circuit.drive = drive
        self._circuit.programmed = quantity.level
        self._circuit.output_on = state.output

    def _on(self, name: str, quantity: QuantitySettings) -> Drive:
        row = self.specification.find_range(name, quantity.source_range)
        error = self._errors[name, row.full_scale]
        level = round(quantity.level / row.source_step) * row.source_step
        level = level * (1.0 + error.source_gain) + error.source_offset
        level *= self._faults.number("gain_error", "factor", absent=1.0)
        # The clamp stands at the end of the range, so no fault of ours sources above it.
        most = self.specification.overrange * row.full_scale
        level = max(-most, min(most, level))
        if name == "CURR":
            limit = self._voltage_limit(quantity.limit)
            return Drive(kind=DriveKind.CURRENT, level=level, limit=limit)
        ceiling = self._voltage_limit(math.inf)
        level = max(-ceiling, min(ceiling, level))
        return Drive(kind=DriveKind.VOLTAGE, level=level, limit=quantity.limit)

    def _off(self, name: str, quantity: QuantitySettings) -> Drive:
        current_range = self.state.quantities["CURR"].source_range
        if quantity.off_state == "HIMP":
            return Drive()
        if quantity.off_state == "GUAR":
            limit = 0.1 * self.state.quantities["VOLT"].sense_range
            return Drive(kind=DriveKind.CURRENT, level=0.0, limit=limit)
        if name == "VOLT":
            current_range = self.state.quantities["CURR"].sense_range
        share = self.specification.normal_off_share if quantity.off_state == "NORM" else 1.0
        return Drive(kind=DriveKind.VOLTAGE, level=0.0, limit=share * current_range)

    def _voltage_limit(self, limit_v: float) -> float:
        ceiling = math.inf if self.interlock_closed else self.specification.without_interlock_v
        return min(limit_v, self.state.protection_v, ceiling)

    def set_level(self, name: str, level: float) -> None:
        """Program a level.

        Parameters
        ----------
        name : str
            CURR or VOLT.
        level : float
            A or V.

        Raises
        ------
        ScpiError
            -222 beyond the fixed range; the old level stays.
        """
        quantity = self.state.quantities[name]
        if quantity.source_auto:
            row = self.specification.smallest_range(name, level)
            self._check_power(name, row.full_scale, quantity.limit)
            quantity.source_range = row.full_scale
        elif not abs(level) <= self.specification.overrange * quantity.source_range:
            raise ScpiError(-222, f"{level:g} on range {quantity.source_range:g}")
        if not self._faults.active("ignored_level"):
            quantity.level = level

    def set_source_range(self, name: str, value: float) -> None:
        """Choose the smallest fixed source range that holds a value.

        Parameters
        ----------
        name : str
            CURR or VOLT.
        value : float
            A or V.

        Raises
        ------
        ScpiError
            -222 beyond the largest range, -221 if the present level does not fit.
        """
        row = self.specification.smallest_range(name, value)
        quantity = self.state.quantities[name]
        if abs(quantity.level) > self.specification.overrange * row.full_scale:
            raise ScpiError(-221, f"level {quantity.level:g} is above range {row.full_scale:g}")
        self._check_power(name, row.full_scale, quantity.limit)
        quantity.source_range = row.full_scale
        quantity.source_auto = False

    def set_limit(self, name: str, value: float) -> None:
        """Limit the other quantity while one is sourced.

        Parameters
        ----------
        name : str
            CURR for the voltage limit of the current source, VOLT for the other.
        value : float
            V or A, positive.

        Raises
        ------
        ScpiError
            -222 out of bounds, -221 if it conflicts with range or power; the old one stays.
        """
        quantity = self.state.quantities[name]
        smallest, largest = self.specification.limits[name]
        if not smallest <= value <= largest:
            raise ScpiError(-222, f"{value:g}")
        other = self.state.quantities[_OTHER[name]]
        if not other.sense_auto and value < 1e-3 * other.sense_range:
            raise ScpiError(-221, f"limit {value:g} is too small for range {other.sense_range:g}")
        if name == "CURR" and value > self.state.protection_v:
            raise ScpiError(-221, f"limit {value:g} V is above the over-voltage protection")
        self._check_power(name, quantity.source_range, value)
        if not self._faults.active("refused_compliance"):
            quantity.limit = value

    def set_sense_range(self, name: str, value: float) -> None:
        """Choose the smallest fixed measuring range that holds a value.

        Parameters
        ----------
        name : str
            CURR or VOLT.
        value : float
            A or V.

        Raises
        ------
        ScpiError
            -222 beyond the largest range.
        """
        quantity = self.state.quantities[name]
        quantity.sense_range = self.specification.smallest_range(name, value).full_scale
        quantity.sense_auto = False

    def set_output(self, *, on: bool) -> bool:
        """Switch the output.

        Parameters
        ----------
        on : bool
            What is asked for.

        Returns
        -------
        bool
            True if the voltage is now held down by an open interlock.
        """
        stuck = "output_stuck_on" if not on else "output_stuck_off"
        if not self._faults.active(stuck):
            self.state.output = on
        limit = self.state.quantities["CURR"].limit
        wanted = limit if self.state.source == "CURR" else abs(self.state.quantities["VOLT"].level)
        return on and not self.interlock_closed and wanted > self.specification.without_interlock_v

    def reported_output(self) -> bool:
        """Tell what the instrument says about its output.

        Returns
        -------
        bool
            True if it says on.
        """
        faults = self._faults
        if faults.active("output_stuck_on") and faults.argument("output_stuck_on", "reports_off"):
            return False
        return self.state.output

    def touch_panel(self, touch: PanelTouch) -> None:
        """Change settings as somebody does at the front panel.

        Parameters
        ----------
        touch : PanelTouch
            What is changed.

        Raises
        ------
        ScpiError
            As the same changes over the bus.
        """
        if touch.range_na is not None:
            self.set_source_range("CURR", touch.range_na * 1e-9)
        if touch.autorange is not None:
            self.state.quantities["CURR"].source_auto = touch.autorange
        if touch.level_na is not None:
            self.set_level("CURR", touch.level_na * 1e-9)
        if touch.output is not None:
            self.set_output(on=touch.output)

    def _check_power(self, name: str, source_range: float, limit: float) -> None:
        current, voltage = (source_range, limit) if name == "CURR" else (limit, source_range)
        self.specification.check_power(current, voltage)

    def aperture_s(self) -> float:
        """Tell how long one measurement takes.

        Returns
        -------
        float
            Integration of every measured quantity and overhead, s.
        """
        quantity = self._sensed()
        readback = self.state.quantities[self.state.source].readback
        two = readback and self.state.source != self.state.sense
        integration_s = quantity.nplc * self.specification.line_period_s
        return (2 if two else 1) * integration_s + self.specification.overhead_s

    def _sensed(self) -> QuantitySettings:
        """Give the settings of what is measured; a resistance is measured as a voltage."""
        sense = self.state.sense
        return self.state.quantities["VOLT" if sense == "RES" else sense]

    def limited(self) -> bool:
        """Tell whether the source's limit holds now."""
        return self.state.output and self._circuit.working_point()[2]

    def measure(self) -> Measurement:
        """Measure both quantities at this moment.

        Returns
        -------
        Measurement
            With this unit's errors, noise and resolution.
        """
        state = self.state
        current, voltage, limited = self._circuit.working_point()
        sourced = state.quantities[state.source]
        measured = {"CURR": self._seen("CURR", current), "VOLT": self._seen("VOLT", voltage)}
        if self._faults.active("gain_error"):
            # The instrument believes its own reference: reading and level agree, the truth does not.
            measured["CURR"] /= self._faults.number("gain_error", "factor")
        source = measured[state.source] if sourced.readback else sourced.level
        return Measurement(
            current_a=measured["CURR"],
            voltage_v=measured["VOLT"],
            source=source,
            limited=limited and not self._faults.active("no_limit_flag"),
            output_on=state.output,
            four_wire=self._sensed().four_wire,
            time_us=self._circuit.now_us,
        )

    def _seen(self, name: str, true: float) -> float:
        quantity = self.state.quantities[name]
        specification = self.specification
        if name == self.state.source and not self.specification.own_measuring_range:
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

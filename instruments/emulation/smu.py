"""Be the inside of a source-measure unit: settings, what they make of the terminals, measurement."""

from __future__ import annotations

import copy
import random

from instruments.emulation.circuit import Circuit
from instruments.emulation.device import PanelTouch
from instruments.emulation.faults import Faults
from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.smu_measuring import NO_READING, Measuring
from instruments.emulation.smu_state import Measurement, QuantitySettings, SourceMeterState
from instruments.emulation.smu_terminals import Terminals
from instruments.emulation.specification import SourceMeterSpecification, draw_error

__all__ = ["NO_READING", "SourceMeter"]

_NEVER_S = 1e9
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
        unit = random.Random(f"unit {seed}")  # noqa: S311 - a unit's errors are no secret
        errors = {
            (name, row.full_scale): draw_error(row, unit)
            for name, rows in specification.ranges.items()
            for row in rows
        }
        self._terminals = Terminals(
            circuit, faults, specification, errors, interlock_closed=interlock_closed
        )
        self._measuring = Measuring(circuit, faults, specification, errors, seed=seed)
        self._saved: dict[int, SourceMeterState] = {}
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
        return self._terminals.interlock_closed

    def reset(self) -> None:
        """Put every setting back, output off."""
        stuck = self._faults.active("output_stuck_on") and self.state.output
        self.state = self._after_reset(output=stuck)
        self.refresh()

    def refresh(self) -> None:
        """Bring the terminals in line with the settings and faults."""
        self._terminals.follow(self.state)

    def save(self, place: int) -> None:
        """Keep all settings.

        Parameters
        ----------
        place : int
            Number of the saved setup.
        """
        self._saved[place] = copy.deepcopy(self.state)

    def recall(self, place: int) -> None:
        """Take saved settings back, with the output off.

        Parameters
        ----------
        place : int
            Number of the saved setup; one that was never saved is a reset.
        """
        stuck = self._faults.active("output_stuck_on") and self.state.output
        saved = self._saved.get(place)
        self.state = self._after_reset() if saved is None else copy.deepcopy(saved)
        self.state.output = stuck
        self.refresh()

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
            self._change_range(quantity, row.full_scale)
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
        quantity.source_auto = False
        self._change_range(quantity, row.full_scale)

    def _change_range(self, quantity: QuantitySettings, full_scale: float) -> None:
        if quantity.source_range != full_scale:
            quantity.source_range = full_scale
            self._terminals.changed_range(self.state)

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
            closes = on and not self.state.output
            self.state.output = on
            if closes:
                self._terminals.switched_on(self.state)
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

    def lasting_s(self, nominal_s: float) -> float:
        """Tell how long a lease or a point of a program truly lasts.

        Parameters
        ----------
        nominal_s : float
            As it was set, s.

        Returns
        -------
        float
            The same, longer while it is stretched, and thirty years while it is ignored, s.
        """
        return min(_NEVER_S, self._faults.lease_s(nominal_s))

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
        return self._measuring.aperture_s(self.state)

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
        return self._measuring.measure(self.state)

"""Build loads of more than one part: a capacitor beside a resistor, cells in series."""

from __future__ import annotations

import copy
import math
from array import array
from collections.abc import Mapping, Sequence
from typing import Protocol

from instruments.emulation.load import Drive, DriveKind, Load, Wiring, run_stepwise

__all__ = ["ResistorCapacitor", "Series", "Stepwise"]

_STRETCH = 64
_STRAIGHT = Wiring(series_ohm=0.0)


class Stepwise(Load, Protocol):
    """Run step by step; for loads of one cell."""

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
        """Go on step by step, and append the working points."""
        run_stepwise(self, steps, step_s, drive, wiring, current_a, voltage_v)


class ResistorCapacitor(Stepwise):
    """Be a resistor in series with a resistor beside a capacitor.

    Parameters
    ----------
    series_ohm : float
        The first resistor, Ohm.
    resistance_ohm : float
        The one beside the capacitor, Ohm.
    capacitance_f : float
        The capacitor, F.
    """

    def __init__(self, series_ohm: float, resistance_ohm: float, capacitance_f: float) -> None:
        self._nominal = {
            "kind": "rc",
            "series_ohm": series_ohm,
            "resistance_ohm": resistance_ohm,
            "capacitance_f": capacitance_f,
        }
        self._series_ohm = series_ohm
        self._ohm = resistance_ohm
        self._farad = capacitance_f
        self._charged_v = 0.0

    def terminals(self) -> tuple[float, float]:
        """Give EMF, V, and the resistance that answers at once, Ohm."""
        return self._charged_v, self._series_ohm

    def after(self, step_s: float) -> tuple[float, float]:
        """Give EMF, V, and resistance, Ohm, that its voltage obeys at the end of a step."""
        share = 1.0 + step_s / (self._farad * self._ohm)
        return self._charged_v / share, self._series_ohm + step_s / self._farad / share

    def take(self, current_a: float, step_s: float) -> None:
        """Charge the capacitor for one step."""
        share = 1.0 + step_s / (self._farad * self._ohm)
        self._charged_v = (self._charged_v + step_s / self._farad * current_a) / share

    def scale(
        self,
        *,
        resistance: float = 1.0,
        capacitance: float = 1.0,
        polarization: float = 1.0,  # noqa: ARG002 - it has none
    ) -> None:
        """Multiply its resistances and its capacitance."""
        self._series_ohm *= resistance
        self._ohm *= resistance
        self._farad *= capacitance

    def parameters(self) -> Mapping[str, object]:
        """Give what it was made of, Ohm and F."""
        return self._nominal


class Series:
    """Be several cells, one behind the other; the same current flows through all.

    Parameters
    ----------
    cells : sequence of Load
        From HI to LO.
    one_cell : bool
        They are the parts of a single cell: its voltage is measured over all of them.
    """

    def __init__(self, cells: Sequence[Load], *, one_cell: bool = False) -> None:
        self._cells = list(cells)
        self._one_cell = one_cell

    def __copy__(self) -> Series:
        return Series([copy.copy(cell) for cell in self._cells], one_cell=self._one_cell)

    def terminals(self) -> tuple[float, float]:
        """Give EMF, V, and the resistance that answers at once, Ohm."""
        pairs = [cell.terminals() for cell in self._cells]
        return sum(emf for emf, _ in pairs), sum(ohm for _, ohm in pairs)

    def after(self, step_s: float) -> tuple[float, float]:
        """Give EMF, V, and resistance, Ohm, that its voltage obeys at the end of a step."""
        pairs = [cell.after(step_s) for cell in self._cells]
        return sum(emf for emf, _ in pairs), sum(ohm for _, ohm in pairs)

    def take(self, current_a: float, step_s: float) -> None:
        """Go on by one step with this current."""
        for cell in self._cells:
            cell.take(current_a, step_s)

    def cells(self) -> tuple[Load, ...]:
        """Give its cells, from HI to LO; the parts of a single cell are one."""
        return (self,) if self._one_cell else tuple(self._cells)

    def cell_voltages(self, current_a: float) -> tuple[float, ...]:
        """Give the voltage over each cell while this current flows, V."""
        found = [voltage for cell in self._cells for voltage in cell.cell_voltages(current_a)]
        return (sum(found),) if self._one_cell else tuple(found)

    def run(
        self,
        steps: int,
        step_s: float,
        drive: Drive,
        wiring: Wiring,
        current_a: array[float],
        voltage_v: array[float],
    ) -> None:
        """Go on in time: in stretches while the current is certain, else step by step."""
        while steps > 0:
            count = min(steps, _STRETCH)
            kept = [copy.copy(cell) for cell in self._cells]
            total = self._driven(count, step_s, drive, wiring)
            if total is not None:
                level = drive.level if drive.kind is DriveKind.CURRENT else 0.0
                current_a.extend([level] * count)
                voltage_v.extend(total)
            else:
                self._cells = kept
                run_stepwise(self, count, step_s, drive, wiring, current_a, voltage_v)
            steps -= count

    def _driven(
        self, count: int, step_s: float, drive: Drive, wiring: Wiring
    ) -> list[float] | None:
        """Run every cell alone with the programmed current; None where the limit would hold."""
        if drive.kind is DriveKind.VOLTAGE or wiring.shunt_siemens:
            return None
        regulated = drive.kind is DriveKind.CURRENT
        level, limit = (drive.level, drive.limit) if regulated else (0.0, math.inf)
        endless = Drive(kind=DriveKind.CURRENT, level=level, limit=math.inf)
        total = [wiring.series_ohm * level] * count
        for cell in self._cells:
            voltage_v = array("d")
            cell.run(count, step_s, endless, _STRAIGHT, array("d"), voltage_v)
            total = [before + more for before, more in zip(total, voltage_v, strict=True)]
        return total if max(map(abs, total)) <= limit else None

    def scale(
        self,
        *,
        resistance: float = 1.0,
        capacitance: float = 1.0,
        polarization: float = 1.0,
    ) -> None:
        """Multiply what every cell is made of."""
        for cell in self._cells:
            cell.scale(resistance=resistance, capacitance=capacitance, polarization=polarization)

    def parameters(self) -> Mapping[str, object]:
        """Give what every cell is made of."""
        parts = [dict(cell.parameters()) for cell in self._cells]
        return {"kind": "cell" if self._one_cell else "series", "parts": parts}

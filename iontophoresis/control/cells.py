"""Cells in series on one source: a scanning meter reads one of them every tick or so.

A reading is asked for in one tick and taken in a later one, so the meter never delays the source.
Resistance is judged on each cell's own area: no load or a short circuit in one cell ends the
session at zero, although the source sees nothing of it; drying is told of.
"""

from dataclasses import dataclass
from typing import Any

from instruments.errors import InstrumentError, WrongInstrumentError
from instruments.meter import VoltageMeter
from instruments.meter_catalog import open_meter
from iontophoresis.control.journal import Journal
from iontophoresis.control.order import CellsOrder, ChannelOrder

METER_TIMEOUT_MS = 200
SILENT_WITHIN_MS = 3_000
STEADY_PARTS = 20
SETTLED_MS = 30_000
BAD_READINGS = 2
DRYING_FACTOR = 3
RECORD_EVERY_MS = 10_000
UM2_PER_CM2 = 100_000_000


@dataclass(slots=True)
class _Cell:
    """What is remembered of one cell; sheet resistance in Ohm cm2."""

    bad: int = 0
    lowest_sheet_ohm_cm2: int = 0
    told_drying: bool = False
    recorded_ms: int = -RECORD_EVERY_MS


class Cells:
    """The cells of one channel, read in turn."""

    def __init__(self, channel: ChannelOrder, cells: CellsOrder, meter: VoltageMeter) -> None:
        self._channel = channel
        self._order = cells
        self._meter = meter
        self._cells = [_Cell() for _ in cells.inputs]
        self._turn = 0
        self._asked_na: int | None = None
        self._asked_ms = 0
        self._steady_na = 0
        self._steady_since_ms = 0
        self.fault = ""

    @property
    def resource(self) -> str:
        """Where the meter is reached."""
        return self._meter.resource

    def identity(self) -> dict[str, Any]:
        """Describe the meter, as the session file keeps it."""
        who = self._meter.identity
        return {
            "channel": self._channel.name,
            "cells": list(self._order.names),
            "resource": self.resource,
            "model": who.model,
            "serial": who.serial,
            "firmware": who.firmware,
        }

    def prepare(self) -> None:
        """Set the meter to a fixed range that holds the whole compliance."""
        self._meter.configure(self._channel.compliance_uv, self._order.inputs)

    def watch(self, now_ms: int, current_na: int, journal: Journal) -> str:
        """Take a reading that has come and ask for the next; return a fault in words, or nothing."""
        if abs(current_na - self._steady_na) > abs(self._steady_na) // STEADY_PARTS:
            self._steady_na, self._steady_since_ms = current_na, now_ms
        try:
            self._exchange(now_ms, current_na, journal)
        except InstrumentError as error:
            self.fault = f"channel {self._channel.name}: the meter of its cells failed: {error}"
        return self.fault

    def _exchange(self, now_ms: int, current_na: int, journal: Journal) -> None:
        if self._asked_na is not None:
            voltage_uv = self._meter.take()
            if voltage_uv is None:
                if now_ms - self._asked_ms > SILENT_WITHIN_MS:
                    self.fault = (
                        f"channel {self._channel.name}: the meter of its cells says nothing; check "
                        "its cable"
                    )
                return
            asked_na, self._asked_na = self._asked_na, None
            moved_na = abs(current_na - asked_na)
            if (
                abs(current_na) >= max(1, self._channel.judge.judge_load_na)
                and moved_na <= abs(asked_na) // STEADY_PARTS
            ):
                self._judge(now_ms, voltage_uv, current_na, journal)
            self._turn = (self._turn + 1) % len(self._cells)
        self._meter.request(self._order.inputs[self._turn])
        self._asked_na, self._asked_ms = current_na, now_ms

    def _judge(self, now_ms: int, voltage_uv: int, current_na: int, journal: Journal) -> None:
        cell, order = self._cells[self._turn], self._order
        name = f"channel {self._channel.name}, {order.names[self._turn]}"
        ohm = abs(voltage_uv) * 1000 // abs(current_na)
        sheet = ohm * order.areas_um2[self._turn] // UM2_PER_CM2
        low, high = order.sheet_low_ohm_cm2, order.sheet_high_ohm_cm2
        cell.bad = 0 if low <= sheet <= high else cell.bad + 1
        if cell.bad >= BAD_READINGS:
            side = "an open lead or a dry electrode" if sheet > high else "a short circuit"
            self.fault = (
                f"{name}: {sheet / 1000:.3g} kOhm·cm2 is outside {low / 1000:g} to "
                f"{high / 1000:g}: {side}"
            )
        if now_ms - cell.recorded_ms >= RECORD_EVERY_MS or cell.bad:
            cell.recorded_ms = now_ms
            journal.event(
                now_ms, "info", "cell", f"{name}: {sheet / 1000:.3g} kOhm·cm2",
                voltage_uv=voltage_uv, current_na=current_na, sheet_resistance_ohm_cm2=sheet,
                cell=order.names[self._turn],
            )  # fmt: skip
        if now_ms - self._steady_since_ms >= SETTLED_MS:
            self._look_for_drying(now_ms, cell, name, sheet, journal)

    def _look_for_drying(
        self, now_ms: int, cell: _Cell, name: str, sheet: int, journal: Journal
    ) -> None:
        cell.lowest_sheet_ohm_cm2 = min(cell.lowest_sheet_ohm_cm2 or sheet, sheet)
        if sheet > DRYING_FACTOR * cell.lowest_sheet_ohm_cm2 and not cell.told_drying:
            cell.told_drying = True
            text = (
                f"{name}: its resistance has risen to {sheet / 1000:.3g} kOhm·cm2, more than "
                f"{DRYING_FACTOR} times its lowest: it may be drying or coming off"
            )
            journal.event(now_ms, "warning", "cell_drying", text)

    def close(self) -> None:
        """Close the meter's connection."""
        self._meter.close()


def open_cells(channel: ChannelOrder) -> Cells | None:
    """Open the meter of a channel's cells, if it has one.

    Raises
    ------
    InstrumentError
        If it cannot be opened, or is another one than the bench file names.
    """
    order = channel.cells
    if order is None:
        return None
    meter = open_meter(order.resource, driver=order.driver, timeout_ms=METER_TIMEOUT_MS)
    if meter.identity.serial != order.serial:
        meter.close()
        raise WrongInstrumentError(
            order.resource,
            found=f"serial {meter.identity.serial}",
            wanted=f"serial {order.serial} as the bench file says; check the address",
        )
    return Cells(channel, order, meter)

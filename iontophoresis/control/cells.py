"""Cells in series on one source: a scanning meter reads one of them every tick or so.

A reading is asked for in one tick and taken in a later one, so the meter never delays the source.
Resistance is judged on each cell's own area: no load or a short circuit in one cell ends the
session at zero, although the source sees nothing of it; a trend is judged as the class asks.
"""

from dataclasses import dataclass
from typing import Any

from instruments.errors import InstrumentError, WrongInstrumentError
from instruments.meter import VoltageMeter
from instruments.meter_catalog import open_meter
from iontophoresis.control.journal import Journal
from iontophoresis.control.order import CellsOrder, ChannelOrder
from iontophoresis.control.trend import Trend, tell

METER_TIMEOUT_MS = 200
SILENT_WITHIN_MS = 3_000
STEADY_PARTS = 20
BAD_READINGS = 2
RECORD_EVERY_MS = 10_000
UM2_PER_CM2 = 100_000_000


@dataclass(slots=True)
class _Cell:
    """What is remembered of one cell."""

    trend: Trend
    bad: int = 0
    recorded_ms: int = -RECORD_EVERY_MS


class Cells:
    """The cells of one channel, read in turn."""

    def __init__(self, channel: ChannelOrder, cells: CellsOrder, meter: VoltageMeter) -> None:
        self._channel = channel
        self._order = cells
        self._meter = meter
        self._judge_na = max(1, channel.judge.judge_load_na)
        self._cells = [_Cell(Trend(self._judge_na)) for _ in cells.inputs]
        self._turn = 0
        self._asked_na: int | None = None
        self._asked_ms = 0
        self.fault = ""
        self.trend_ends = False

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

    def watch(self, now_ms: int, wanted_na: int, current_na: int, journal: Journal) -> str:
        """Take a reading that has come and ask for the next; return a fault in words, or nothing.

        `wanted_na` is the profile's current; `trend_ends` tells whether a cell's resistance moved
        in a way for which its class ends.
        """
        try:
            self._exchange(now_ms, wanted_na, current_na, journal)
        except InstrumentError as error:
            self.fault = f"channel {self._channel.name}: the meter of its cells failed: {error}"
        return self.fault

    def _exchange(self, now_ms: int, wanted_na: int, current_na: int, journal: Journal) -> None:
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
            if abs(current_na) >= self._judge_na and moved_na <= abs(asked_na) // STEADY_PARTS:
                self._judge(now_ms, voltage_uv, current_na, journal)
                self._see_trend(now_ms, wanted_na, current_na, voltage_uv, journal)
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

    def _see_trend(
        self, now_ms: int, wanted_na: int, current_na: int, voltage_uv: int, journal: Journal
    ) -> None:
        found = self._cells[self._turn].trend.see(now_ms, wanted_na, current_na, voltage_uv)
        if found:
            name = f"channel {self._channel.name}, {self._order.names[self._turn]}"
            ends = tell(journal, now_ms, name, self._channel.specimen_class, found)
            self.trend_ends = self.trend_ends or ends

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

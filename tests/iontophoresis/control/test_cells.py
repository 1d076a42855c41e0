"""Cells in series behind a scanning meter: each judged on its own area, none delays the source."""

from dataclasses import replace

import pytest

from instruments.errors import ConnectionClosedError
from instruments.meter import VoltageMeter
from instruments.readings import Identity
from iontophoresis.control.cells import Cells
from iontophoresis.control.order import CellsOrder
from tests.iontophoresis.control.bench_conduct import Pages

UA = 1_000
CURRENT_NA = 500 * UA
TICK_MS = 50
CELLS = CellsOrder(
    resource="TCPIP0::127.0.0.1::1::SOCKET", driver="keithley-dmm6500", serial="1",
    inputs=(1, 2, 3), names=("a", "b", "c"), areas_um2=(500_000_000, 500_000_000, 250_000_000),
    sheet_low_ohm_cm2=500, sheet_high_ohm_cm2=200_000,
)  # fmt: skip


class Scanner(VoltageMeter):
    """Gives each cell's voltage one call after it was asked for."""

    resource = CELLS.resource
    identity = Identity(manufacturer="M", model="S", serial="1", firmware="1")

    def __init__(self):
        self.ohms = {1: 2_000, 2: 2_000, 3: 4_000}
        self.silent = False
        self.closed = False
        self.asked = None
        self.order = []

    def configure(self, range_uv, inputs=(1,)):
        self.range_uv, self.inputs = range_uv, inputs

    def request(self, channel=1):
        if self.closed:
            raise ConnectionClosedError(self.resource, "end of file")
        self.asked = channel
        self.order.append(channel)

    def take(self, within_ms=0):
        assert within_ms == 0
        if self.silent:
            return None
        return self.ohms[self.asked] * CURRENT_NA // 1000

    def close(self):
        pass


@pytest.fixture
def scanner():
    return Scanner()


@pytest.fixture
def cells(order, scanner):
    made = Cells(order.channels[0], CELLS, scanner)
    made.prepare()
    return made


def watch(cells, ticks, current_na=CURRENT_NA, *, from_tick=0):
    pages = Pages()
    for tick in range(from_tick, from_tick + ticks):
        cells.watch(tick * TICK_MS, current_na, current_na, pages)
    return pages


def test_every_cell_is_read_in_turn_on_a_range_that_holds_the_compliance(order, cells, scanner):
    watch(cells, 12)
    assert scanner.order[:6] == [1, 2, 3, 1, 2, 3]
    assert scanner.range_uv == order.channels[0].compliance_uv


def test_sheet_resistance_is_that_of_each_cells_own_area(cells):
    pages = watch(cells, 12)
    sheets = {data["cell"]: data["sheet_resistance_ohm_cm2"] for *_, data in pages.events}
    assert sheets == {"a": 10_000, "b": 10_000, "c": 10_000}


@pytest.mark.parametrize(("ohm", "words"), [(0, "short circuit"), (90_000, "open lead")])
def test_one_bad_cell_is_named(cells, scanner, ohm, words):
    watch(cells, 12)
    scanner.ohms[2] = ohm
    watch(cells, 12, from_tick=12)
    assert "b: " in cells.fault
    assert words in cells.fault


def test_one_wrong_reading_is_no_fault(cells, scanner):
    watch(cells, 12)
    scanner.ohms[2] = 90_000
    watch(cells, 3, from_tick=12)
    scanner.ohms[2] = 2_000
    watch(cells, 12, from_tick=15)
    assert cells.fault == ""


@pytest.mark.parametrize(("specimen", "ends"), [("excised", False), ("perfused", True)])
def test_one_cell_that_comes_off_is_told_of_once_and_ends_perfused_tissue(
    order, scanner, specimen, ends
):
    cells = Cells(replace(order.channels[0], specimen_class=specimen), CELLS, scanner)
    watch(cells, 700)
    scanner.ohms[3] = 14_000
    pages = watch(cells, 60, from_tick=700)
    told = [text for _, _, code, text, _ in pages.events if code == "delamination"]
    assert len(told) == 1
    assert "channel A, c: " in told[0]
    assert cells.trend_ends is ends
    assert cells.fault == ""


def test_nothing_is_judged_without_current(cells, scanner):
    scanner.ohms = dict.fromkeys(scanner.ohms, 0)
    watch(cells, 50, current_na=0)
    assert cells.fault == ""


def test_a_meter_that_goes_silent_or_away_is_a_fault(cells, scanner):
    watch(cells, 12)
    scanner.silent = True
    watch(cells, 50, from_tick=12)
    assert cells.fault == ""
    watch(cells, 20, from_tick=62)
    assert "check its cable" in cells.fault


def test_a_pulled_cable_of_the_meter_is_a_fault_at_once(cells, scanner):
    watch(cells, 12)
    scanner.closed = True
    watch(cells, 1, from_tick=12)
    assert "the connection is closed" in cells.fault

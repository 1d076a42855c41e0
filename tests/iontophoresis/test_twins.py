"""Which emulated instruments a plan needs: units, channels, and the cells on them."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

from instruments.emulation.description import Tap
from iontophoresis.bench_instruments import EmulatedLoad, Meter
from iontophoresis.twins import bench_settings, started_twins

DAY = dt.date(2026, 1, 1)
SKIN = EmulatedLoad(load="skin", seed=20)


def source(name, *, serial="S", channel=1, emulated=SKIN, driver="keithley-2600"):
    return SimpleNamespace(
        id=name, driver=driver, serial=serial, channel=channel, emulated=emulated
    )


def channel(of, *areas_cm2):
    cells = [
        SimpleNamespace(
            cell=SimpleNamespace(area_cm2=area, baseline_resistance_kohm_cm2=10.0 * area)
        )
        for area in areas_cm2 or (5.0,)
    ]
    return SimpleNamespace(source=of, cells=cells)


def bench_with(meters):
    return SimpleNamespace(
        meters_of=lambda source: [one for one in meters if one.source == source.id]
    )


def described(*channels, meters=()):
    plan = SimpleNamespace(channels=channels, bench=bench_with(meters))
    return bench_settings(plan, "lockstep", Path("/s/one.sqlite"))


def test_two_channels_of_one_serial_number_are_one_instrument():
    settings = described(channel(source("b", channel=2)), channel(source("a", channel=1)))
    (unit,) = settings.instruments
    assert unit.loads == ("a", "b")
    assert settings.lockstep
    assert settings.truth_paths == {"a": "/s/one.truth-a.bin", "b": "/s/one.truth-b.bin"}


def test_the_second_channel_alone_leaves_the_first_open():
    (unit,) = described(channel(source("b", channel=2))).instruments
    assert unit.loads == ("", "b")


def test_equal_channels_and_other_serial_numbers_are_other_instruments():
    settings = described(
        channel(source("a")), channel(source("b")), channel(source("c", serial="T", channel=2))
    )
    assert [unit.loads for unit in settings.instruments] == [("a",), ("b",), ("", "c")]
    assert [settings.loads[name].seed for name in "abc"] == [20, 21, 22]


def test_cells_in_series_become_a_chain_of_their_own_skins():
    load = described(channel(source("a"), 5.0, 2.0)).loads["a"]
    assert [cell.area_cm2 for cell in load.cells] == [5.0, 2.0]
    assert [cell.barrier_kohm_cm2 for cell in load.cells] == [50.0, 20.0]
    assert len({cell.seed for cell in load.cells}) == 2


def test_a_resistor_stays_a_resistor_whatever_the_cells():
    resistor = EmulatedLoad(load="resistor", seed=1, resistance_kohm=2.5)
    load = described(channel(source("a", emulated=resistor), 5.0, 2.0)).loads["a"]
    assert (load.kind, load.resistance_ohm) == ("resistor", 2500.0)


def test_nothing_is_started_for_a_real_source():
    plan = SimpleNamespace(channels=(channel(source("a", emulated=None)),))
    with started_twins(plan, "real", Path("/s/one.sqlite")) as started:
        assert started is None


def test_a_meter_is_connected_to_the_load_of_its_source():
    meter = Meter(
        id="m", driver="keysight-34461a", serial="M", calibrated_on=DAY, calibration_due=DAY,
        source="a", reads="current", shunt_ohm=100.0, emulated=True,
    )  # fmt: skip
    settings = described(channel(source("a")), meters=[meter])
    assert settings.instruments[1].taps == (Tap(load="a", shunt_ohm=100.0),)
    assert settings.instruments[1].serial == "M"


def test_a_twin_of_another_model_can_be_asked_for():
    load = EmulatedLoad(load="skin", seed=1, model="keithley-2410")
    (unit,) = described(channel(source("a", driver="keithley-2400", emulated=load))).instruments
    assert unit.model == "keithley-2410"


def test_electrodes_can_be_given_a_budget_of_charge():
    load = EmulatedLoad(load="skin", seed=1, electrode_charge_c=0.5)
    cell = described(channel(source("a", emulated=load))).loads["a"]
    assert cell.electrodes == {"forward_c": 0.5, "backward_c": 0.5}
    assert described(channel(source("a"))).loads["a"].electrodes is None

"""Which emulated instruments a plan needs: units, channels, and the cells on them."""

from pathlib import Path
from types import SimpleNamespace

from iontophoresis.bench import EmulatedLoad
from iontophoresis.twins import bench_settings, started_twins

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


def described(*channels):
    plan = SimpleNamespace(channels=channels)
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
    with started_twins(plan, "real", Path("/s/one.sqlite")) as outputs:
        assert outputs == ()

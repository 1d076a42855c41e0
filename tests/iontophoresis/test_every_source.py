"""A session on every source there is, through the guard, on its twin in virtual time."""

import subprocess
import sys

import numpy as np
import pytest

from instruments.catalog import driver_names
from instruments.emulation.truth import read_truth
from iontophoresis.errors import InputError, PlanRefusedError
from iontophoresis.launch import prepare_plan
from iontophoresis.protocol.document import read_shipped
from iontophoresis.record.reader import open_session

pytestmark = pytest.mark.real_time
SOURCE = """
[[source]]
id = "{name}"
driver = "{driver}"
serial = "ONE"
channel = {channel}
calibrated_on = 2026-01-01
calibration_due = 2099-12-31
[source.emulated]
load = "skin"
seed = 20
"""
METER = """
[[meter]]
id = "{name}"
driver = "{driver}"
serial = "{name}"
calibrated_on = 2026-01-01
calibration_due = 2099-12-31
source = "a"
reads = "{reads}"
emulated = true
{shunt}
"""
METERS = METER.format(
    name="volts", driver="keithley-2182a", reads="voltage", shunt=""
) + METER.format(name="amps", driver="keysight-34461a", reads="current", shunt="shunt_ohm = 100.0")
BLIND = {"keithley-6221", "yokogawa-gs200"}


def bench(tmp_path, *tables):
    shipped = read_shipped("emulated_bench").text
    before, after = shipped.index("[[source]]"), shipped.index("[limits]")
    limits = shipped[after:].replace("voltage_v = 35.0", "voltage_v = 20.0")
    path = tmp_path / "bench.toml"
    path.write_text(shipped[:before] + "".join(tables) + limits, encoding="utf-8")
    return path


def quick(protocol):
    text = protocol.read_text(encoding="utf-8").replace("duration_s = 20.0", "duration_s = 3.0")
    text = text.replace("voltage_v = 35.0", "voltage_v = 20.0")
    protocol.write_text(text, encoding="utf-8")
    return text


def run(protocol, bench_path, folder, *more):
    done = subprocess.run(
        [sys.executable, "-m", "iontophoresis", "run", str(protocol), "--bench", str(bench_path),
         "--pace", "lockstep", "--directory", str(folder), *(more or ["--no-figure"])],
        capture_output=True, text=True, encoding="utf-8", timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = folder.glob("*.sqlite")
    session = open_session(path)
    assert session.closing.outcome == "done"
    return session, done.stdout


def true_charge_c(path):
    truth = read_truth(path)
    assert not truth["output_on"][-1] or abs(truth["level_a"][-1]) == 0.0
    assert abs(truth["current_a"][-1]) < 10e-6
    return np.sum(truth["current_a"][1:] * np.diff(truth["time_s"]))


@pytest.mark.parametrize("driver", driver_names())
def test_a_session_on_every_source(short_protocol, tmp_path, driver):
    quick(short_protocol)
    meters = METERS if driver in BLIND else ""
    source = SOURCE.format(name="a", driver=driver, channel=1)
    folder = tmp_path / "s"
    session, _ = run(short_protocol, bench(tmp_path, source, meters), folder)
    (truth_path,) = folder.glob("*.truth-a.bin")
    assert session.ticks.charge_pc[-1] * 1e-12 == pytest.approx(
        true_charge_c(truth_path), rel=0.01, abs=2e-5
    )


def two_channels(text):
    start, end = text.index("[[channel]]"), text.index("[limits]")
    second = text[start:end].replace('name = "A"', 'name = "B"').replace("cell-1", "cell-2")
    second = second.replace("to_ma = 1.0", "to_ma = 0.5")
    limits = text[end:].replace("[limits]", "[limits]\ntotal_current_ma = 1.6", 1)
    return text[:end] + second + limits


@pytest.mark.parametrize("driver", ["keysight-n6700", "keysight-b2900", "keithley-2600"])
def test_two_cells_on_two_channels_of_one_unit(short_protocol, tmp_path, driver):
    short_protocol.write_text(two_channels(quick(short_protocol)), encoding="utf-8")
    sources = (
        SOURCE.format(name=name, driver=driver, channel=at) for at, name in ((1, "a"), (2, "b"))
    )
    session, said = run(short_protocol, bench(tmp_path, *sources), tmp_path / "s", "--figure")
    charges = [true_charge_c(*(tmp_path / "s").glob(f"*.truth-{name}.bin")) for name in "ab"]
    assert charges[0] == pytest.approx(2 * charges[1], rel=0.02)
    ticks = session.ticks
    both_na = [ticks.current_na[ticks.channel == channel] for channel in (0, 1)]
    assert len(both_na[0]) == len(both_na[1])
    assert np.nanmax(np.abs(both_na[0]) + np.abs(both_na[1])) < 1_600_000
    for name, at in (("A", 0), ("B", 1)):
        dose = ticks.charge_pc[ticks.channel == at][-1] * 1e-12
        assert dose == pytest.approx(charges[at], rel=0.02)
        assert f"channel {name} " in said
    (figure,) = (tmp_path / "s").glob("*.png")
    assert figure.stat().st_size > 10_000


def test_two_cells_that_ask_for_more_than_their_common_cap_are_refused(short_protocol, tmp_path):
    text = two_channels(quick(short_protocol)).replace(
        "total_current_ma = 1.6", "total_current_ma = 1.4"
    )
    short_protocol.write_text(text, encoding="utf-8")
    sources = (
        SOURCE.format(name=name, driver="keithley-2600", channel=at)
        for at, name in ((1, "a"), (2, "b"))
    )
    with pytest.raises(PlanRefusedError, match=r"need 1\.5 mA, allowed are 1\.4"):
        prepare_plan(short_protocol, bench=bench(tmp_path, *sources))


def test_two_cells_in_parallel_on_one_output_are_refused(short_protocol, tmp_path):
    short_protocol.write_text(two_channels(quick(short_protocol)), encoding="utf-8")
    sources = (SOURCE.format(name=name, driver="keithley-2600", channel=1) for name in "ab")
    stand = bench(tmp_path, *sources)
    with pytest.raises(InputError, match=r'same output .* as source "a"; cells in parallel'):
        prepare_plan(short_protocol, bench=stand)


def test_six_cells_in_series_on_one_source(short_protocol, tmp_path):
    text = quick(short_protocol)
    start, end = text.index("[[channel.cell]]"), text.index("[[channel.segment]]")
    cells = "".join(text[start:end].replace("cell-1", f"cell-{at}") for at in range(1, 7))
    text = text[:start] + cells + text[end:]
    text = text.replace("to_ma = 1.0", "to_ma = 0.3").replace(
        "baseline_resistance_kohm_cm2 = 60.0", "baseline_resistance_kohm_cm2 = 20.0"
    )
    short_protocol.write_text(text, encoding="utf-8")
    source = SOURCE.format(name="a", driver="keithley-2450-tsp", channel=1)
    session, _ = run(short_protocol, bench(tmp_path, source), tmp_path / "s")
    assert len(session.ticks) > 50

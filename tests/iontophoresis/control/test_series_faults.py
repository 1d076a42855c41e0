"""Six cells in series, a scanning meter beside them: a fault in one cell ends at zero."""

import numpy as np
import pytest

from instruments.emulation.control import BenchControl
from instruments.emulation.description import BenchSettings, InstrumentSettings, Tap
from instruments.emulation.launch import start_bench
from instruments.emulation.load_settings import LoadSettings
from iontophoresis.control.order import CellsOrder, ProbeOrder
from iontophoresis.profile import Waveform
from iontophoresis.safety.kernel import ChannelConfig
from iontophoresis.safety.limits import PERFUSED, VOLTAGE_OPEN_BENCH_UV, Caps, compose
from iontophoresis.safety.reactions import Reason
from tests.iontophoresis.control.conftest import AREA_UM2, CAPS, UA, GuardRun, Place

pytestmark = pytest.mark.real_time
NUMBERS = tuple(range(1, 7))
LONG = Waveform(knots=((0, 0), (3_000, 500 * UA), (60_000, 500 * UA), (61_000, 0)))
WEAK = Waveform(knots=((0, 0), (3_000, 100 * UA), (60_000, 100 * UA), (61_000, 0)))


class SeriesRun(GuardRun):
    """One guarded session on six resistors of 4 kOhm in series, 20 kOhm·cm2 each."""

    def _start_bench(self, model, clock, outputs, options):  # noqa: ARG002 - of one kind
        cell = LoadSettings(kind="resistor", resistance_ohm=4_000.0)
        bench = start_bench(
            BenchSettings(
                loads={"chain": LoadSettings(kind="series", cells=(cell,) * 6)},
                instruments=(
                    InstrumentSettings(name="smu", model=model, loads=("chain",)),
                    InstrumentSettings(
                        name="scanner", model="keithley-dmm6500", serial="S",
                        taps=tuple(Tap(load="chain", cell=number) for number in NUMBERS),
                    ),
                ),
                lockstep=clock == "lockstep",
                truth_paths={"chain": str(self.truth_path)},
            ),
            linger_s=5.0,
        )  # fmt: skip
        cells = CellsOrder(
            resource=bench.resources["scanner"], driver="keithley-dmm6500", serial="S",
            inputs=NUMBERS, names=tuple(f"cell-{number}" for number in NUMBERS),
            areas_um2=(AREA_UM2,) * 6, sheet_low_ohm_cm2=500, sheet_high_ohm_cm2=100_000,
        )  # fmt: skip
        return bench, [(Place(bench.resources["smu"]), {"cells": cells})]


@pytest.fixture
def series_run(tmp_path):
    started = []

    def start(model="keithley-2450-tsp", **changes):
        judge = {"driver": model} | changes
        started.append(SeriesRun(tmp_path, model=model, **judge))
        return started[-1]

    yield start
    for run in started:
        for process in (run.guard.process, run.recorder.process, run.twin.process):
            if process.poll() is None:
                process.kill()
                process.wait()
        for pipes in (run.guard.process, run.recorder.process):
            for pipe in (pipes.stdout, pipes.stderr):
                if pipe is not None:
                    pipe.close()


def fault(name, **arguments):
    def begin(run):
        with BenchControl(run.twin.control_port) as bench:
            bench.fault(name, **arguments)

    return begin


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("resistance_step", {"factor": 10.0, "cell": 4}, "cell-4: "),
        ("resistance_step", {"factor": 0.001, "cell": 2}, "cell-2: "),
        ("unplugged", {"instrument": "scanner"}, "meter of its cells"),
        ("close_connection", {"instrument": "scanner"}, "meter of its cells"),
    ],
)
def test_a_fault_of_one_cell_or_of_the_meter_ends_at_zero(series_run, name, arguments, words):
    run = series_run()
    session = run.run(at={5_000: fault(name, **arguments)}, waveform=LONG)
    assert session.closing.outcome == "tripped"
    assert words in session.closing.text
    assert Reason(run.ended["cause"]) & Reason.CELL_FAILED
    assert not run.truth["output_on"][-1]
    flowing_s = run.truth["time_s"][np.abs(run.truth["current_a"]) > 10e-6]
    assert flowing_s[-1] - flowing_s[0] < 14


@pytest.mark.parametrize("model", ["keithley-2450-tsp", "keysight-b2900"])
def test_a_loosening_cell_ramps_perfused_tissue_down(series_run, model):
    """What the source sees is a rise of 8 % only; the cell's own reading shows the half more."""
    caps = CAPS._replace(slew_na_per_s=250 * UA)
    limits = compose(PERFUSED, AREA_UM2, VOLTAGE_OPEN_BENCH_UV, Caps(), caps, Caps())
    judge = ChannelConfig(
        limits=limits, load_low_ohm=100, load_high_ohm=90_000, judge_load_na=10 * UA,
        mismatch_na=0, off_na=2 * UA, voltage_limited_start_ms=5_000,
    )  # fmt: skip
    probe = ProbeOrder(
        current_na=10 * UA, compliance_uv=1_000_000, hold_ms=500, max_open_circuit_uv=500_000
    )
    run = series_run(model, specimen_class="perfused", judge=judge, probe=probe, peak_na=100 * UA)
    session = run.run(at={38_000: fault("delamination", channel=1, cell=5)}, waveform=WEAK)
    (told,) = [event for event in session.events if event.code == "delamination"]
    assert (told.severity, "cell-5: " in told.text) == ("alarm", True)
    assert session.closing.outcome == "tripped"
    assert Reason(run.ended["cause"]) == Reason.LOAD_TREND
    assert not run.truth["output_on"][-1]

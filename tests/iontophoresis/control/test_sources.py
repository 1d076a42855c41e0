"""A guarded session on every kind of source: its fail-safe proved, its charge true, its wire pulled."""

import time

import numpy as np
import pytest

from iontophoresis.safety.reactions import Reason

pytestmark = pytest.mark.real_time

OFF_A = 10e-6
SOURCES = {
    "keithley-2450-tsp": "A",
    "keysight-n6700": "A",
    "keithley-2400": "B",
    "keysight-b2900": "B",
}


def header(run, key):
    return run.session.header[key]


@pytest.mark.parametrize("model", SOURCES)
def test_a_session_proves_the_fail_safe_and_counts_the_true_charge(guard_run, model):
    run = guard_run(model=model, compliance_uv=18_000_000)
    session = run.run()
    assert run.ended["outcome"] == "done", run.ended["text"]
    (proof,) = header(run, "fail_safe_proof")
    assert proof["tier"] == SOURCES[model]
    assert proof["declared_s"] <= proof["found_off_s"] < proof["declared_s"] + 1.0
    truth = run.truth
    true_c = np.sum(np.abs(truth["current_a"][1:]) * np.diff(truth["time_s"]))
    assert session.ticks.charge_pc[-1] * 1e-12 == pytest.approx(true_c, rel=5e-3)
    assert true_c == pytest.approx(500e-6 * 21, rel=2e-2)
    assert np.abs(truth["current_a"]).max() <= 500e-6 * 1.005
    assert not truth["output_on"][-1]


def off_after_s(run, since_ms):
    """Return how long current flowed after a moment of the bench's time."""
    truth = run.truth
    flowed = truth["time_s"][np.abs(truth["current_a"]) > OFF_A]
    return flowed[-1] - since_ms / 1000


@pytest.mark.parametrize("model", SOURCES)
@pytest.mark.parametrize(
    ("fault", "arguments"),
    [
        ("close_connection", {}),
        ("reset_connection", {}),
        ("silence", {"for_ms": 1_500}),
    ],
)
def test_a_pulled_wire_ends_at_zero_within_the_declared_time(guard_run, model, fault, arguments):
    run = guard_run(model=model, compliance_uv=18_000_000)
    began = []

    def pull(run):
        began.append(run.bench.state()["now_ms"])
        run.bench.fault(fault, **arguments)

    session = run.run(at={3_000: pull})
    (proof,) = header(run, "fail_safe_proof")
    assert session.closing.outcome == "tripped"
    assert Reason(run.ended["cause"])
    assert abs(run.truth["current_a"][-1]) < OFF_A
    assert not run.truth["output_on"][-1]
    assert off_after_s(run, began[0]) <= proof["declared_s"]


@pytest.mark.parametrize("model", ["keithley-2450-tsp", "keithley-2400"])
def test_a_killed_guard_leaves_the_instrument_to_end_by_itself(guard_run, model):
    run = guard_run(
        model=model, compliance_uv=18_000_000, clock="real", twin_options={"linger_s": 20.0}
    )
    killed = []

    def kill(run):
        # Rows of a program that cannot be read come at its end, when nothing flows.
        while run.bench.state()["current_na"] < 400_000:
            time.sleep(0.05)
        killed.append(run.bench.state()["now_ms"])
        run.guard.process.kill()

    session = run.run(at={3_000: kill})
    (proof,) = header(run, "fail_safe_proof")
    assert session.closing.outcome == "cut"
    assert not run.truth["output_on"][-1]
    assert 0 <= off_after_s(run, killed[0]) <= proof["declared_s"]


def test_zero_breaks_off_a_program_that_cannot_be_read(guard_run):
    run = guard_run(model="keithley-2400", compliance_uv=18_000_000, clock="real")
    asked = []

    def zero(run):
        while run.bench.state()["current_na"] < 400_000:
            time.sleep(0.05)
        operator = run.operator()
        asked.append(run.bench.state()["now_ms"])
        operator.send({"k": "zero"})

    session = run.run(at={3_000: zero})
    assert session.closing.outcome == "stopped"
    assert not run.truth["output_on"][-1]
    assert 0 <= off_after_s(run, asked[0]) < 1.0

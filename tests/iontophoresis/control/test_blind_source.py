"""A source that measures nothing plays a whole session on a load, and ends at zero by itself."""

import time

import numpy as np
import pytest

MODEL = "keithley-6221"
OFF_A = 10e-6


@pytest.fixture
def blind_run(guard_run):
    def start(**options):
        return guard_run(
            model=MODEL, compliance_uv=18_000_000, specimen_class="load", **options
        )  # fmt: skip

    return start


def test_a_blind_session_proves_its_end_and_books_what_was_commanded(blind_run):
    run = blind_run()
    session = run.run()
    assert run.ended["outcome"] == "done", run.ended["text"]
    (proof,) = session.header["fail_safe_proof"]
    assert (proof["tier"], proof["declared_s"]) == ("B", 10.0)
    truth = run.truth
    true_c = np.sum(np.abs(truth["current_a"][1:]) * np.diff(truth["time_s"]))
    assert session.ticks.charge_pc[-1] * 1e-12 == pytest.approx(true_c, rel=1e-2)
    assert np.abs(truth["current_a"]).max() <= 500e-6 * 1.005
    assert not truth["output_on"][-1]


@pytest.mark.parametrize("fault", ["close_connection", "reset_connection"])
def test_a_pulled_wire_ends_at_zero(blind_run, fault):
    run = blind_run()
    session = run.run(at={3_000: lambda run: run.bench.fault(fault)})
    assert session.closing.outcome == "tripped"
    assert abs(run.truth["current_a"][-1]) < OFF_A


def test_an_open_lead_is_seen_by_the_compliance_bit(blind_run):
    run = blind_run()
    session = run.run(at={3_000: lambda run: run.bench.fault("open_lead")})
    assert session.closing.outcome == "tripped"
    assert not run.truth["output_on"][-1]


@pytest.mark.real_time
def test_a_killed_guard_leaves_it_to_end_at_zero(blind_run):
    run = blind_run(clock="real", twin_options={"linger_s": 12.0})
    killed = []

    def kill(run):
        while run.bench.state()["current_na"] < 400_000:
            time.sleep(0.05)
        killed.append(run.bench.state()["now_ms"])
        run.guard.process.kill()

    session = run.run(at={3_000: kill})
    assert session.closing.outcome == "cut"
    truth = run.truth
    flowed_s = truth["time_s"][np.abs(truth["current_a"]) > OFF_A]
    assert 0 <= flowed_s[-1] - killed[0] / 1000 <= 10.0
    assert abs(truth["current_a"][-1]) < OFF_A

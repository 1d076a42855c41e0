"""Whatever happens to guard and sentinel, the source ends at zero: real processes, ground truth."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from iontophoresis.control.order import Order

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.name == "nt", reason="signals of a POSIX system"),
]
OFF_A = 10e-6
KILLS = int(os.environ.get("IONTOPHORESIS_KILLS", "1"))


def at_current(run):
    while run.bench.state()["current_na"] < 400_000:
        time.sleep(0.01)
    return run.bench.state()["now_ms"]


def off_after_ms(run, since_ms):
    """Return when current last flowed on the ground truth, ms after a moment of the bench's time."""
    flowing = run.truth["time_s"][np.abs(run.truth["current_a"]) > OFF_A]
    return flowing[-1] * 1000 - since_ms


@pytest.mark.parametrize("kill", range(KILLS))
@pytest.mark.parametrize(
    ("sent", "bound_ms"), [(signal.SIGKILL, 150), (signal.SIGSTOP, 450)], ids=["killed", "frozen"]
)
def test_a_dead_or_frozen_guard_is_followed_by_off(guard_run, sent, bound_ms, kill):
    run = guard_run(clock="real", model="keithley-2450-tsp")
    struck = []

    def strike(run):
        struck.append(at_current(run))
        time.sleep(0.013 * (kill % 8))
        asked_s = time.monotonic()
        bench_ms = run.bench.state()["now_ms"]
        told_s = time.monotonic()
        run.guard.process.send_signal(sent)
        # The bench read its clock somewhere between question and answer.
        struck[0] = bench_ms + 1000 * (time.monotonic() - (asked_s + told_s) / 2)

    session = run.run(at={1_500: strike})
    assert session.closing.outcome == "cut"
    report = json.loads((run.folder / "session.sentinel.json").read_text(encoding="utf-8"))
    latency_ms = off_after_ms(run, struck[0])
    print(f"{sent.name} off {latency_ms:.0f} ms", report["text"])
    assert not run.truth["output_on"][-1]
    assert "confirmed it" in report["text"]
    assert run.guard.process.wait(5) == -signal.SIGKILL
    assert run.sentinel.process.returncode == 0
    assert latency_ms < bound_ms


@pytest.mark.parametrize("kill", range(KILLS))
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
def test_without_a_sentinel_the_guard_ramps_down(guard_run, sent, kill):
    run = guard_run(clock="real")
    struck = []

    def strike(run):
        struck.append(at_current(run))
        time.sleep(0.013 * (kill % 8))
        run.sentinel.process.send_signal(sent)

    session = run.run(at={1_500: strike})
    run.sentinel.process.kill()
    assert session.closing.outcome == "tripped"
    assert "sentinel" in session.closing.text
    assert "RAMP_DOWN" in session.ticks.state
    # A second to notice, and the ramp.
    assert off_after_ms(run, struck[0]) < 1_000 + 1_000 + 500


def test_a_session_in_real_time_without_a_sentinel_is_refused(order):
    command = [sys.executable, "-m", "iontophoresis.control.guard"]
    said = subprocess.run(
        command, input=json.dumps(order.to_json()), capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    assert "needs a sentinel" in json.loads(said.stdout)["fault"]


def test_a_sentinel_whose_guard_ends_well_leaves_nothing_behind(guard_run):
    run = guard_run(clock="real")
    run.run(arm={"token": "guessed"})
    assert run.sentinel.process.returncode == 0
    assert not (run.folder / "session.sentinel.json").exists()


def test_an_output_that_comes_on_before_anything_is_armed_is_switched_off(guard_run):
    run = guard_run(clock="real")
    deadline = time.monotonic() + 30
    while not any(message["k"] == "checked" for message in run.messages):
        assert time.monotonic() < deadline
        run.line.send({"k": "beat"})
        run.messages += run.line.receive()
        time.sleep(0.02)
    run.bench.fault("front_panel", output=True, level_na=100_000)
    on_ms = run.bench.state()["now_ms"]
    while not run.line.closed and time.monotonic() < deadline:
        run.messages += run.line.receive()
        time.sleep(0.02)
    session = run.close()
    assert session.closing.outcome == "refused"
    assert "although nothing was armed" in session.closing.text
    assert off_after_ms(run, on_ms) < 500


def test_an_order_survives_its_own_json(order):
    assert Order.from_json(json.loads(json.dumps(order.to_json()))) == order

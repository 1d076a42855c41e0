"""Real processes, a real clock and real signals: whatever happens to a session, current ends."""

import json
import os
import random
import signal
import time

import numpy as np
import psutil
import pytest

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.name == "nt", reason="signals of a POSIX system"),
]
KILLS = int(os.environ.get("IONTOPHORESIS_KILLS", "3"))
STOP_RAMP_S = 0.5
OFF_A = 10e-6
GUARD = "iontophoresis.control.guard"
# Two ticks, and what a busy computer adds to them.
NOTICED_WITHIN_S = 0.5


def child(session, module):
    """Return one process of a session."""
    family = psutil.Process(session.process.pid).children(recursive=True)
    (found,) = [one for one in family if module in one.cmdline()]
    return found


def first_row_after(ticks, wall_ns, condition):
    """Return how long after a moment of wall time a row first met a condition, s."""
    rows = np.flatnonzero((ticks.wall_ns > wall_ns) & condition)
    return (ticks.wall_ns[rows[0]] - wall_ns) / 1e9


@pytest.mark.parametrize("kill", range(KILLS))
def test_killing_the_session_process_ends_at_zero_with_the_record_whole(user_session, kill):
    session = user_session()
    session.wait_for_current()
    time.sleep(random.Random().uniform(0.0, 3.0))
    killed_ns = time.time_ns()
    session.process.kill()
    session.process.wait()
    recorded, _ = session.assert_zero_and_whole()
    assert recorded.closing.outcome == "tripped"
    assert "session process" in recorded.events[-1].text
    ticks = recorded.ticks
    assert first_row_after(ticks, killed_ns, ticks.state != "RUNNING") < NOTICED_WITHIN_S
    last_step = ticks.applied_na <= 0.11 * ticks.applied_na.max()
    assert first_row_after(ticks, killed_ns, last_step) < NOTICED_WITHIN_S + STOP_RAMP_S


def test_a_frozen_session_process_ends_at_zero_and_cannot_go_on(user_session):
    session = user_session()
    session.wait_for_current()
    session.process.send_signal(signal.SIGSTOP)
    session.truth()
    session.process.send_signal(signal.SIGCONT)
    output = session.finish()
    recorded, _ = session.assert_zero_and_whole()
    assert recorded.closing.outcome == "tripped"
    assert "gone or frozen" in output
    assert session.process.returncode == 1


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_one_signal_ramps_down_and_finishes_the_record(user_session, name):
    session = user_session()
    session.wait_for_current()
    session.process.send_signal(getattr(signal, name))
    output = session.finish()
    recorded, _ = session.assert_zero_and_whole()
    assert recorded.closing.outcome == "stopped"
    assert "RAMP_DOWN" in recorded.ticks.state
    assert session.process.returncode == 0
    assert str(recorded.path.name) in output.replace("\n", "")


def test_a_second_ctrl_c_is_zero_at_once(user_session, short_protocol):
    slow = short_protocol.read_text(encoding="utf-8").replace(
        "stop_ramp_s = 0.5", "stop_ramp_s = 20"
    )
    short_protocol.write_text(slow, encoding="utf-8")
    session = user_session()
    session.wait_for_current()
    session.process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    session.process.send_signal(signal.SIGINT)
    session.finish()
    recorded, truth = session.assert_zero_and_whole()
    assert recorded.closing.outcome == "stopped"
    current = np.abs(truth["current_a"])
    after_peak = current[np.flatnonzero(current >= current.max() * 0.999)[-1] :]
    assert after_peak[after_peak > 10e-6].min() > 0.5 * current.max()


@pytest.mark.parametrize("kill", range(KILLS))
def test_killing_the_guard_leaves_the_sentinel_to_end_it_and_to_say_so(user_session, kill):
    session = user_session()
    session.wait_for_current()
    time.sleep(random.Random().uniform(0.0, 1.0))
    child(session, GUARD).kill()
    output = session.finish()
    assert "switched every source off and confirmed it" in " ".join(output.split())
    recorded = session.recorded()
    assert recorded.problems == ()
    assert recorded.events[-1].code == "sentinel"
    assert not session.truth()["output_on"][-1]


@pytest.mark.parametrize("kill", range(KILLS))
def test_killing_guard_and_session_process_leaves_the_sentinel_to_end_it(user_session, kill):
    session = user_session()
    session.wait_for_current()
    time.sleep(random.Random().uniform(0.0, 1.0))
    guard = child(session, GUARD)
    session.process.kill()
    guard.kill()
    session.process.wait()
    truth, recorded = session.truth(), session.recorded()
    assert not truth["output_on"][-1]
    assert recorded.closing.outcome == "cut"
    assert recorded.problems == ()
    (report,) = session.folder.glob("*.sentinel.json")
    assert all(unit["off"] for unit in json.loads(report.read_text(encoding="utf-8"))["units"])
    # Every row that was judged is on disk, but for the tick in which the guard died.
    flowed_ms = 1000 * truth["time_s"][np.abs(truth["current_a"]) > OFF_A]
    ran_ms = flowed_ms[-1] - flowed_ms[np.flatnonzero(np.diff(flowed_ms) > 50)[-1] + 1]
    assert ran_ms - recorded.ticks.t_ms[-1] < 500

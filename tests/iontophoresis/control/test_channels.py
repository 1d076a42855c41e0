"""Several channels: one unit or several, one cap over all, and none that delays another's OFF."""

import numpy as np
import pytest

from instruments.emulation.truth import read_truth
from iontophoresis.profile import Waveform
from iontophoresis.safety.reactions import Reason

pytestmark = pytest.mark.real_time

UA = 1_000
OFF_A = 10e-6
MODEL = "keysight-n6700"
ONE_UNIT = (("unit", 1), ("unit", 2))
TWO_UNITS = (("left", 1), ("right", 1))
WAVES = (
    Waveform(knots=((0, 0), (1_000, 500 * UA), (9_000, 500 * UA), (10_000, 0))),
    Waveform(knots=((0, 0), (1_000, 300 * UA), (9_000, 300 * UA), (10_000, 0))),
)


def start(guard_run, outputs, **options):
    return guard_run(model=MODEL, outputs=outputs, compliance_uv=18_000_000, **options)


def truths(run):
    return [read_truth(path) for path in run.truth_paths.values()]


def charge_c(truth):
    return np.sum(np.abs(truth["current_a"][1:]) * np.diff(truth["time_s"]))


@pytest.mark.parametrize("outputs", [ONE_UNIT, TWO_UNITS])
def test_two_channels_carry_their_own_currents(guard_run, outputs):
    run = start(guard_run, outputs)
    session = run.run(waveform=WAVES)
    assert run.ended["outcome"] == "done", run.ended["text"]
    first, second = (charge_c(truth) for truth in truths(run))
    assert first == pytest.approx(500e-6 * 9, rel=0.02)
    assert second == pytest.approx(300e-6 * 9, rel=0.02)
    for index, true_c in enumerate((first, second)):
        assert session.ticks.of_channel(index).charge_pc[-1] * 1e-12 == pytest.approx(
            true_c, rel=0.01
        )


def test_a_common_cap_holds_over_the_sum(guard_run):
    run = start(guard_run, ONE_UNIT, order_changes={"common_current_na": 700 * UA})
    run.run(waveform=WAVES)
    assert Reason(run.ended["cause"]) & Reason.REQUEST_COMMON
    first, second = truths(run)
    size = min(len(first["current_a"]), len(second["current_a"]))
    together = np.abs(first["current_a"][:size]) + np.abs(second["current_a"][:size])
    assert together.max() <= 700e-6 * 1.01
    assert together[-1] < OFF_A


def test_one_channel_ends_at_its_charge_and_the_other_goes_on(guard_run):
    run = start(guard_run, ONE_UNIT, finish_charge_pc=2_000_000_000)
    session = run.run(waveform=WAVES)
    assert run.ended["outcome"] == "done"
    for index, truth in enumerate(truths(run)):
        assert charge_c(truth) == pytest.approx(2e-3, rel=0.02)
        assert session.ticks.of_channel(index).charge_pc[-1] <= 2_000_000_000 * 1.02


def test_a_deaf_first_source_delays_no_other(guard_run):
    run = start(guard_run, TWO_UNITS)
    began = []

    def deafen(run):
        began.append(run.bench.state()["now_ms"] / 1000)
        run.bench.fault("silence", instrument="left", for_ms=1_500)

    run.run(at={4_000: deafen}, waveform=WAVES)
    assert run.ended["outcome"] == "tripped"
    for truth, bound_s in zip(truths(run), (2.0, 0.25), strict=True):
        flowed = truth["time_s"][np.abs(truth["current_a"]) > OFF_A]
        assert flowed[-1] - began[0] <= bound_s


def test_an_unarmed_session_of_two_channels_carries_the_probe_alone(guard_run):
    run = start(guard_run, ONE_UNIT)
    session = run.run(waveform=WAVES, arm={"token": "guessed"})
    assert session.closing.outcome == "refused"
    assert all(np.abs(truth["current_a"]).max() < 31e-6 for truth in truths(run))

"""A source that takes longer than its period: told, bounded, and the charge stays what was planned."""

from types import SimpleNamespace

import numpy as np
import pytest

from iontophoresis.control.feed import Feed
from iontophoresis.control.loop import Loop
from iontophoresis.control.opening import RefusedError, refuse_short_tick
from iontophoresis.control.pace import Pace
from iontophoresis.profile import Waveform
from iontophoresis.safety import kernel
from iontophoresis.safety.reactions import Phase, Reason
from tests.iontophoresis.control.conftest import TICK_MS, UA

PEAK_NA = 500 * UA
SHORT = Waveform(knots=((0, 0), (1_000, PEAK_NA), (4_000, PEAK_NA), (5_000, 0)))
PLANNED_C = PEAK_NA * 4_000 * 1e-12


class SlowSource:
    """A source in virtual time that obeys, and whose reading takes `takes_ms`."""

    def __init__(self, takes_ms):
        self.now_ms = 0
        self.takes_ms = takes_ms
        self.true_pc = 0
        self.level_na = 0

    def pass_to(self, t_ms):
        self.true_pc += self.level_na * max(t_ms - self.now_ms, 0)
        self.now_ms = max(self.now_ms, t_ms)

    def read_at(self, current_na):
        self.level_na = current_na
        self.pass_to(self.now_ms + self.takes_ms)
        reading = kernel.ChannelReading(
            True, True, current_na * 10, current_na, False, current_na != 0
        )
        reading = reading._replace(output_on=True)
        return SimpleNamespace(
            reading=reading, settings_kept=True, connected=True, error="", blind=False
        )

    def send_off(self):
        self.level_na = 0

    def make_safe(self):
        self.level_na = 0
        return SimpleNamespace(attempts=1, reconnected=False)

    def settings_error(self):
        return ""


class SlowClock:
    """Virtual time that the source's readings move on."""

    virtual = False

    def __init__(self, source):
        self._source = source
        self.slept_ms = 0

    def suspended_ms(self):
        return self.slept_ms

    def now_ms(self):
        return self._source.now_ms

    def wait_until(self, deadline_ms, _service):
        self._source.pass_to(deadline_ms)


class Told:
    """The journal's face, keeping what was told."""

    silent_ms = unsafe_rows = 0

    def __init__(self):
        self.events = []

    def event(self, t_ms, severity, code, text, **_data):
        self.events.append((t_ms, severity, code, text))

    def write(self, message):
        pass

    show = write


def led(order, takes_ms, waveform=SHORT):
    """Run one session whose every reading takes so long."""
    source = SlowSource(takes_ms)
    source.order = order.channels[0]
    loop = Loop(order, [source], SlowClock(source), Told(), lambda _: None, lambda: 0)
    loop.feed.extend([[t_ms, current_na] for t_ms, current_na in waveform.knots[1:]])
    loop.end_ms = waveform.knots[-1][0]
    loop.state = loop.state._replace(phase=Phase.ARMED)
    loop.start()
    loop.run()
    return loop, source


@pytest.mark.parametrize("takes_ms", [0, 10, 40, 50, 53, 56, 59])
def test_systematically_late_ticks_deliver_the_planned_charge(order, takes_ms):
    loop, source = led(order, takes_ms)
    assert loop.state.phase == Phase.DONE
    assert source.true_pc * 1e-12 == pytest.approx(PLANNED_C, rel=0.01)
    assert loop.journal.events == [] or loop.journal.events[-1][2] == "output_off"


def test_a_train_of_steep_pulses_on_late_ticks_keeps_its_charge(order):
    knots = [(0, 0)]
    for start in range(0, 12_000, 1_500):
        knots += [
            (start + 500, PEAK_NA),
            (start + 900, PEAK_NA),
            (start + 1_400, 0),
            (start + 1_500, 0),
        ]
    waveform = Waveform(knots=tuple(knots))
    loop, source = led(order, 58, waveform)
    assert loop.state.phase == Phase.DONE
    assert source.true_pc == pytest.approx(8 * PEAK_NA * 900, rel=0.01)


@pytest.mark.parametrize(("takes_ms", "within_ms"), [(65, 8_000), (80, 2_500), (99, 2_500)])
def test_ticks_that_are_much_too_long_are_told_and_end_the_session(order, takes_ms, within_ms):
    long = Waveform(knots=((0, 0), (1_000, PEAK_NA), (60_000, PEAK_NA), (61_000, 0)))
    loop, _ = led(order, takes_ms, long)
    assert loop.state.phase == Phase.TRIPPED
    assert loop.state.cause & Reason.OVERRUN
    (told,) = [event for event in loop.journal.events if event[2] == "late_ticks"]
    assert told[1] == "alarm"
    assert "raise tick_ms in the bench file" in told[3]
    assert told[0] < within_ms / 2 + 500
    ramp_ms = order.stop_ramp_ms * takes_ms / TICK_MS
    assert loop.state.now_ms - loop.state.started_ms < within_ms + ramp_ms + 500


def test_three_ticks_of_twice_their_period_are_zero_at_once(order):
    loop, source = led(order, 110)
    assert loop.state.phase == Phase.TRIPPED
    assert loop.state.cause & Reason.OVERRUN
    assert source.now_ms <= 4 * 110


def test_a_sleep_of_the_computer_is_zero_told_and_not_made_up_for(order):
    class Sleeper(SlowSource):
        def pass_to(self, t_ms):
            if self.now_ms < 2_000 <= t_ms:
                # The source's own lease ends the current; here it is off for the whole sleep.
                self.now_ms, loop.clock.slept_ms = self.now_ms + 90_000, 90_000
                t_ms += 90_000
            super().pass_to(t_ms)

    source = Sleeper(0)
    source.order = order.channels[0]
    loop = Loop(order, [source], SlowClock(source), Told(), lambda _: None, lambda: 0)
    loop.feed.extend([[1_000, PEAK_NA], [60_000, PEAK_NA]])
    loop.end_ms = 60_000
    loop.state = loop.state._replace(phase=Phase.ARMED)
    loop.start()
    loop.run()
    assert loop.state.phase == Phase.TRIPPED
    assert loop.state.cause & Reason.OVERRUN
    (told,) = [event for event in loop.journal.events if event[2] == "suspended"]
    assert "slept for 90.0 s" in told[3]
    assert loop.feed.position_ms < 2_200
    assert source.level_na == 0
    assert "1 more than a period late" in loop.punctuality


def test_profile_time_makes_up_for_nothing_that_passed_while_it_stood(order):
    config = order.kernel_config()
    feed = Feed(1)
    feed.extend([[1_000, PEAK_NA], [60_000, PEAK_NA]])
    pace = Pace(config, feed)
    state = kernel.initial(1, 0)
    late = kernel.Reading(0, 0, True, True, True, (), late_ms=400)
    pace.follow(state, late)
    assert feed.position_ms == 0
    pace.move()
    pace.rest()
    pace.follow(state, late)
    assert feed.position_ms == TICK_MS
    feed.position_ms = 30_000
    held = state._replace(channels=(kernel.ChannelState(applied_na=PEAK_NA),))
    pace.move()
    pace.follow(held, late)
    assert feed.position_ms == 30_000 + 2 * TICK_MS
    assert (pace.ticks, pace.worst_ms) == (3, 450)


def test_a_period_shorter_than_the_check_took_is_refused_with_both_figures():
    with pytest.raises(RefusedError, match=r"tick_ms = 50 .* took 112 ms .* tick_ms = 134"):
        refuse_short_tick([SimpleNamespace(exchange_ms=60), SimpleNamespace(exchange_ms=52)], 50)
    refuse_short_tick([SimpleNamespace(exchange_ms=50)], 50)


@pytest.mark.real_time
def test_a_source_too_slow_for_its_period_is_refused_before_the_session(guard_run):
    run = guard_run(clock="real", order_changes={"require_interlock": False})
    run.bench.fault("late_reply", ms=70)
    session = run.run(waveform=SHORT)
    assert session.closing.outcome == "refused"
    assert "tick_ms = 50 is too short" in session.closing.text
    assert np.abs(run.truth["current_a"]).max() < 60e-6


@pytest.mark.real_time
def test_a_source_that_turns_slower_keeps_its_charge_in_real_time(guard_run):
    run = guard_run(clock="real")
    session = run.run(waveform=SHORT, at={500: lambda run: run.bench.fault("late_reply", ms=12)})
    truth = run.truth
    true_c = np.sum(np.abs(truth["current_a"][1:]) * np.diff(truth["time_s"]))
    probe_c = 25e-6 * 0.6
    assert session.closing.outcome == "done"
    assert np.diff(session.ticks.t_ms).max() > TICK_MS + 10
    assert true_c - probe_c == pytest.approx(PLANNED_C, rel=0.02)


@pytest.mark.real_time
def test_a_source_that_turns_much_too_slow_is_ramped_down_in_real_time(guard_run):
    run = guard_run(clock="real")
    session = run.run(at={1_500: lambda run: run.bench.fault("late_reply", ms=90)})
    assert session.closing.outcome == "tripped"
    assert Reason(run.ended["cause"]) & Reason.OVERRUN
    assert any(event.code == "late_ticks" for event in session.events)
    assert session.ticks.t_ms[-1] < 6_000

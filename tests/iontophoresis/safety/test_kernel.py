"""Every judgement of the kernel, alone and under an adversarial operator, session and source."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iontophoresis.safety import kernel
from iontophoresis.safety.kernel import (
    ChannelConfig,
    ChannelReading,
    Config,
    Reading,
    Request,
    initial,
    step,
)
from iontophoresis.safety.limits import ChannelLimits
from iontophoresis.safety.reactions import Action, Phase, Reason

TICK_MS = 50
UA = 1_000
LIMITS = ChannelLimits(
    current_na=1000 * UA,
    density_na=900 * UA,
    charge_pc=1000 * UA * 60_000,
    charge_density_pc=2000 * UA * 60_000,
    voltage_uv=35_000_000,
    slew_na_per_s=100 * UA,
    on_time_ms=120_000,
    session_time_ms=200_000,
)
CELL = ChannelConfig(
    limits=LIMITS,
    load_low_ohm=1_000,
    load_high_ohm=300_000,
    judge_load_na=50 * UA,
    mismatch_na=2 * UA,
    off_na=5 * UA,
    voltage_limited_start_ms=10_000,
)
CONFIG = Config((CELL,), common_current_na=1000 * UA, tick_ms=TICK_MS, stop_ramp_ms=2_000)


def request(target_na=0, **kind):
    base = dict(pause=False, stop=False, zero=False, starved=False)
    base |= dict(session_silent_ms=0, recorder_silent_ms=0)
    return Request(targets_na=(target_na,), **(base | kind))


def reading(state, ohm=10_000, **kind):
    """Answer as a sound source with a resistor would."""
    applied = state.channels[0].applied_na
    cell = dict(
        valid=True, fresh=True, current_na=applied, voltage_uv=applied * ohm // 1000,
        limited=False, output_on=True,
    )  # fmt: skip
    outer = dict(
        now_ms=state.now_ms + TICK_MS, overrun_ms=0, interlock_closed=True, settings_kept=True,
        connected=True,
    )  # fmt: skip
    for name, value in kind.items():
        (cell if name in cell else outer)[name] = value
    return Reading(**outer, channels=(ChannelReading(**cell),))


def running(level_na=0):
    state = kernel.start(kernel.arm(kernel.check(initial(1, 0), "p"), "p"), 0)
    while state.channels[0].applied_na < level_na:
        target = min(level_na, state.channels[0].applied_na + 5 * UA)
        state, decision = step(CONFIG, state, request(target), reading(state))
        assert decision.action == Action.NONE
    return state


def test_a_sound_request_passes_unchanged():
    state = running(500 * UA)
    state, decision = step(CONFIG, state, request(500 * UA), reading(state))
    assert decision == kernel.Decision((500 * UA,), Action.NONE, 0)
    assert state.phase == Phase.RUNNING


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (1000 * UA + 1, Reason.REQUEST_CURRENT),
        (900 * UA + 1, Reason.REQUEST_DENSITY),
        (505 * UA + 2, Reason.REQUEST_SLEW),
        (-6 * UA, Reason.REQUEST_SLEW),
        (1000 * UA + 1, Reason.REQUEST_COMMON),
    ],
)
def test_a_request_outside_a_limit_is_refused_and_the_ramp_restarts_at_zero(target, reason):
    state = running(500 * UA)
    state, decision = step(CONFIG, state, request(target), reading(state))
    assert decision.targets_na == (0,)
    assert decision.action == Action.ZERO
    assert Reason(decision.reasons) & reason
    assert state.phase == Phase.TRIPPED
    assert state.channels[0].applied_na == 0


def test_one_lsb_inside_a_limit_passes():
    state = running(500 * UA)
    _, decision = step(CONFIG, state, request(505 * UA + 1), reading(state))
    assert decision.action == Action.NONE


ZERO_AT_ONCE = [
    (dict(current_na=950 * UA), Reason.OVER_CURRENT),
    (dict(voltage_uv=35_350_001), Reason.OVER_VOLTAGE),
    (dict(output_on=False), Reason.OUTPUT_OFF),
    (dict(interlock_closed=False), Reason.INTERLOCK),
    (dict(settings_kept=False), Reason.SETTINGS_CHANGED),
    (dict(connected=False), Reason.BUS_FAULT),
    (dict(cell_failed=True), Reason.CELL_FAILED),
    (dict(overrun_ms=301), Reason.OVERRUN),
]


@pytest.mark.parametrize(("seen", "reason"), ZERO_AT_ONCE)
def test_doubt_about_where_current_flows_is_zero_at_once_and_latched(seen, reason):
    state = running(500 * UA)
    state, decision = step(CONFIG, state, request(500 * UA), reading(state, **seen))
    resident = reason == Reason.BUS_FAULT  # no command reaches the source
    worst = Action.RESIDENT_OFF if resident else Action.ZERO
    assert (decision.targets_na, decision.action) == ((0,), worst)
    assert Reason(decision.reasons) & reason
    assert state.phase == Phase.TRIPPED
    state, decision = step(CONFIG, state, request(500 * UA), reading(state))
    assert decision.targets_na == (0,)
    assert state.phase == Phase.TRIPPED
    assert Reason(state.cause) & reason


AFTER_TICKS = [
    (dict(valid=False), Reason.READING_MISSING, 2),
    (dict(fresh=False), Reason.READING_FROZEN, 3),
    (dict(current_na=497 * UA), Reason.MISMATCH, 2),
    (dict(current_na=1, voltage_uv=30_000_000, limited=True), Reason.LOAD_OPEN, 3),
    (dict(voltage_uv=1_000), Reason.LOAD_SHORT, 3),
    (dict(overrun_ms=60), Reason.OVERRUN, 3),
]


@pytest.mark.parametrize(("seen", "reason", "ticks"), AFTER_TICKS)
def test_a_fault_that_one_outlier_can_fake_needs_repetition_and_never_raises_current(
    seen, reason, ticks
):
    state = running(500 * UA)
    for tick in range(1, ticks + 1):
        state, decision = step(CONFIG, state, request(505 * UA), reading(state, **seen))
        if tick < ticks:
            assert decision.targets_na[0] <= 505 * UA
            assert state.phase == Phase.RUNNING
    assert decision.action == Action.ZERO
    assert Reason(decision.reasons) & reason


@pytest.mark.parametrize("seen", [dict(valid=False), dict(current_na=400 * UA)])
def test_a_single_outlier_holds_and_is_forgotten(seen):
    state = running(500 * UA)
    state, decision = step(CONFIG, state, request(505 * UA), reading(state, **seen))
    assert (decision.action, decision.targets_na) == (Action.HOLD, (500 * UA,))
    state, decision = step(CONFIG, state, request(505 * UA), reading(state))
    assert (decision.action, decision.targets_na) == (Action.NONE, (505 * UA,))


RAMP_DOWN = [
    (dict(session_silent_ms=2_001), Reason.SESSION_SILENT, Phase.TRIPPED),
    (dict(recorder_silent_ms=3_001), Reason.RECORDER_SILENT, Phase.TRIPPED),
    (dict(stop=True), Reason.OPERATOR_STOP, Phase.DONE),
    (dict(pause=True), Reason.OPERATOR_PAUSE, Phase.PAUSED),
    (dict(load_trend=True), Reason.LOAD_TREND, Phase.TRIPPED),
]


@pytest.mark.parametrize(("asked", "reason", "ends"), RAMP_DOWN)
def test_benign_ends_ramp_down_within_the_declared_time(asked, reason, ends):
    state = running(500 * UA)
    levels = [500 * UA]
    for _ in range(CONFIG.stop_ramp_ms // TICK_MS + 1):
        seen = {name: value for name, value in asked.items() if name in Reading._fields}
        said = {name: value for name, value in asked.items() if name not in seen}
        state, decision = step(CONFIG, state, request(500 * UA, **said), reading(state, **seen))
        levels.append(decision.targets_na[0])
    assert levels[1] < levels[0]
    assert all(later <= earlier for earlier, later in pairwise(levels))
    assert levels[-1] == 0
    assert state.phase == ends
    assert Reason(state.cause) & reason


def test_a_stop_during_a_pause_ramp_ends_the_session():
    state = running(500 * UA)
    state, _ = step(CONFIG, state, request(500 * UA, pause=True), reading(state))
    for _ in range(60):
        state, _ = step(CONFIG, state, request(0, pause=True, stop=True), reading(state))
    assert state.phase == Phase.DONE


def test_a_second_stop_is_zero_now():
    state = running(500 * UA)
    state, decision = step(CONFIG, state, request(500 * UA, zero=True), reading(state))
    assert decision.targets_na == (0,)
    assert state.phase == Phase.DONE


def test_pause_is_zero_current_and_resume_starts_from_zero():
    state = running(500 * UA)
    while state.phase != Phase.PAUSED:
        state, _ = step(CONFIG, state, request(500 * UA, pause=True), reading(state))
    charge = state.channels[0].charge_pc
    state, decision = step(CONFIG, state, request(500 * UA), reading(state))
    assert decision.targets_na == (0,)
    state = kernel.resume(state, state.now_ms)
    state, decision = step(CONFIG, state, request(500 * UA), reading(state))
    assert Reason(decision.reasons) & Reason.REQUEST_SLEW
    assert state.channels[0].charge_pc >= charge


def test_current_while_nothing_was_commanded_trips():
    state = kernel.check(initial(1, 0), "p")
    state, decision = step(CONFIG, state, request(), reading(state, current_na=6 * UA))
    assert Reason(decision.reasons) & Reason.UNCOMMANDED
    assert state.phase == Phase.TRIPPED


def test_a_voltage_limited_start_is_normal_for_its_declared_time_only():
    state = running(500 * UA)
    ticks = 0
    while state.phase == Phase.RUNNING:
        seen = reading(state, limited=True, current_na=300 * UA, voltage_uv=34_900_000)
        state, _ = step(CONFIG, state, request(500 * UA), seen)
        ticks += 1
    assert Reason(state.cause) & Reason.COMPLIANCE
    assert 11_000 < ticks * TICK_MS <= 11_100


def test_time_limits_ramp_down():
    state = running(500 * UA)
    while state.phase == Phase.RUNNING:
        state, _ = step(CONFIG, state, request(500 * UA), reading(state))
    assert Reason(state.cause) & (Reason.ON_TIME | Reason.CHARGE)
    idle = running()
    while idle.phase == Phase.RUNNING:
        idle, _ = step(CONFIG, idle, request(0), reading(idle))
    assert Reason(idle.cause) & Reason.SESSION_TIME


def test_a_stop_at_the_charge_limit_ends_inside_it():
    state = running(900 * UA)
    while state.phase in {Phase.RUNNING, Phase.RAMP_DOWN}:
        state, _ = step(CONFIG, state, request(900 * UA), reading(state))
    charge = state.channels[0].charge_pc
    assert Reason(state.cause) & Reason.CHARGE
    assert LIMITS.charge_pc * 0.995 < charge <= LIMITS.charge_pc


def test_charge_counts_the_measured_current_exactly():
    state = running()
    expected = 0
    for level in (5 * UA, 10 * UA, 13 * UA, 13 * UA, 2 * UA):
        expected += state.channels[0].measured_na * TICK_MS
        state, _ = step(CONFIG, state, request(level), reading(state))
        assert state.channels[0].charge_pc == expected


@pytest.mark.parametrize("move", [lambda s: kernel.arm(s, "p"), lambda s: kernel.start(s, 0)])
def test_states_follow_their_order(move):
    with pytest.raises(ValueError, match="cannot go to"):
        move(initial(1, 0))


def test_only_the_permit_of_this_check_and_protocol_arms_and_only_once():
    granted = kernel.permit("token", "sha")
    checked = kernel.check(initial(1, 0), granted)
    for wrong in (kernel.permit("other", "sha"), kernel.permit("token", "other"), ""):
        refused = kernel.arm(checked, wrong)
        assert (refused.phase, refused.permit) == (Phase.DISARMED, "")
        with pytest.raises(ValueError, match="cannot go to ARMED from DISARMED"):
            kernel.arm(refused, granted)
    armed = kernel.arm(checked, granted)
    assert (armed.phase, armed.permit) == (Phase.ARMED, "")
    with pytest.raises(ValueError, match="cannot go to ARMED from ARMED"):
        kernel.arm(armed, granted)
    assert kernel.arm(kernel.check(initial(1, 0), ""), "").phase == Phase.DISARMED
    assert kernel.permit("", "sha") == ""


def test_a_hold_on_the_way_to_the_other_polarity_goes_to_zero():
    state = running(500 * UA)
    state, decision = step(CONFIG, state, request(-5 * UA, starved=True), reading(state))
    assert (decision.action, decision.targets_na) == (Action.HOLD, (0,))
    assert state.phase == Phase.RUNNING


def test_a_fall_and_rise_inside_one_window_is_held_to_the_lowest_level():
    state = running(500 * UA)
    state, _ = step(CONFIG, state, request(500 * UA), reading(state, now_ms=state.now_ms + 250))
    state, _ = step(CONFIG, state, request(0), reading(state, now_ms=state.now_ms + 1))
    for _ in range(20):
        target = state.channels[0].applied_na + 5 * UA
        seen = reading(state, now_ms=state.now_ms + 1)
        state, decision = step(CONFIG, state, request(target), seen)
        assert decision.targets_na[0] <= 30 * UA + 250
    assert state.phase == Phase.TRIPPED
    assert Reason(state.cause) == Reason.REQUEST_SLEW


def pair(state, targets, finish=(), **kind):
    config = CONFIG._replace(channels=(CELL, CELL))
    cells = tuple(
        ChannelReading(True, True, channel.applied_na * 10, channel.applied_na, False, True)
        for channel in state.channels
    )
    asked = request(0, **kind)._replace(targets_na=targets, finish=finish)
    return step(config, state, asked, reading(state)._replace(channels=cells))


def test_one_channel_ends_at_its_own_goal_while_the_other_goes_on():
    state = kernel.start(kernel.arm(kernel.check(initial(2, 0), "p"), "p"), 0)
    for level in range(5 * UA, 205 * UA, 5 * UA):
        state, decision = pair(state, (level, level))
        assert decision.action == Action.NONE
    first = []
    for _ in range(45):
        state, decision = pair(state, (200 * UA, 200 * UA), finish=(True, False))
        assert decision.action == Action.NONE
        assert decision.targets_na[1] == 200 * UA
        first.append(decision.targets_na[0])
    assert first == [max(0, 200 * UA - 5 * UA * tick) for tick in range(1, 46)]
    state, decision = pair(state, (100 * UA, 200 * UA))
    assert decision.targets_na == (0, 200 * UA), "a finished channel stays at zero"
    while state.phase != Phase.PAUSED:
        state, decision = pair(state, (200 * UA, 200 * UA), pause=True)
    state = kernel.resume(state, state.now_ms)
    state, decision = pair(state, (5 * UA, 5 * UA))
    assert decision.targets_na == (0, 5 * UA), "nor does a resume bring it back"


def test_a_channel_on_its_way_down_still_counts_in_the_common_sum():
    state = kernel.start(kernel.arm(kernel.check(initial(2, 0), "p"), "p"), 0)
    for level in range(5 * UA, 505 * UA, 5 * UA):
        state, _ = pair(state, (level, level))
    state, decision = pair(state, (0, 505 * UA), finish=(True, False))
    assert (decision.action, decision.targets_na) == (Action.ZERO, (0, 0))
    assert Reason(decision.reasons) == Reason.REQUEST_COMMON


def test_a_stop_keeps_the_steeper_ramp_of_a_channel_that_is_finishing():
    state = running(500 * UA)
    finish = request(0)._replace(finish=(True,))
    for _ in range(10):
        state, _ = step(CONFIG, state, finish, reading(state))
    assert state.channels[0].applied_na == 375 * UA
    state, decision = step(CONFIG, state, request(0, stop=True), reading(state))
    assert decision.targets_na == (362_500,)
    assert state.phase == Phase.RAMP_DOWN


def test_current_after_the_end_is_left_to_the_instrument_itself():
    state = running(500 * UA)
    state, _ = step(CONFIG, state, request(zero=True), reading(state))
    _, decision = step(CONFIG, state, request(), reading(state, current_na=500 * UA))
    assert decision.action == Action.RESIDENT_OFF
    assert Reason(decision.reasons) == Reason.UNCOMMANDED


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (dict(tick_ms=19), "tick_ms"), (dict(tick_ms=201), "tick_ms"),
        (dict(stop_ramp_ms=499), "stop_ramp_ms"), (dict(stop_ramp_ms=30_001), "stop_ramp_ms"),
        (dict(off_na=-1), "off_na"), (dict(off_na=10_001), "off_na"),
        (dict(mismatch_na=10_001), "mismatch_na"), (dict(mismatch_na=-1), "mismatch_na"),
        (dict(voltage_limited_start_ms=3_600_001), "voltage_limited_start_ms"),
        (dict(voltage_limited_start_ms=-1), "voltage_limited_start_ms"),
    ],
)  # fmt: skip
def test_a_configuration_beyond_the_kernels_own_bounds_is_named(change, word):
    outer = {key: value for key, value in change.items() if key in Config._fields}
    inner = {key: value for key, value in change.items() if key not in Config._fields}
    config = CONFIG._replace(channels=(CELL._replace(**inner),), **outer)
    assert kernel.config_fault(config).startswith(f"{word} = ")


@pytest.mark.parametrize("tick_ms", [20, 200])
@pytest.mark.parametrize("stop_ramp_ms", [500, 30_000])
def test_a_configuration_at_the_bounds_is_sound(tick_ms, stop_ramp_ms):
    cell = CELL._replace(off_na=10_000, mismatch_na=10_000, voltage_limited_start_ms=3_600_000)
    none = CELL._replace(off_na=0, mismatch_na=0, voltage_limited_start_ms=0)
    config = Config((cell, none), 0, tick_ms, stop_ramp_ms)
    assert kernel.config_fault(config) == ""


numbers = st.integers(-(10**7), 10**7)
steps = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 5 * UA), numbers),  # rise over the present level, or anything
        st.booleans(), st.booleans(), st.booleans(),  # pause, stop, starved
        st.integers(0, 4_000),  # silence
        st.one_of(st.none(), numbers),  # measured current, or as applied
        st.one_of(st.none(), st.integers(-(10**9), 10**9)),  # voltage
        st.booleans(), st.booleans(),  # limited, valid
        st.integers(1, 400),  # dt
    ),
    max_size=60,
)  # fmt: skip


@pytest.mark.generated
@settings(max_examples=200, deadline=None)
@given(script=steps, start_level=st.integers(0, 900 * UA))
def test_no_sequence_of_events_breaks_an_invariant(script, start_level):
    state = running(start_level)
    previous, ended = start_level, False
    for rise, pause, stop, starved, silence, current, voltage, limited, valid, dt in script:
        target = previous + rise
        kind = dict(limited=limited, valid=valid, now_ms=state.now_ms + dt)
        kind |= {} if current is None else dict(current_na=current)
        kind |= {} if voltage is None else dict(voltage_uv=voltage)
        asked = request(target, pause=pause, stop=stop, starved=starved, session_silent_ms=silence)
        state, decision = step(CONFIG, state, asked, reading(state, **kind))
        (level,) = decision.targets_na
        assert abs(level) <= min(LIMITS.current_na, LIMITS.density_na)
        assert abs(level) <= abs(previous) + LIMITS.slew_na_per_s * TICK_MS // 1000 + 1
        assert level == 0 or abs(level) <= abs(previous) or level == target
        if decision.action >= Action.ZERO or ended:
            assert level == 0
        ended = ended or state.phase in {Phase.TRIPPED, Phase.DONE}
        if ended:
            assert state.phase in {Phase.TRIPPED, Phase.DONE}
        previous = level

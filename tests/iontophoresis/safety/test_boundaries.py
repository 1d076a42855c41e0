"""Every threshold of the kernel: silent at the bound, speaking one step beyond it."""

import pytest

from iontophoresis.safety import kernel
from iontophoresis.safety.kernel import (
    ChannelConfig,
    ChannelReading,
    ChannelState,
    Config,
    Reading,
    Request,
    State,
)
from iontophoresis.safety.limits import ChannelLimits
from iontophoresis.safety.reactions import Action, Phase, Reason

LEVEL_NA = 400_000
LIMITS = ChannelLimits(
    current_na=800_000, density_na=700_000, charge_pc=10**12, charge_density_pc=10**12,
    voltage_uv=20_000_000, slew_na_per_s=1_000_000, on_time_ms=100_000, session_time_ms=200_000,
)  # fmt: skip
CELL = ChannelConfig(LIMITS, 1_000, 40_000, 100_000, 2_500, 8_000, 5_000)
CONFIG = Config((CELL,), common_current_na=600_000, tick_ms=50, stop_ramp_ms=2_000)
CHANNEL = ChannelState(
    applied_na=LEVEL_NA, measured_na=LEVEL_NA, charge_pc=10**9, on_time_ms=1_000, window_na=LEVEL_NA
)
STATE = kernel.initial(1, 10_000)._replace(phase=Phase.RUNNING, channels=(CHANNEL,))
REQUEST = Request((LEVEL_NA,), False, False, False, False, 0, 0)
SEEN = ChannelReading(True, True, 4_000_000, LEVEL_NA, False, True)
READING = Reading(10_050, 0, True, True, True, (SEEN,))


def exchanged(record, changes):
    return record._replace(**{key: changes[key] for key in record._fields if key in changes})


def judge(**changes):
    """Judge one tick of a running session in which only the named figures differ."""
    limits = LIMITS._replace(slew_na_per_s=changes.get("slew_na_per_s", LIMITS.slew_na_per_s))
    cell = exchanged(CELL, changes)._replace(limits=limits)
    config = exchanged(CONFIG, changes)._replace(channels=(cell,))
    of_state = {key: value for key, value in changes.items() if key != "now_ms"}
    state = exchanged(STATE, of_state)._replace(channels=(exchanged(CHANNEL, of_state),))
    asked = changes.get("target_na", state.channels[0].applied_na)
    request = exchanged(REQUEST, changes)._replace(targets_na=(asked,))
    reading = exchanged(READING, changes)._replace(channels=(exchanged(SEEN, changes),))
    return kernel.step(config, state, request, reading)


N, H, R, Z, X = Action
BOUNDS = [
    # figure, silent value, speaking value, reason, reaction, and what else has to differ
    ("target_na", 550_000, 550_001, Reason.REQUEST_CURRENT, Z,
     dict(current_na=LEVEL_NA, slew_na_per_s=10**8)),
    ("target_na", 450_001, 450_002, Reason.REQUEST_SLEW, Z, {}),
    ("target_na", 600_000, 600_001, Reason.REQUEST_COMMON, Z, dict(slew_na_per_s=10**8)),
    ("target_na", 700_000, 700_001, Reason.REQUEST_DENSITY, Z,
     dict(slew_na_per_s=10**8, common_current_na=10**9)),
    ("target_na", 400_550, 400_551, Reason.REQUEST_SLEW, Z, dict(window_na=100_300)),
    ("target_na", -50_001, -50_002, Reason.REQUEST_SLEW, Z, {}),
    ("target_na", -50_002, -50_003, Reason.REQUEST_SLEW, Z,
     dict(applied_na=-1, current_na=-1, window_na=1)),
    # 1e9 + 50 ms at 0.4 mA before the reading and 50 after, and 1151 ms of reserve
    ("charge_pc", 0, 1, Reason.CHARGE, R, {}),
    ("charge_pc", 0, 1, Reason.CHARGE_DENSITY, R, {}),
    ("on_time_ms", 99_950, 99_951, Reason.ON_TIME, R, {}),
    ("started_ms", -189_950, -189_951, Reason.SESSION_TIME, R, {}),
    ("started_ms", 10_050, 10_051, Reason.SESSION_TIME, R, {}),
    ("session_silent_ms", 2_000, 2_001, Reason.SESSION_SILENT, R, {}),
    ("recorder_silent_ms", 3_000, 3_001, Reason.RECORDER_SILENT, R, {}),
    ("overrun_ms", 0, 1, Reason.OVERRUN, H, {}),
    ("overrun_ms", 0, 301, Reason.OVERRUN, Z, {}),
    # A fifth of the period is forgiven; ten periods beyond that are not.
    ("late_ms", 510, 511, Reason.OVERRUN, R, {}),
    ("behind_ms", 500, 501, Reason.OVERRUN, R, dict(late_ms=10)),
    ("overruns", 0, 2, Reason.OVERRUN, Z, dict(overrun_ms=1)),
    ("voltage_uv", 20_200_000, 20_200_001, Reason.OVER_VOLTAGE, Z, dict(load_high_ohm=10**6)),
    ("voltage_uv", -20_200_000, -20_200_001, Reason.OVER_VOLTAGE, Z, dict(load_high_ohm=10**6)),
    ("current_na", 711_500, 711_501, Reason.OVER_CURRENT, Z, dict(mismatch_na=10**9)),
    ("current_na", 402_500, 402_501, Reason.MISMATCH, H, {}),
    ("current_na", 397_500, 397_499, Reason.MISMATCH, H, {}),
    ("current_na", 402_000, 402_001, Reason.MISMATCH, H, dict(mismatch_na=0)),
    ("mismatches", 0, 1, Reason.MISMATCH, Z, dict(current_na=500_000)),
    ("valid", True, False, Reason.READING_MISSING, H, {}),
    ("misses", 0, 1, Reason.READING_MISSING, Z, dict(valid=False)),
    ("frozen", 1, 2, Reason.READING_FROZEN, Z, dict(fresh=False)),
    ("voltage_uv", 16_000_000, 16_000_001, Reason.LOAD_OPEN, Z, dict(opens=2)),
    ("voltage_uv", 400_000, 399_999, Reason.LOAD_SHORT, Z, dict(shorts=2)),
    ("opens", 1, 2, Reason.LOAD_OPEN, Z, dict(voltage_uv=17_000_000)),
    ("shorts", 1, 2, Reason.LOAD_SHORT, Z, dict(voltage_uv=0)),
    ("judge_load_na", 400_001, 400_000, Reason.LOAD_SHORT, Z, dict(shorts=2, voltage_uv=0)),
    ("limited_ms", 5_950, 5_951, Reason.COMPLIANCE, Z, dict(limited=True)),
    ("output_on", True, False, Reason.OUTPUT_OFF, Z, {}),
    ("interlock_closed", True, False, Reason.INTERLOCK, Z, {}),
    ("settings_kept", True, False, Reason.SETTINGS_CHANGED, Z, {}),
    ("connected", True, False, Reason.BUS_FAULT, X, {}),
    ("starved", False, True, Reason.STARVED, H, {}),
    ("pause", False, True, Reason.OPERATOR_PAUSE, R, {}),
    ("stop", False, True, Reason.OPERATOR_STOP, R, {}),
    ("zero", False, True, Reason.OPERATOR_ZERO, Z, {}),
]  # fmt: skip
HELD_PC = 10**9 + 2 * 50 * LEVEL_NA + LEVEL_NA * (1_000 + 150 + 1)
BENIGN = {
    Reason.STARVED, Reason.OPERATOR_PAUSE, Reason.OPERATOR_STOP, Reason.OPERATOR_ZERO,
}  # fmt: skip


@pytest.mark.parametrize(("figure", "silent", "speaks", "reason", "action", "others"), BOUNDS)
def test_a_bound_is_silent_at_its_figure_and_speaks_beyond_it(
    figure, silent, speaks, reason, action, others
):
    if reason is Reason.REQUEST_CURRENT:
        judged = [judge_current_limit(target) for target in (silent, speaks)]
    elif reason in {Reason.CHARGE, Reason.CHARGE_DENSITY}:
        name = "charge_pc" if reason is Reason.CHARGE else "charge_density_pc"
        judged = [judge_charge(name, HELD_PC - value) for value in (silent, speaks)]
    else:
        judged = [judge(**(others | {figure: value})) for value in (silent, speaks)]
    (quiet, quiet_decision), (state, decision) = judged
    assert not quiet_decision.reasons & reason or quiet_decision.action < action
    assert quiet.phase == Phase.RUNNING
    assert decision.reasons & reason
    assert decision.action == action
    if action >= Action.ZERO:
        assert decision.targets_na == (0,)
        assert state.phase == (Phase.DONE if reason in BENIGN else Phase.TRIPPED)
    elif action == Action.RAMP_DOWN:
        assert decision.targets_na == (390_000,)
        assert state.phase == Phase.RAMP_DOWN
        assert state.fault is (reason not in BENIGN)
    else:
        assert state.phase == Phase.RUNNING
        assert state.fault is False


def judge_current_limit(target_na):
    cell = CELL._replace(limits=LIMITS._replace(current_na=550_000, slew_na_per_s=10**8))
    return kernel.step(
        CONFIG._replace(channels=(cell,)), STATE, REQUEST._replace(targets_na=(target_na,)), READING
    )


def judge_charge(name, limit_pc):
    cell = CELL._replace(limits=LIMITS._replace(**{name: limit_pc}))
    return kernel.step(CONFIG._replace(channels=(cell,)), STATE, REQUEST, READING)


def test_a_sound_tick_changes_what_it_must_and_nothing_else():
    state, decision = judge(limited_ms=3, misses=1, frozen=1, mismatches=1, opens=1, shorts=1)
    assert decision == kernel.Decision((LEVEL_NA,), Action.NONE, 0)
    (channel,) = state.channels
    assert channel == ChannelState(
        applied_na=LEVEL_NA, measured_na=LEVEL_NA, charge_pc=10**9 + 50 * LEVEL_NA,
        on_time_ms=1_050, limited_ms=3, window_na=LEVEL_NA,
    )  # fmt: skip
    assert state._replace(channels=()) == State(
        Phase.RUNNING, 10_050, 10_000, 10_000, 0, 0, False, False, "", ()
    )


def test_a_window_is_renewed_after_250_ms():
    early, _ = judge(now_ms=10_249, window_na=5, slew_na_per_s=10**8)
    late, _ = judge(now_ms=10_250, window_na=5, slew_na_per_s=10**8)
    assert (early.window_ms, early.channels[0].window_na) == (10_000, 5)
    assert (late.window_ms, late.channels[0].window_na) == (10_250, LEVEL_NA)


def test_time_that_runs_backwards_carries_no_charge():
    state, _ = judge(now_ms=9_999)
    assert state.channels[0].charge_pc == 10**9
    assert state.channels[0].on_time_ms == 1_000


@pytest.mark.parametrize(("measured_na", "passed_ms"), [(8_000, 0), (8_001, 50)])
def test_on_time_counts_only_current_above_off(measured_na, passed_ms):
    state, _ = judge(measured_na=measured_na)
    assert state.channels[0].on_time_ms == 1_000 + passed_ms


@pytest.mark.parametrize(("measured_na", "kept_na"), [(300_000, LEVEL_NA), (500_000, 500_000)])
def test_a_missing_reading_counts_the_worse_of_command_and_last_measured(measured_na, kept_na):
    state, _ = judge(valid=False, measured_na=measured_na, limited=True, fresh=False)
    assert state.channels[0].measured_na == kept_na
    assert (state.channels[0].limited_ms, state.channels[0].frozen) == (0, 0)


def test_a_limited_source_may_carry_less_than_commanded():
    state, decision = judge(limited=True, current_na=200_000)
    assert decision.action == Action.NONE
    assert state.channels[0].limited_ms == 50


@pytest.mark.parametrize("phase", [Phase.DISARMED, Phase.CHECKED, Phase.ARMED, Phase.PAUSED])
def test_current_nobody_commanded_trips_in_every_quiet_phase(phase):
    quiet = dict(phase=phase, applied_na=0, measured_na=0, window_na=0, voltage_uv=0)
    state, decision = judge(**quiet, current_na=8_000)
    assert (state.phase, decision.action) == (phase, Action.NONE)
    state, decision = judge(**quiet, current_na=-8_001)
    assert (state.phase, decision.action) == (Phase.TRIPPED, Action.ZERO)
    assert decision.reasons == Reason.UNCOMMANDED
    state, _ = judge(**quiet, current_na=9_000, valid=False)
    assert state.phase == phase


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.TRIPPED])
def test_current_after_the_end_asks_for_the_instruments_own_off(phase):
    quiet = dict(phase=phase, applied_na=0, measured_na=0, window_na=0, cause=5)
    state, decision = judge(**quiet, current_na=8_001)
    assert (state.phase, state.cause, decision.action) == (phase, 5, Action.RESIDENT_OFF)


@pytest.mark.parametrize("silence", [dict(session_silent_ms=2_001), dict(recorder_silent_ms=3_001)])
def test_who_falls_silent_in_a_pause_ends_the_session(silence):
    quiet = dict(phase=Phase.PAUSED, applied_na=0, measured_na=0, window_na=0, current_na=0)
    assert judge(**quiet)[0].phase == Phase.PAUSED
    state, decision = judge(**quiet, **silence)
    assert (state.phase, decision.action) == (Phase.TRIPPED, Action.ZERO)


def test_a_stop_in_a_pause_is_done():
    quiet = dict(phase=Phase.PAUSED, applied_na=0, measured_na=0, window_na=0, current_na=0)
    state, _ = judge(**quiet, stop=True, cause=7)
    assert (state.phase, state.cause) == (Phase.DONE, Reason.OPERATOR_STOP)


def test_before_the_start_nobody_has_to_be_alive():
    quiet = dict(phase=Phase.ARMED, applied_na=0, measured_na=0, window_na=0, current_na=0)
    lost = dict(session_silent_ms=10**6, recorder_silent_ms=10**6, overrun_ms=10**6, starved=True)
    state, decision = judge(**quiet, **lost, output_on=False, started_ms=10**6)
    assert (state.phase, decision.action, decision.reasons) == (Phase.ARMED, Action.NONE, 0)


@pytest.mark.parametrize(("level", "step", "lower"), [(400, 7, 393), (-400, 7, -393), (5, 7, 0)])
def test_a_ramp_goes_down_by_its_step_whatever_is_asked_or_held(level, step, lower):
    ramp = dict(phase=Phase.RAMP_DOWN, applied_na=level, ramp_step_na=step, current_na=level)
    state, decision = judge(**ramp, target_na=10**9, starved=True, session_silent_ms=9_999)
    assert decision.targets_na == (lower,)
    assert state.phase == (Phase.RAMP_DOWN if lower else Phase.TRIPPED)
    assert state.channels[0].ramp_step_na == step


def test_a_ramp_ends_done_paused_or_tripped():
    ramp = dict(phase=Phase.RAMP_DOWN, applied_na=5, ramp_step_na=7, current_na=5)
    assert judge(**ramp)[0].phase == Phase.DONE
    assert judge(**ramp, resumable=True)[0].phase == Phase.PAUSED
    assert judge(**ramp, resumable=True, fault=True)[0].phase == Phase.TRIPPED
    assert judge(**ramp, resumable=True, stop=True)[0].phase == Phase.DONE
    assert judge(**ramp, pause=True)[0].phase == Phase.DONE


def test_the_first_cause_stays_unless_something_worse_ends_it():
    ramp = dict(phase=Phase.RAMP_DOWN, applied_na=500, ramp_step_na=7, current_na=500, cause=16)
    assert judge(**ramp, stop=True)[0].cause == 16
    assert judge(**ramp, zero=True)[0].cause == Reason.OPERATOR_ZERO
    assert judge(starved=True)[0].cause == 0


def test_the_step_of_a_ramp_is_rounded_up():
    state, decision = judge(applied_na=401, current_na=401, window_na=401, stop=True)
    assert decision.targets_na == (390,)  # 401 * 50 / 2000 = 10.025
    assert state.channels[0].ramp_step_na == 11


def test_the_reserve_is_half_the_ramp_and_three_ticks():
    assert kernel.ramp_reserve_ms(CONFIG) == 1_000 + 150 + 1


def test_a_hold_lets_current_fall_but_not_rise():
    held = [judge(target_na=target, starved=True)[1].targets_na for target in (400_001, 399_999)]
    assert held == [(400_000,), (399_999,)]


def test_moves_set_the_clocks_and_forget_the_pause():
    armed = kernel.initial(2, 7)._replace(phase=Phase.ARMED, overruns=3)
    assert kernel.initial(2, 7).channels == (ChannelState(), ChannelState())
    assert ChannelState() == (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, False)
    assert kernel.initial(0, 7) == (Phase.DISARMED, 7, 7, 7, 0, 0, False, False, "", (), 0)
    begun = kernel.start(armed, 50)
    assert (begun.now_ms, begun.started_ms, begun.window_ms) == (50, 50, 50)
    paused = armed._replace(phase=Phase.PAUSED, cause=5, resumable=True, started_ms=9)
    again = kernel.resume(paused, 60)
    assert (again.now_ms, again.started_ms, again.window_ms) == (60, 9, 60)
    assert (again.cause, again.resumable, again.phase) == (0, False, Phase.RUNNING)
    booked = kernel.book(kernel.book(armed, (3, -4)), (10, 20))
    assert [channel.charge_pc for channel in booked.channels] == [13, 24]
    with pytest.raises(ValueError, match=r"^cannot go to CHECKED from ARMED$"):
        kernel.check(armed, "p")


def test_overruns_in_a_row_are_counted_and_forgotten():
    assert judge(overrun_ms=1, overruns=1)[0].overruns == 2
    assert judge(overrun_ms=0, overruns=2)[0].overruns == 0
    assert judge(overrun_ms=300)[1].action == Action.HOLD


def test_ticks_that_take_too_long_add_up_and_short_ones_make_good():
    assert judge(late_ms=30, behind_ms=7)[0].behind_ms == 27
    assert judge(late_ms=-20, behind_ms=37)[0].behind_ms == 7
    assert judge(late_ms=-50, behind_ms=10)[0].behind_ms == 0
    late = STATE._replace(behind_ms=400)
    assert kernel.start(late._replace(phase=Phase.ARMED), 0).behind_ms == 0
    assert kernel.resume(late._replace(phase=Phase.PAUSED), 0).behind_ms == 0


def test_a_finishing_channel_asks_for_no_charge_any_more():
    limits = LIMITS._replace(charge_pc=10**9 + 2 * 50 * LEVEL_NA)
    config = CONFIG._replace(channels=(CELL._replace(limits=limits),))
    state, decision = kernel.step(config, STATE, REQUEST._replace(finish=(True,)), READING)
    assert (decision.action, decision.targets_na) == (Action.NONE, (390_000,))
    assert state.channels[0].finishing


@pytest.mark.parametrize(
    "wrong",
    [
        dict(request=REQUEST._replace(targets_na=(0, 0))),
        dict(request=REQUEST._replace(finish=(False, False))),
        dict(reading=READING._replace(channels=(SEEN, SEEN))),
        dict(config=CONFIG._replace(channels=(CELL, CELL))),
    ],
)
def test_entries_for_a_channel_that_is_not_there_are_an_error(wrong):
    given = dict(config=CONFIG, state=STATE, request=REQUEST, reading=READING) | wrong
    with pytest.raises(ValueError, match="zip"):
        kernel.step(**given)
    with pytest.raises(ValueError, match="zip"):
        kernel.book(STATE, (1, 2))

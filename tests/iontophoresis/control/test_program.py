"""Finite programs, in memory: every point judged, nothing lost, and every break ends at zero."""

from dataclasses import replace
from itertools import pairwise

import pytest

from iontophoresis.control.opening import RefusedError
from iontophoresis.safety.reactions import Phase, Reason
from tests.iontophoresis.control.bench_conduct import conduct_of, lead
from tests.iontophoresis.control.bench_sources import Player, Time

UA = 1_000
KNOTS = [(1_000, 500 * UA), (11_000, 500 * UA), (12_000, 0)]
CHARGE_PC = 500 * UA * 11_000
SLEW_NA_PER_TICK = 1_000 * UA * 50 // 1000


def played(order, time=None, *, sources=None, knots=KNOTS, at=None, **options):
    time = time or Time()
    sources = sources or [Player(time, **options)]
    return lead(conduct_of(order, sources, time, knots=knots, at=at))


def source(conduct, index=0):
    return conduct.buses[index].source


@pytest.mark.parametrize("readable", [True, False])
def test_a_profile_loses_no_charge_to_the_gaps(order, readable):
    conduct = played(order, readable=readable)
    player = source(conduct)
    assert conduct.state.phase == Phase.DONE
    assert len(player.programs) > 6
    assert player.true_charge_pc() == pytest.approx(CHARGE_PC, rel=2e-3)
    assert conduct.state.channels[0].charge_pc == pytest.approx(player.true_charge_pc(), rel=1e-3)
    assert conduct.feed.position_ms >= 12_000


def test_every_program_begins_and_ends_at_zero_within_the_declared_time_and_slew(order):
    for _, levels in source(played(order)).programs:
        assert levels[0] == levels[-1] == 0
        assert len(levels) * 50 <= 2_000
        assert max(levels) <= 500 * UA
        assert max(later - earlier for earlier, later in pairwise(levels)) <= SLEW_NA_PER_TICK


def test_the_output_is_off_between_programs_and_no_level_is_set_by_hand(order):
    player = source(played(order))
    assert "apply" not in player.calls
    assert "switch_on" not in player.calls
    assert player.truth[-1][1] == 0
    assert not player.on


def test_a_change_of_polarity_is_played(order):
    knots = [(1_000, 300 * UA), (3_000, 300 * UA), (4_000, 0), (5_000, -300 * UA), (7_000, 0)]
    conduct = played(order, knots=knots)
    assert conduct.state.phase == Phase.DONE
    assert -300 * UA <= min(level for _, level in source(conduct).truth) < -250 * UA
    assert source(conduct).true_charge_pc() == pytest.approx(300 * UA * 4_500, rel=0.01)


def test_rests_pass_at_zero(order):
    conduct = played(
        order, knots=[(500, 200 * UA), (1_000, 0), (6_000, 0), (6_500, 200 * UA), (7_000, 0)]
    )
    assert conduct.state.phase == Phase.DONE
    assert source(conduct).true_charge_pc() == pytest.approx(200 * UA * 1_000, rel=0.01)


def test_rows_are_kept_for_every_point(order):
    conduct = played(order)
    points = sum(len(levels) for _, levels in source(conduct).programs)
    assert points <= len(conduct.journal.rows) <= points + 5
    times = [row[1] for row in conduct.journal.rows]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ({"current_na": 1_300 * UA}, Reason.OVER_CURRENT),
        ({"voltage_uv": 40_000_000}, Reason.OVER_VOLTAGE),
        ({"output_on": False}, Reason.OUTPUT_OFF),
    ],
)
def test_a_reading_beyond_its_limit_breaks_the_program_off(order, spoil, reason):
    def begin(conduct):
        source(conduct).spoil = lambda reading: replace(reading, **spoil)

    conduct = played(order, at={4_500: begin})
    assert conduct.state.phase == Phase.TRIPPED
    assert Reason(conduct.state.cause) & reason
    assert "abort" in source(conduct).calls
    assert source(conduct).truth[-1] == (conduct.buses[0].source.truth[-1][0], 0)
    assert conduct.clock.now_ms() < 4_800


def test_zero_breaks_off_at_once_and_stop_ends_behind_the_programs_own_ramp(order):
    order, stops = replace(order, stop_ramp_ms=2_000), {}
    for name in ("zero", "stop"):
        conduct = played(order, at={4_500: lambda c, name=name: setattr(c.commands, name, True)})
        assert conduct.state.phase == Phase.DONE
        stops[name] = conduct
    assert "abort" in source(stops["zero"]).calls
    assert stops["zero"].clock.now_ms() <= 4_700
    assert "abort" not in source(stops["stop"]).calls
    assert stops["stop"].clock.now_ms() <= 6_700
    for conduct in stops.values():
        true_pc = source(conduct).true_charge_pc()
        assert conduct.state.channels[0].charge_pc == pytest.approx(true_pc, rel=0.03)


def test_a_stop_does_not_wait_for_a_long_program(order):
    conduct = played(
        order, declared_s=60.0, knots=[(1_000, 500 * UA), (90_000, 500 * UA), (91_000, 0)],
        at={8_000: lambda c: setattr(c.commands, "stop", True)},
    )  # fmt: skip
    assert conduct.state.phase == Phase.DONE
    assert conduct.clock.now_ms() < 8_300


def test_a_pause_stands_at_zero_and_goes_on_where_it_was(order):
    conduct = conduct_of(
        order, [Player(time := Time())], time, knots=KNOTS,
        at={
            4_500: lambda c: setattr(c.commands, "pause", True),
            20_000: lambda c: setattr(c.commands, "pause", False),
        },
    )  # fmt: skip
    lead(conduct)
    assert conduct.state.phase == Phase.PAUSED
    paused_ms = conduct.feed.position_ms
    assert all(level == 0 for at, level in source(conduct).truth if 7_000 < at < 20_000)
    conduct.start()
    conduct.run()
    assert conduct.state.phase == Phase.DONE
    assert paused_ms < conduct.feed.position_ms
    assert source(conduct).true_charge_pc() == pytest.approx(CHARGE_PC, rel=2e-3)


def test_a_silent_source_ends_by_itself_and_the_session_trips(order):
    conduct = played(order, at={4_500: lambda c: setattr(source(c), "silent", True)})
    player = source(conduct)
    assert conduct.state.phase == Phase.TRIPPED
    assert conduct.off_errors
    player.silent = False
    player.time.wait_until(player.time.now_ms() + 2_000, lambda _: None)
    player.live()
    began_ms, levels = player.programs[-1]
    assert player.truth[-1] == (began_ms + 50 * len(levels), 0)


def test_a_program_that_does_not_end_is_an_overrun(order):
    conduct = played(order, at={4_500: lambda c: setattr(source(c), "stuck", True)})
    assert conduct.state.phase == Phase.TRIPPED
    assert Reason(conduct.state.cause) & Reason.OVERRUN


def test_a_charge_is_met_and_never_passed(order):
    goal_pc = 2_000_000_000
    time = Time()
    conduct = lead(conduct_of(order, [Player(time)], time, knots=KNOTS, finish_charge_pc=goal_pc))
    assert conduct.state.phase == Phase.DONE
    assert conduct.commands.finished
    assert source(conduct).true_charge_pc() <= goal_pc * 1.002
    assert source(conduct).true_charge_pc() >= goal_pc * 0.98


def test_a_slew_limit_that_a_program_cannot_follow_is_refused(order):
    limits = order.channels[0].judge.limits._replace(slew_na_per_s=50 * UA)
    judge = order.channels[0].judge._replace(limits=limits)
    time = Time()
    conduct = conduct_of(order, [Player(time)], time, knots=KNOTS, judge=judge)
    with pytest.raises(RefusedError, match="slew_up_ma_per_s"):
        conduct.refuse_if_unfit()


def test_a_point_the_kernel_refuses_is_never_sent(order):
    conduct = played(
        order, knots=[(1_000, 500 * UA), (3_000, 500 * UA), (4_000, 1_600 * UA), (5_000, 0)]
    )
    assert conduct.state.phase == Phase.TRIPPED
    assert Reason(conduct.state.cause) & (Reason.REQUEST_CURRENT | Reason.REQUEST_DENSITY)
    assert max(max(levels) for _, levels in source(conduct).programs) <= 1_250 * UA


def test_two_sources_play_in_step_under_a_common_cap(order):
    time = Time()
    conduct = conduct_of(
        order, [Player(time), Player(time, readable=False)], time,
        knots=[(1_000, 400 * UA, 500 * UA), (6_000, 400 * UA, 500 * UA), (7_000, 0, 0)],
    )  # fmt: skip
    lead(conduct)
    assert conduct.state.phase == Phase.DONE
    first, second = (bus.source for bus in conduct.buses)
    assert [at for at, _ in first.programs] == [at for at, _ in second.programs]
    assert first.true_charge_pc() / second.true_charge_pc() == pytest.approx(0.8, rel=1e-3)

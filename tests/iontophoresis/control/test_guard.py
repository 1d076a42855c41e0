"""A guarded session end to end in virtual time, and under every fault a wire or electrode can have."""

import socket
from dataclasses import replace

import numpy as np
import pytest

from instruments.replay import replay_sources
from iontophoresis.control.ceilings import beyond_literals
from iontophoresis.profile import Waveform
from iontophoresis.safety.reactions import Reason

pytestmark = pytest.mark.real_time
OFF_A = 10e-6
PEAK_A = 500e-6


def test_a_session_runs_to_its_end_and_counts_the_true_charge(guard_run):
    run = guard_run()
    session = run.run()
    assert run.ended["outcome"] == session.closing.outcome == "done"
    assert session.problems == ()
    truth = run.truth
    true_c = np.sum(np.abs(truth["current_a"][1:]) * np.diff(truth["time_s"]))
    assert session.ticks.charge_pc[-1] * 1e-12 == pytest.approx(true_c, rel=1e-3)
    assert np.abs(truth["current_a"]).max() <= PEAK_A * 1.005
    assert abs(truth["current_a"][-1]) < OFF_A
    assert not truth["output_on"][-1]


def test_the_same_seed_gives_the_same_session(guard_run):
    first, second = guard_run(), guard_run()
    a, b = first.run(), second.run()
    assert np.array_equal(first.truth["current_a"], second.truth["current_a"])
    assert np.array_equal(a.ticks.voltage_uv, b.ticks.voltage_uv)
    assert np.array_equal(a.ticks.charge_pc, b.ticks.charge_pc)


FAULTS = [
    ("open_lead", {}, Reason.LOAD_OPEN),
    ("short", {}, Reason.LOAD_SHORT),
    ("frozen_reading", {}, Reason.READING_FROZEN),
    ("no_reading", {}, Reason.READING_MISSING),
    ("no_reading", {"token": "nan"}, Reason.READING_MISSING),
    ("scaled_reading", {"factor": 1000.0}, Reason.OVER_VOLTAGE | Reason.MISMATCH),
    ("locale_comma", {}, Reason.READING_MISSING),
    ("garbage", {}, Reason.READING_MISSING),
    ("silence", {}, Reason.READING_MISSING),
    ("cut_reply", {}, Reason.READING_MISSING),
    ("front_panel", {"range_na": 10_000_000}, Reason.SETTINGS_CHANGED),
    ("front_panel", {"output": False}, Reason.OUTPUT_OFF | Reason.READING_MISSING),
    ("push_error", {}, Reason.SETTINGS_CHANGED),
    ("reboot", {}, None),
    ("close_connection", {}, Reason.BUS_FAULT),
    ("reset_connection", {}, Reason.BUS_FAULT),
]


@pytest.mark.parametrize(("name", "arguments", "reason"), FAULTS)
def test_a_fault_ends_at_zero_latched_and_named(guard_run, name, arguments, reason):
    run = guard_run()
    # A fault of the wire must pass, or no OFF could ever be confirmed by read-back.
    passing = {"for_ms": 400} if name in {"silence", "garbage", "cut_reply"} else {}
    session = run.run(at={5_000: lambda r: r.bench.fault(name, **passing, **arguments)})
    truth = run.truth
    assert abs(truth["current_a"][-1]) < OFF_A
    assert session.closing.outcome == "tripped"
    assert not truth["output_on"][-1]
    ended_by = Reason(run.ended["cause"])
    if reason is not None:
        assert ended_by & reason
    assert session.ticks.t_ms[-1] < 7_000


def test_a_level_the_instrument_ignores_is_seen_when_it_should_move(guard_run):
    run = guard_run()
    session = run.run(at={300: lambda r: r.bench.fault("ignored_level")})
    assert Reason(run.ended["cause"]) & (Reason.SETTINGS_CHANGED | Reason.MISMATCH)
    assert session.ticks.t_ms[-1] < 1_000


def test_a_foreign_level_lasts_one_tick_and_stays_on_the_fixed_range(guard_run):
    run = guard_run()
    run.run(at={5_000: lambda r: r.bench.fault("front_panel", after_ms=225, level_na=900_000)})
    above = np.abs(run.truth["current_a"]) > PEAK_A * 1.005
    assert 0 < np.count_nonzero(above) <= 60
    assert np.abs(run.truth["current_a"]).max() <= 1e-3


def test_a_wrong_token_is_refused_and_no_current_flows(guard_run):
    run = guard_run()
    session = run.run(arm={"token": "guessed"})
    assert session.closing.outcome == "refused"
    assert np.abs(run.truth["current_a"]).max() < 26e-6


def test_another_protocol_cannot_be_armed(guard_run):
    run = guard_run()
    assert run.run(arm={"protocol_sha256": "other"}).closing.outcome == "refused"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"twin_options": {"resistance_ohm": 5e5}}, "outside its window"),
        ({"twin_options": {"resistance_ohm": 20.0}}, "outside its window"),
        ({"serial": "12345"}, "serial"),
        ({"driver": "keithley-9999"}, "driver"),
    ],
)
def test_a_load_or_instrument_that_is_not_the_expected_one_is_refused(guard_run, options, words):
    run = guard_run(**options)
    session = run.run()
    assert session.closing.outcome == "refused"
    assert words in session.closing.text
    assert len(session.ticks) == 0


def test_an_operator_at_a_second_terminal_stops_and_then_zeroes(guard_run):
    run = guard_run()

    def stop_twice(running):
        door = running.operator()
        door.send({"k": "stop"})
        door.send({"k": "stop"})

    session = run.run(at={5_000: stop_twice})
    assert session.closing.outcome == "stopped"
    assert Reason(run.ended["cause"]) & Reason.OPERATOR_ZERO


def test_an_operator_cannot_feed_set_points(guard_run):
    run = guard_run()

    def babble(running):
        door = running.operator()
        door.send({"k": "knots", "knots": [[60_000, 1_000_000]]})

    assert run.run(at={5_000: babble}).closing.outcome == "done"
    assert np.abs(run.truth["current_a"]).max() <= PEAK_A * 1.005


@pytest.mark.parametrize(
    "knots",
    [[[90_000, 2_000_000]], [[1, 0]], [["x", 1]], [[90_000, 1.5]], [[90_000, True]], "nonsense", 7],
)
def test_a_session_process_that_asks_for_nonsense_is_ended(guard_run, knots):
    run = guard_run()
    session = run.run(at={5_000: lambda r: r.line.send({"k": "knots", "knots": knots})})
    assert session.closing.outcome in {"stopped", "tripped"}
    assert np.abs(run.truth["current_a"]).max() <= PEAK_A * 1.005
    assert abs(run.truth["current_a"][-1]) < OFF_A


def test_a_session_process_that_falls_silent_under_current_is_ended(guard_run):
    run = guard_run()
    session = run.run(silent_after_ms=5_000)
    assert session.closing.outcome == "tripped"
    assert Reason(run.ended["cause"]) & Reason.SESSION_SILENT
    assert session.ticks.applied_na.max() == 500_000
    assert "RAMP_DOWN" in session.ticks.state


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c._replace(current_na=80_000_000), "current_na"),
        (lambda c: c._replace(density_na=20_000_001), "density_na"),
        (lambda c: c._replace(voltage_uv=35_000_001), "voltage_uv"),
        (lambda c: c._replace(charge_pc=-1), "charge_pc"),
        (lambda c: c._replace(slew_na_per_s=25_000_001), "slew_na_per_s"),
    ],
)
def test_the_guard_takes_no_order_beyond_a_literal(order, change, words):
    (channel,) = order.channels
    judge = channel.judge._replace(limits=change(channel.judge.limits))
    assert words in beyond_literals(replace(order, channels=(replace(channel, judge=judge),)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"specimen_class": "living"}, "living specimen"),
        ({"specimen_class": "unheard"}, "unheard"),
        ({"smallest_area_um2": 10**12}, "area"),
        ({"compliance_uv": 35_000_001}, "compliance_uv"),
        ({"peak_na": 9}, "contact probe"),
    ],
)
def test_the_guard_takes_no_channel_beyond_its_class(order, changes, words):
    (channel,) = order.channels
    assert beyond_literals(order) == ""
    assert words in beyond_literals(replace(order, channels=(replace(channel, **changes),)))


def test_strangers_who_say_nothing_do_not_lock_the_operator_out(guard_run):
    run = guard_run()
    strangers = []

    def crowd_then_stop(running):
        strangers.extend(
            socket.create_connection(("127.0.0.1", running.guard.port)) for _ in range(20)
        )
        strangers[-1].sendall(b"[" * 200_000 + b"\n")
        running.operator().send({"k": "stop"})

    session = run.run(at={5_000: crowd_then_stop})
    for stranger in strangers:
        stranger.close()
    assert session.closing.outcome == "stopped", [e.text for e in session.events][-5:]


@pytest.mark.parametrize("message", [{"k": []}, {"k": {}}, {}, {"k": "arm"}])
def test_nonsense_from_an_operator_changes_nothing(guard_run, message):
    run = guard_run()
    session = run.run(at={5_000: lambda r: r.operator().send(message)})
    assert session.closing.outcome == "done"


def test_pause_is_zero_current_and_resume_delivers_the_rest(guard_run):
    run = guard_run()
    paused_rows = []

    def pause(running):
        running.operator().send({"k": "pause"})

    def resume(running):
        running.feeds = False
        paused_rows.extend(running.rows[-5:])
        at = running.position_ms
        running.line.send({"k": "resume", "position_ms": at, "end_ms": at + 3_000})
        knots = [[at + 1_000, 500_000], [at + 2_000, 500_000], [at + 3_000, 0]]
        running.line.send({"k": "knots", "knots": knots})

    session = run.run(at={5_000: pause, 8_000: resume})
    states = session.ticks.state.tolist()
    assert "PAUSED" in states
    assert all(row[3] == "PAUSED" and row[5] == 0 for row in paused_rows)
    assert any(event.code == "resumed" for event in session.events)
    assert [e.code for e in session.events].count("contact") == 2
    assert session.closing.outcome == "done"
    by_pause = session.ticks.charge_pc[session.ticks.state == "PAUSED"][0]
    resumed_pc = 500_000 * (1_000 + 2 * 1_000 + 1_000) // 2
    assert session.ticks.charge_pc[-1] - by_pause == pytest.approx(resumed_pc, rel=0.06)


def test_a_transcript_kept_in_the_session_file_replays_against_the_driver(guard_run):
    run = guard_run(order_changes={"transcript": True})
    session = run.run(waveform=Waveform(knots=((0, 0), (500, 200_000), (1_000, 0))))
    lines = [event.text for event in session.events if event.code == "visa"]
    kept = [(line[0], line[2:] + ("\n" if line[0] == "<" else "")) for line in lines]
    assert len(kept) > 50
    (source,) = replay_sources(kept, driver="keithley-2450")
    assert source.identity.model == "MODEL 2450"
    assert source.make_safe().output_on is False
    source.close()

"""The proofs in short form, and that each of them can fail: a spoiled kernel is found out."""

from itertools import islice

import numpy as np
import pytest

from tests.proof import charge, classes, grid, moves, report, theorems
from tests.proof.symbols import changed, prove, shipping, tick

SHORT_STRIDE = 113


JOINT = ("invariant", "common cap", "resumes", "doubt", "zero and resident")


@pytest.mark.parametrize("channels", [1, 2])
def test_one_tick_keeps_every_claim(channels):
    world = tick(shipping(), channels)
    assumed = [*theorems.sound(world), theorems.invariant(world, world.state), *world.facts]
    for theorem in theorems.ONE_TICK:
        if channels > 1 and not any(word in theorem.words for word in JOINT):
            continue  # `make proof` proves these for more channels too
        assert prove(assumed, theorem.claim(world)) == (True, ""), theorem.words


def test_one_tick_changes_charge_and_set_point_in_four_ways_only():
    rows = list(report.one_tick(shipping(), 1))[len(theorems.ONE_TICK) :]
    assert [row.counterexample for row in rows if not row.holds] == []
    assert len(rows) == 3


def test_the_four_ways_keep_charge_inside_its_limit():
    assert [row.claim for row in report.arithmetic(shipping()) if not row.holds] == []


def test_no_owner_of_any_class_raises_a_literal():
    assert [row for row in report.columns(shipping()) if not row.holds] == []


def test_what_is_assumed_of_a_tick_can_be():
    """Proofs from assumptions that contradict each other would prove anything."""
    world = tick(shipping(), 2)
    assumed = [*theorems.sound(world), theorems.invariant(world, world.state), *world.facts]
    for phase in range(8):
        impossible = prove([*assumed, world.state.phase == phase], world.after.phase != phase)
        assert impossible[1], phase
        assert "gave up" not in impossible[1]


def test_a_million_points_of_the_grid():
    cases, bad = grid.sweep(shipping(), SHORT_STRIDE)
    assert cases > 1_000_000
    assert bad == {}
    assert grid.POINTS > 100_000_000


def test_arrays_and_integers_run_alike_through_the_kernel():
    for case in islice(grid.blocks(SHORT_STRIDE), 0, None, 7):
        after, decision = grid.judged(shipping(), case)
        for index in range(0, case["dt_ms"].size, 997):
            one = {
                name: int(np.broadcast_to(v, case["dt_ms"].shape)[index])
                for name, v in case.items()
            }
            alone, decided = grid.judged(shipping(), one)
            assert _at(decision.targets_na[0], index) == decided.targets_na[0]
            assert _at(decision.reasons, index) == decided.reasons
            assert _at(after.phase, index) == alone.phase
            assert _at(after.channels[0].charge_pc, index) == alone.channels[0].charge_pc


def _at(values, index):
    return int(np.asarray(values).ravel()[index if np.ndim(values) else 0])


def test_moves_go_only_where_they_may():
    assert list(moves.wrong_moves(shipping())) == []


TICK_SPOILED = [
    ("kernel.py", "ite(turned, 0, held)", "held", "hold"),
    ("judgement.py", "target > limits.current_na", "target > limits.current_na + 1", "within current"),
    ("judgement.py", "target > limits.density_na", "target > limits.density_na + 1", "within current"),
    ("judgement.py", "total_na > config", "2 * total_na > 3 * config", "common cap"),
    ("kernel.py", "ite(done, channel.applied_na, target)", "target", "common cap"),
    ("judgement.py", "config.tick_ms // 1000 + 1\n", "config.tick_ms // 1000 + 2\n", "per tick"),
    ("judgement.py", "+ config.tick_ms) // 1000 + WINDOW_MS", "+ config.tick_ms) // 999 + WINDOW_MS", "window"),
    ("kernel.py", "mn(channel.window_na, size)", "channel.window_na", "window"),
    ("kernel.py", "ite(stays_ended, state.phase,", "ite(False, state.phase,", "tripped or done"),
    ("kernel.py", "chosen = ite(running, run, 0)", "chosen = run", "before arming"),
    ("kernel.py", "& no(fault) & no(request.stop)", "& no(request.stop)", "never paused"),
    ("kernel.py", "chosen = ite(verdict.action >= Action.ZERO, 0, chosen)", "pass", "zero and resident"),
    ("kernel.py", "ite(magnitude(target_na) <= size, target_na, applied)", "target_na", "hold"),
    ("judgement.py", "no(reading.interlock_closed), Action.ZERO", "no(reading.interlock_closed), Action.HOLD", "doubt"),
    ("judgement.py", "seen.valid & no(energized)", "no(energized) & (current < 0)", "doubt"),
    ("judgement.py", "current > bound_na + bound_na // 200", "current > bound_na + bound_na // 100", "doubt"),
    ("judgement.py", "MISSES_TO_ZERO = 2", "MISSES_TO_ZERO = 3", "doubt"),
    ("judgement.py", "SESSION_SILENT_MS = 2_000", "SESSION_SILENT_MS = 2_001", "lost session"),
    ("judgement.py", "RECORDER_SILENT_MS = 3_000", "RECORDER_SILENT_MS = 3_001", "lost session"),
    ("judgement.py", "reading.cell_failed, Action.ZERO", "reading.cell_failed, Action.HOLD", "doubt"),
    ("judgement.py", "reading.load_trend, Action.RAMP_DOWN", "reading.load_trend, Action.HOLD", "resistance trend"),
    ("judgement.py", "channel.on_time_ms > limits", "channel.on_time_ms > 2 * limits", "session time"),
    ("judgement.py", "over_time = session_ms < 0", "over_time = session_ms < -1", "session time"),
    ("judgement.py", "target > base + tick_step", "target >= base", "zero is never refused"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "theorem"), TICK_SPOILED)
def test_a_spoiled_kernel_is_found_out(file, old, new, theorem):
    world = tick(changed({file: (old, new)}), 2 if theorem == "common cap" else 1)
    assumed = [*theorems.sound(world), theorems.invariant(world, world.state), *world.facts]
    (claimed,) = [one for one in theorems.ONE_TICK if theorem in one.words]
    holds, counterexample = prove(assumed, claimed.claim(world))
    assert not holds
    assert "gave up" not in counterexample


CHARGE_SPOILED = [
    ("judgement.py", "channel.measured_na * dt_ms", "channel.applied_na * dt_ms"),
    ("judgement.py", "mx(applied, channel.measured_na)", "channel.measured_na"),
    ("judgement.py", "committed > limits.charge_pc", "committed > 2 * limits.charge_pc"),
    ("judgement.py", "committed > limits.charge_density_pc", "committed < 0"),
    ("judgement.py", "committed + target * ramp_reserve_ms(config)", "committed"),
    ("kernel.py", "+ config.stop_ramp_ms - 1)", ")"),
    ("kernel.py", "mx(first_na, kept_na)", "first_na"),
]


@pytest.mark.parametrize(("file", "old", "new"), CHARGE_SPOILED)
def test_spoiled_charge_is_found_out(file, old, new):
    world = tick(changed({file: (old, new)}), 1)
    assumed = [*theorems.sound(world), theorems.invariant(world, world.state), *world.facts]
    split = (
        prove([*assumed, case], theorem.claim(world))
        for theorem in charge.SHAPES
        for case in charge.cases(world)
    )
    assert any(not holds and "gave up" not in why for holds, why in split)


@pytest.mark.parametrize("reserve", ["config.stop_ramp_ms // 2 + 1", "2 * config.tick_ms"])
def test_a_reserve_too_small_is_found_out(reserve):
    whole = "config.stop_ramp_ms // 2 + 3 * config.tick_ms + 1"
    spoiled = changed({"judgement.py": (f"return {whole}", f"return {reserve}")})
    assert any(not row.holds for row in report.arithmetic(spoiled))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mn(literal, named)", "named"),
        ("ite(protocol < 0, 0, protocol)", "ite(protocol < 0, 1, protocol)"),
        ("ite(bench < 0, own, mn(own, bench))", "own"),
        ("mn(with_bench, operator))", "operator)"),
        ("per_cm2 * area_um2 // UM2_PER_CM2", "per_cm2 * area_um2 // UM2_PER_CM2 + 1"),
        ("density_na_per_cm2=Guardrail(500_000,", "density_na_per_cm2=Guardrail(500_001,"),
    ],
)
def test_a_raised_limit_is_found_out(old, new):
    spoiled = changed({"limits.py": (old, new)})
    assert any(not row.holds for row in report.columns(spoiled))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("judgement.py", "target > limits.density_na", "target > limits.density_na + 100"),
        ("judgement.py", "target > channel.window_na + window_step", "target < 0"),
    ],
)
def test_the_grid_finds_a_spoiled_kernel_too(file, old, new):
    assert grid.sweep(changed({file: (old, new)}), 7, (grid.RUNNING,))[1] != {}


def test_a_move_from_the_wrong_phase_is_found_out():
    spoiled = changed({"kernel.py": ("if state.phase != expected:", "if state.phase > expected:")})
    assert "start from DISARMED" in list(moves.wrong_moves(spoiled))
    assert set(classes.COLUMNS) == set(shipping().limits.CLASSES)

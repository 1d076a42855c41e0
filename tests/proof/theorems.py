"""What is claimed of one tick, for every configuration, state, request and reading.

`invariant` holds at the start and after every tick and every move (`step`, `book`, `start`,
`resume`), so the claims about one tick hold for sessions of any length.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from z3 import And, Implies, Not, Or, Sum

from tests.proof.symbols import World, size, symbolic

UM2_PER_CM2 = 100_000_000


class Theorem(NamedTuple):
    """A claim about one tick: its words, and the formula; True where nothing more is needed."""

    words: str
    claim: Callable[[World], Any]


def sound(world: World) -> list[Any]:
    """Return what `config_fault` and `compose` make sure of: figures are not negative."""
    config = world.config
    found = [config.tick_ms >= 1, config.stop_ramp_ms >= 1, config.common_current_na >= 0]
    for cell in config.channels:
        found += [figure >= 0 for figure in cell.limits]
        found += [cell.off_na >= 0, cell.mismatch_na >= 0]
    return found


def phase(world: World, state: Any, *names: str) -> Any:
    """Tell whether a state is in one of the phases."""
    kinds = world.modules.reactions.Phase
    return Or(*(state.phase == int(kinds[name]) for name in names))


def energized(world: World, state: Any) -> Any:
    """Tell whether current may be commanded."""
    return phase(world, state, "RUNNING", "RAMP_DOWN")


def ramps(world: World, state: Any, channel: Any) -> Any:
    """Tell whether a channel is on its way down."""
    return Or(phase(world, state, "RAMP_DOWN"), channel.finishing)


def within(world: World, channels: Any) -> list[Any]:
    """Return: every set-point lies inside its limits, and their sum inside the common cap."""
    found = [Sum([size(one.applied_na) for one in channels]) <= world.config.common_current_na]
    for cell, one in zip(world.config.channels, channels, strict=True):
        found.append(size(one.applied_na) <= cell.limits.current_na)
        found.append(size(one.applied_na) <= cell.limits.density_na)
    return found


def invariant(world: World, state: Any) -> Any:
    """Return what holds before and after every tick."""
    found = [state.phase >= 0, state.phase <= 7, *within(world, state.channels)]
    found.append(Implies(phase(world, state, "RUNNING", "PAUSED"), Not(state.fault)))
    for one in state.channels:
        level = size(one.applied_na)
        found += [one.measured_na >= 0, one.ramp_step_na >= 0, one.on_time_ms >= 0]
        found += [one.limited_ms >= 0, one.misses >= 0, one.frozen >= 0, one.mismatches >= 0]
        found += [one.opens >= 0, one.shorts >= 0, one.window_na >= 0, one.window_na <= level]
        found.append(Implies(Not(energized(world, state)), level == 0))
        found.append(Implies(And(ramps(world, state, one), level > 0), one.ramp_step_na >= 1))
    return And(*found)


def each(world: World) -> list[tuple[Any, ...]]:
    """Return one (cell, before, after, target, finish, seen) a channel."""
    return list(
        zip(
            world.config.channels, world.state.channels, world.after.channels,
            world.request.targets_na, world.request.finish, world.reading.channels, strict=True,
        )
    )  # fmt: skip


def action(world: World, name: str) -> int:
    """Return a reaction's place in the order."""
    return int(world.modules.reactions.Action[name])


def _stays_within(world: World) -> Any:
    same = [
        level == one.applied_na
        for level, one in zip(world.decision.targets_na, world.after.channels, strict=True)
    ]
    return And(*within(world, world.after.channels), *same)


def _tripped_is_zero(world: World) -> Any:
    over = phase(world, world.state, "TRIPPED", "DONE")
    zero = And(*(level == 0 for level in world.decision.targets_na))
    return Implies(over, And(zero, world.after.phase == world.state.phase))


def _only_armed_drives(world: World) -> Any:
    zero = And(*(level == 0 for level in world.decision.targets_na))
    return Implies(Not(energized(world, world.state)), zero)


def _no_auto_resume(world: World) -> Any:
    running = Implies(phase(world, world.after, "RUNNING"), phase(world, world.state, "RUNNING"))
    ramp = Implies(phase(world, world.after, "RAMP_DOWN"), energized(world, world.state))
    latched = Implies(world.state.fault, world.after.fault)
    finished = [Implies(a.finishing, b.finishing) for _, a, b, *_ in each(world)]
    return And(running, ramp, latched, *finished)


def _slew_per_tick(world: World) -> Any:
    found = []
    with symbolic():
        for cell, before, after, *_ in each(world):
            rise = cell.limits.slew_na_per_s * world.config.tick_ms // 1000 + 1
            turned = before.applied_na * 0 + before.applied_na < 0
            base = size(before.applied_na)
            found.append(size(after.applied_na) <= base + rise)
            crossed = And(after.applied_na != 0, turned != (after.applied_na < 0))
            found.append(Implies(crossed, size(after.applied_na) <= rise))
    return And(*found)


def _slew_per_window(world: World) -> Any:
    found = []
    with symbolic():
        for cell, before, after, *_ in each(world):
            rise = cell.limits.slew_na_per_s * (250 + world.config.tick_ms) // 1000 + 250
            risen = size(after.applied_na) > size(before.applied_na)
            found.append(Implies(risen, size(after.applied_na) <= before.window_na + rise))
            over = world.reading.now_ms - world.state.window_ms >= 250
            lower = And(
                after.window_na <= before.window_na, after.window_na <= size(after.applied_na)
            )
            found.append(Implies(Not(over), lower))
    return And(*found)


def _hold_never_raises(world: World) -> Any:
    held = world.decision.action >= action(world, "HOLD")
    lower = [size(b.applied_na) <= size(a.applied_na) for _, a, b, *_ in each(world)]
    same = [
        Or(b.applied_na == 0, (b.applied_na < 0) == (a.applied_na < 0))
        for _, a, b, *_ in each(world)
    ]
    return Implies(held, And(*lower, *same))


def _never_repairs(world: World) -> Any:
    found = []
    for _, before, after, target, *_ in each(world):
        asked = after.applied_na == target
        found.append(Or(asked, size(after.applied_na) <= size(before.applied_na)))
    return And(*found)


def _zero_is_zero(world: World) -> Any:
    severe = world.decision.action >= action(world, "ZERO")
    return Implies(severe, And(*(level == 0 for level in world.decision.targets_na)))


def _zero_request(world: World) -> Any:
    running = phase(world, world.after, "RUNNING")
    found = []
    for cell, before, after, target, *_ in each(world):
        asked = And(target == 0, running, Not(after.finishing))
        found.append(Implies(asked, after.applied_na == 0))
        with symbolic():
            judge = world.modules.judgement.request_findings
            findings = judge(world.config, cell, before, 0, phase(world, world.state, "RUNNING"))
        refusals = [one.holds for one in findings if one.reason.name.startswith("REQUEST")]
        assert len(refusals) == 3
        found.append(Not(Or(*refusals)))
    return And(*found)


def _doubt_is_zero(world: World) -> Any:
    reading, request = world.reading, world.request
    doubts = [Not(reading.interlock_closed), Not(reading.settings_kept), Not(reading.connected)]
    doubts += [request.zero, reading.cell_failed]
    live = energized(world, world.state)
    doubts.append(And(live, reading.overrun_ms > 300))
    doubts.append(And(live, reading.overrun_ms > 0, world.state.overruns >= 2))
    for cell, before, _, _, _, seen in each(world):
        current, limits = size(seen.current_na), cell.limits
        bound = limits.current_na + limits.current_na / 200 + cell.off_na
        doubts.append(And(seen.valid, current > bound))
        bound = limits.density_na + limits.density_na / 200 + cell.off_na
        doubts.append(And(seen.valid, current > bound))
        voltage_bound = limits.voltage_uv + limits.voltage_uv / 100
        doubts.append(And(seen.valid, size(seen.voltage_uv) > voltage_bound))
        doubts.append(And(Not(seen.valid), before.misses >= 1))
        doubts.append(And(seen.valid, Not(seen.fresh), before.frozen >= 2))
        doubts.append(And(live, seen.valid, Not(seen.output_on)))
        doubts.append(And(Not(live), seen.valid, current > cell.off_na))
    zero = And(*(level == 0 for level in world.decision.targets_na))
    severe = world.decision.action >= action(world, "ZERO")
    ended = phase(world, world.after, "DONE", "TRIPPED")
    return Implies(Or(*doubts), And(zero, severe, ended))


def _fault_trips(world: World) -> Any:
    became = And(world.after.fault, Not(world.state.fault))
    trips = phase(world, world.after, "TRIPPED", "RAMP_DOWN", "DONE")
    reached = And(world.state.fault, phase(world, world.state, "RAMP_DOWN"))
    ends = phase(world, world.after, "TRIPPED", "RAMP_DOWN")
    return And(Implies(became, trips), Implies(reached, ends))


def _session_lost(world: World) -> Any:
    request, state = world.request, world.state
    lost = Or(request.session_silent_ms > 2_000, request.recorder_silent_ms > 3_000)
    gone = phase(world, world.after, "RAMP_DOWN", "TRIPPED")
    paused = phase(world, world.after, "TRIPPED")
    return And(
        Implies(And(lost, phase(world, state, "RUNNING")), gone),
        Implies(And(lost, phase(world, state, "PAUSED")), paused),
    )


def _trend_ramps(world: World) -> Any:
    running = phase(world, world.state, "RUNNING")
    gone = phase(world, world.after, "RAMP_DOWN", "TRIPPED")
    return Implies(And(world.reading.load_trend, running), gone)


def _time(world: World) -> Any:
    running = phase(world, world.after, "RUNNING")
    session_ms = world.reading.now_ms - world.state.started_ms
    found = [session_ms >= 0]
    for cell, _, after, *_ in each(world):
        found.append(session_ms <= cell.limits.session_time_ms)
        found.append(after.on_time_ms <= cell.limits.on_time_ms)
    return Implies(running, And(*found))


ONE_TICK = [
    Theorem("the invariant is kept", lambda world: invariant(world, world.after)),
    Theorem("every set-point within current, density and common cap", _stays_within),
    Theorem("tripped or done is zero, and stays so", _tripped_is_zero),
    Theorem("no current before arming, or paused", _only_armed_drives),
    Theorem("nothing resumes by itself; a fault and a finish stay", _no_auto_resume),
    Theorem("rise per tick within the slew limit, from zero after a turn", _slew_per_tick),
    Theorem("rise per 250 ms window within the slew limit", _slew_per_window),
    Theorem("hold and anything more severe never raise or reverse current", _hold_never_raises),
    Theorem("a set-point is what was asked, or less than the last", _never_repairs),
    Theorem("zero and resident off are zero", _zero_is_zero),
    Theorem("a request of zero is never refused, and is zero", _zero_request),
    Theorem("doubt about current is zero in the same tick, and the end", _doubt_is_zero),
    Theorem("a fault ends tripped, never paused", _fault_trips),
    Theorem("a lost session process or recorder ends the current", _session_lost),
    Theorem("a resistance trend that ends the class ramps down", _trend_ramps),
    Theorem("running only inside session time and current-on time", _time),
]

"""Charge: a stop from anywhere ends inside the limit, ramp included.

Two steps. `SHAPES`: whatever comes, one tick of the kernel's source changes a channel in one of
four ways. `LEMMAS`: pure arithmetic on reals, each of the four ways keeps

    charge + measured * tick + reserve(channel) <= limit + excess

where `reserve` is set-point * reserve_ms while running, tick * (a^2 / (2 step) + a) on a ramp at
set-point a, and nothing at zero; `excess` counts only what the source delivered above its
set-point and what flowed because a tick came late. With an obedient source and punctual ticks the
measured charge therefore never exceeds the limit, for any limit, tick, ramp and history.
"""

from typing import Any, NamedTuple

from z3 import And, If, Implies, Int, Ints, Not, Or, Real, Reals

from tests.proof.symbols import Sources, World, size, symbolic
from tests.proof.theorems import Theorem, each, phase, ramps


def _booked(world: World) -> Any:
    """Charge is exactly the last measured current times the time that passed; it never falls."""
    found = []
    for _, before, after, _, _, seen in each(world):
        commanded, last = size(before.applied_na), before.measured_na
        silent = If(commanded > last, commanded, last)
        measured = If(seen.valid, size(seen.current_na), silent)
        found.append(after.measured_na == measured)
        flowed = _flowed(world, before)
        found.append(after.charge_pc == before.charge_pc + flowed)
        found.append(flowed >= 0)
    return And(*found)


def _flowed(world: World, before: Any) -> Any:
    """Return the kernel's own product of measured current and time passed."""
    with symbolic():
        passed_ms = world.modules.kernel.mx(world.reading.now_ms - world.state.now_ms, 0)
        return before.measured_na * passed_ms


def _four_ways(world: World) -> Any:
    """Zero; judged with its reserve; further down a ramp; or a ramp begun, steep enough."""
    config = world.config
    with symbolic():
        reserve_ms = world.modules.kernel.ramp_reserve_ms(config)
    found = []
    for cell, before, after, target, *_ in each(world):
        old, new, step = size(before.applied_na), size(after.applied_na), after.ramp_step_na
        with symbolic():
            kept = after.measured_na * config.tick_ms
            asked = world.modules.kernel.magnitude(target) * reserve_ms
        held = after.charge_pc + kept + asked
        limits = cell.limits
        inside = And(held <= limits.charge_pc, held <= limits.charge_density_pc)
        judged = And(new <= size(target), inside)
        down = new == If(old - step > 0, old - step, 0)
        ramping = ramps(world, world.state, before)
        further = And(ramping, down, step >= before.ramp_step_na)
        begun_step = And(down, _steep(config, old, step))
        begun = And(Not(ramping), phase(world, world.state, "RUNNING"), begun_step)
        running = And(phase(world, world.after, "RUNNING"), Not(after.finishing), judged)
        found.append(Or(new == 0, running, further, begun))
    return And(*found)


def _steep(config: Any, level: Any, step: Any) -> Any:
    """Return step * stop_ramp >= level * tick, in the kernel's own rounding: no less than it."""
    with symbolic():
        least = (level * config.tick_ms + config.stop_ramp_ms - 1) // config.stop_ramp_ms
    return step >= least


def _modes(world: World) -> Any:
    """After a tick a channel at current is running and judged, or on its way down; nothing else."""
    found = []
    for _, _, after, *_ in each(world):
        live = phase(world, world.after, "RUNNING", "RAMP_DOWN")
        found.append(Implies(after.applied_na != 0, live))
        found.append(Implies(ramps(world, world.after, after), after.ramp_step_na >= 0))
    return And(*found)


SHAPES = [
    Theorem("charge is the measured current times the time passed, exactly", _booked),
    Theorem("a channel is zero, judged with its reserve, or on a ramp steep enough", _four_ways),
    Theorem("what is not judged is on its way down", _modes),
]


def cases(world: World) -> list[Any]:
    """Return cases that leave nothing out, each small enough for z3."""
    running = phase(world, world.state, "RUNNING")
    found = [Not(running)]
    for reaction in world.modules.reactions.Action:
        for finishing in (True, False):
            same = world.after.channels[0].finishing == finishing
            found.append(And(running, world.decision.action == int(reaction), same))
    return found


class Lemma(NamedTuple):
    """A fact of arithmetic: its words, what it assumes, what follows."""

    words: str
    assumed: list[Any]
    claim: Any


def lemmas(modules: Sources) -> list[Lemma]:
    """Return the lemmas, the last two about the kernel's own reserve and first step."""
    charge, measured, level, late, tick, ramp, seen, bound = Reals(
        "charge measured level dt tick ramp seen limit"
    )
    step, half, half_now, now = Reals("step half half_now now")
    reserve, lower = Reals("reserve lower")
    some = [charge >= 0, measured >= 0, level >= 0, seen >= 0, late >= 0, tick >= 20, ramp >= 500]
    over = If(late > tick, measured * (late - tick), 0) + If(seen > level, tick * (seen - level), 0)
    booked = charge + measured * late
    after = booked + seen * tick
    # half: a^2 / (2 step) before; half_now: after, with the step that then holds.
    ramped = charge + measured * tick + tick * (half + level) <= bound
    some.append(2 * reserve >= ramp + 4 * tick)
    judged = charge + measured * tick + level * reserve <= bound
    moved = [now == If(level > step, level - step, 0), step > 0, half_now >= 0]
    moved += [half_now * 2 * step == now * now]
    reserved = tick * (half_now + now)
    on_ramp = [half >= 0, half * 2 * step == level * level, ramped]
    first = [judged, level > 0, step * ramp >= level * tick]
    steeper = Real("steeper")
    target = [judged, lower <= level, lower >= 0]
    return [
        Lemma("zero from a judged set-point", [*some, judged], after <= bound + over),
        Lemma("zero from a ramp", [*some, *on_ramp, step > 0], after <= bound + over),
        Lemma("further down a ramp", [*some, *on_ramp, *moved], after + reserved <= bound + over),
        Lemma(
            "a steeper step needs less reserve",
            [step > 0, steeper >= step, half * 2 * step == level * level,
             half_now * 2 * steeper == level * level],
            half_now <= half,
        ),
        Lemma("a ramp begun", [*some, *first, *moved], after + reserved <= bound + over),
        Lemma("less than was judged", [*some, *target],
              charge + measured * tick + lower * reserve <= bound),
        Lemma("a ramp ends within its time", [*some, step > 0, step * ramp >= level * tick],
              step * (ramp / tick) >= level),
        _reserve(modules),
        _first_step(),
    ]  # fmt: skip


def _reserve(modules: Sources) -> Lemma:
    config = modules.kernel.Config((), 0, Int("tick_ms"), Int("stop_ramp_ms"))
    with symbolic():
        reserve_ms = modules.kernel.ramp_reserve_ms(config)
    return Lemma(
        "the reserve in whole ms is at least half the ramp and two ticks",
        [config.tick_ms >= 1, config.stop_ramp_ms >= 1],
        2 * reserve_ms >= config.stop_ramp_ms + 4 * config.tick_ms,
    )


def _first_step() -> Lemma:
    product, ramp, quotient = Ints("product ramp quotient")
    # quotient = (product + ramp - 1) // ramp, told by what rounding down means.
    back = quotient * ramp
    given = [ramp >= 1, product >= 0, back <= product + ramp - 1, back > product - 1]
    return Lemma("the first step is never rounded down", given, back >= product)

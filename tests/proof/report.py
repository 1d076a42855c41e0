"""Prove and tabulate everything that is claimed of the kernel."""

import time
from collections.abc import Iterator
from typing import NamedTuple

from z3 import Or

from tests.proof import charge, classes, grid, moves, theorems
from tests.proof.symbols import Sources, prove, tick

VOLTAGES_UV = (35_000_000, 60_000_000)
ALL = "every configuration, state, request and reading"


class Row(NamedTuple):
    """One claim: by what means, for what, and with which outcome."""

    means: str
    claim: str
    scope: str
    holds: bool
    seconds: float
    counterexample: str = ""


def one_tick(modules: Sources, channels: int) -> Iterator[Row]:
    """Prove the claims about one tick."""
    world = tick(modules, channels)
    assumed = [*theorems.sound(world), theorems.invariant(world, world.state), *world.facts]
    scope = f"{channels} channel{'s' * (channels > 1)}, {ALL}"
    for theorem in theorems.ONE_TICK:
        yield _timed("z3", theorem.words, scope, [(assumed, theorem.claim(world))])
    parts = charge.cases(world)
    for theorem in charge.SHAPES:
        claim = theorem.claim(world)
        split = [([*assumed, case], claim) for case in parts]
        yield _timed("z3", theorem.words, scope, [*split, (assumed, Or(*parts))])


def arithmetic(modules: Sources) -> Iterator[Row]:
    """Prove the lemmas that turn the ways of one tick into a bound on charge."""
    for lemma in charge.lemmas(modules):
        scope = "charge lemma, all reals, any tick and stop ramp"
        yield _timed("z3", lemma.words, scope, [(lemma.assumed, lemma.claim)])


def columns(modules: Sources) -> Iterator[Row]:
    """Prove the composition of limits, class by class."""
    for name in classes.COLUMNS:
        for voltage_uv in VOLTAGES_UV:
            run = classes.composed(modules, name, voltage_uv)
            scope = f"{name}, {voltage_uv // 1_000_000} V, any owners, any area of the class"
            raised = classes.never_raised(name, voltage_uv, run)
            claims = [(run.assumed, claim) for _, claim in raised]
            yield _timed("z3", "no owner raises a literal", scope, claims)
            claims = [(run.assumed, claim) for _, claim in classes.owners_tighten(run)]
            yield _timed("z3", "owners tighten; what no protocol names is zero", scope, claims)


def tried(modules: Sources, stride: int) -> Iterator[Row]:
    """Run the grid and the moves."""
    began = time.perf_counter()
    cases, bad = grid.sweep(modules, stride)
    spent = time.perf_counter() - began
    scope = f"{cases} of {grid.POINTS} points, one configuration, 1 channel"
    yield Row("grid", "13 properties on a quantised grid", scope, not bad, spent, str(bad or ""))
    wrong = list(moves.wrong_moves(modules))
    scope = "4 moves from 8 phases"
    yield Row("all cases", "sessions move in their order", scope, not wrong, 0.0, ", ".join(wrong))


def _timed(means: str, words: str, scope: str, claims: list[tuple[list[object], object]]) -> Row:
    began = time.perf_counter()
    for assumed, claim in claims:
        holds, why = prove(assumed, claim, timeout_ms=300_000)
        if not holds:
            return Row(means, words, scope, False, time.perf_counter() - began, why)
    return Row(means, words, scope, True, time.perf_counter() - began)

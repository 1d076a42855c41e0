"""The kernel's own source on z3 integers: every field of its tuples becomes an unknown.

A product or quotient of two unknowns is replaced by an unknown function of which only true facts
are told (`Arithmetic.facts`). What is proved so holds for multiplication and division too, and
stays in the part of arithmetic that z3 decides.
"""

import functools
import importlib.util
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, get_type_hints

import z3

PACKAGE = "iontophoresis.safety"
SOURCE = Path(__file__).parents[2] / "iontophoresis" / "safety"
TIMES = z3.Function("times", z3.IntSort(), z3.IntSort(), z3.IntSort())
OVER = z3.Function("over", z3.IntSort(), z3.IntSort(), z3.IntSort())
_serial = count()


class Sources(NamedTuple):
    """The kernel's modules, as they ship or with some of their text exchanged."""

    kernel: ModuleType
    judgement: ModuleType
    limits: ModuleType
    reactions: ModuleType


@functools.cache
def shipping() -> Sources:
    """Return the modules as they ship."""
    names = Sources._fields
    return Sources(*(importlib.import_module(f"{PACKAGE}.{name}") for name in names))


def changed(edits: Mapping[str, tuple[str, str]]) -> Sources:
    """Return the modules with text exchanged: {file: (old, new)}; `old` must be there once."""
    name = f"changed_safety_{next(_serial)}"
    folder = Path(tempfile.mkdtemp()) / name
    folder.mkdir()
    for path in SOURCE.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name in edits:
            old, new = edits[path.name]
            assert text.count(old) == 1, f"{path.name}: {old!r} is there {text.count(old)} times"
            text = text.replace(old, new)
        (folder / path.name).write_text(text.replace(PACKAGE, name), encoding="utf-8")
    sys.path.insert(0, str(folder.parent))
    try:
        return Sources(*(importlib.import_module(f"{name}.{part}") for part in Sources._fields))
    finally:
        sys.path.remove(str(folder.parent))


class Arithmetic:
    """Facts about the products and quotients met while the kernel ran on symbols."""

    def __init__(self) -> None:
        self.facts: list[z3.BoolRef] = []

    def times(self, a: z3.ArithRef, b: z3.ArithRef) -> z3.ArithRef:
        """Return an unknown product."""
        product = TIMES(a, b)
        self.facts += [
            product == TIMES(b, a),
            z3.Implies(z3.And(a >= 0, b >= 0), product >= 0),
            z3.Implies(z3.Or(a == 0, b == 0), product == 0),
            z3.Implies(z3.And(a >= 1, b >= 1), z3.And(product >= a, product >= b)),
        ]
        return product

    def over(self, a: z3.ArithRef, b: z3.ArithRef) -> z3.ArithRef:
        """Return an unknown quotient, rounded down; the divisor is positive."""
        quotient = OVER(a, b)
        back = self.times(quotient, b)
        self.facts.append(z3.Implies(b > 0, z3.And(back <= a, back > a - b)))
        self.facts.append(z3.Implies(z3.And(b > 0, a >= 0), quotient >= 0))
        return quotient


def _literal(term: Any) -> bool:
    return isinstance(term, int) or z3.is_int_value(z3.simplify(term))


@contextmanager
def symbolic(*, exact: bool = False) -> Iterator[Arithmetic]:
    """Teach z3's terms the operators of Python integers for as long as the kernel runs on them."""
    arithmetic = Arithmetic()
    plain_mul, plain_div = z3.ArithRef.__mul__, z3.ArithRef.__div__

    def mul(a: z3.ArithRef, b: Any) -> Any:
        if exact or _literal(a) or not isinstance(b, z3.ArithRef) or _literal(b):
            return plain_mul(a, b)
        return arithmetic.times(a, b)

    def floordiv(a: z3.ArithRef, b: Any) -> Any:
        # z3 divides integers so that the remainder is not negative: rounding down for b > 0.
        return plain_div(a, b) if exact or _literal(b) else arithmetic.over(a, b)

    added = {
        (z3.ArithRef, "__mul__"): mul,
        (z3.ArithRef, "__floordiv__"): floordiv,
        (z3.BoolRef, "__rand__"): lambda b, a: z3.And(a, b),
        (z3.BoolRef, "__ror__"): lambda b, a: z3.Or(a, b),
        (z3.BoolRef, "__rxor__"): lambda b, a: z3.Xor(a, b),
    }
    before = {key: getattr(*key, None) for key in added}
    for (kind, name), function in added.items():
        setattr(kind, name, function)
    try:
        yield arithmetic
    finally:
        for (kind, name), function in before.items():
            if function is None:
                delattr(kind, name)
            else:
                setattr(kind, name, function)


def unknown(kind: type, name: str, **known: Any) -> Any:
    """Return a named tuple of unknowns; integers and truth values, nothing else."""
    values = {}
    for field, hint in get_type_hints(kind).items():
        if field in known:
            values[field] = known[field]
        elif hint is bool:
            values[field] = z3.Bool(f"{name}.{field}")
        else:
            assert hint is int, f"{kind.__name__}.{field}"
            values[field] = z3.Int(f"{name}.{field}")
    return kind(**values)


class World(NamedTuple):
    """One tick with everything unknown: before, what came, and after."""

    modules: Sources
    config: Any
    state: Any
    request: Any
    reading: Any
    after: Any
    decision: Any
    facts: list[z3.BoolRef]


def tick(modules: Sources, channels: int, limits: tuple[Any, ...] | None = None) -> World:
    """Run the kernel's `step` once on unknowns.

    Parameters
    ----------
    channels : int
        How many channels.
    limits : tuple of ChannelLimits, optional
        Effective limits of each channel; unknown without.
    """
    kernel = modules.kernel
    kinds = {name: value for name, value in vars(kernel).items() if isinstance(value, type)}
    numbers = range(channels)
    found = limits or tuple(unknown(modules.limits.ChannelLimits, f"l{i}") for i in numbers)
    cells = tuple(unknown(kinds["ChannelConfig"], f"c{i}", limits=found[i]) for i in numbers)
    config = unknown(kinds["Config"], "config", channels=cells)
    states = tuple(unknown(kinds["ChannelState"], f"s{i}") for i in numbers)
    state = unknown(kinds["State"], "state", permit="", channels=states)
    targets = tuple(z3.Int(f"target{i}") for i in numbers)
    finish = tuple(z3.Bool(f"finish{i}") for i in numbers)
    request = unknown(kinds["Request"], "request", targets_na=targets, finish=finish)
    seen = tuple(unknown(kinds["ChannelReading"], f"r{i}") for i in numbers)
    reading = unknown(kinds["Reading"], "reading", channels=seen)
    with symbolic() as arithmetic:
        after, decision = kernel.step(config, state, request, reading)
    return World(modules, config, state, request, reading, after, decision, arithmetic.facts)


def size(value: Any) -> Any:
    """Return |value|."""
    return z3.If(value < 0, -value, value)


def prove(assumed: list[Any], claim: Any, timeout_ms: int = 60_000) -> tuple[bool, str]:
    """Tell whether the claim follows; otherwise the counterexample, or why z3 gave up."""
    solver = z3.Solver()
    solver.set("timeout", timeout_ms)
    solver.add(*assumed)
    solver.add(z3.Not(claim))
    answer = solver.check()
    if answer == z3.unsat:
        return True, ""
    if answer == z3.unknown:
        return False, f"z3 gave up: {solver.reason_unknown()}"
    model = solver.model()
    return False, ", ".join(sorted(f"{item} = {model[item]}" for item in model.decls()[:60]))

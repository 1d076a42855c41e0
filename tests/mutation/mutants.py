"""Every small way to be wrong: one changed operator, constant, name or missing finding each.

mutmut leaves module-level constants alone, where limits live, and cosmic-ray starts an
interpreter a mutant; this one changes the syntax tree and hands it to a forked process.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from typing import NamedTuple

COMPARE = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,),
}  # fmt: skip
BINARY = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Add,), ast.FloorDiv: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,), ast.BitXor: (ast.BitAnd,),
    ast.LShift: (ast.RShift,), ast.And: (ast.Or,), ast.Or: (ast.And,),
}  # fmt: skip
CALLS = {"mn": "mx", "mx": "mn"}
NEXT = {
    "NONE": "HOLD", "HOLD": "RAMP_DOWN", "RAMP_DOWN": "ZERO", "ZERO": "RESIDENT_OFF",
    "RESIDENT_OFF": "ZERO", "DISARMED": "CHECKED", "CHECKED": "ARMED", "ARMED": "RUNNING",
    "RUNNING": "PAUSED", "PAUSED": "RUNNING", "DONE": "TRIPPED", "TRIPPED": "DONE",
}  # fmt: skip


class Mutant(NamedTuple):
    """One changed syntax tree, and where and what was changed in it."""

    line: int
    change: str
    tree: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    tree = ast.parse(source)
    # `__all__` is for readers and linters: nothing runs differently for it.
    tree.body = [node for node in tree.body if not _is_all(node)]
    _mark_docstrings(tree)
    for index, node in enumerate(ast.walk(tree)):
        for change in _changes(node):
            mutated = copy.deepcopy(tree)
            target = next(one for place, one in enumerate(ast.walk(mutated)) if place == index)
            before = ast.unparse(target)
            change(target)
            ast.fix_missing_locations(mutated)
            line = getattr(node, "lineno", 0)
            yield Mutant(line, f"{before[:70]}  ->  {ast.unparse(target)[:70]}", mutated)


def _is_all(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def _mark_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.kind = "docstring"


def _changes(node: ast.AST) -> Iterator[Callable[[ast.AST], None]]:
    if isinstance(node, ast.Compare):
        for kind in COMPARE.get(type(node.ops[0]), ()):
            yield lambda one, kind=kind: one.ops.__setitem__(0, kind())
    elif isinstance(node, (ast.BinOp, ast.BoolOp)):
        for kind in BINARY.get(type(node.op), ()):
            yield lambda one, kind=kind: setattr(one, "op", kind())
    elif isinstance(node, ast.Constant):
        yield from _other_constants(node)
    elif isinstance(node, ast.Attribute) and node.attr in NEXT and isinstance(node.ctx, ast.Load):
        yield lambda one: setattr(one, "attr", NEXT[one.attr])
    elif isinstance(node, ast.Name) and node.id in CALLS and isinstance(node.ctx, ast.Load):
        yield lambda one: setattr(one, "id", CALLS[one.id])
    elif isinstance(node, ast.Name) and node.id == "no" and isinstance(node.ctx, ast.Load):
        yield lambda one: setattr(one, "id", "bool")
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield lambda one: setattr(one, "op", ast.UAdd())
    elif isinstance(node, ast.List):
        for place in range(len(node.elts)):
            yield lambda one, place=place: one.elts.pop(place)


def _other_constants(node: ast.Constant) -> Iterator[Callable[[ast.AST], None]]:
    value = node.value
    if isinstance(value, bool):
        yield lambda one: setattr(one, "value", not one.value)
    elif isinstance(value, int):
        yield lambda one: setattr(one, "value", one.value + 1)
        yield lambda one: setattr(one, "value", one.value - 1)
    elif isinstance(value, str) and node.kind != "docstring":
        yield lambda one: setattr(one, "value", one.value + "?")

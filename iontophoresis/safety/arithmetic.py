"""Expressions without branches, so that one source runs on int, z3 and array integers alike.

A proof or an exhaustive check is then about the code that ships, not about a copy of it.
"""


def ite(condition: bool, then: int, otherwise: int) -> int:
    """Choose `then` where the condition holds, else `otherwise`."""
    return otherwise + condition * (then - otherwise)


def choose(condition: bool, then: bool, otherwise: bool) -> bool:
    """Choose between truth values."""
    return (condition & then) | (no(condition) & otherwise)


def mn(a: int, b: int) -> int:
    """Return the smaller of two."""
    return ite(a < b, a, b)


def mx(a: int, b: int) -> int:
    """Return the larger of two."""
    return ite(a > b, a, b)


def magnitude(a: int) -> int:
    """Return |a|."""
    return ite(a < 0, -a, a)


def no(condition: bool) -> bool:
    """Return the opposite truth value."""
    return condition ^ True

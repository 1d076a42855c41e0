"""Integer expressions without branches.

Written with arithmetic on truth values so that the same source runs on Python integers and on
z3 integers: a proof is then about the code that ships, not about a copy of it.
"""


def ite(condition: bool, then: int, otherwise: int) -> int:
    """Choose `then` where the condition holds, else `otherwise`."""
    return otherwise + condition * (then - otherwise)


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

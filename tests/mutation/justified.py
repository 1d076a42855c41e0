"""Survivors that no test can kill, each with the reason."""

_SAME = "both give the same number where the two sides are equal"

JUSTIFIED: dict[str, str] = {
    "arithmetic: a < b  ->  a <= b": _SAME,
    "arithmetic: a > b  ->  a >= b": _SAME,
    "arithmetic: a < 0  ->  a <= 0": "differs at 0 only, where -a is a",
    "arithmetic: 0  ->  1": "a < 1 differs from a < 0 at 0 only, where -a is a",
    "limits: protocol < 0  ->  protocol <= 0": "a protocol that names zero gets zero either way",
    "reactions: 1 << 0  ->  1 >> 0": "a shift by nothing is the same in both directions",
    "kernel: applied < 0  ->  applied <= 0": "differs at 0 only, where hold and ramp stay at zero",
}

"""`python -m tests.proof`: prove, print, and write the dated report."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from tests.proof import report
from tests.proof.symbols import shipping

REPORT = Path(__file__).parents[2] / "reports" / "proof.md"
HEAD = """# What is proved of the safety kernel

Written by `make proof` on {date}, with z3 {z3}, in {seconds:.0f} s on this machine.

`z3`: the shipping source of `iontophoresis/safety/` ran on unknown integers and z3 found that no
values break the claim. The invariant holds at the start and after every tick, so what is proved of
one tick holds for sessions of any length. Nothing is fixed: limits, tick, stop ramp, tolerances,
state, request and reading are all unknown; only negative limits and a tick or stop ramp below 1 ms
are left out (`config_fault` and `compose` refuse them). A product of two unknowns stands as an
unknown function with true facts about it, so nothing rests on nonlinear search; the charge lemmas
are polynomial and decided on the reals.

**Charge.** From the four ways of one tick and the lemmas follows, for any history: measured charge
never exceeds the limit by more than what the source delivered above its set-point and what flowed
because a tick came late. With an obedient source and punctual ticks a stop, its ramp included, ends
inside the limit. Charge booked outside ticks (contact probe, the tail after OFF) is added as it is.

**How many channels.** {channels} were proved. More follow by reading, not by z3: a
channel is judged from its own figures alone, and channels meet only in a sum (the common cap) and
in taking the most severe reaction.

**Not proved, only tested:** that the loop applies what the kernel decides, `living` and unknown
classes being refused (a table of names), the words for each reason, permits (SHA-256), trends of
resistance, and everything about real time. The grid is one configuration.

| means | claim | for | holds | s |
|---|---|---|---|---|
"""


def main() -> int:
    """Run everything; the exit status is 1 if anything does not hold."""
    modules = shipping()
    began = datetime.now(UTC)
    counts = (1, 2, 3)
    found = list(
        _shown(
            chain(
                report.columns(modules),
                report.arithmetic(modules),
                *(report.one_tick(modules, channels) for channels in counts),
                report.tried(modules, stride=1),
            )
        )
    )
    head = HEAD.format(
        date=began.date(), z3=version("z3-solver"), channels=", ".join(map(str, counts)),
        seconds=(datetime.now(UTC) - began).total_seconds(),
    )  # fmt: skip
    lines = [
        f"| {row.means} | {row.claim} | {row.scope} | {_verdict(row)} | {row.seconds:.1f} |"
        for row in found
    ]
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return 0 if all(row.holds for row in found) else 1


def _verdict(row: report.Row) -> str:
    return "yes" if row.holds else f"NO: {row.counterexample}"


def _shown(rows: Iterable[report.Row]) -> Iterable[report.Row]:
    for row in rows:
        text = f"{row.means:9} {row.seconds:7.1f} s  {row.claim} [{row.scope}]: {_verdict(row)}\n"
        sys.stdout.write(text)
        sys.stdout.flush()
        yield row


if __name__ == "__main__":
    raise SystemExit(main())

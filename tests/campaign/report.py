"""Count what a campaign found, and write it down: the tables, the misses, the residuals."""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import median

from tests.campaign.kinds import KINDS
from tests.campaign.setting import PHASES, SOURCES

HEAD = """# Fault campaign

Written by `make campaign` on {date}: {faulted} sessions with a fault ({kinds} kinds, {phases} phases,
{sources} sources, {seeds} seeds) and {paired} without, in {seconds:.0f} s on {jobs} processes:
{rate:.0f} sessions an hour; {hours:.1f} h of virtual time.

The guard, its drivers and the emulated bench run in one process on one virtual clock. Computation
and measurement cost no time there, time-outs do: **latencies below count ticks and time-outs and are
no latencies of a computer**; those come from the tests marked `real_time`. Verdicts rest on the
ground truth of the bench, apart from one claim: that what went wrong was told.

- {safe} of {faulted} faulted sessions kept every claim ({share:.2f} %); the {missed} others are listed.
- Trips without a fault: {false} in {paired} sessions ({paired_hours:.2f} h virtual).
- The same seed gives the same ground truth and the same rows, bit by bit (`tests/campaign`).

![latency by kind](campaign.svg)

## By kind

Latency: from the fault until the output is off for good, ms of virtual time. Sources led per tick,
and sources that play programs of up to 10 s and are read when one has ended, apart.
"""
TABLE = (
    "| kind | hazard | must | runs | safe | p50 | p99 | max | programs p50 | max |\n"
    "|---|---|---|--:|--:|--:|--:|--:|--:|--:|"
)


def percentile(values, part):
    """Return the value below which a part of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def by_kind(rows):
    """Group the rows of faulted sessions."""
    groups = defaultdict(list)
    for row in rows:
        if row[0]:
            groups[row[0]].append(row)
    return groups


def latencies(rows, *, program):
    """Return the latencies of sources of one way, where the fault ends the session."""
    return [row[5] for row in rows if row[5] is not None and SOURCES[row[2]].program is program]


def render(rows, *, date, seconds, jobs, seeds):
    """Write the whole report."""
    groups = by_kind(rows)
    faulted = [row for row in rows if row[0]]
    paired = [row for row in rows if not row[0]]
    safe = sum(not row[8] for row in faulted)
    lines = [
        HEAD.format(
            date=date,
            faulted=len(faulted),
            kinds=len(groups),
            phases=len(PHASES),
            sources=len({row[2] for row in rows}),
            seeds=seeds,
            paired=len(paired),
            seconds=seconds,
            jobs=jobs,
            rate=len(rows) / max(seconds, 1e-9) * 3600,
            hours=sum(row[10] for row in rows) / 3.6e6,
            safe=safe,
            share=100 * safe / max(len(faulted), 1),
            missed=len(faulted) - safe,
            false=sum(bool(row[8]) for row in paired),
            paired_hours=sum(row[10] for row in paired) / 3.6e6,
        ),
        TABLE,
    ]
    lines += [_row(kind, groups[kind.name]) for kind in KINDS if kind.name in groups]
    lines += ["", "## Missed", "", *_missed(faulted)]
    lines += [
        "",
        "## Residual",
        "",
        "Run like every other kind; what is not detected, and why.",
        "",
    ]
    lines += [
        f"- **{kind.name}** ({kind.hazards}): {kind.residual}" for kind in KINDS if kind.residual
    ]
    lines += ["", "## Without a fault", "", *_paired(paired)]
    return "\n".join(lines) + "\n"


def _row(kind, rows):
    shown = [kind.name, kind.hazards, kind.expect, len(rows), sum(not row[8] for row in rows)]
    ticks, programs = latencies(rows, program=False), latencies(rows, program=True)
    ends = kind.expect in {"off", "lease", "ramp"}
    shown += (
        [round(median(ticks)), percentile(ticks, 0.99), max(ticks)]
        if ticks and ends
        else ["", "", ""]
    )
    shown += [round(median(programs)), max(programs)] if programs and ends else ["", ""]
    return "| " + " | ".join(str(cell) for cell in shown) + " |"


def _missed(rows):
    found = Counter()
    for row in rows:
        if row[8]:
            text = "; ".join(sorted({_without_figures(miss) for miss in row[8]}))
            found[row[0], row[2], text] += 1
    phases = defaultdict(set)
    for row in rows:
        if row[8]:
            phases[row[0], row[2]].add(row[1])
    yield "| kind | source | phases | sessions | what was missed |"
    yield "|---|---|---|--:|---|"
    for (kind, source, text), count in sorted(found.items()):
        where = ", ".join(sorted(phases[kind, source]))
        yield f"| {kind} | {source} | {where} | {count} | {text} |"


def _without_figures(miss):
    for late in ("off", "told"):
        if miss.startswith(f"{late} after"):
            return f"{late} too late"
    return " ".join(word for word in miss.split() if not word[0].isdigit())


def _paired(rows):
    groups = defaultdict(list)
    for row in rows:
        groups[row[2], row[4]].append(row)
    yield "| source | load | sessions | tripped |"
    yield "|---|---|--:|--:|"
    for (source, load), group in sorted(groups.items()):
        trips = sum(bool(row[8]) for row in group)
        yield f"| {source} | {load} | {len(group)} | {trips} |"

"""Every case of the campaign, and one run of one of them."""

from __future__ import annotations

from itertools import product

from tests.campaign.kinds import KINDS
from tests.campaign.oracle import judge
from tests.campaign.session import Case, run
from tests.campaign.setting import PHASES, PROGRAM_KNOTS, SOURCES

BY_NAME = {kind.name: kind for kind in KINDS}
Row = tuple[str, str, str, int, str, int | None, int, int, tuple[str, ...], str]
"""Kind, phase, source, seed, load, latency ms, charge pC, peak nA, misses, outcome."""


def faulted(seeds, sources=tuple(SOURCES)):
    """List (kind name, phase, source, seed) of every faulted case."""
    return [
        (kind.name, phase, source, seed)
        for seed, kind, source in product(range(seeds), KINDS, sources)
        for phase in kind.phases
        if not kind.only or source in kind.only
    ]


def paired(seeds, sources=tuple(SOURCES)):
    """List the runs without a fault, over several loads."""
    phases = ("plateau", "paused")
    cases = product(phases, sources, range(seeds))
    return [("", phase, source, seed) for phase, source, seed in cases]


def run_one(key):
    """Run one case; returns a `Row` of plain values."""
    name, phase, source, seed = key
    if name:
        kind = BY_NAME[name]
        knots = PROGRAM_KNOTS if SOURCES[source].program and not kind.tight else kind.knots
        case = Case(source, phase, kind, seed, tight=kind.tight, knots=knots)
    else:
        case = unfaulted(phase, source, seed)
    ran = run(case)
    found = judge(ran)
    where = case.load if case.load == "resistor" else f"skin {case.barrier_kohm_cm2:g} kOhm cm2"
    return (
        name, phase, source, seed, where, found.latency_ms, found.charge_pc, found.peak_na,
        found.misses, ran.outcome, ran.virtual_ms,
    )  # fmt: skip


def unfaulted(phase, source, seed):
    """Draw a load: a resistor, hairless skin, stripped skin, ordinary skin."""
    loads = [("resistor", 20.0), ("skin", 60.0), ("skin", 5.0), ("skin", 20.0)]
    load, barrier_kohm_cm2 = loads[seed % len(loads)]
    return Case(source, phase, None, seed, load=load, barrier_kohm_cm2=barrier_kohm_cm2)


assert set(PHASES) >= {phase for kind in KINDS for phase in kind.phases}

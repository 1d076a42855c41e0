"""Measure how long a source goes on when the computer falls silent.

A lease is asked for after growing and shrinking silences, because a question renews it: the time is
a bracket. A program may be watched while it plays.
"""

from instruments.source import FailSafeTier, ProgramSource
from iontophoresis.control.proof import points_within
from iontophoresis.doctor.findings import Finding, judged, untested
from iontophoresis.doctor.known_load import KnownLoad, safely
from iontophoresis.units import MS_PER_S

CHECK = "off by itself"
LEVEL_NA = 100_000
PROGRAM_MS = 2_000
HALVINGS = 4


def check_host_death(load: KnownLoad) -> Finding:
    """Return whether, and when, the source ends the current by itself."""
    declared = load.source.capabilities
    if declared.tier is FailSafeTier.NONE or declared.worst_case_off_s is None:
        return untested(CHECK, "tier C: nothing ends its current when the computer dies")
    if declared.tier is FailSafeTier.LEASE:
        return safely(CHECK, load, lambda: _lease(load))
    return safely(CHECK, load, lambda: _program(load))


def _lease(load: KnownLoad) -> Finding:
    declared = load.source.capabilities
    worst_ms = round((declared.worst_case_off_s or 0.0) * MS_PER_S)
    on_ms, off_ms = (declared.lease_ms or worst_ms) // 2, worst_ms
    bound = f"on at {on_ms / MS_PER_S:g} s, off at {worst_ms / MS_PER_S:g} s"
    if not _on_after(load, on_ms):
        return judged(CHECK, holds=False, measured=f"off after {on_ms} ms already", bound=bound)
    if _on_after(load, off_ms):
        return judged(CHECK, holds=False, measured=f"STILL ON after {off_ms} ms", bound=bound)
    for _ in range(HALVINGS):
        middle_ms = (on_ms + off_ms) // 2
        on_ms, off_ms = (middle_ms, off_ms) if _on_after(load, middle_ms) else (on_ms, middle_ms)
    measured = f"off between {on_ms / MS_PER_S:.2f} and {off_ms / MS_PER_S:.2f} s of silence"
    return judged(CHECK, holds=True, measured=f"tier A: {measured}", bound=bound)


def _level_na(load: KnownLoad) -> int:
    return min(LEVEL_NA, load.largest_na)


def _on_after(load: KnownLoad, silence_ms: int) -> bool:
    source, level_na = load.source, _level_na(load)
    source.configure(load.settings(level_na, load.compliance_uv))
    source.switch_on()
    source.apply_and_read(level_na)
    load.pass_ms(silence_ms)
    try:
        return source.read_output_on()
    finally:
        source.make_safe()


def _program(load: KnownLoad) -> Finding:
    source, declared = load.source, load.source.capabilities
    if not isinstance(source, ProgramSource):
        return judged(CHECK, holds=False, measured="its driver plays no programs")
    worst_ms = round((declared.worst_case_off_s or 0.0) * MS_PER_S)
    points = min(points_within(declared, declared.tick_ms), PROGRAM_MS // declared.tick_ms)
    level_na = _level_na(load)
    source.configure(load.settings(level_na, load.compliance_uv))
    source.load_program((level_na,) * points, declared.tick_ms)
    source.start_program()
    began_ms = playing_ms = ended_ms = load.clock.now_ms()
    running: bool | None = True
    while running is not False and ended_ms - began_ms < worst_ms:
        playing_ms = ended_ms
        load.pass_ms(declared.tick_ms)
        running = source.read_program().running
        ended_ms = load.clock.now_ms()
    lasted = f"between {(playing_ms - began_ms) / MS_PER_S:.2f} and {(ended_ms - began_ms) / MS_PER_S:.2f} s"
    off = running is False and not source.read_output_on()
    return judged(
        CHECK,
        holds=off,
        measured=f"tier B: a program of {points * declared.tick_ms / MS_PER_S:g} s "
        + (f"ended {lasted}" if off else f"STILL ON, {lasted}"),
        bound=f"{worst_ms / MS_PER_S:g} s",
    )

"""Prove at the start that every source ends by itself when nobody asks any more.

Each source is set as for the session, brought to zero current with its output on, and then left in
silence for the worst case its driver declares; its output must be off afterwards. Nothing can be
asked in between, because a question may renew a lease: the time that is recorded is when it was
found off, which is a bound.
"""

from typing import NamedTuple

from instruments.source import Capabilities, FailSafeTier
from iontophoresis.control.bus import Bus
from iontophoresis.control.clock import Clock
from iontophoresis.control.contact import Service
from iontophoresis.control.opening import RefusedError

MS_PER_S = 1_000
MORE_THAN_ONE = 2
PROGRAM_PERCENT = 90
"""Part of the declared time that a program may last; the rest is for what it takes to end."""


class Proof(NamedTuple):
    """What was found on one channel; `found_off_s` counts from the last word sent to it."""

    channel: str
    tier: str
    declared_s: float
    found_off_s: float


def longest_points(bus: Bus, tick_ms: int) -> int:
    """Return how many points of a program end within the declared worst case.

    Raises
    ------
    RefusedError
        If not even a short one does.
    """
    points = points_within(bus.source.capabilities, tick_ms)
    if points < MORE_THAN_ONE:
        raise RefusedError(
            f"channel {bus.order.name}: what its source declares is too short for a program "
            f"at a control period of {tick_ms} ms; lower tick_ms in the bench file"
        )
    return points


def points_within(declared: Capabilities, tick_ms: int) -> int:
    """Return how many points of a program a driver's declared worst case holds."""
    worst_ms = round((declared.worst_case_off_s or 0.0) * MS_PER_S)
    return min(declared.program_points_max, worst_ms * PROGRAM_PERCENT // 100 // tick_ms - 1)


def prove(bus: Bus, clock: Clock, service: Service, tick_ms: int) -> Proof | None:
    """Show that one source ends by itself; None for a source that does not claim to (tier C).

    Raises
    ------
    RefusedError
        If its output is still on after the declared time, or it answers no more.
    InstrumentError
        If the source refuses a setting.
    """
    declared = bus.source.capabilities
    if declared.tier is FailSafeTier.NONE or declared.worst_case_off_s is None:
        return None
    began_ms = _begin(bus, clock, tick_ms)
    try:
        silent_ms = round(declared.worst_case_off_s * MS_PER_S)
        clock.wait_until(began_ms + silent_ms, service)
        still_on = bus.source.read_output_on()
        found_ms = clock.now_ms() - began_ms
    finally:
        bus.make_safe()
    bus.source.drain_errors()
    if still_on:
        raise RefusedError(
            f"channel {bus.order.name}: left alone for {declared.worst_case_off_s:g} s, its source "
            "is still on: it does not switch off by itself as its driver declares; do not use it "
            "unattended, and report it with model and firmware"
        )
    return Proof(
        channel=bus.order.name,
        tier=declared.tier.value,
        declared_s=declared.worst_case_off_s,
        found_off_s=found_ms / MS_PER_S,
    )


def _begin(bus: Bus, clock: Clock, tick_ms: int) -> int:
    """Bring the source to zero current with its output on; return when it was last spoken to."""
    bus.configure(bus.order.peak_na, bus.order.compliance_uv)
    if bus.source.capabilities.tier is FailSafeTier.LEASE:
        bus.source.switch_on()
        bus.source.apply_and_read(0)
    else:
        bus.program.load_program((0,) * longest_points(bus, tick_ms), tick_ms)
        bus.program.start_program()
    return clock.now_ms()


def in_words(proof: Proof) -> str:
    """Say what was shown."""
    what = "lease" if proof.tier == FailSafeTier.LEASE.value else "program"
    return (
        f"channel {proof.channel}: left alone, its {what} switched it off within "
        f"{proof.found_off_s:.2f} s (tier {proof.tier}, declared {proof.declared_s:g} s)"
    )

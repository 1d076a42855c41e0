"""What ends the current if the computer dies, said and judged before anything is connected.

What a driver declares is proved on the instrument at the start of every session; here the plan is
held against it. A source that plays programs is at zero between them: its session lasts longer.
"""

from collections.abc import Iterator
from dataclasses import replace

from instruments.declarations import Capabilities, Conduct, FailSafeTier
from instruments.drivers import DRIVERS
from iontophoresis.control.chunk import LONGEST_FALL_PART, SHORTEST_FALL
from iontophoresis.control.programming import RISE_PART
from iontophoresis.control.proof import points_within
from iontophoresis.errors import PlanRefusedError, Problem
from iontophoresis.plan import Note, Plan, PlannedChannel
from iontophoresis.source_fit import misfits
from iontophoresis.units import MS_PER_MIN, MS_PER_S, NA_PER_MA

DEFAULT_TICK_MS = 50


def with_fail_safe(plan: Plan) -> Plan:
    """Return a plan with a note on what ends each channel's current.

    Raises
    ------
    PlanRefusedError
        If a source cannot do what its channel asks, or one that plays programs cannot follow the
        plan within its limits.
    """
    problems: list[Problem] = []
    notes: list[Note] = []
    for channel in plan.channels:
        declared = declared_by(channel.source.driver)
        if declared is None:
            continue
        problems += misfits(plan, channel, declared)
        problems += _problems(plan, channel, declared)
        notes.append(_note(channel, declared))
    if problems:
        raise PlanRefusedError(problems)
    both = [*plan.notes, *dict.fromkeys(notes)]
    return replace(plan, notes=tuple(sorted(both, key=lambda note: note.severity != "warning")))


def declared_by(driver: str) -> Capabilities | None:
    """Return what a driver declares before its instrument is known; None for an unknown driver."""
    entry = DRIVERS.get(driver)
    return None if entry is None else entry.declares


def stretch(channel: PlannedChannel, declared: Capabilities) -> float:
    """Return how much longer a profile takes in programs, from zero to zero, than in one piece."""
    points, rise = _points(channel, declared), _rise_points(channel, declared)
    fall = max(SHORTEST_FALL, min(rise, points // LONGEST_FALL_PART))
    return points / (points - (rise + fall) / 2 - 1)


def _tick_ms(channel: PlannedChannel, declared: Capabilities) -> int:
    return channel.source.tick_ms or max(DEFAULT_TICK_MS, declared.tick_ms)


def _points(channel: PlannedChannel, declared: Capabilities) -> int:
    return points_within(declared, _tick_ms(channel, declared))


def _rise_points(channel: PlannedChannel, declared: Capabilities) -> int:
    step_na = channel.limits.slew_na_per_s * _tick_ms(channel, declared) // MS_PER_S
    return -(-channel.waveform.max_current_na // max(1, step_na))


def _problems(plan: Plan, channel: PlannedChannel, declared: Capabilities) -> Iterator[Problem]:
    if declared.conduct is not Conduct.FINITE_PROGRAM:
        return
    place = f'channel "{channel.channel.name}"'
    points, rise = _points(channel, declared), _rise_points(channel, declared)
    program_s = points * _tick_ms(channel, declared) / MS_PER_S
    if rise > points // RISE_PART:
        least = channel.waveform.max_current_na / NA_PER_MA * RISE_PART / program_s
        yield Problem(
            origin=plan.protocol.origin,
            key="limits.slew_up_ma_per_s",
            value=f"{plan.protocol.limits.slew_up_ma_per_s:g}",
            place=place,
            reason=f"{channel.source.driver} plays programs of {program_s:g} s that begin at zero, "
            f"and reaching the peak must take no more than a third of one",
            advice=f"allow at least {least:.2g} mA/s, or use a source with a lease",
        )
        return
    longer = stretch(channel, declared)
    for name, key, took_ms, limit_ms in (
        ("current-on time", "current_on_time_min", channel.waveform.current_on_ms,
         channel.limits.on_time_ms),
        ("session time", "session_time_min", channel.waveform.duration_ms,
         channel.limits.session_time_ms),
    ):  # fmt: skip
        if took_ms * longer > limit_ms:
            yield Problem(
                origin=plan.protocol.origin,
                key=f"limits.{key}",
                value=f"{getattr(plan.protocol.limits, key):g}",
                place=place,
                reason=f"the {name} becomes {took_ms * longer / MS_PER_MIN:.3g} min, because "
                f"{channel.source.driver} is at zero between programs",
                advice="raise the limit, or shorten the profile",
            )


def _note(channel: PlannedChannel, declared: Capabilities) -> Note:
    name = channel.source.id
    if declared.tier is FailSafeTier.NONE:
        return Note(
            severity="warning",
            text=f"Tier C: nothing switches {name} off if the computer dies; stay with it.",
        )
    worst = f"{declared.worst_case_off_s:g} s"
    if declared.tier is FailSafeTier.LEASE:
        text = f"Tier A: if the computer dies, {name} switches itself off within {worst}"
    else:
        longer = 100 * (stretch(channel, declared) - 1)
        text = (
            f"Tier B: {name} plays programs that end by themselves, within {worst} if the computer "
            f"dies; what flows may stay unread for {declared.longest_unreadable_s:g} s. It is at "
            f"zero between them: no charge is lost, and the session lasts {longer:.0f} % longer"
        )
    return Note(severity="info", text=f"{text}. It is proved at the start.")

"""Cut a profile into programs that start and end at zero, each point judged before it is sent.

A program plays the profile under an envelope: from zero up as fast as the slew limit permits, on,
and down to zero by its last point. Where the envelope is below one, profile time passes slower by
the same factor, so no charge of the profile is lost to the gaps; the session lasts longer instead.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from iontophoresis.safety import kernel
from iontophoresis.safety.reactions import Action

ONE = 1 << 16
MOST_TRIES = 12
LONGEST_FALL_PART = 4
SHORTEST_FALL = 2
FEWEST_POINTS = 4

Levels = tuple[int, ...]
Profile = Callable[[int], Levels]


@dataclass(frozen=True, slots=True)
class Chunk:
    """One program for every channel: levels of each point, and profile time at its end.

    `positions` are in ms times `ONE`; `wanted` is the profile's own current at each point.
    """

    levels: tuple[Levels, ...]
    positions: tuple[int, ...]
    wanted: tuple[Levels, ...]

    def line(self, channel: int) -> tuple[int, ...]:
        """Return what one channel plays, nA."""
        return tuple(levels[channel] for levels in self.levels)

    def ending_at(self, end_ms: int) -> "Chunk":
        """Leave out the zeros that follow the end of the profile."""
        last = len(self.levels)
        while last > FEWEST_POINTS and self.positions[last - 3] >= end_ms * ONE:
            last -= 1
        if any(self.levels[last - 1]):
            return self
        return Chunk(self.levels[:last], self.positions[:last], self.wanted[:last])


def plan_chunk(
    profile: Profile, position: int, points: int, tick_ms: int, steps_na: Sequence[int]
) -> Chunk:
    """Lay the envelope over the profile from a position.

    Parameters
    ----------
    profile : callable
        Current of every channel, nA, at a profile time in ms.
    position : int
        Profile time in ms times `ONE`.
    points : int
        Points of the program, the first and the last at zero.
    tick_ms : int
        Time at each point, ms.
    steps_na : sequence of int
        Largest rise from point to point of every channel, nA.

    Returns
    -------
    Chunk
        From zero to zero.
    """
    fall = _fall_points(profile, position, points, tick_ms, steps_na)
    zero = tuple(0 for _ in steps_na)
    levels, positions, wanted = [zero], [position], [profile(position // ONE)]
    for index in range(1, points):
        cap = min(ONE, (points - 1 - index) * ONE // fall)
        factor, ahead = _fit(profile, position, tick_ms, cap, levels[-1], steps_na)
        position += factor * tick_ms
        levels.append(tuple(_scaled(current, factor) for current in ahead))
        positions.append(position)
        wanted.append(ahead)
    return Chunk(tuple(levels), tuple(positions), tuple(wanted))


def _fall_points(
    profile: Profile, position: int, points: int, tick_ms: int, steps_na: Sequence[int]
) -> int:
    """Let the end fall as slowly as the start may rise, but take no more than a part of it all."""
    ends = profile(position // ONE), profile(position // ONE + points * tick_ms)
    sizes = [max(abs(first), abs(last)) for first, last in zip(*ends, strict=True)]
    rise = max(-(-size // step) for size, step in zip(sizes, steps_na, strict=True))
    return max(SHORTEST_FALL, min(rise, points // LONGEST_FALL_PART))


def _fit(
    profile: Profile,
    position: int,
    tick_ms: int,
    cap: int,
    before: Levels,
    steps_na: Sequence[int],
) -> tuple[int, Levels]:
    """Find the largest factor under which no channel rises by more than its step."""
    factor = cap
    for _ in range(MOST_TRIES):
        ahead = profile((position + factor * tick_ms) // ONE)
        bound = min(
            (_reach(old, new, step) * ONE // abs(new) for old, new, step in zip(
                before, ahead, steps_na, strict=True) if new),
            default=ONE,
        )  # fmt: skip
        if factor <= bound:
            return factor, ahead
        factor = bound
    return 0, profile(position // ONE)


def _reach(old: int, new: int, step_na: int) -> int:
    """Largest magnitude that the next point may have; a change of sign counts from zero."""
    return step_na + (0 if (old < 0) ^ (new < 0) else abs(old))


def _scaled(current_na: int, factor: int) -> int:
    size = abs(current_na) * factor // ONE
    return -size if current_na < 0 else size


def points_permitted(
    config: kernel.Config,
    state: kernel.State,
    request: kernel.Request,
    chunk: Chunk,
    load_ohm: Sequence[int],
) -> int:
    """Let the kernel judge every point against predicted readings; return how many it permits.

    Parameters
    ----------
    config, state : Config, State
        As they are now, with nothing flowing.
    request : Request
        Who is alive; its set-points are replaced by the chunk's.
    chunk : Chunk
        What is to be played.
    load_ohm : sequence of int
        Resistance of every channel, to predict its voltage.

    Returns
    -------
    int
        The number of points before the first that the kernel answers with any reaction.
    """
    points = len(chunk.levels)
    for index in range(points):
        if not within_limits(config, chunk.wanted[index]):
            return index
        levels = chunk.levels[min(index + 1, points - 1)]
        asked = request._replace(targets_na=levels, pause=False, stop=False, starved=False)
        reading = _predicted(config, state, load_ohm)
        state, decision = kernel.step(config, state, asked, reading)
        if decision.action != Action.NONE or decision.targets_na != levels:
            return index + 1
    return points


def within_limits(config: kernel.Config, wanted_na: Levels) -> bool:
    """Tell whether the profile itself stays within the limits: the envelope must not clip it."""
    pairs = zip(config.channels, wanted_na, strict=True)
    alone = all(
        abs(current) <= min(cell.limits.current_na, cell.limits.density_na)
        for cell, current in pairs
    )
    return alone and sum(abs(current) for current in wanted_na) <= config.common_current_na


def _predicted(
    config: kernel.Config, state: kernel.State, load_ohm: Sequence[int]
) -> kernel.Reading:
    return kernel.Reading(
        now_ms=state.now_ms + config.tick_ms,
        overrun_ms=0,
        interlock_closed=True,
        settings_kept=True,
        connected=True,
        channels=tuple(
            kernel.ChannelReading(
                valid=True,
                fresh=True,
                voltage_uv=channel.applied_na * ohm // 1000,
                current_na=channel.applied_na,
                limited=False,
                output_on=True,
            )
            for channel, ohm in zip(state.channels, load_ohm, strict=True)
        ),
    )

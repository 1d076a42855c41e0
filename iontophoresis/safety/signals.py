"""What the kernel is given, what it remembers and what it answers: plain tuples of integers.

Units: nA, uV, ms, pC, ohm. Every inner tuple holds one entry a channel, in the same order.
"""

from typing import NamedTuple

from iontophoresis.safety.limits import ChannelLimits
from iontophoresis.safety.reactions import Action, Phase, Reason

TICK_MS = (20, 200)
STOP_RAMP_MS = (500, 30_000)
VOLTAGE_LIMITED_START_MS = (0, 3_600_000)
OFF_NA = (0, 10_000)
MISMATCH_NA = (0, 10_000)


class ChannelConfig(NamedTuple):
    """Everything fixed for one channel at arming; the load window is that of the whole channel."""

    limits: ChannelLimits
    load_low_ohm: int
    load_high_ohm: int
    judge_load_na: int
    mismatch_na: int
    off_na: int
    voltage_limited_start_ms: int


class Config(NamedTuple):
    """Everything fixed at arming."""

    channels: tuple[ChannelConfig, ...]
    common_current_na: int
    tick_ms: int
    stop_ramp_ms: int


class Request(NamedTuple):
    """Set-points asked for at the next tick, operator commands, and who is alive.

    `finish`: channels that have reached their own goal; each ramps down and stays at zero while
    the others go on. Empty where none has.
    """

    targets_na: tuple[int, ...]
    pause: bool
    stop: bool
    zero: bool
    starved: bool
    session_silent_ms: int
    recorder_silent_ms: int
    finish: tuple[bool, ...] = ()


class ChannelReading(NamedTuple):
    """What the source answered for one channel this tick."""

    valid: bool
    fresh: bool
    voltage_uv: int
    current_na: int
    limited: bool
    output_on: bool


class Reading(NamedTuple):
    """What was observed this tick.

    `late_ms`: how much longer than its period it took.
    `cell_failed`: a cell in series is open or shorted, or what reads the cells has failed.
    `load_trend`: a resistance moves as a drying or failing one does, and the class ends for it.
    """

    now_ms: int
    overrun_ms: int
    interlock_closed: bool
    settings_kept: bool
    connected: bool
    channels: tuple[ChannelReading, ...]
    late_ms: int = 0
    cell_failed: bool = False
    load_trend: bool = False


class ChannelState(NamedTuple):
    """What the kernel remembers of one channel. `window_na`: its lowest set-point this window."""

    applied_na: int = 0
    measured_na: int = 0
    charge_pc: int = 0
    on_time_ms: int = 0
    limited_ms: int = 0
    ramp_step_na: int = 0
    window_na: int = 0
    misses: int = 0
    frozen: int = 0
    mismatches: int = 0
    opens: int = 0
    shorts: int = 0
    finishing: bool = False


class State(NamedTuple):
    """What the kernel remembers. `fault`: a reaction that must end tripped, not done or paused.

    `behind_ms`: by how much the ticks have taken longer than is forgiven, one after another.
    """

    phase: int
    now_ms: int
    started_ms: int
    window_ms: int
    overruns: int
    cause: int
    fault: bool
    resumable: bool
    permit: str
    channels: tuple[ChannelState, ...]
    behind_ms: int = 0


class Decision(NamedTuple):
    """Set-point of each channel for the next tick, the reaction, and its reasons (bit mask)."""

    targets_na: tuple[int, ...]
    action: int
    reasons: int


class Finding(NamedTuple):
    """One judgement: does it hold, its reaction, and whether the session then ends tripped."""

    holds: bool
    action: Action
    reason: Reason
    fault: bool = True


class Verdict(NamedTuple):
    """The most severe reaction among the findings that hold, with all their reasons."""

    action: int
    reasons: int
    fault: bool


def initial(channels: int, now_ms: int) -> State:
    """Return the disarmed state."""
    cells = tuple(ChannelState() for _ in range(channels))
    return State(Phase.DISARMED, now_ms, now_ms, now_ms, 0, 0, False, False, "", cells)


def config_fault(config: Config) -> str:
    """Return the first figure of a configuration outside the kernel's own bounds, or nothing."""
    figures = [("tick_ms", config.tick_ms, *TICK_MS)]
    figures += [("stop_ramp_ms", config.stop_ramp_ms, *STOP_RAMP_MS)]
    for cell in config.channels:
        start_ms = cell.voltage_limited_start_ms
        figures += [("off_na", cell.off_na, *OFF_NA)]
        figures += [("mismatch_na", cell.mismatch_na, *MISMATCH_NA)]
        figures += [("voltage_limited_start_ms", start_ms, *VOLTAGE_LIMITED_START_MS)]
    for name, value, low, high in figures:
        if not low <= value <= high:
            return f"{name} = {value} is outside {low} to {high}"
    return ""

"""Judge one tick: `step(config, state, request, reading) -> (state, decision)`.

Pure, total and integer. It refuses a request it cannot allow and never repairs one; zero current
needs no permission. Expressions have no branches on values (see `arithmetic`), so the source
below is what a prover can run on symbols.

Charge counts what was measured over what was commanded, from reading to reading. A stop can
always ramp down inside the charge limit, because the charge of that ramp is held in reserve.
"""

from typing import NamedTuple

from iontophoresis.safety.arithmetic import ite, magnitude, mn, mx, no
from iontophoresis.safety.limits import ChannelLimits
from iontophoresis.safety.reactions import Action, Phase, Reason

WINDOW_MS = 250
MISSES_TO_ZERO = 2
LOAD_TICKS_TO_ZERO = 3
FROZEN_TICKS_TO_ZERO = 3
OVERRUNS_TO_ZERO = 3
OVERRUN_ZERO_MS = 300
COMPLIANCE_GRACE_MS = 1_000
SESSION_SILENT_MS = 2_000
# A busy disk stalls for a second now and then; more than three is no record, so no current.
RECORDER_SILENT_MS = 3_000


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
    """Set-points asked for at the next tick, operator commands, and who is alive."""

    targets_na: tuple[int, ...]
    pause: bool
    stop: bool
    zero: bool
    starved: bool
    session_silent_ms: int
    recorder_silent_ms: int


class ChannelReading(NamedTuple):
    """What the source answered for one channel this tick."""

    valid: bool
    fresh: bool
    voltage_uv: int
    current_na: int
    limited: bool
    output_on: bool


class Reading(NamedTuple):
    """What was observed this tick."""

    now_ms: int
    overrun_ms: int
    interlock_closed: bool
    settings_kept: bool
    connected: bool
    channels: tuple[ChannelReading, ...]


class ChannelState(NamedTuple):
    """What the kernel remembers of one channel."""

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


class State(NamedTuple):
    """What the kernel remembers. `fault`: a reaction that must end tripped, not done or paused."""

    phase: int
    now_ms: int
    started_ms: int
    window_ms: int
    overruns: int
    cause: int
    fault: bool
    resumable: bool
    channels: tuple[ChannelState, ...]


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
    return State(
        phase=Phase.DISARMED,
        now_ms=now_ms,
        started_ms=now_ms,
        window_ms=now_ms,
        overruns=0,
        cause=0,
        fault=False,
        resumable=False,
        channels=tuple(ChannelState() for _ in range(channels)),
    )


def step(
    config: Config, state: State, request: Request, reading: Reading
) -> tuple[State, Decision]:
    """Judge one tick and return the new state with the decision for the next set-point.

    Every tuple holds one entry a channel, in the same order. `reading` was taken with
    `state.channels[i].applied_na` as the set-point; `request` is for the next one.
    """
    dt_ms = mx(reading.now_ms - state.now_ms, 0)
    channels = tuple(
        _observe(cell, channel, seen, dt_ms)
        for cell, channel, seen in zip(
            config.channels, state.channels, reading.channels, strict=True
        )
    )
    overruns = ite(reading.overrun_ms > 0, state.overruns + 1, 0)
    running = state.phase == Phase.RUNNING
    energized = running | (state.phase == Phase.RAMP_DOWN)
    paused = state.phase == Phase.PAUSED
    findings = _session_findings(request, reading, overruns, energized, paused)
    findings += _common_findings(config, state, request, reading, running, energized)
    for cell, channel, target_na, seen in zip(
        config.channels, channels, request.targets_na, reading.channels, strict=True
    ):
        findings += _reading_findings(cell, channel, seen, energized)
        findings += _request_findings(config, cell, channel, target_na, running)
    verdict = _verdict(findings)
    observed = state._replace(now_ms=reading.now_ms, overruns=overruns, channels=channels)
    return _conclude(config, observed, request, verdict)


def arm(state: State) -> State:
    """Return the armed state; only a checked session can be armed."""
    return _move(state, Phase.CHECKED, Phase.ARMED)


def check(state: State) -> State:
    """Return the checked state: self-test and contact probe have passed."""
    return _move(state, Phase.DISARMED, Phase.CHECKED)


def start(state: State, now_ms: int) -> State:
    """Return the running state of an armed session; its time limits count from here."""
    return _move(state, Phase.ARMED, Phase.RUNNING)._replace(
        now_ms=now_ms, started_ms=now_ms, window_ms=now_ms
    )


def resume(state: State, now_ms: int) -> State:
    """Return the running state of a paused session; charge and time go on counting."""
    return _move(state, Phase.PAUSED, Phase.RUNNING)._replace(
        now_ms=now_ms, window_ms=now_ms, cause=0, resumable=False
    )


def book(state: State, charge_pc: tuple[int, ...]) -> State:
    """Add charge that flowed outside `step`, such as the contact probe's."""
    channels = tuple(
        channel._replace(charge_pc=channel.charge_pc + magnitude(extra))
        for channel, extra in zip(state.channels, charge_pc, strict=True)
    )
    return state._replace(channels=channels)


def _move(state: State, expected: Phase, then: Phase) -> State:
    if state.phase != expected:
        message = f"cannot go to {then.name} from {Phase(state.phase).name}"
        raise ValueError(message)
    return state._replace(phase=then)


def _observe(
    cell: ChannelConfig, channel: ChannelState, seen: ChannelReading, dt_ms: int
) -> ChannelState:
    """Book the interval that ended with this reading, and count what looks wrong in it."""
    applied = magnitude(channel.applied_na)
    current = magnitude(seen.current_na)
    millivolts = magnitude(seen.voltage_uv) * 1000
    judged = seen.valid & (applied >= cell.judge_load_na)
    off_set_point = magnitude(seen.current_na - channel.applied_na) > _tolerance(cell, applied)
    return channel._replace(
        charge_pc=channel.charge_pc + channel.measured_na * dt_ms,
        on_time_ms=channel.on_time_ms + ite(channel.measured_na > cell.off_na, dt_ms, 0),
        measured_na=ite(seen.valid, current, mx(applied, channel.measured_na)),
        limited_ms=channel.limited_ms + ite(seen.valid & seen.limited, dt_ms, 0),
        misses=ite(seen.valid, 0, channel.misses + 1),
        frozen=ite(seen.valid & no(seen.fresh), channel.frozen + 1, 0),
        mismatches=ite(seen.valid & off_set_point & no(seen.limited), channel.mismatches + 1, 0),
        opens=ite(judged & (millivolts > cell.load_high_ohm * current), channel.opens + 1, 0),
        shorts=ite(judged & (millivolts < cell.load_low_ohm * current), channel.shorts + 1, 0),
    )


def _tolerance(cell: ChannelConfig, applied_na: int) -> int:
    return mx(cell.mismatch_na, applied_na // 200)


def _session_findings(
    request: Request, reading: Reading, overruns: int, energized: bool, paused: bool
) -> list[Finding]:
    late = (overruns >= OVERRUNS_TO_ZERO) | (reading.overrun_ms > OVERRUN_ZERO_MS)
    alone = request.session_silent_ms > SESSION_SILENT_MS
    unrecorded = request.recorder_silent_ms > RECORDER_SILENT_MS
    return [
        Finding(no(reading.interlock_closed), Action.ZERO, Reason.INTERLOCK),
        Finding(no(reading.settings_kept), Action.ZERO, Reason.SETTINGS_CHANGED),
        Finding(no(reading.connected), Action.ZERO, Reason.BUS_FAULT),
        Finding(energized & (overruns > 0), Action.HOLD, Reason.OVERRUN, fault=False),
        Finding(energized & late, Action.ZERO, Reason.OVERRUN),
        Finding(energized & alone, Action.RAMP_DOWN, Reason.SESSION_SILENT),
        Finding(energized & unrecorded, Action.RAMP_DOWN, Reason.RECORDER_SILENT),
        Finding(paused & alone, Action.ZERO, Reason.SESSION_SILENT),
        Finding(paused & unrecorded, Action.ZERO, Reason.RECORDER_SILENT),
        Finding(energized & request.starved, Action.HOLD, Reason.STARVED, fault=False),
        Finding(request.pause, Action.RAMP_DOWN, Reason.OPERATOR_PAUSE, fault=False),
        Finding(request.stop, Action.RAMP_DOWN, Reason.OPERATOR_STOP, fault=False),
        Finding(request.zero, Action.ZERO, Reason.OPERATOR_ZERO, fault=False),
    ]


def _common_findings(
    config: Config,
    state: State,
    request: Request,
    reading: Reading,
    running: bool,
    energized: bool,
) -> list[Finding]:
    total_na = sum(magnitude(target) for target in request.targets_na)
    session_ms = reading.now_ms - state.started_ms
    over_time = energized & (session_ms < 0)
    for cell in config.channels:
        over_time = over_time | (energized & (session_ms > cell.limits.session_time_ms))
    return [
        Finding(
            running & (total_na > config.common_current_na), Action.ZERO, Reason.REQUEST_COMMON
        ),
        Finding(over_time, Action.RAMP_DOWN, Reason.SESSION_TIME),
    ]


def _reading_findings(
    cell: ChannelConfig, channel: ChannelState, seen: ChannelReading, energized: bool
) -> list[Finding]:
    limits = cell.limits
    current = magnitude(seen.current_na)
    bound_na = mn(limits.current_na, limits.density_na)
    too_much = current > bound_na + bound_na // 200 + cell.off_na
    too_high = magnitude(seen.voltage_uv) > limits.voltage_uv + limits.voltage_uv // 100
    saturated = channel.limited_ms > cell.voltage_limited_start_ms + COMPLIANCE_GRACE_MS
    uncommanded = no(energized) & (current > cell.off_na)
    return [
        Finding(channel.misses > 0, Action.HOLD, Reason.READING_MISSING, fault=False),
        Finding(channel.misses >= MISSES_TO_ZERO, Action.ZERO, Reason.READING_MISSING),
        Finding(channel.frozen >= FROZEN_TICKS_TO_ZERO, Action.ZERO, Reason.READING_FROZEN),
        Finding(seen.valid & too_much, Action.ZERO, Reason.OVER_CURRENT),
        Finding(seen.valid & too_high, Action.ZERO, Reason.OVER_VOLTAGE),
        Finding(energized & (channel.mismatches > 0), Action.HOLD, Reason.MISMATCH, fault=False),
        Finding(energized & (channel.mismatches >= MISSES_TO_ZERO), Action.ZERO, Reason.MISMATCH),
        Finding(channel.opens >= LOAD_TICKS_TO_ZERO, Action.ZERO, Reason.LOAD_OPEN),
        Finding(channel.shorts >= LOAD_TICKS_TO_ZERO, Action.ZERO, Reason.LOAD_SHORT),
        Finding(saturated, Action.ZERO, Reason.COMPLIANCE),
        Finding(energized & seen.valid & no(seen.output_on), Action.ZERO, Reason.OUTPUT_OFF),
        Finding(seen.valid & uncommanded, Action.ZERO, Reason.UNCOMMANDED),
    ]


def _request_findings(
    config: Config, cell: ChannelConfig, channel: ChannelState, target_na: int, running: bool
) -> list[Finding]:
    limits = cell.limits
    target = magnitude(target_na)
    turned = (target_na < 0) ^ (channel.applied_na < 0)
    base = ite(turned, 0, magnitude(channel.applied_na))
    tick_step = limits.slew_na_per_s * config.tick_ms // 1000 + 1
    window_step = limits.slew_na_per_s * (WINDOW_MS + config.tick_ms) // 1000 + WINDOW_MS
    too_fast = (target > base + tick_step) | (target > channel.window_na + window_step)
    committed = channel.charge_pc + channel.measured_na * config.tick_ms
    committed = committed + target * ramp_reserve_ms(config)
    return [
        Finding(running & (target > limits.current_na), Action.ZERO, Reason.REQUEST_CURRENT),
        Finding(running & (target > limits.density_na), Action.ZERO, Reason.REQUEST_DENSITY),
        Finding(running & too_fast, Action.ZERO, Reason.REQUEST_SLEW),
        Finding(running & (committed > limits.charge_pc), Action.RAMP_DOWN, Reason.CHARGE),
        Finding(
            running & (committed > limits.charge_density_pc),
            Action.RAMP_DOWN,
            Reason.CHARGE_DENSITY,
        ),
        Finding(
            running & (channel.on_time_ms > limits.on_time_ms), Action.RAMP_DOWN, Reason.ON_TIME
        ),
    ]


def ramp_reserve_ms(config: Config) -> int:
    """Return the time that, times the set-point, covers the charge of a stop from it.

    A linear ramp of `stop_ramp_ms` carries half of it; three ticks cover the set-point being
    judged, the tick before the ramp begins and the staircase of the ramp itself.
    """
    return config.stop_ramp_ms // 2 + 3 * config.tick_ms + 1


def _verdict(findings: list[Finding]) -> Verdict:
    action: int = Action.NONE
    fault = False
    holding: dict[Reason, bool] = {}
    for finding in findings:
        action = mx(action, ite(finding.holds, finding.action, Action.NONE))
        fault = fault | (finding.holds & finding.fault)
        holding[finding.reason] = holding.get(finding.reason, False) | finding.holds
    reasons = sum(ite(holds, reason.value, 0) for reason, holds in holding.items())
    return Verdict(action, reasons, fault)


def _conclude(
    config: Config, state: State, request: Request, verdict: Verdict
) -> tuple[State, Decision]:
    """Turn the verdict into set-points and the next phase."""
    running = state.phase == Phase.RUNNING
    zero = verdict.action >= Action.ZERO
    ramp_begins = running & (verdict.action == Action.RAMP_DOWN)
    ramping = ramp_begins | ((state.phase == Phase.RAMP_DOWN) & no(zero))
    window_over = state.now_ms - state.window_ms >= WINDOW_MS
    channels = tuple(
        _set(config, channel, target_na, verdict, running, ramp_begins, ramping, window_over)
        for channel, target_na in zip(state.channels, request.targets_na, strict=True)
    )
    fault = state.fault | (verdict.fault & (verdict.action >= Action.RAMP_DOWN))
    at_zero = ramping & (sum(magnitude(channel.applied_na) for channel in channels) == 0)
    resumable = ite(ramp_begins, request.pause, state.resumable) > 0
    resumable = resumable & no(fault) & no(request.stop)
    ended = ite(fault, Phase.TRIPPED, ite(resumable, Phase.PAUSED, Phase.DONE))
    stays_ended = (state.phase == Phase.TRIPPED) | (state.phase == Phase.DONE)
    moved = ite(ramping, ite(at_zero, ended, Phase.RAMP_DOWN), state.phase)
    stopped = ite(fault, Phase.TRIPPED, Phase.DONE)
    paused_stop = (state.phase == Phase.PAUSED) & request.stop
    phase = ite(stays_ended, state.phase, ite(zero | paused_stop, stopped, moved))
    first = (state.cause == 0) | zero | paused_stop
    cause = ite(
        (verdict.action >= Action.RAMP_DOWN) & first & no(stays_ended), verdict.reasons, state.cause
    )
    after = state._replace(
        phase=phase,
        window_ms=ite(window_over, state.now_ms, state.window_ms),
        cause=cause,
        fault=fault,
        resumable=resumable,
        channels=channels,
    )
    targets = tuple(channel.applied_na for channel in channels)
    return after, Decision(targets, verdict.action, verdict.reasons)


def _set(
    config: Config,
    channel: ChannelState,
    target_na: int,
    verdict: Verdict,
    running: bool,
    ramp_begins: bool,
    ramping: bool,
    window_over: bool,
) -> ChannelState:
    """Choose the next set-point: the request as it is, the last one, a step down, or zero."""
    applied = channel.applied_na
    size = magnitude(applied)
    first_step = (size * config.tick_ms + config.stop_ramp_ms - 1) // config.stop_ramp_ms
    step_na = ite(ramp_begins, first_step, channel.ramp_step_na)
    lower = mx(size - step_na, 0)
    down = ite(applied < 0, -lower, lower)
    not_more = (magnitude(target_na) <= size) & no((target_na < 0) ^ (applied < 0))
    held = ite(not_more, target_na, applied)
    run = ite(verdict.action == Action.NONE, target_na, held)
    chosen = ite(ramping, down, ite(running & (verdict.action < Action.ZERO), run, 0))
    chosen = ite(verdict.action >= Action.ZERO, 0, chosen)
    return channel._replace(
        applied_na=chosen,
        ramp_step_na=step_na,
        window_na=ite(window_over, magnitude(chosen), channel.window_na),
    )

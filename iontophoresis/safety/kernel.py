"""Judge one tick: `step(config, state, request, reading) -> (state, decision)`.

Pure, total and integer. It refuses a request it cannot allow and never repairs one; zero current
needs no permission. Expressions have no branches on values (see `arithmetic`), so the source
below is what a prover runs on symbols.

Charge counts what was measured over what was commanded, from reading to reading. A stop can
always ramp down inside the charge limit, because the charge of that ramp is held in reserve.
"""

from hashlib import sha256
from hmac import compare_digest

from iontophoresis.safety.arithmetic import choose, ite, magnitude, mn, mx, no
from iontophoresis.safety.judgement import (
    FORGIVEN_PARTS,
    RECORDER_SILENT_MS,
    SESSION_SILENT_MS,
    WINDOW_MS,
    common_findings,
    observe,
    ramp_reserve_ms,
    reading_findings,
    request_findings,
    session_findings,
    verdict_on,
)
from iontophoresis.safety.reactions import Action, Phase
from iontophoresis.safety.signals import (
    ChannelConfig,
    ChannelReading,
    ChannelState,
    Config,
    Decision,
    Reading,
    Request,
    State,
    Verdict,
    config_fault,
    initial,
)

__all__ = [
    "RECORDER_SILENT_MS", "SESSION_SILENT_MS", "ChannelConfig", "ChannelReading", "ChannelState", "Config", "Decision", "Reading",
    "Request", "State", "arm", "book", "check", "config_fault", "initial", "permit", "ramp_reserve_ms", "resume", "start", "step",
]  # fmt: skip


def step(
    config: Config, state: State, request: Request, reading: Reading
) -> tuple[State, Decision]:
    """Judge one tick and return the new state with the decision for the next set-point.

    `reading` was taken with `state.channels[i].applied_na` as the set-point; `request` is for
    the next one.
    """
    dt_ms = mx(reading.now_ms - state.now_ms, 0)
    running = state.phase == Phase.RUNNING
    finish = request.finish or (False,) * len(state.channels)
    channels = tuple(
        observe(cell, channel, seen, dt_ms)
        for cell, channel, seen in zip(
            config.channels, state.channels, reading.channels, strict=True
        )
    )
    # A channel that has finished asks for nothing any more; on its way down it still carries.
    finishing = tuple(
        channel.finishing | (running & done) for channel, done in zip(channels, finish, strict=True)
    )
    targets_na = tuple(
        ite(done, 0, target) for done, target in zip(finishing, request.targets_na, strict=True)
    )
    carried_na = tuple(
        magnitude(ite(done, channel.applied_na, target))
        for channel, done, target in zip(channels, finishing, targets_na, strict=True)
    )
    overruns = ite(reading.overrun_ms > 0, state.overruns + 1, 0)
    observed = state._replace(now_ms=reading.now_ms, overruns=overruns, channels=channels)
    too_long_ms = reading.late_ms - config.tick_ms // FORGIVEN_PARTS
    observed = observed._replace(behind_ms=mx(state.behind_ms + too_long_ms, 0))
    findings = session_findings(config, observed, request, reading)
    findings += common_findings(config, state, sum(carried_na), reading)
    for cell, channel, target_na, seen in zip(
        config.channels, channels, targets_na, reading.channels, strict=True
    ):
        findings += reading_findings(cell, channel, seen, state.phase)
        findings += request_findings(config, cell, channel, target_na, running)
    return _conclude(config, observed, request, verdict_on(findings), targets_na, finishing)


def permit(token: str, protocol_sha256: str) -> str:
    """Bind a single-use token to one protocol; both are needed to arm."""
    return sha256(f"{token} {protocol_sha256}".encode()).hexdigest() if token else ""


def check(state: State, permit: str) -> State:
    """Return the checked state: self-test and contact probe have passed; `permit` can arm it."""
    return _move(state, Phase.DISARMED, Phase.CHECKED)._replace(permit=permit)


def arm(state: State, permit: str) -> State:
    """Return the armed state, or the disarmed one for a wrong permit; either uses it up."""
    armed = _move(state, Phase.CHECKED, Phase.ARMED)._replace(permit="")
    granted = state.permit != "" and compare_digest(state.permit, permit)
    return armed if granted else armed._replace(phase=Phase.DISARMED)


def start(state: State, now_ms: int) -> State:
    """Return the running state of an armed session; its time limits count from here."""
    return _move(state, Phase.ARMED, Phase.RUNNING)._replace(
        now_ms=now_ms, started_ms=now_ms, window_ms=now_ms, behind_ms=0
    )


def resume(state: State, now_ms: int) -> State:
    """Return the running state of a paused session; charge and time go on counting."""
    return _move(state, Phase.PAUSED, Phase.RUNNING)._replace(
        now_ms=now_ms, window_ms=now_ms, behind_ms=0, cause=0, resumable=False
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
        raise ValueError(f"cannot go to {then.name} from {Phase(state.phase).name}")
    return state._replace(phase=then)


def _conclude(
    config: Config,
    state: State,
    request: Request,
    verdict: Verdict,
    targets_na: tuple[int, ...],
    finishing: tuple[bool, ...],
) -> tuple[State, Decision]:
    """Turn the verdict into set-points and the next phase."""
    running = state.phase == Phase.RUNNING
    zero = verdict.action >= Action.ZERO
    ramp_begins = running & (verdict.action == Action.RAMP_DOWN)
    ramping = ramp_begins | ((state.phase == Phase.RAMP_DOWN) & no(zero))
    window_over = state.now_ms - state.window_ms >= WINDOW_MS
    channels = tuple(
        _set(config, channel, target_na, verdict, running, ramp_begins, ramping, done, window_over)
        for channel, target_na, done in zip(state.channels, targets_na, finishing, strict=True)
    )
    fault = state.fault | (verdict.fault & (verdict.action >= Action.RAMP_DOWN))
    at_zero = ramping & (sum(magnitude(channel.applied_na) for channel in channels) == 0)
    resumable = choose(ramp_begins, request.pause, state.resumable) & no(fault) & no(request.stop)
    stays_ended = (state.phase == Phase.TRIPPED) | (state.phase == Phase.DONE)
    stopped = ite(fault, Phase.TRIPPED, Phase.DONE)
    ended = ite(resumable, Phase.PAUSED, stopped)
    moved = ite(ramping, ite(at_zero, ended, Phase.RAMP_DOWN), state.phase)
    at_once = zero | ((state.phase == Phase.PAUSED) & request.stop)
    reacts = (verdict.action >= Action.RAMP_DOWN) & ((state.cause == 0) | at_once)
    after = state._replace(
        phase=ite(stays_ended, state.phase, ite(at_once, stopped, moved)),
        window_ms=ite(window_over, state.now_ms, state.window_ms),
        cause=ite(reacts & no(stays_ended), verdict.reasons, state.cause),
        fault=fault,
        resumable=resumable,
        channels=channels,
    )
    return after, Decision(tuple(c.applied_na for c in channels), verdict.action, verdict.reasons)


def _set(
    config: Config, channel: ChannelState, target_na: int, verdict: Verdict, running: bool,
    ramp_begins: bool, ramping: bool, finishing: bool, window_over: bool,
) -> ChannelState:  # fmt: skip
    """Choose the next set-point: the request as it is, the last one, a step down, or zero."""
    applied = channel.applied_na
    size = magnitude(applied)
    first_na = (size * config.tick_ms + config.stop_ramp_ms - 1) // config.stop_ramp_ms
    begins = ramp_begins | (finishing & no(channel.finishing))
    # A stop during a channel's own ramp keeps the steeper of the two: the reserve covers that.
    kept_na = ite(channel.finishing | no(begins), channel.ramp_step_na, 0)
    step_na = ite(begins, mx(first_na, kept_na), channel.ramp_step_na)
    lower = mx(size - step_na, 0)
    down = ite(applied < 0, -lower, lower)
    # On hold current may fall, also to zero on the way to the other polarity, but never rise.
    turned = (target_na < 0) ^ (applied < 0)
    held = ite(magnitude(target_na) <= size, target_na, applied)
    run = ite(verdict.action == Action.NONE, target_na, ite(turned, 0, held))
    chosen = ite(running, run, 0)
    chosen = ite(ramping | (running & finishing), down, chosen)
    chosen = ite(verdict.action >= Action.ZERO, 0, chosen)
    size = magnitude(chosen)
    return channel._replace(
        applied_na=chosen,
        ramp_step_na=step_na,
        window_na=ite(window_over, size, mn(channel.window_na, size)),
        finishing=finishing,
    )

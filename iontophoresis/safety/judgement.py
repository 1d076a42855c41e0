"""What one tick's reading and request mean: a list of findings, and the verdict on them all."""

from iontophoresis.safety.arithmetic import ite, magnitude, mn, mx, no
from iontophoresis.safety.reactions import Action, Phase, Reason
from iontophoresis.safety.signals import (
    ChannelConfig,
    ChannelReading,
    ChannelState,
    Config,
    Finding,
    Reading,
    Request,
    State,
    Verdict,
)

WINDOW_MS = 250
MISSES_TO_ZERO = 2
LOAD_TICKS_TO_ZERO = 3
FROZEN_TICKS_TO_ZERO = 3
OVERRUNS_TO_ZERO = 3
OVERRUN_ZERO_MS = 300
# A tick may take a fifth longer than its period for ever; what it takes beyond adds up.
FORGIVEN_PARTS = 5
BEHIND_TICKS_TO_RAMP_DOWN = 10
COMPLIANCE_GRACE_MS = 1_000
SESSION_SILENT_MS = 2_000
# A busy disk stalls for a second now and then; more than three is no record, so no current.
RECORDER_SILENT_MS = 3_000


def observe(
    cell: ChannelConfig, channel: ChannelState, seen: ChannelReading, dt_ms: int
) -> ChannelState:
    """Book the interval that ended with this reading, and count what looks wrong in it."""
    applied = magnitude(channel.applied_na)
    current = magnitude(seen.current_na)
    millivolts = magnitude(seen.voltage_uv) * 1000
    judged = seen.valid & (applied >= cell.judge_load_na)
    tolerance_na = mx(cell.mismatch_na, applied // 200)
    off_set_point = magnitude(seen.current_na - channel.applied_na) > tolerance_na
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


def session_findings(
    config: Config, state: State, request: Request, reading: Reading
) -> list[Finding]:
    """Judge operator, bench, clock, session process and recorder."""
    energized = (state.phase == Phase.RUNNING) | (state.phase == Phase.RAMP_DOWN)
    paused = state.phase == Phase.PAUSED
    behind = state.behind_ms > BEHIND_TICKS_TO_RAMP_DOWN * config.tick_ms
    late = (state.overruns >= OVERRUNS_TO_ZERO) | (reading.overrun_ms > OVERRUN_ZERO_MS)
    alone = request.session_silent_ms > SESSION_SILENT_MS
    unrecorded = request.recorder_silent_ms > RECORDER_SILENT_MS
    return [
        Finding(no(reading.interlock_closed), Action.ZERO, Reason.INTERLOCK),
        Finding(no(reading.settings_kept), Action.ZERO, Reason.SETTINGS_CHANGED),
        Finding(reading.cell_failed, Action.ZERO, Reason.CELL_FAILED),
        # No command reaches the source any more: only what the source does by itself is left.
        Finding(no(reading.connected), Action.RESIDENT_OFF, Reason.BUS_FAULT),
        Finding(energized & (state.overruns > 0), Action.HOLD, Reason.OVERRUN, fault=False),
        Finding(energized & late, Action.ZERO, Reason.OVERRUN),
        Finding(energized & behind, Action.RAMP_DOWN, Reason.OVERRUN),
        Finding(energized & alone, Action.RAMP_DOWN, Reason.SESSION_SILENT),
        Finding(energized & unrecorded, Action.RAMP_DOWN, Reason.RECORDER_SILENT),
        Finding(energized & reading.load_trend, Action.RAMP_DOWN, Reason.LOAD_TREND),
        Finding(paused & alone, Action.ZERO, Reason.SESSION_SILENT),
        Finding(paused & unrecorded, Action.ZERO, Reason.RECORDER_SILENT),
        Finding(energized & request.starved, Action.HOLD, Reason.STARVED, fault=False),
        Finding(request.pause, Action.RAMP_DOWN, Reason.OPERATOR_PAUSE, fault=False),
        Finding(request.stop, Action.RAMP_DOWN, Reason.OPERATOR_STOP, fault=False),
        Finding(request.zero, Action.ZERO, Reason.OPERATOR_ZERO, fault=False),
    ]


def common_findings(config: Config, state: State, total_na: int, reading: Reading) -> list[Finding]:
    """Judge the sum over the channels, and the session's time."""
    running = state.phase == Phase.RUNNING
    energized = running | (state.phase == Phase.RAMP_DOWN)
    excess = total_na > config.common_current_na
    session_ms = reading.now_ms - state.started_ms
    over_time = session_ms < 0
    for cell in config.channels:
        over_time = over_time | (session_ms > cell.limits.session_time_ms)
    return [
        Finding(running & excess, Action.ZERO, Reason.REQUEST_COMMON),
        Finding(energized & over_time, Action.RAMP_DOWN, Reason.SESSION_TIME),
    ]


def reading_findings(
    cell: ChannelConfig, channel: ChannelState, seen: ChannelReading, phase: int
) -> list[Finding]:
    """Judge what the source of one channel answered."""
    limits = cell.limits
    energized = (phase == Phase.RUNNING) | (phase == Phase.RAMP_DOWN)
    ended = (phase == Phase.DONE) | (phase == Phase.TRIPPED)
    current = magnitude(seen.current_na)
    bound_na = mn(limits.current_na, limits.density_na)
    too_much = seen.valid & (current > bound_na + bound_na // 200 + cell.off_na)
    voltage_bound_uv = limits.voltage_uv + limits.voltage_uv // 100
    too_high = seen.valid & (magnitude(seen.voltage_uv) > voltage_bound_uv)
    saturated = channel.limited_ms > cell.voltage_limited_start_ms + COMPLIANCE_GRACE_MS
    uncommanded = seen.valid & no(energized) & (current > cell.off_na)
    return [
        Finding(channel.misses > 0, Action.HOLD, Reason.READING_MISSING, fault=False),
        Finding(channel.misses >= MISSES_TO_ZERO, Action.ZERO, Reason.READING_MISSING),
        Finding(channel.frozen >= FROZEN_TICKS_TO_ZERO, Action.ZERO, Reason.READING_FROZEN),
        Finding(too_much, Action.ZERO, Reason.OVER_CURRENT),
        Finding(too_high, Action.ZERO, Reason.OVER_VOLTAGE),
        Finding(energized & (channel.mismatches > 0), Action.HOLD, Reason.MISMATCH, fault=False),
        Finding(energized & (channel.mismatches >= MISSES_TO_ZERO), Action.ZERO, Reason.MISMATCH),
        Finding(channel.opens >= LOAD_TICKS_TO_ZERO, Action.ZERO, Reason.LOAD_OPEN),
        Finding(channel.shorts >= LOAD_TICKS_TO_ZERO, Action.ZERO, Reason.LOAD_SHORT),
        Finding(saturated, Action.ZERO, Reason.COMPLIANCE),
        Finding(energized & seen.valid & no(seen.output_on), Action.ZERO, Reason.OUTPUT_OFF),
        Finding(uncommanded, Action.ZERO, Reason.UNCOMMANDED),
        # OFF was sent and current still flows: commands no longer help.
        Finding(uncommanded & ended, Action.RESIDENT_OFF, Reason.UNCOMMANDED),
    ]


def request_findings(
    config: Config, cell: ChannelConfig, channel: ChannelState, target_na: int, running: bool
) -> list[Finding]:
    """Judge the set-point one channel is asked to take next."""
    limits = cell.limits
    target = magnitude(target_na)
    turned = (target_na < 0) ^ (channel.applied_na < 0)
    base = ite(turned, 0, magnitude(channel.applied_na))
    tick_step = limits.slew_na_per_s * config.tick_ms // 1000 + 1
    window_step = limits.slew_na_per_s * (WINDOW_MS + config.tick_ms) // 1000 + WINDOW_MS
    too_fast = (target > base + tick_step) | (target > channel.window_na + window_step)
    committed = channel.charge_pc + channel.measured_na * config.tick_ms
    committed = committed + target * ramp_reserve_ms(config)
    dense = committed > limits.charge_density_pc
    spent = channel.on_time_ms > limits.on_time_ms
    return [
        Finding(running & (target > limits.current_na), Action.ZERO, Reason.REQUEST_CURRENT),
        Finding(running & (target > limits.density_na), Action.ZERO, Reason.REQUEST_DENSITY),
        Finding(running & too_fast, Action.ZERO, Reason.REQUEST_SLEW),
        Finding(running & (committed > limits.charge_pc), Action.RAMP_DOWN, Reason.CHARGE),
        Finding(running & dense, Action.RAMP_DOWN, Reason.CHARGE_DENSITY),
        Finding(running & spent, Action.RAMP_DOWN, Reason.ON_TIME),
    ]


def ramp_reserve_ms(config: Config) -> int:
    """Return the time that, times the set-point, covers the charge of a stop from it.

    A linear ramp of `stop_ramp_ms` carries half of it; three ticks cover the set-point being
    judged, the tick before the ramp begins and the staircase of the ramp itself.
    """
    return config.stop_ramp_ms // 2 + 3 * config.tick_ms + 1


def verdict_on(findings: list[Finding]) -> Verdict:
    """Take the most severe reaction among the findings that hold, with all their reasons."""
    action: int = Action.NONE
    fault = False
    holding: dict[Reason, bool] = {}
    for finding in findings:
        action = mx(action, ite(finding.holds, finding.action, Action.NONE))
        fault = (finding.holds & finding.fault) | fault
        holding[finding.reason] = finding.holds | holding.get(finding.reason, False)
    reasons = sum(ite(holds, reason.value, 0) for reason, holds in holding.items())
    return Verdict(action, reasons, fault)

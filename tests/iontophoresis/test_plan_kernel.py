"""What a plan lets through at its very limits, the kernel lets through; a hair less, and it stops."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iontophoresis import bench, protocol
from iontophoresis.plan import PlannedChannel, prepare
from iontophoresis.safety import kernel
from iontophoresis.safety.reactions import Action, Phase, Reason

MESOGLOW = protocol.load("mesoglow").source_text
TICK_MS = 200
STOP_RAMP_MS = 30_000
TIGHTEST = (
    ('specimen_class = "excised"', 'specimen_class = "load"'),
    ("current_ma = 1.2", "current_ma = 1.0"),
    ("density_ma_per_cm2 = 0.25", "density_ma_per_cm2 = 0.2"),
    ("slew_up_ma_per_s = 0.05", "slew_up_ma_per_s = 0.033334"),
    ("current_on_time_min = 25.0", "current_on_time_min = 20.0"),
    ("session_time_min = 40.0", "session_time_min = 20.01"),
    ("stop_ramp_s = 10.0", "stop_ramp_s = 30.0"),
)


def planned(*changes: tuple[str, str]) -> PlannedChannel:
    text = MESOGLOW
    for old, new in (*TIGHTEST, *changes):
        assert old in text
        text = text.replace(old, new, 1)
    return prepare(protocol.parse(text.encode(), "f.toml"), bench.load()).channels[0]


def reasons(channel: PlannedChannel) -> Reason:
    """Run the kernel tick by tick on an ideal source, to the end or the first reaction."""
    cell = kernel.ChannelConfig(
        limits=channel.limits,
        load_low_ohm=channel.load_low_ohm,
        load_high_ohm=channel.load_high_ohm,
        judge_load_na=100_000,
        mismatch_na=0,
        off_na=10_000,
        voltage_limited_start_ms=0,
    )
    config = kernel.Config(
        channels=(cell,),
        common_current_na=channel.limits.current_na,
        tick_ms=TICK_MS,
        stop_ramp_ms=STOP_RAMP_MS,
    )
    state = kernel.start(kernel.arm(kernel.check(kernel.initial(1, 0), "p"), "p"), 0)
    state = kernel.book(state, (channel.probe_current_na * 1000,))
    for now_ms in range(TICK_MS, channel.waveform.duration_ms + TICK_MS, TICK_MS):
        target_na = channel.waveform.current_at(now_ms)
        state, decision = kernel.step(config, state, request(target_na), reading(state, now_ms))
        if decision.action != Action.NONE:
            return Reason(decision.reasons)
    assert state.phase == Phase.RUNNING
    assert state.channels[0].applied_na == 0
    return Reason(0)


def request(target_na: int) -> kernel.Request:
    return kernel.Request(
        targets_na=(target_na,),
        pause=False,
        stop=False,
        zero=False,
        starved=False,
        session_silent_ms=0,
        recorder_silent_ms=0,
    )


def reading(state: kernel.State, now_ms: int) -> kernel.Reading:
    applied_na = state.channels[0].applied_na
    seen = kernel.ChannelReading(
        valid=True,
        fresh=True,
        voltage_uv=applied_na * 10,  # 10 kOhm
        current_na=applied_na,
        limited=False,
        output_on=True,
    )
    return kernel.Reading(
        now_ms=now_ms,
        overrun_ms=0,
        interlock_closed=True,
        settings_kept=True,
        connected=True,
        channels=(seen,),
    )


@pytest.fixture(scope="module")
def tightest() -> PlannedChannel:
    held = next(m.planned for m in planned().margins if m.name == "charge")
    return planned(("charge_ma_min = 22.0", f"charge_ma_min = {held + 1e-9:.9f}"))


def test_a_plan_at_its_limits_runs_through_the_kernel(tightest: PlannedChannel) -> None:
    assert min(margin.used for margin in tightest.margins[:3]) > 0.999999
    assert reasons(tightest) == Reason(0)


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ("current_na", Reason.REQUEST_CURRENT),
        ("density_na", Reason.REQUEST_DENSITY),
        ("charge_pc", Reason.CHARGE),
        ("charge_density_pc", Reason.CHARGE_DENSITY),
        ("slew_na_per_s", Reason.REQUEST_SLEW),
        ("on_time_ms", Reason.ON_TIME),
        ("session_time_ms", Reason.SESSION_TIME),
    ],
)
def test_a_hair_less_and_the_kernel_stops(
    tightest: PlannedChannel, limit: str, reason: Reason
) -> None:
    used = {
        "charge_pc": tightest.waveform.charge_pc,
        "charge_density_pc": tightest.waveform.charge_pc,
        "on_time_ms": tightest.waveform.current_on_ms - 2 * TICK_MS,
        "session_time_ms": tightest.waveform.duration_ms,
    }
    less = used.get(limit, getattr(tightest.limits, limit)) * 99 // 100
    limits = tightest.limits._replace(**{limit: less})
    assert reason in reasons(replace(tightest, limits=limits))

"""What every session of the campaign has in common: sources, limits, profile, phases."""

from __future__ import annotations

from dataclasses import dataclass

UA = 1_000
PEAK_NA = 500 * UA
PROBE_NA = 25 * UA
AREA_CM2 = 5
DENSITY_NA_PER_CM2 = 250 * UA
SLEW_NA_PER_S = 1_000 * UA
LIMIT_NA = 1_200 * UA
CHARGE_LIMIT_PC = 3 * 60_000_000_000
TICK_MS = 50
ARMED_WAIT_MS = 1_000
AFTER_MS = 1_000
PAUSE_AT_MS = 1_500
KNOTS = (
    (1_000, 500 * UA), (2_500, 500 * UA), (2_600, 100 * UA), (3_000, 100 * UA),
    (3_500, 500 * UA), (4_000, 500 * UA), (5_000, 0),
)  # fmt: skip
PHASES: dict[str, object] = {
    "opening": "opening",
    "idle": "identity",
    "probe": "fail_safe_proof",
    "armed": "checked",
    "ramp up": 400,
    "plateau": 1_600,
    "pulse edge": 2_450,
    "ramp down": 4_300,
    "paused": "paused",
}
"""What each phase is recognized by; a number is a position in the profile, ms."""
PROGRAM_PHASES = {"ramp up": 500, "plateau": 6_000, "pulse edge": 14_300, "ramp down": 30_000}
PROGRAM_KNOTS = (
    (1_000, 500 * UA), (14_000, 500 * UA), (14_500, 100 * UA), (15_000, 100 * UA),
    (15_500, 500 * UA), (29_000, 500 * UA), (30_000, 0),
)  # fmt: skip
"""A program may be 10 s long, so its session is longer and its phases are moments after arming."""
LONG_KNOTS = ((1_000, 500 * UA), (12_000, 500 * UA), (13_000, 0))
CREEP_KNOTS = (
    (1_000, 500 * UA),
    (2_000, 500 * UA),
    (2_500, 800 * UA),
    (5_000, 800 * UA),
    (6_000, 0),
)
TIGHT = {
    "current_na": 550 * UA,
    "density_na_per_cm2": 110 * UA,
    "charge_pc": 1_000_000_000,
    "charge_density_pc_per_cm2": 200_000_000,
    "on_time_ms": 2_500,
    "session_time_ms": 3_000,
    "common_current_na": 550 * UA,
}
"""One limit at a time, tight enough for the profile to run into it."""
JITTERED = ("probe", "ramp up", "plateau", "pulse edge", "ramp down", "paused")


@dataclass(frozen=True, slots=True)
class Source:
    """A driver, with what is restated about it: full scale of the range for 500 uA, worst case off."""

    model: str
    full_scale_na: int
    worst_case_off_ms: int | None
    compliance_uv: int = 18_000_000
    program: bool = False


SOURCES = {
    "keithley-2450-tsp": Source("keithley-2450-tsp", 1_000 * UA, 1_600),
    "keithley-2450": Source("keithley-2450", 1_000 * UA, None),
    "keithley-2600": Source("keithley-2600", 1_000 * UA, 1_600),
    "keysight-n6700": Source("keysight-n6700", 10_000 * UA, 2_000),
    "keithley-2400": Source("keithley-2400", 1_000 * UA, 10_000, program=True),
    "keysight-b2900": Source("keysight-b2900", 1_000 * UA, 10_000, program=True),
    "howland-pump": Source("howland-pump", 1_000 * UA, 600),
}

"""What the kernel can do, and every reason it can do it for.

Reactions are ordered; when several reasons hold at once the most severe wins. Doubt about where,
or how much, current flows is `ZERO`; dose, time and comfort are `RAMP_DOWN`.
"""

from enum import IntEnum, IntFlag


class Action(IntEnum):
    """Reactions in order of severity."""

    NONE = 0
    HOLD = 1
    RAMP_DOWN = 2
    ZERO = 3
    RESIDENT_OFF = 4


class Phase(IntEnum):
    """States of a session."""

    DISARMED = 0
    CHECKED = 1
    ARMED = 2
    RUNNING = 3
    PAUSED = 4
    RAMP_DOWN = 5
    DONE = 6
    TRIPPED = 7


class Reason(IntFlag):
    """Why a reaction was taken; one bit each, kept in the session file."""

    REQUEST_CURRENT = 1 << 0
    REQUEST_DENSITY = 1 << 1
    REQUEST_SLEW = 1 << 2
    REQUEST_COMMON = 1 << 3
    CHARGE = 1 << 4
    CHARGE_DENSITY = 1 << 5
    ON_TIME = 1 << 6
    SESSION_TIME = 1 << 7
    READING_MISSING = 1 << 8
    READING_FROZEN = 1 << 9
    OVER_CURRENT = 1 << 10
    OVER_VOLTAGE = 1 << 11
    MISMATCH = 1 << 12
    LOAD_OPEN = 1 << 13
    LOAD_SHORT = 1 << 14
    COMPLIANCE = 1 << 15
    OUTPUT_OFF = 1 << 16
    INTERLOCK = 1 << 17
    UNCOMMANDED = 1 << 18
    OVERRUN = 1 << 19
    SESSION_SILENT = 1 << 20
    RECORDER_SILENT = 1 << 21
    STARVED = 1 << 22
    OPERATOR_PAUSE = 1 << 23
    OPERATOR_STOP = 1 << 24
    OPERATOR_ZERO = 1 << 25
    SETTINGS_CHANGED = 1 << 26
    BUS_FAULT = 1 << 27
    CELL_FAILED = 1 << 28
    LOAD_TREND = 1 << 29

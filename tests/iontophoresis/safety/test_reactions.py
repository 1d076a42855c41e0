"""The numbers that session files keep; they never change their meaning."""

from iontophoresis.safety.reactions import Action, Phase, Reason


def test_reactions_are_ordered_by_severity():
    names = ["NONE", "HOLD", "RAMP_DOWN", "ZERO", "RESIDENT_OFF"]
    assert [(action.name, action.value) for action in Action] == list(
        zip(names, [0, 1, 2, 3, 4], strict=True)
    )


def test_phases_keep_their_numbers():
    names = [
        "DISARMED", "CHECKED", "ARMED", "RUNNING", "PAUSED", "RAMP_DOWN", "DONE", "TRIPPED",
    ]  # fmt: skip
    assert [(phase.name, phase.value) for phase in Phase] == list(
        zip(names, [0, 1, 2, 3, 4, 5, 6, 7], strict=True)
    )


def test_every_reason_keeps_its_bit():
    restated = {
        "REQUEST_CURRENT": 1, "REQUEST_DENSITY": 2, "REQUEST_SLEW": 4, "REQUEST_COMMON": 8,
        "CHARGE": 16, "CHARGE_DENSITY": 32, "ON_TIME": 64, "SESSION_TIME": 128,
        "READING_MISSING": 256, "READING_FROZEN": 512, "OVER_CURRENT": 1024,
        "OVER_VOLTAGE": 2048, "MISMATCH": 4096, "LOAD_OPEN": 8192, "LOAD_SHORT": 16384,
        "COMPLIANCE": 32768, "OUTPUT_OFF": 65536, "INTERLOCK": 131072, "UNCOMMANDED": 262144,
        "OVERRUN": 524288, "SESSION_SILENT": 1048576, "RECORDER_SILENT": 2097152,
        "STARVED": 4194304, "OPERATOR_PAUSE": 8388608, "OPERATOR_STOP": 16777216,
        "OPERATOR_ZERO": 33554432, "SETTINGS_CHANGED": 67108864, "BUS_FAULT": 134217728,
        "CELL_FAILED": 268435456, "LOAD_TREND": 536870912,
    }  # fmt: skip
    assert {reason.name: reason.value for reason in Reason} == restated

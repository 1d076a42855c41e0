"""Every reason of the kernel in words: what happened, and what to do next."""

from typing import NamedTuple

from iontophoresis.safety.reactions import Reason


class Explanation(NamedTuple):
    """A reason in words: what happened, and what to do next."""

    happened: str
    next_step: str


EXPLANATIONS: dict[Reason, Explanation] = {
    Reason.REQUEST_CURRENT: Explanation(
        "a set-point above the current limit was asked for and refused",
        "lower the segment's current, or the limit that forbids it is the reason",
    ),
    Reason.REQUEST_DENSITY: Explanation(
        "a set-point above the current-density limit was asked for and refused",
        "lower the current or use a larger electrode",
    ),
    Reason.REQUEST_SLEW: Explanation(
        "the requested current rose faster than the slew limit",
        "lengthen the ramp",
    ),
    Reason.REQUEST_COMMON: Explanation(
        "the channels together asked for more than the common limit", "lower one of them"
    ),
    Reason.CHARGE: Explanation(
        "the charge limit is reached", "plan less charge, or start a new session"
    ),
    Reason.CHARGE_DENSITY: Explanation(
        "the charge-density limit is reached", "plan less charge or use a larger electrode"
    ),
    Reason.ON_TIME: Explanation("the current-on time limit is reached", "shorten the protocol"),
    Reason.SESSION_TIME: Explanation("the session time limit is reached", "shorten the protocol"),
    Reason.READING_MISSING: Explanation(
        "the source did not answer with a valid reading",
        "check cable, address and the instrument's front panel",
    ),
    Reason.READING_FROZEN: Explanation(
        "the source repeats an old reading", "restart the instrument and check it"
    ),
    Reason.OVER_CURRENT: Explanation(
        "more current was measured than the limit allows", "remove the leads and check the source"
    ),
    Reason.OVER_VOLTAGE: Explanation(
        "more voltage was measured than the limit allows", "check electrodes and source"
    ),
    Reason.MISMATCH: Explanation(
        "measured and commanded current disagree", "check calibration, range and wiring"
    ),
    Reason.LOAD_OPEN: Explanation(
        "the load is open: a lead is off or an electrode has dried", "check leads and electrodes"
    ),
    Reason.LOAD_SHORT: Explanation(
        "the load is shorted", "look for a salt bridge or touching leads"
    ),
    Reason.COMPLIANCE: Explanation(
        "the source stayed at its voltage limit beyond the declared start",
        "wet the electrodes, lower the current or declare a longer voltage-limited start",
    ),
    Reason.OUTPUT_OFF: Explanation(
        "the source's output is off although it should be on",
        "look at its front panel for a trip or a reboot",
    ),
    Reason.INTERLOCK: Explanation("the interlock is open", "close the enclosure"),
    Reason.UNCOMMANDED: Explanation(
        "current flows although none was commanded", "pull the leads and check the source"
    ),
    Reason.OVERRUN: Explanation(
        "the control loop missed its deadlines", "free the computer of other work"
    ),
    Reason.SESSION_SILENT: Explanation(
        "the session process is gone or frozen", "see why it died; start a new session"
    ),
    Reason.RECORDER_SILENT: Explanation(
        "the recorder does not confirm rows: disk full, slow or gone",
        "free space on the disk that holds the session file",
    ),
    Reason.STARVED: Explanation(
        "no set-points came from the session process", "see why it stalled"
    ),
    Reason.OPERATOR_PAUSE: Explanation("paused by the operator", "resume when ready"),
    Reason.OPERATOR_STOP: Explanation("stopped by the operator", "nothing to do"),
    Reason.OPERATOR_ZERO: Explanation("set to zero at once by the operator", "nothing to do"),
    Reason.SETTINGS_CHANGED: Explanation(
        "the source's settings are not those of this session",
        "keep other programs and hands off the instrument",
    ),
    Reason.BUS_FAULT: Explanation(
        "the connection to the source failed", "check cable and power; the output was not confirmed"
    ),
    Reason.CELL_FAILED: Explanation(
        "one of the cells in series failed, or the meter that reads them",
        "see which cell the record names; look at its leads, its electrodes and the meter",
    ),
    Reason.LOAD_TREND: Explanation(
        "the load's resistance moved as that of a drying or loosening electrode does",
        "wet and press on the electrodes, look at the tissue, and start anew",
    ),
}


def describe(reasons: int) -> str:
    """Say every reason in a bit mask in words."""
    return "; ".join(EXPLANATIONS[reason].happened for reason in Reason(reasons))

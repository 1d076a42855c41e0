"""Switch detectors of the kernel off, one at a time, and see that the campaign notices.

Where a second detector stands behind the first, that one is off in both runs. Some
detectors are reached by no single fault of this bench, and are listed with the reason.
"""

from __future__ import annotations

import contextlib
from unittest import mock

from iontophoresis.safety import kernel
from iontophoresis.safety.reactions import Reason
from tests.campaign.matrix import run_one

SEEN_BY: dict[Reason, tuple[str, str, tuple[Reason, ...]]] = {
    Reason.REQUEST_CURRENT: ("profile beyond current_na", "opening", (Reason.OVER_CURRENT,)),
    Reason.REQUEST_DENSITY: (
        "profile beyond density_na_per_cm2",
        "opening",
        (Reason.OVER_CURRENT,),
    ),
    Reason.REQUEST_COMMON: ("profile beyond common_current_na", "opening", ()),
    Reason.REQUEST_SLEW: ("ramp that is too fast", "plateau", ()),
    Reason.CHARGE: ("profile beyond charge_pc", "opening", ()),
    Reason.CHARGE_DENSITY: ("profile beyond charge_density_pc_per_cm2", "opening", ()),
    Reason.ON_TIME: ("profile beyond on_time_ms", "opening", ()),
    Reason.SESSION_TIME: ("profile beyond session_time_ms", "opening", ()),
    Reason.READING_MISSING: ("reading NAN", "plateau", ()),
    Reason.READING_FROZEN: ("frozen reading", "plateau", ()),
    Reason.OVER_CURRENT: ("source is off by half", "plateau", (Reason.MISMATCH,)),
    Reason.MISMATCH: ("source is off by 10 %", "plateau", ()),
    Reason.LOAD_OPEN: ("lead off", "plateau", ()),
    Reason.LOAD_SHORT: ("short circuit", "plateau", ()),
    Reason.COMPLIANCE: ("voltage limit holds", "plateau", ()),
    Reason.INTERLOCK: ("interlock opens", "plateau", ()),
    Reason.UNCOMMANDED: ("uncommanded current", "paused", ()),
    Reason.OVERRUN: ("frozen for 400 ms", "plateau", ()),
    Reason.SESSION_SILENT: ("session process silent", "plateau", ()),
    Reason.RECORDER_SILENT: ("recorder stalls", "plateau", ()),
    Reason.OPERATOR_PAUSE: ("operator pauses", "plateau", ()),
    Reason.OPERATOR_STOP: ("operator stops", "plateau", ()),
    Reason.OPERATOR_ZERO: ("operator stops at once", "plateau", (Reason.OPERATOR_STOP,)),
    Reason.SETTINGS_CHANGED: ("range changed, with a spike", "plateau", ()),
    Reason.BUS_FAULT: ("connection ends", "plateau", (Reason.READING_MISSING,)),
}
"""For each detector a kind and phase that show its absence, and what else must be off for that."""

NOT_REACHED: dict[Reason, str] = {
    Reason.OVER_VOLTAGE: "no fault of the bench lifts the voltage over the compliance set in the source; "
    "the kernel's own tests reach it",
    Reason.OUTPUT_OFF: "an output that is off carries nothing; without this detector the session goes on "
    "at zero, which no claim on the ground truth forbids",
    Reason.CELL_FAILED: "needs cells in series and their meter; the guard's own tests have them",
    Reason.LOAD_TREND: "acts on perfused tissue only; the campaign's specimen is dead skin",
    Reason.STARVED: "the last set-point known is held either way; without it the hold is not told",
}
FINDERS = ("session_findings", "common_findings", "reading_findings", "request_findings")


@contextlib.contextmanager
def without(*reasons):
    """Let the kernel judge as if these findings did not exist."""
    with contextlib.ExitStack() as stack:
        for name in FINDERS:
            found = getattr(kernel, name)
            stack.enter_context(mock.patch.object(kernel, name, _deaf_to(reasons, found)))
        yield


def _deaf_to(reasons, found):
    return lambda *given: [one for one in found(*given) if one.reason not in reasons]


def blind_spot(reason, source="keithley-2450-tsp"):
    """Return (misses with every detector but those behind it, misses without it as well)."""
    kind, phase, behind = SEEN_BY[reason]
    key = (kind, phase, source, 0)
    with without(*behind):
        before = run_one(key)[8]
    with without(reason, *behind):
        return before, run_one(key)[8]

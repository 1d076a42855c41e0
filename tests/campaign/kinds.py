"""What can go wrong in World 1, how it is brought about, and what must then be true.

Bounds are those of one source led per tick at 50 ms; `judge` adds what a finite program may take
until it can be read. `residual` says in words what nothing here detects, or what is left to luck;
such a kind is run and listed like every other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.campaign.setting import CREEP_KNOTS, KNOTS, LONG_KNOTS, SOURCES, TIGHT
from tests.campaign.strikes import (
    another_range,
    armed_twice,
    bench,
    broken_recorder,
    by_the_profile,
    freeze,
    kill,
    knots,
    lost_session,
    pause_and_leave,
    says,
    session_says,
    silent_session,
    sleep,
    spoilt_token,
    stalled_recorder,
    starved,
)

UA = 1_000
LEASED = ("keithley-2450-tsp", "keithley-2600", "keysight-n6700", "howland-pump")
WITH_INTERLOCK = ("keithley-2450-tsp", "keithley-2450", "keysight-b2900", "keithley-2400")
WITH_PANEL = tuple(name for name in SOURCES if name != "howland-pump")
WHILE_CURRENT = ("ramp up", "plateau", "pulse edge", "ramp down")
BEFORE = ("opening", "idle", "probe", "armed")
EVERY = (*BEFORE, *WHILE_CURRENT, "paused")
RUNNING = ("ramp up", "plateau", "pulse edge")
Strike = Callable[[Any], None]


@dataclass(frozen=True)
class Kind:
    """One way to go wrong.

    `expect`: off - within `bound_ms` and for good; told - an alarm within
    `bound_ms`, because no order helps; lease - off within the source's own worst case;
    ramp - off within `bound_ms` and a ramp; end - the source never drives more than the contact
    probe; safe - whatever happens, within limits; goes on - done, within limits;
    tight - the limit that is tight holds.
    `of_instrument`: the source itself drives what nobody asked for, so only its fixed range bounds
    the current until it is off.
    """

    name: str
    hazards: str
    strike: Strike = field(compare=False, repr=False)
    expect: str
    bound_ms: int = 250
    phases: tuple[str, ...] = RUNNING
    of_instrument: bool = False
    residual: str = ""
    only: tuple[str, ...] = ()
    tight: str = ""
    knots: tuple[tuple[int, int], ...] = KNOTS

    def __str__(self):
        return self.name


LEADS = [
    Kind("lead off", "H01", bench("open_lead"), "off", 250, (*RUNNING, "probe")),
    Kind("intermittent contact", "H02", bench("chatter"), "off", 2_000),
    Kind("short circuit", "H03", bench("short"), "off", 250),
    Kind("short circuit before the probe", "H03", bench("short"), "end", phases=("probe",)),
    Kind("salt bridge of 20 Ohm", "H03", bench("short", ohm=20.0), "off", 250),
    Kind("drying electrode", "H04", bench("dry_out", minutes=0.05), "goes on",
         residual="a trend of dead skin is annotated, not acted on, until the load window is left"),
    Kind("delamination", "H05", bench("delamination"), "goes on",
         residual="a trend of dead skin is annotated, not acted on"),
    Kind("breakdown of the skin", "H06", bench("resistance_step", factor=0.3), "goes on",
         residual="a trend of dead skin is annotated, not acted on"),
    Kind("swapped leads", "H09", bench("swapped_leads"), "safe", phases=("idle", "plateau"),
         residual="the source reads its own sign: only the arm screen and the contact's polarity "
                  "show leads that are exchanged at the cell"),
    Kind("voltage limit holds", "H17", bench("resistance_step", factor=6.0), "off", 7_000,
         ("plateau",), knots=LONG_KNOTS),
    Kind("voltage limit holds, no load left", "H17", bench("resistance_step", factor=100.0), "off",
         300),
    Kind("voltage limit holds unseen", "H18", bench("no_limit_flag", "resistance_step", factor=100.0),
         "off", 1_000),
    Kind("open sense lead", "H66", bench("open_sense"), "goes on",
         residual="two-wire sources do not notice; four-wire is not offered"),
    Kind("earth leak, return lifted", "H68", bench("earth_leak", "open_lead"), "off", 250),
    Kind("earth leak", "H68", bench("earth_leak"), "goes on",
         residual="what leaves by earth without a change of resistance is not seen"),
    Kind("electrode used up", "H71", bench("exhausted_electrode"), "goes on",
         residual="charge budget at planning; a resistor has no electrode to use up"),
]  # fmt: skip

SOURCE = [
    Kind("uncommanded current", "H12", bench("uncommanded_current"), "told", 500,
         ("idle", "armed", "paused"), of_instrument=True),
    Kind("spike at output on", "H13", bench("output_glitch"), "safe", 250, ("idle", "probe"),
         of_instrument=True, residual="20 ms fit between two readings: seen if a reading meets it"),
    Kind("relay does not open", "H14", bench("output_stuck_on"), "safe", 500, ("plateau",),
         of_instrument=True),
    Kind("relay does not open, reads off", "H14", bench("output_stuck_on", reports_off=True),
         "safe", 500, ("plateau",), of_instrument=True,
         residual="the level is zero; a relay that lies about itself needs a second meter"),
    Kind("relay does not close", "H14", bench("output_stuck_off"), "end", phases=("idle",)),
    Kind("source is off by 10 %", "H15", bench("source_error"), "off", 300, of_instrument=True),
    Kind("source is off by half", "H15", bench("source_error", factor=1.5), "off", 300,
         of_instrument=True, tight="current_na"),
    Kind("source is off by a third", "H15", bench("source_error", factor=0.67), "off", 300,
         of_instrument=True),
    Kind("reading lies by 10 %", "H16", bench("gain_error"), "safe", of_instrument=True,
         residual="nothing but a companion meter can see it"),
    Kind("autorange switched on", "H19", bench("front_panel", autorange=True), "off", 750,
         of_instrument=True),
    Kind("range changed, with a spike", "H19", another_range, "off", 750, of_instrument=True,
         only=WITH_PANEL),
    Kind("frozen reading", "H20", bench("frozen_reading"), "off", 500),
    Kind("noise burst", "H21", bench("noise_burst"), "safe", of_instrument=False,
         residual="every second reading wrong is held, not ended, where two in a row are not"),
    Kind("noise in every reading", "H21", bench("noise_burst", every=1), "off", 250),
    *(Kind(f"reading {token}", "H22", bench("no_reading", token=token), "off", 300)
      for token in ("9.910000E+37", "-9.9E37", "NAN", "INF", "+OVLD", "")),
    Kind("current reading 9.9E37", "H22", bench("no_reading", token="9.9E37", field="SOUR"), "off",
         300),
    Kind("reading a thousand times too large", "H23", bench("scaled_reading"), "off", 250),
    Kind("reading a thousand times too small", "H23", bench("scaled_reading", factor=1e-3), "off",
         250),
    Kind("comma for a point", "H23", bench("locale_comma"), "off", 300),
    Kind("error in the queue", "H24", bench("push_error"), "off", 1_000),
    Kind("reboot", "H25", bench("reboot"), "off", 500),
    Kind("lease not armed", "H26", bench("ignored_lease"), "end", phases=("opening",), only=LEASED),
    Kind("lease too long", "H26", bench("stretched_lease"), "end", phases=("opening",), only=LEASED),
    Kind("foreign client polls", "H27", bench("foreign_polling"), "goes on",
         residual="a client that only asks changes nothing and is not noticed"),
    Kind("front panel changes the level", "H30", bench("front_panel", level_na=800 * UA), "safe",
         of_instrument=True,
         residual="a source led per tick is set again within a tick, and this is not told"),
    Kind("front panel switches off", "H30", bench("front_panel", output=False), "off", 500),
    Kind("wrong instrument", "H31", bench("other_identity"), "end", phases=("opening",)),
    Kind("saved setup recalled", "H61", bench("foreign_message", text="*RCL 1"), "safe",
         of_instrument=True),
    Kind("reset by another client", "H61", bench("foreign_message", text="*RST"), "off", 500),
    Kind("interlock opens", "H14", bench("interlock_open"), "off", 750, only=WITH_INTERLOCK),
    Kind("level not carried out", "H40", bench("ignored_level"), "off", 300,
         ("ramp up", "ramp down"), of_instrument=True),
    Kind("compliance not carried out", "H40", bench("refused_compliance"), "safe",
         phases=("idle",)),
]  # fmt: skip

WIRE = [
    Kind("no answer", "H33", bench("silence"), "lease", 600),
    Kind("nothing heard", "H33", bench("deaf"), "lease", 600),
    Kind("short silence", "H33", bench("silence", for_ms=1_500), "lease", 600),
    Kind("slow answer, 100 ms", "H33", bench("late_reply", ms=100), "safe"),
    Kind("slow answer, 300 ms", "H33", bench("late_reply"), "lease", 600),
    Kind("answer one too late", "H34", bench("held_reply"), "lease", 600),
    Kind("cut answer", "H35", bench("cut_reply"), "lease", 600),
    Kind("doubled answer", "H35", bench("double_reply"), "safe"),
    Kind("flipped bits", "H35", bench("flipped_bits"), "lease", 600),
    Kind("flipped bits, every third", "H35", bench("flipped_bits", every=3), "safe"),
    Kind("garbage", "H35", bench("garbage"), "lease", 600),
    Kind("connection ends", "H36", bench("close_connection"), "lease", 250),
    Kind("connection reset", "H36", bench("reset_connection"), "lease", 250),
    Kind("unplugged", "H37", bench("unplugged"), "lease", 250),
    Kind("unplugged and back", "H38", bench("unplugged", for_ms=1_000), "lease", 250),
    Kind("doubled command", "H39", bench("doubled_message"), "safe"),
    Kind("reordered commands", "H39", bench("reordered_messages"), "safe"),
    Kind("every fifth command lost", "H40", bench("dropped_message"), "safe"),
    Kind("every second command lost", "H40", bench("dropped_message", every=2), "safe"),
]

HOST = [
    Kind("every process killed", "H42", kill, "lease", 2_000, (*RUNNING, "probe", "ramp down")),
    Kind("frozen for 100 ms", "H44", freeze(100), "goes on"),
    Kind("frozen for 400 ms", "H44", freeze(400), "lease", 750),
    Kind("frozen for 3 s", "H43", freeze(3_000), "lease", 3_250),
    Kind("suspended for 60 s", "H45", sleep(60_000), "lease", 60_250),
    Kind("session process silent", "H47", silent_session, "ramp", 2_250, (*RUNNING, "paused"),
         knots=LONG_KNOTS),
    Kind("session process gone", "H47", lost_session, "ramp", 250, (*RUNNING, "paused", "armed")),
    Kind("set-points run out", "H47", starved, "safe", phases=("ramp up", "plateau")),
    Kind("recorder stalls", "H48", stalled_recorder, "ramp", 3_250, (*RUNNING, "paused", "armed"),
         knots=LONG_KNOTS),
    Kind("recorder fails", "H48", broken_recorder, "ramp", 250, (*RUNNING, "paused", "armed")),
]  # fmt: skip

COMMANDS = [
    Kind("operator stops", "H11", says(k="stop"), "ramp", 250, EVERY),
    Kind("operator stops at once", "H11", says(k="zero"), "off", 150, EVERY),
    Kind("set-point above the current limit", "H51", knots(20_000 * UA), "off", 250,
         ("ramp up", "plateau")),
    Kind("set-point of 1 A", "H50", knots(10**9), "off", 250, ("plateau",)),
    Kind("set-point beyond 1 A", "H50", knots(10**12), "ramp", 250, ("plateau",)),
    Kind("set-point that is no integer", "H50", session_says(k="knots", knots=[[9_000, 1.5]]),
         "ramp", 250, ("plateau",)),
    Kind("set-point that is true", "H50", session_says(k="knots", knots=[[9_000, True]]), "ramp",
         250, ("plateau",)),
    Kind("ramp that is too fast", "H51", knots(100 * UA, 500 * UA, 100 * UA, 500 * UA), "off", 500,
         ("plateau",)),
    Kind("polarity turned at full current", "H51", knots(-500 * UA), "off", 250, ("plateau",)),
    Kind("nonsense from the session", "H47", session_says(k="knots", knots="x"), "ramp", 250,
         ("plateau", "ramp up")),
    *(Kind(f"profile beyond {limit}", "H51", by_the_profile, "tight", 0, ("opening",),
           tight=limit, knots=CREEP_KNOTS)
      for limit in TIGHT),
    Kind("operator pauses", "H11", pause_and_leave, "ramp", 1_000, ("plateau", "ramp up")),
    Kind("armed with a wrong token", "H52", spoilt_token, "safe", phases=("armed", "plateau")),
    Kind("armed twice", "H52", armed_twice, "safe", phases=("plateau",)),
]  # fmt: skip

KINDS = (*LEADS, *SOURCE, *WIRE, *HOST, *COMMANDS)
"""Every kind of the campaign."""

"""The hazard register of this project: what can happen, how it is seen, what is done, what shows it.

Kinds of the campaign join their hazard by its id, reasons of the kernel and faults of the bench by
their names; `test_register` holds all of them, and every named test, against the code.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.campaign.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Hazard:
    """One row. `faults`: names in `instruments.emulation.hazards`; `reasons`: of the kernel."""

    id: str
    hazard: str
    detection: str
    reaction: str
    bound: str
    reasons: str = ""
    faults: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    residual: str = ""


TICKS = "250 ms per tick; a program when it is read"
REGISTER = (
    Hazard("H01", "a lead comes off", "resistance over its window, 3 ticks", "zero", TICKS,
           "LOAD_OPEN", ("lead off",), ("test_a_fault_ends_at_zero_latched_and_named",)),
    Hazard("H02", "a contact comes and goes", "as H01, or set and read current differ", "zero",
           "2 s", "LOAD_OPEN MISMATCH", ("intermittent contact",)),
    Hazard("H03", "leads touch, or salt bridges the cell", "resistance under its window, 3 ticks",
           "zero", TICKS, "LOAD_SHORT", ("short circuit or salt bridge",),
           ("test_a_load_or_instrument_that_is_not_the_expected_one_is_refused",)),
    Hazard("H04", "an electrode dries", "resistance over its window; a cell's against its lowest",
           "told; perfused: ramp down; zero at the window", "until the window is left",
           "LOAD_OPEN LOAD_TREND CELL_FAILED",
           ("drying electrode",), ("test_a_drying_electrode_is_seen_after_five_seconds_above_thirty_percent",),
           "a dry spot under a wet electrode changes nothing that is measured"),
    Hazard("H05", "part of an electrode lifts", "a step up of 20 %, 30 s after a change",
           "told; perfused: ramp down", "1 s", "LOAD_TREND", ("partial delamination",),
           ("test_only_perfused_tissue_ends_for_a_trend",), "the mean current density is a figure of the whole area"),
    Hazard("H06", "the skin breaks down", "a fall by a third; resistance under its window",
           "told; perfused: ramp down; zero at the window", "1 s", "LOAD_TREND LOAD_SHORT",
           ("breakdown of the skin",), ("test_only_perfused_tissue_ends_for_a_trend",),
           "dead skin is told of, not protected"),
    Hazard("H07", "acid or base of an inert electrode", "charge against its buffer, when planned",
           "refused or warned of", "before current", "", (),
           ("test_platinum_without_a_buffer_moves_the_ph_by_the_charge",)),
    Hazard("H08", "a wrong area or unit in the protocol", "units in every key, areas within a class",
           "refused", "before current", "", (), ("test_one_mistake_is_one_line",)),
    Hazard("H09", "leads exchanged at the cell", "polarity of ion and pole when planned", "refused",
           "before current", "", ("wrong polarity",), ("test_a_neutral_compound_belongs_under_the_anode",),
           "exchanged at the cell, the source reads its own sign"),
    Hazard("H11", "the operator wants it to end", "stop, signal, second terminal", "ramp down; twice: zero",
           "100 ms to the wire", "OPERATOR_STOP OPERATOR_ZERO OPERATOR_PAUSE", (),
           ("test_an_operator_at_a_second_terminal_stops_and_then_zeroes",
            "test_pause_is_zero_current_and_resume_delivers_the_rest")),
    Hazard("H12", "current that nobody asked for", "current read while paused or ended", "off, alarm",
           "500 ms", "UNCOMMANDED", ("current while the output is off",), (),
           "between connecting and start, and between programs, nothing is measured"),
    Hazard("H13", "a spike when the output goes on", "level zero before on; a reading that meets it",
           "zero", TICKS, "MISMATCH OVER_CURRENT", ("spike when the output goes on",), (),
           "shorter than a tick it is bounded by the fixed range alone"),
    Hazard("H14", "a relay that does not open or close; an interlock that opens",
           "output read back after OFF; interlock read every 8 ticks", "OFF again, alarm to pull the leads",
           "750 ms", "INTERLOCK OUTPUT_OFF",
           ("relay that does not open", "relay that does not close", "interlock opens"), (),
           "a relay that reports itself open is seen by a second meter only"),
    Hazard("H15", "the source drives another current", "set against read, 2 ticks", "zero", "300 ms",
           "MISMATCH OVER_CURRENT", ("source is off, and reads so",)),
    Hazard("H16", "source and reading are off alike", "a companion meter, where there is one", "-", "-",
           "", ("source is off, and its reading lies",), (), "without a second meter nothing sees it"),
    Hazard("H17", "the voltage limit holds", "limit flag longer than declared", "zero", "6 s",
           "COMPLIANCE", ("voltage limit holds",)),
    Hazard("H18", "the limit holds and no flag says so", "set against read", "zero", "1 s",
           "MISMATCH LOAD_OPEN", ("voltage limit holds unseen",)),
    Hazard("H19", "another range", "settings read back every 8 ticks", "zero", "750 ms",
           "SETTINGS_CHANGED", ("range changes", "spike when the range changes")),
    Hazard("H20", "a reading stands still", "the source's own time stands still, 3 ticks", "zero",
           "500 ms", "READING_FROZEN", ("reading stands still",), (),
           "where a source gives no time of its own, at the next change of the level"),
    Hazard("H21", "noise", "one: hold; two in a row: zero", "hold, zero", TICKS,
           "MISMATCH READING_MISSING", ("burst of noise",)),
    Hazard("H22", "a reading that is no number", "strict parsing", "zero after 2", "300 ms",
           "READING_MISSING", ("reading that is no number",)),
    Hazard("H23", "other units, another notation", "strict parsing; load window", "zero", "300 ms",
           "READING_MISSING MISMATCH", ("reading in other units or another notation",)),
    Hazard("H24", "errors in the queue", "asked for every 8 ticks", "zero", "1 s",
           "SETTINGS_CHANGED", ("errors in the queue",)),
    Hazard("H25", "the source restarts", "connection, output, settings", "zero", "500 ms",
           "BUS_FAULT SETTINGS_CHANGED OUTPUT_OFF", ("reboot or brown-out",)),
    Hazard("H26", "a lease that is not armed, or too long", "left alone at zero before every session",
           "refused", "before current", "", ("lease that is not armed or too long",),
           ("test_a_source_that_does_not_end_in_time_is_refused_and_left_off",),
           "one that fails after the proof shows when the host dies"),
    Hazard("H27", "another client keeps a lease alive", "exclusive use", "-", "-", "",
           ("lease renewed by another client",), (), "a client that only asks is not noticed"),
    Hazard("H30", "another client, or a hand at the front panel", "settings and errors every 8 ticks",
           "zero", "750 ms", "SETTINGS_CHANGED OVER_VOLTAGE",
           ("another client or the front panel changes settings",),
           ("test_a_foreign_level_lasts_one_tick_and_stays_on_the_fixed_range",),
           "a level is set again by the next tick and not told; within a program nothing is read"),
    Hazard("H31", "another instrument at the address", "identity and serial number", "refused",
           "before current", "", ("wrong instrument at the address",)),
    Hazard("H33", "no answer, or a slow one", "time-out of 200 ms, twice", "zero, else lease",
           "600 ms, or the source's worst case", "READING_MISSING",
           ("no answer", "nothing heard", "slow answer"),
           ("test_a_pulled_wire_ends_at_zero_within_the_declared_time",)),
    Hazard("H34", "an answer read for another", "every question carries a tag", "as H33", "as H33",
           "READING_MISSING", ("late answer read as the next one",)),
    Hazard("H35", "bytes cut, doubled or wrong", "tag, field count, strict parsing", "as H33", "as H33",
           "READING_MISSING", ("cut, merged or garbled bytes",), (),
           "a wrong digit that still reads as a number, where the bus has no check sum"),
    Hazard("H36", "the connection ends", "end of file", "OFF over a new one, else lease", "worst case off",
           "BUS_FAULT", ("connection ends",)),
    Hazard("H37", "unplugged", "as H36", "lease", "worst case off", "BUS_FAULT", ("unplugged",)),
    Hazard("H38", "a new connection finds the output on", "OFF and confirmed before anything", "off",
           "before current", "", (), ()),
    Hazard("H39", "a command twice, or out of order", "absolute levels only", "none needed", "limits hold",
           "MISMATCH", ("command doubled or reordered",)),
    Hazard("H40", "a command lost, refused or not carried out", "set against read; settings read back",
           "zero", "300 ms", "MISMATCH", ("command lost", "setting refused or not carried out"),
           ("test_a_level_the_instrument_ignores_is_seen_when_it_should_move",)),
    Hazard("H41", "the guard is killed", "the sentinel: end of the guard's connection", "off by the sentinel",
           "50 ms; frozen: 350 ms", "", (), ("test_a_dead_or_frozen_guard_is_followed_by_off",
                                             "test_without_a_sentinel_the_guard_ramps_down")),
    Hazard("H42", "every process is killed", "the source itself", "lease or end of program",
           "worst case off", "", (), ("test_killing_every_process_at_once_ends_at_zero",),
           "a tier C source goes on; it is refused where nobody stands by"),
    Hazard("H43", "the guard stands still", "the sentinel; lease; late tick on waking", "off", "350 ms",
           "OVERRUN", (), ("test_a_dead_or_frozen_guard_is_followed_by_off",)),
    Hazard("H44", "ticks come late", "deadlines", "hold; third, or 300 ms: zero", "500 ms", "OVERRUN", (),
           ("test_three_ticks_of_twice_their_period_are_zero_at_once",)),
    Hazard("H45", "the computer sleeps", "a clock that counts through", "lease; zero on waking",
           "worst case off", "OVERRUN", ()),
    Hazard("H46", "wall time jumps", "recorded, not used", "none", "-", "", (),
           ("test_wall_time_is_recorded_and_never_used",)),
    Hazard("H47", "the session process dies, hangs or talks nonsense", "2 s of silence; strict messages",
           "ramp down; set-points that run out: hold", "2.25 s", "SESSION_SILENT STARVED", (),
           ("test_a_session_process_that_falls_silent_under_current_is_ended",
            "test_a_session_process_that_asks_for_nonsense_is_ended")),
    Hazard("H48", "the disk is full or stands still", "rows not confirmed for 3 s", "ramp down", "3.25 s",
           "RECORDER_SILENT", (), ("test_a_full_disk_is_a_fault_and_loses_nothing_silently",)),
    Hazard("H49", "power is cut", "the source itself; recovery of the file", "lease; valid prefix",
           "worst case off", "", (), ("test_a_cut_at_any_byte_recovers_a_prefix_or_says_that_it_cannot",)),
    Hazard("H50", "a set-point that is no sensible number", "integers within 1 A", "ramp down or zero",
           "next tick", "REQUEST_CURRENT", (), ("test_a_bad_knot_is_refused_and_none_of_its_message_is_taken",)),
    Hazard("H51", "a set-point or a course beyond a limit", "every set-point judged", "zero; charge and time: ramp down",
           "never applied", "REQUEST_CURRENT REQUEST_DENSITY REQUEST_SLEW REQUEST_COMMON CHARGE "
           "CHARGE_DENSITY ON_TIME SESSION_TIME", (), ("test_one_tick_keeps_every_claim",)),
    Hazard("H52", "armed twice, or by another", "single-use token bound to the protocol", "refused",
           "before current", "", (), ("test_a_wrong_token_is_refused_and_no_current_flows",
                                      "test_another_protocol_cannot_be_armed")),
    Hazard("H53", "a protocol file made to harm", "plain TOML, bounded, strict", "refused",
           "before current", "", (), ("test_a_file_made_to_be_slow_is_read_in_bounded_time",
                                      "test_a_mutated_protocol_is_a_protocol_or_an_input_error")),
    Hazard("H54", "a file raises a limit", "minimum over owners, proved", "ignored", "never", "", (),
           ("test_no_owner_of_any_class_raises_a_literal",)),
    Hazard("H55", "a record is changed", "hash chain", "told by verify", "when verified", "", (),
           ("test_every_bit_flip_in_a_rows_content_shows", "test_a_head_kept_elsewhere_finds_a_cut_tail"),
           "a cut tail, without a head kept elsewhere"),
    Hazard("H57", "charge is counted wrongly", "measured or commanded, whichever is more", "ramp down at the limit",
           "0.2 %", "CHARGE", (), ("test_the_four_ways_keep_charge_inside_its_limit",)),
    Hazard("H61", "a stored setup is recalled", "as H30", "zero", "750 ms", "SETTINGS_CHANGED",
           ("saved setup recalled",)),
    Hazard("H66", "a sense lead is open", "two-wire only", "-", "-", "", ("open sense lead",), (),
           "four-wire is not offered"),
    Hazard("H68", "current leaves by earth or a shared bath", "resistance, once the return is lifted",
           "zero", TICKS, "LOAD_OPEN", ("return lifted while earth or a shared bath carries",), (),
           "what leaves beside an intact return is not seen"),
    Hazard("H71", "an electrode or its chloride is used up", "charge budget, when planned", "warned of",
           "before current", "", ("electrode or chloride used up",),
           ("test_an_anode_short_of_chloride_is_warned_of",)),
)  # fmt: skip
"""Every hazard, in the order of its id."""


def render():
    """Write the register as a page."""
    lines = [
        "# Hazard register",
        "",
        "Made from `tests/campaign/register.py` by `python -m tests.campaign.register`; a test holds it",
        "against the code. Kinds are those of `reports/campaign.md`. For a research bench, not a medical",
        "device; figures hold for the emulated bench.",
        "",
        "| id | hazard | seen by | reaction | bound | kernel reasons | kinds of the campaign | tests | residual |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in REGISTER:
        kinds = ", ".join(kind.name for kind in KINDS if kind.hazards == one.id)
        tests = ", ".join(f"`{name}`" for name in one.tests)
        reasons = ", ".join(one.reasons.split())
        cells = (one.id, one.hazard, one.detection, one.reaction, one.bound, reasons, kinds, tests)
        lines.append("| " + " | ".join((*cells, one.residual)) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    from pathlib import Path

    Path("reports/hazards.md").write_text(render(), encoding="utf-8")

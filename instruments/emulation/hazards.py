"""List the hazards that live in electrode, instrument or wire, and the faults that bring them about.

Each can be injected on every model, because circuit, source-measure unit, readings and wire are the
same for all. What lives in the computer, the protocol or the operator is not of this bench.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["HAZARDS", "NOT_FAULTS"]

HAZARDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # electrode and specimen
        "lead off": ("open_lead",),
        "intermittent contact": ("chatter",),
        "short circuit or salt bridge": ("short",),
        "drying electrode": ("dry_out",),
        "partial delamination": ("delamination",),
        "breakdown of the skin": ("resistance_step",),
        "electrode or chloride used up": ("exhausted_electrode",),
        "wrong polarity": ("swapped_leads",),
        "return lifted while earth or a shared bath carries": ("earth_leak", "open_lead"),
        # instrument
        "current while the output is off": ("uncommanded_current",),
        "spike when the output goes on": ("output_glitch",),
        "relay that does not open": ("output_stuck_on",),
        "relay that does not close": ("output_stuck_off",),
        "source is off, and reads so": ("source_error",),
        "source is off, and its reading lies": ("gain_error",),
        "voltage limit holds": ("resistance_step",),
        "voltage limit holds unseen": ("no_limit_flag", "resistance_step"),
        "range changes": ("front_panel",),
        "spike when the range changes": ("range_change_spike", "front_panel"),
        "reading stands still": ("frozen_reading",),
        "burst of noise": ("noise_burst",),
        "reading that is no number": ("no_reading",),
        "reading in other units or another notation": ("scaled_reading", "locale_comma"),
        "errors in the queue": ("push_error",),
        "reboot or brown-out": ("reboot",),
        "lease that is not armed or too long": ("ignored_lease", "stretched_lease"),
        "lease renewed by another client": ("foreign_polling",),
        "another client or the front panel changes settings": ("front_panel", "foreign_message"),
        "saved setup recalled": ("foreign_message",),
        "wrong instrument at the address": ("other_identity",),
        "open sense lead": ("open_sense",),
        "interlock opens": ("interlock_open",),
        "setting refused or not carried out": ("refused_compliance", "ignored_level"),
        # wire
        "no answer": ("silence",),
        "nothing heard": ("deaf",),
        "slow answer": ("late_reply",),
        "late answer read as the next one": ("held_reply",),
        "cut, merged or garbled bytes": ("cut_reply", "double_reply", "flipped_bits", "garbage"),
        "connection ends": ("close_connection", "reset_connection"),
        "unplugged": ("unplugged",),
        "command doubled or reordered": ("doubled_message", "reordered_messages"),
        "command lost": ("dropped_message",),
    },
)
"""Faults by hazard; several are needed together, or are several ways to it."""

NOT_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "autorange": "a setting: front_panel switches it on",
        "high-voltage range within reach": "a setting of the instrument",
        "output switched on by a query": "what a model does; its twin does it too",
        "protection cleared, output back on": "what a model does; its twin does it too",
        "voltage on the electrodes before the output is on": "rest EMF and polarization of a load",
        "pH or buffer used up": "the charge budget of a load's electrodes; pH is not simulated",
        "cells in parallel on one channel": "a plan that is refused",
        "inert electrode in a closed donor": "gas and chlorine are not simulated",
    },
)
"""Hazards of the same rooms that need no fault, and why."""

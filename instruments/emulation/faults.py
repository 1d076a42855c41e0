"""Keep what is wrong with an emulated bench at the moment.

Circuit, instrument and wire look here at the moments where they can go wrong; a fault has a name,
numbers or words that say how, and lasts until it is cleared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["FAULTS", "ONE_SHOT", "Faults"]

FAULTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        # leads and specimen
        "open_lead": {},
        "chatter": {},
        "short": {"ohm": 50.0},
        "resistance_step": {"factor": 1.5, "cell": 0},
        "delamination": {"factor": 1.5, "cell": 0},
        "dry_out": {"factor": 3.0, "minutes": 5.0, "cell": 0},
        "swapped_leads": {},
        "earth_leak": {"ohm": 1e6},
        "exhausted_electrode": {"factor": 20.0, "cell": 0},
        # instrument
        "uncommanded_current": {"na": 1_000_000},
        "output_glitch": {"na": 2_500_000, "ms": 20},
        "range_change_spike": {"na": 2_500_000, "ms": 20},
        "output_stuck_on": {"reports_off": False},
        "output_stuck_off": {},
        "gain_error": {"factor": 1.1},
        "source_error": {"factor": 1.1},
        "noise_burst": {"factor": 1.5, "every": 2},
        "frozen_reading": {},
        "no_reading": {"token": "9.910000E+37", "field": "READ"},
        "scaled_reading": {"factor": 1000.0},
        "locale_comma": {},
        "no_limit_flag": {},
        "open_sense": {},
        "interlock_open": {},
        "ignored_level": {},
        "refused_compliance": {},
        "ignored_lease": {},
        "stretched_lease": {"factor": 60.0},
        "push_error": {"code": -310},
        "front_panel": {"level_na": None, "range_na": None, "output": None, "autorange": None},
        "foreign_message": {"text": "*IDN?"},
        "foreign_polling": {"text": "*IDN?", "ms": 100},
        "other_identity": {"text": "ACME,MODEL 1,0,0"},
        "reboot": {},
        # wire
        "silence": {},
        "deaf": {},
        "dropped_message": {"every": 5},
        "doubled_message": {},
        "reordered_messages": {},
        "garbage": {"text": "%$#@!~ 1,,2"},
        "flipped_bits": {"every": 1},
        "late_reply": {"ms": 300},
        "held_reply": {},
        "cut_reply": {"bytes": 3},
        "double_reply": {},
        "close_connection": {},
        "reset_connection": {},
        "unplugged": {},
    },
)
"""Every fault with its arguments and their defaults; each also takes ``channel``, 0 for all of them.

``cell`` is one of several in series, from 1; 0 is all of them.
"""
ONE_SHOT = frozenset(
    {
        "push_error",
        "front_panel",
        "foreign_message",
        "reboot",
        "close_connection",
        "reset_connection",
    }
)
"""Faults that happen and are over."""

_POSITIVE = frozenset({"factor", "minutes", "ohm", "every"})
_NOT_NEGATIVE = frozenset({"channel", "cell", "ms", "bytes"})


def _fits(key: str, value: object, default: object) -> bool:
    """Tell whether a value is of the default's kind, and finite; later would be too late to say."""
    if default is None:
        return value is None or isinstance(value, int)
    if isinstance(default, (bool, str)):
        return isinstance(value, type(default))
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return False
    return value > 0 if key in _POSITIVE else value >= 0 or key not in _NOT_NEGATIVE


class Faults:
    """Hold the faults that are active, seen by a whole instrument or by one of its channels."""

    def __init__(self) -> None:
        self._active: dict[str, dict[str, Any]] = {}
        self._channel = 0

    def on(self, channel: int) -> Faults:
        """See the same faults as one channel does.

        Parameters
        ----------
        channel : int
            Channel, from 1.

        Returns
        -------
        Faults
            Those of this channel and those of the whole instrument.
        """
        view = Faults()
        view._active = self._active
        view._channel = channel
        return view

    def begin(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Let a fault begin.

        Parameters
        ----------
        name : str
            One of `FAULTS`.
        arguments : Mapping
            Some of its arguments.

        Returns
        -------
        dict
            All of its arguments.

        Raises
        ------
        ValueError
            If there is no such fault, it takes no such argument, or not such a value.
        """
        if name not in FAULTS:
            raise ValueError(f"no fault named {name!r}; there are {', '.join(sorted(FAULTS))}")
        if unknown := set(arguments) - set(FAULTS[name]) - {"channel"}:
            raise ValueError(f"fault {name!r} takes no {', '.join(sorted(unknown))}")
        for key, value in arguments.items():
            if not _fits(key, value, FAULTS[name].get(key, 0)):
                raise ValueError(f"fault {name!r}: {key} = {value!r} makes no sense")
        complete = {"channel": 0, **FAULTS[name], **arguments}
        if name not in ONE_SHOT:
            self._active[name] = complete
        return complete

    def end(self, name: str) -> dict[str, Any] | None:
        """Let a fault end.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        dict or None
            The arguments it had; None if it was not active.
        """
        return self._active.pop(name, None)

    def names(self) -> tuple[str, ...]:
        """List the active faults.

        Returns
        -------
        tuple of str
            Names, sorted.
        """
        return tuple(sorted(self._active))

    def active(self, name: str) -> bool:
        """Tell whether a fault is active.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        bool
            True while it is.
        """
        if name not in self._active:
            return False
        return not self._channel or self._active[name]["channel"] in {0, self._channel}

    def argument(self, name: str, key: str) -> Any:
        """Give an argument of an active fault.

        Parameters
        ----------
        name, key : str
            Fault and argument.

        Returns
        -------
        Any
            Its value.
        """
        return self._active[name][key]

    def number(self, name: str, key: str, *, absent: float = 0.0) -> float:
        """Give a number of a fault, or another while it is not active.

        Parameters
        ----------
        name, key : str
            Fault and argument.
        absent : float
            What to give while it is not active.

        Returns
        -------
        float
            The number.
        """
        return float(self._active[name][key]) if self.active(name) else absent

    def lease_s(self, nominal_s: float) -> float:
        """Give how long a lease, a watchdog or a finite program truly lasts.

        Parameters
        ----------
        nominal_s : float
            As it was set, s.

        Returns
        -------
        float
            s; infinite while it is ignored.
        """
        if self.active("ignored_lease"):
            return math.inf
        return nominal_s * self.number("stretched_lease", "factor", absent=1.0)

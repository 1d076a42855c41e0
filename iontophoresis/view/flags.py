"""What must be said with every figure and summary: how real a session was, and how far it went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from iontophoresis.record.session import Session, Ticks
from iontophoresis.safety.limits import CLASSES
from iontophoresis.units import MS_PER_MIN, NA_PER_MA, PC_PER_C, PC_PER_MA_MIN

BEYOND = "beyond the human-relevant range"


def beyond_human_relevant(
    *,
    specimen_class: str,
    area_cm2: float,
    peak_ma: float,
    charge_ma_min: float,
    on_time_min: float,
) -> tuple[str, ...]:
    """Say in which respects a channel goes beyond what is customary on people.

    Parameters
    ----------
    specimen_class
        "excised" or "perfused"; a load has no human-relevant range.
    area_cm2
        Smallest area of the channel, cm2.
    peak_ma, charge_ma_min, on_time_min
        Highest current, whole charge and time with current.

    Returns
    -------
    tuple of str
        One sentence per respect, such as ``0.62 mA/cm2 (customary: at most 0.5)``; empty if within.
    """
    if specimen_class == "load" or specimen_class not in CLASSES:
        return ()
    limits = CLASSES[specimen_class]
    charge_c = charge_ma_min * PC_PER_MA_MIN / PC_PER_C
    customary_charge_c = limits.charge_pc.recommended / PC_PER_C
    compared = (
        (peak_ma / area_cm2, limits.density_na_per_cm2.recommended / NA_PER_MA, "mA/cm2"),
        (charge_ma_min, customary_charge_c / PC_PER_MA_MIN * PC_PER_C, "mA·min"),
        (charge_c / area_cm2, limits.charge_density_pc_per_cm2.recommended / PC_PER_C, "C/cm2"),
        (on_time_min, limits.on_time_ms.recommended / MS_PER_MIN, "min"),
    )
    tolerance = 1.0 + 1e-6
    return tuple(
        f"{value:.3g} {unit} (customary: at most {customary:g})"
        for value, customary, unit in compared
        if value > customary * tolerance
    )


def session_beyond(session: Session) -> tuple[str, ...]:
    """Say in which respects the measured session went beyond the human-relevant range."""
    found: dict[str, None] = {}
    for channel in session.channels:
        facts = session.channel_facts(channel)
        ticks = session.ticks.of_channel(channel)
        if not len(ticks) or not facts.get("area_cm2"):
            continue
        for sentence in beyond_human_relevant(
            specimen_class=str(facts.get("specimen_class")),
            area_cm2=float(facts["area_cm2"]),
            peak_ma=float(np.max(np.abs(ticks.applied_ma))),
            charge_ma_min=float(np.max(ticks.charge_ma_min)),
            on_time_min=on_time_min(ticks),
        ):
            found[sentence] = None
    return tuple(found)


def session_flags(session: Session) -> tuple[str, ...]:
    """Say how real a session was: bench, clock, specimen, perfusion, state of the file."""
    header = session.header
    flags = []
    if header.get("emulated"):
        flags.append("emulated bench")
        if header.get("seed") is not None:
            flags.append(f"seed {header['seed']}")
    if header.get("pace") == "lockstep":
        flags.append("lock-step virtual time")
    classes = dict.fromkeys(str(facts["specimen_class"]) for facts in _described(session))
    flags += [f"specimen: {name}" for name in classes]
    asked = header.get("perfused_prediction")
    if isinstance(asked, bool) or classes:
        flags.append(perfusion_flag(classes, asked=asked is True))
    if session.closing is not None and session.closing.recovered:
        flags.append("recovered after a cut")
    if session.problems:
        flags.append(f"CHAIN BROKEN: {session.problems[0]}")
    return tuple(flags)


def perfusion_flag(classes: Iterable[str], *, asked: bool) -> str:
    """Say whether the amounts shown are for perfused tissue, and whether that is only predicted."""
    if "perfused" in classes:
        return "perfused: yes"
    return "perfused: yes, only in the prediction" if asked else "perfused: no"


def on_time_min(ticks: Ticks) -> float:
    """Give the time during which a current was set on one channel, min."""
    if len(ticks) < 2:
        return 0.0
    spans_ms = np.diff(ticks.t_ms)
    flows = (ticks.applied_na[1:] != 0) | (ticks.applied_na[:-1] != 0)
    return float(np.sum(spans_ms[flows])) / MS_PER_MIN


def _described(session: Session) -> list[Mapping[str, Any]]:
    return [facts for facts in session.header.get("channels") or () if facts.get("specimen_class")]

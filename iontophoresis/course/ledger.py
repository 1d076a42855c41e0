"""The ledger of a course: charge per site, session by session, planned or measured.

Nothing is forgiven with time: a site's charge only adds up, and a session that would take it beyond
the course's limit is refused. How far skin has closed again before a session follows from the model's
recovery, which is set on measurements up to an hour and extrapolated to days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from iontophoresis.course.file import Course
from iontophoresis.errors import InputError, Problem
from iontophoresis.plan import Plan, Prediction
from iontophoresis.plan.tissue import tissue
from iontophoresis.units import C_PER_MA_MIN, OHM_M2_PER_KOHM_CM2, c_from_pc
from models import Profile, Skin
from models.impedance import expected_resistance

FloatArray = NDArray[np.float64]
S_PER_H = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a session that was run delivered: its name and its charge in mA·min."""

    name: str
    charge_ma_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One session in the ledger.

    Attributes
    ----------
    number : int
        From one.
    site, protocol : str
        As the course names them.
    start_h : float
        Since the course began.
    charge_c_per_cm2, site_c_per_cm2 : float
        Of this session, and of its site with this session, on the smallest area.
    measured : str
        The session it was measured in; empty where it is planned.
    resistance_before : float
        Sheet resistance before it as a share of the baseline, by the model.
    prediction : Prediction or None
        Amounts of this session by itself in the tissue as driven; None for a load.
    """

    number: int
    site: str
    protocol: str
    start_h: float
    charge_c_per_cm2: float
    site_c_per_cm2: float
    measured: str
    resistance_before: float
    prediction: Prediction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A course that keeps its limits.

    Attributes
    ----------
    course : Course
        What was asked.
    entries : tuple of Entry
        In the order of time.
    resistance : mapping
        By site: times in h and sheet resistance in kOhm·cm2, (n,) each.
    """

    course: Course
    entries: tuple[Entry, ...]
    resistance: Mapping[str, tuple[FloatArray, FloatArray]]


def ledger(course: Course, plans: Sequence[Plan], measured: Sequence[Measured] = ()) -> Ledger:
    """Add up a course.

    Parameters
    ----------
    course : Course
        Sessions, sites, intervals and limits.
    plans : sequence of Plan
        Of each session's protocol, in order; the first cell of the first channel counts.
    measured : sequence of Measured
        What the first sessions delivered already.

    Raises
    ------
    InputError
        When a site goes beyond its charge or a session follows too soon; with every reason.
    """
    starts_h = np.cumsum([session.after_h for session in course.session]).tolist()
    courses = {
        site: _resistance(course, plans, starts_h, site)
        for site in dict.fromkeys(session.site for session in course.session)
    }
    entries: list[Entry] = []
    for index, (session, plan) in enumerate(zip(course.session, plans, strict=True)):
        channel = plan.channels[0]
        area_cm2 = channel.channel.smallest_area_cm2
        done = measured[index] if index < len(measured) else None
        charge_c = (
            c_from_pc(channel.waveform.charge_pc)
            if done is None
            else done.charge_ma_min * C_PER_MA_MIN
        )
        before = [entry for entry in entries if entry.site == session.site]
        site_c = charge_c / area_cm2 + (before[-1].site_c_per_cm2 if before else 0.0)
        at_h, sheet = courses[session.site]
        entries.append(
            Entry(
                number=index + 1,
                site=session.site,
                protocol=session.protocol,
                start_h=starts_h[index],
                charge_c_per_cm2=charge_c / area_cm2,
                site_c_per_cm2=site_c,
                measured="" if done is None else done.name,
                resistance_before=float(np.interp(starts_h[index], at_h, sheet) / sheet[0]),
                prediction=next(iter(channel.cells[0].predictions), None),
            )
        )
    problems = _problems(course, entries)
    if problems:
        raise InputError(problems)
    return Ledger(course=course, entries=tuple(entries), resistance=courses)


def _problems(course: Course, entries: Sequence[Entry]) -> list[Problem]:
    limits, found = course.limits, []
    for index, entry in enumerate(entries):
        place = f'session {entry.number}, site "{entry.site}"'
        if entry.site_c_per_cm2 > limits.charge_density_c_per_cm2 * (1 + 1e-9):
            found.append(
                Problem(
                    origin=course.origin,
                    key=f"session[{index}]",
                    place=place,
                    reason=f"takes the site to {entry.site_c_per_cm2:.4g} C/cm2, the course allows "
                    f"{limits.charge_density_c_per_cm2:g}",
                    advice="use another site, a shorter protocol, or fewer sessions",
                )
            )
        earlier = [one for one in entries[:index] if one.site == entry.site]
        if earlier and entry.start_h - earlier[-1].start_h < limits.shortest_interval_h:
            found.append(
                Problem(
                    origin=course.origin,
                    key=f"session[{index}].after_h",
                    place=place,
                    reason=f"follows {entry.start_h - earlier[-1].start_h:g} h after the one before on "
                    f"this site, the course allows {limits.shortest_interval_h:g} h",
                    advice="wait longer, or use another site",
                )
            )
    return found


def _resistance(
    course: Course, plans: Sequence[Plan], starts_h: Sequence[float], site: str
) -> tuple[FloatArray, FloatArray]:
    """Return the sheet resistance of a site over the whole course, h and kOhm·cm2."""
    times, currents = [0.0], [0.0]
    skin: Skin | None = None
    fine = [np.array([0.0])]
    for session, plan, start_h in zip(course.session, plans, starts_h, strict=True):
        cell = plan.channels[0].cells[0]
        if session.site != site or cell.cell.specimen_class == "load":
            continue
        skin = skin or tissue(cell.cell, preparation=str(cell.cell.preparation), perfused=False)
        start_s = start_h * S_PER_H
        if start_s > times[-1]:
            times.append(start_s)
            currents.append(0.0)
        times += [start_s + at for at in cell.profile.time_s[1:]]
        currents += list(cell.profile.current_density_a_per_m2[1:])
        fine += [start_s + np.linspace(0.0, cell.profile.duration_s, 41)]
        fine += [times[-1] + np.geomspace(60.0, 48 * S_PER_H, 41)]
    if skin is None:
        return np.array([0.0, 1.0]), np.array([1.0, 1.0])
    profile = Profile(time_s=times, current_density_a_per_m2=currents)
    at_s = np.unique(np.concatenate(fine))
    sheet = expected_resistance(skin, profile, at_s) / OHM_M2_PER_KOHM_CM2
    return at_s / S_PER_H, np.asarray(sheet)

"""Say what a load is made of, and make it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from instruments.emulation.electrodes import ElectrodeParameters, Electrodes
from instruments.emulation.load import Load, Resistor
from instruments.emulation.loads import ResistorCapacitor, Series
from instruments.emulation.skin import Skin
from instruments.emulation.skin_parameters import draw_skin

__all__ = ["LOADS", "LoadSettings", "make_load", "read_load", "refuse_unknown"]

LOADS = ("skin", "resistor", "rc", "series")
"""Kinds of load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSettings:
    """Hold one load; what its kind does not use is left alone.

    Parameters
    ----------
    kind : str
        One of LOADS.
    seed : int
        Seed of the skin.
    area_cm2, barrier_kohm_cm2 : float
        Area of the skin, cm2, and median of its resistance at rest, kOhm.cm2.
    resistance_ohm, series_ohm, capacitance_f : float
        Of ``resistor`` and ``rc``.
    electrodes : Mapping or None
        `instruments.emulation.loads.ElectrodeParameters` in series with it; None leaves them away.
    cells : tuple of LoadSettings
        Of ``series``.
    """

    kind: str = "skin"
    seed: int = 0
    area_cm2: float = 5.0
    barrier_kohm_cm2: float = 60.0
    resistance_ohm: float = 10_000.0
    series_ohm: float = 1_000.0
    capacitance_f: float = 1e-7
    electrodes: Mapping[str, float] | None = None
    cells: tuple[LoadSettings, ...] = ()


def refuse_unknown(kind: type, given: Mapping[str, Any], where: str) -> None:
    """Refuse a key that is no field.

    Parameters
    ----------
    kind : type
        A dataclass.
    given : Mapping
        By name.
    where : str
        What it describes, for the message.

    Raises
    ------
    ValueError
        If there is another key.
    """
    known = {field.name for field in fields(kind)}
    if unknown := set(given) - known:
        raise ValueError(f"{where} has no {min(unknown)!r}; there are {', '.join(sorted(known))}")


def read_load(name: str, given: Mapping[str, Any]) -> LoadSettings:
    """Read a load from plain values.

    Parameters
    ----------
    name : str
        What it is called, for the message.
    given : Mapping
        Fields of `LoadSettings`; what is left out keeps its default.

    Returns
    -------
    LoadSettings
        Checked.

    Raises
    ------
    ValueError
        If a key or kind is unknown, or a figure makes no sense.
    """
    refuse_unknown(LoadSettings, given, f"load {name!r}")
    cells = tuple(
        read_load(f"{name}.{at}", cell) for at, cell in enumerate(given.get("cells", ()), 1)
    )
    settings = LoadSettings(**{**given, "cells": cells})
    if settings.kind not in LOADS:
        raise ValueError(f"no load of kind {settings.kind!r}; there are {', '.join(LOADS)}")
    if settings.electrodes is not None:
        refuse_unknown(ElectrodeParameters, settings.electrodes, f"electrodes of {name!r}")
    if (settings.kind == "series") != bool(cells):
        raise ValueError(f"load {name!r}: cells belong to a series, and a series has cells")
    if cells and settings.electrodes is not None:
        raise ValueError(f"load {name!r}: electrodes belong to the cells of a series")
    numbers = (settings.area_cm2, settings.barrier_kohm_cm2, settings.resistance_ohm)
    if not all(0.0 < value < math.inf for value in (*numbers, settings.capacitance_f)):
        raise ValueError(f"load {name!r}: its figures are positive and finite")
    return settings


def make_load(settings: LoadSettings) -> Load:
    """Make a load.

    Parameters
    ----------
    settings : LoadSettings
        What it is made of.

    Returns
    -------
    Load
        At rest.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    load = _bare_load(settings)
    if settings.electrodes is None:
        return load
    electrodes = Electrodes(ElectrodeParameters(**settings.electrodes))
    return Series((load, electrodes), one_cell=settings.kind != "series")


def _bare_load(settings: LoadSettings) -> Load:
    match settings.kind:
        case "resistor":
            return Resistor(settings.resistance_ohm)
        case "rc":
            return ResistorCapacitor(
                settings.series_ohm, settings.resistance_ohm, settings.capacitance_f
            )
        case "skin":
            specimen = draw_skin(settings.seed, barrier_kohm_cm2=settings.barrier_kohm_cm2)
            return Skin(specimen, area_cm2=settings.area_cm2)
        case "series":
            return Series([make_load(cell) for cell in settings.cells])
    raise ValueError(f"no load of kind {settings.kind!r}; there are {', '.join(LOADS)}")

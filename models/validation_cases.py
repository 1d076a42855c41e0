"""Published experiments, as `experiments.toml` holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from models.bounds import known, positive
from models.citations import Source, load_toml, sources
from models.compounds import Compound
from models.errors import ModelInputError
from models.quantity import parse_quantity
from models.skin import TISSUE_PH

FILE = "experiments.toml"
KINDS = ("absolute", "ratio", "ordering")
USES = ("validation", "calibration")
QUANTITIES = (
    "flux_nmol_per_cm2_h",
    "transport_number",
    "flow_ul_per_cm2_h",
    "amount_nmol_per_cm2",
)
ORDERING_MARGIN = 1.1
"""What is said to be above must be predicted above by a tenth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """Hold one preparation of an experiment.

    Parameters
    ----------
    name : str
        Name within its case.
    site, preparation, perfused
        The skin, as `models.Skin.load` takes it.
    compound : str
        A compound of the library or of the file itself.
    concentration_mm, ph, salts_mm, donor_ml_per_cm2
        The donor, in mM and mL/cm2; its electrode is Ag/AgCl in direct contact.
    current_ma_per_cm2 : float
        Positive where the donor is the anode.
    from_h, until_h : float
        When current is switched on and off, h.
    pulse_min, every_min : float
        Length and spacing of pulses, min; 0 for a continuous current.
    window_h : tuple of float
        Over which the quantity is taken, h.
    relative_to : str
        A reference arm this one is divided by; empty for none.
    inner_ph : float
        pH beneath the stratum corneum: a receptor's, where it is not that of tissue.
    """

    name: str
    site: str
    preparation: str
    compound: str
    concentration_mm: float
    ph: float
    salts_mm: Mapping[str, float]
    donor_ml_per_cm2: float
    current_ma_per_cm2: float
    until_h: float
    window_h: tuple[float, float]
    perfused: bool = False
    from_h: float = 0.0
    pulse_min: float = 0.0
    every_min: float = 0.0
    relative_to: str = ""
    inner_ph: float = TISSUE_PH


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Hold one published experiment.

    Parameters
    ----------
    key, title : str
        Its key in the file and a readable name.
    kind, use, quantity : str
        One of `KINDS`, `USES` and `QUANTITIES`.
    compartments : tuple of str
        Where the drug is counted; "delivered" is all that left the donor.
    source : Source
        The reference.
    measured : float or None
        In the unit of the quantity, or a pure ratio; None for an ordering.
    spread, note : str
        Spread as published, and what to know.
    band_factor : float
        A prediction passes within this factor either way.
    assumed : tuple of str
        Inputs the source does not state.
    arms, references : tuple of Arm
        What is compared, and what arms are divided by.
    """

    key: str
    title: str
    kind: str
    use: str
    quantity: str
    compartments: tuple[str, ...]
    source: Source
    measured: float | None
    spread: str
    note: str
    band_factor: float
    assumed: tuple[str, ...]
    arms: tuple[Arm, ...]
    references: tuple[Arm, ...]


@cache
def cases() -> tuple[Case, ...]:
    """Return every published experiment, in the order of the file.

    Raises
    ------
    ModelInputError
        If an entry is incomplete; the message names file, case and key.
    """
    table = load_toml(FILE)
    known_sources = case_sources()
    return tuple(_case(key, entry, known_sources) for key, entry in table["case"].items())


@cache
def case_sources() -> Mapping[str, Source]:
    """Return the library's sources and those of the file, by key."""
    own = {
        key: Source(
            key=key,
            author=entry["author"],
            year=entry.get("year"),
            title=entry["title"],
            venue=entry["venue"],
            doi=entry.get("doi", ""),
            read=entry["read"],
        )
        for key, entry in load_toml(FILE)["source"].items()
    }
    return {**sources(), **own}


@cache
def own_compounds() -> Mapping[str, Compound]:
    """Return the solutes that only published experiments use, by name."""
    return {name: _compound(name, entry) for name, entry in load_toml(FILE)["compound"].items()}


def _compound(name: str, entry: Mapping[str, Any]) -> Compound:
    where = f"{FILE} [compound.{name}]"
    return Compound(
        name=name,
        title=name,
        kind="validation",
        formula=entry["formula"],
        charge_protonated=entry["charge_protonated"],
        molar_mass=parse_quantity(f"{where} molar_mass", entry["molar_mass"], sources()),
        pka=tuple(parse_quantity(f"{where} pka", each, sources()) for each in entry["pka"]),
        log_kow=parse_quantity(f"{where} log_kow", entry["log_kow"], sources()),
    )


def _case(key: str, entry: Mapping[str, Any], known_sources: Mapping[str, Source]) -> Case:
    where = f"{FILE} [case.{key}]"
    kind = known(f"{where} kind", entry["kind"], KINDS)
    if entry["source"] not in known_sources:
        raise ModelInputError(f"{where} source = {entry['source']!r}: no such source; add it")
    shared = {"window_h": entry.get("window_h"), **entry["common"]}
    arms = tuple(_arm(where, {**shared, **arm}) for arm in entry["arm"])
    _check_arms(where, kind, len(arms))
    ordering = kind == "ordering"
    return Case(
        key=key,
        title=entry["title"],
        kind=kind,
        use=known(f"{where} use", entry["use"], USES),
        quantity=known(f"{where} quantity", entry["quantity"], QUANTITIES),
        compartments=tuple(entry["from"].split("+")),
        source=known_sources[entry["source"]],
        measured=None if ordering else positive(f"{where} measured", entry["measured"]),
        spread=entry["spread"],
        note=entry.get("note", ""),
        band_factor=ORDERING_MARGIN if ordering else _band(where, entry["band_factor"]),
        assumed=tuple(entry["assumed"]),
        arms=arms,
        references=tuple(_arm(where, {**shared, **arm}) for arm in entry.get("reference", ())),
    )


def _arm(where: str, entry: Mapping[str, Any]) -> Arm:
    names = {each.name for each in fields(Arm)}
    unknown = sorted(set(entry) - names)
    if unknown or entry.get("window_h") is None:
        raise ModelInputError(f"{where}: an arm has unknown keys {unknown} or no window_h")
    start, end = entry["window_h"]
    positive(f"{where} window_h[1] - window_h[0]", end - start)
    return Arm(**{**entry, "window_h": (float(start), float(end))})


def _band(where: str, factor: float) -> float:
    if positive(f"{where} band_factor", factor) <= 1.0:
        raise ModelInputError(f"{where} band_factor = {factor:g}: must be above 1")
    return float(factor)


def _check_arms(where: str, kind: str, count: int) -> None:
    expected = {"absolute": count == 1, "ratio": count == 2, "ordering": count >= 2}
    if not expected[kind]:
        raise ModelInputError(f"{where}: {count} arms do not make an {kind} comparison")

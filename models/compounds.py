"""Compounds: actives, vehicle ions, mixtures, and the substances that are refused with a reason."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from models import correlations, speciation
from models.bounds import within
from models.citations import load_toml, sources
from models.errors import ModelInputError
from models.quantity import Quantity, parse_quantity, positive_quantity

_FILES = {"active": "actives.toml", "ion": "ions.toml", "validation": "validation.toml"}
_REFUSED = "refused.toml"
_MIXTURES = "mixtures.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compound:
    """Hold what the model knows of one substance.

    Parameters
    ----------
    name, title : str
        Key and readable name.
    kind : str
        "active", "ion" for a constituent of a vehicle, or "validation" for a compound of published
        cases that is no preset.
    formula : str
        Of the free form, as its molar mass counts it.
    charge_protonated : int
        Charge of the fully protonated form.
    molar_mass : Quantity
        g/mol.
    pka : tuple of Quantity
        Macroscopic dissociation constants, ascending.
    log_kow, plasma_unbound, diffusivity_25c : Quantity or None
        log10 octanol-water partition of the neutral form; fraction free in plasma; m^2/s.
    solubility, solubility_neutral : Quantity or None
        g/L of the free form: as the best salt, and uncharged.
    evidence, note : str
        Judgement on delivery by iontophoresis, and what to know.
    """

    name: str
    title: str
    kind: str
    formula: str
    charge_protonated: int
    molar_mass: Quantity
    pka: tuple[Quantity, ...]
    log_kow: Quantity | None = None
    plasma_unbound: Quantity | None = None
    solubility: Quantity | None = None
    solubility_neutral: Quantity | None = None
    diffusivity_25c: Quantity | None = None
    evidence: str = ""
    note: str = ""

    @property
    def molar_mass_g_per_mol(self) -> float:
        """Return the molar mass of the free form, g/mol."""
        return self.molar_mass.value

    @property
    def water_diffusivity_25c_m2_per_s(self) -> float:
        """Return the diffusivity in water at 25 °C: tabulated, or from the molar mass."""
        if self.diffusivity_25c is not None:
            return self.diffusivity_25c.value
        return correlations.water_diffusivity_25c(self.molar_mass_g_per_mol)

    @property
    def radius_m(self) -> float:
        """Return the hydrodynamic radius, m."""
        return correlations.stokes_radius_m(self.water_diffusivity_25c_m2_per_s)

    @property
    def pore_diffusivity_m2_per_s(self) -> float:
        """Return the hindered diffusivity in a stratum-corneum pore at 32 °C, m^2/s."""
        return correlations.pore_mobility(self.water_diffusivity_25c_m2_per_s)

    def mean_charge(self, ph: float) -> float:
        """Return the average charge number at a pH; see `speciation.mean_charge`."""
        ph = within("ph", ph, 0.0, 14.0)
        return speciation.mean_charge(self.charge_protonated, self._pka_values(), ph)

    def mean_square_charge(self, ph: float) -> float:
        """Return the average squared charge number at a pH."""
        return speciation.mean_square_charge(self.charge_protonated, self._pka_values(), ph)

    def neutral_fraction(self, ph: float) -> float:
        """Return the share without net charge at a pH."""
        return speciation.neutral_fraction(self.charge_protonated, self._pka_values(), ph)

    def kow(self) -> float:
        """Return the octanol-water partition of the neutral form; 0 for a vehicle ion."""
        return 0.0 if self.log_kow is None else 10.0**self.log_kow.value

    def log_distribution(self, ph: float) -> float | None:
        """Return log10 of the octanol-water distribution at a pH; None where nothing partitions."""
        distribution = self.kow() * self.neutral_fraction(ph)
        return math.log10(distribution) if distribution > 0.0 else None

    def solubility_at(self, ph: float) -> float | None:
        """Return what dissolves at a pH, g/L: ``min(S_salt, S_0 / f_0)``; None where not known.

        S_0 is the solubility of the neutral form and f_0 its share (Henderson-Hasselbalch).
        """
        salt = None if self.solubility is None else self.solubility.value
        share = self.neutral_fraction(within("ph", ph, 0.0, 14.0))
        if self.solubility_neutral is None or share == 0.0:
            return salt
        free = self.solubility_neutral.value / share
        return free if salt is None else min(salt, free)

    def quantities(self) -> Iterator[tuple[str, Quantity]]:
        """Yield every number of the compound with its name, in the order of the fields."""
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, Quantity):
                yield item.name, value
            elif isinstance(value, tuple):
                yield from ((f"{item.name}_{k}", each) for k, each in enumerate(value, 1))

    def retardation(self) -> float:
        """Return how much binding in dermis slows transport, ``1 + 0.32 (1/f_u - 1)``.

        0.32 is the albumin accessible in dermis relative to plasma (Dancik et al. 2013).
        """
        unbound = 1.0 if self.plasma_unbound is None else self.plasma_unbound.value
        return 1.0 + 0.32 * (1.0 / unbound - 1.0)

    def dermal_clearance_per_s(self) -> float:
        """Return the clearance from perfused dermis, 1/s, by the pore-plus-lipid capillary law."""
        permeability = correlations.capillary_permeability(
            self.radius_m, self.kow() * self.neutral_fraction(7.4), self.molar_mass_g_per_mol
        )
        return correlations.dermal_clearance_per_s(permeability, self.retardation())

    def _pka_values(self) -> tuple[float, ...]:
        return tuple(constant.value for constant in self.pka)


@cache
def compounds() -> tuple[str, ...]:
    """Return the names of the actives that can be modelled."""
    return tuple(load_toml(_FILES["active"]))


@cache
def ions() -> tuple[str, ...]:
    """Return the names of the ions a vehicle may hold."""
    return tuple(load_toml(_FILES["ion"]))


@cache
def validation_compounds() -> tuple[str, ...]:
    """Return the names of the compounds that load for published cases but are no presets."""
    return tuple(load_toml(_FILES["validation"]))


def mixtures() -> Mapping[str, Mapping[str, int]]:
    """Return the preparations that dissolve into several species: name to moles of each part."""
    return {name: dict(entry["parts"]) for name, entry in load_toml(_MIXTURES).items()}


def refused_compounds() -> Mapping[str, str]:
    """Return the refused substances, each with its reason and reference."""
    table = load_toml(_REFUSED)
    return {name: f"{e['refused']} ({sources()[e['source']]})" for name, e in table.items()}


@cache
def load_compound(name: str) -> Compound:
    """Return an active, a vehicle ion or a compound of a published case by name.

    Raises
    ------
    ModelInputError
        If the name is unknown, a mixture, or refused; the message gives the reason.
    """
    if name in load_toml(_REFUSED):
        raise ModelInputError(f"compound {name!r} is refused: {refused_compounds()[name]}")
    if name in load_toml(_MIXTURES):
        parts = " and ".join(f"{n} {part}" for part, n in mixtures()[name].items())
        raise ModelInputError(
            f"compound {name!r} is a mixture: it dissolves into {parts}; "
            "declare the active as the compound and the rest as vehicle salts"
        )
    for kind, file in _FILES.items():
        table = load_toml(file)
        if name in table:
            return _parse(name, kind, table[name])
    raise ModelInputError(f"compound {name!r} is unknown; choose one of {', '.join(compounds())}")


def _parse(name: str, kind: str, table: Mapping[str, Any]) -> Compound:
    file = _FILES[kind]

    def optional(key: str) -> Quantity | None:
        if key not in table:
            return None
        return parse_quantity(f"{file} [{name}] {key}", table[key], sources())

    return Compound(
        name=name,
        title=table["title"],
        kind=kind,
        formula=table["formula"],
        charge_protonated=table["charge_protonated"],
        molar_mass=positive_quantity(f"{file} [{name}] molar_mass", table["molar_mass"], sources()),
        pka=tuple(
            parse_quantity(f"{file} [{name}] pka", entry, sources()) for entry in table["pka"]
        ),
        log_kow=optional("log_kow"),
        plasma_unbound=optional("plasma_unbound"),
        solubility=optional("solubility"),
        solubility_neutral=optional("solubility_neutral"),
        diffusivity_25c=optional("diffusivity_25c"),
        evidence=table.get("evidence", ""),
        note=table.get("note", ""),
    )

"""Compounds: actives, vehicle ions, and the substances that are refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from models import correlations, speciation
from models.bounds import within
from models.citations import load_toml, sources
from models.errors import ModelInputError
from models.quantity import Quantity, parse_quantity, positive_quantity

_FILES = {"active": "actives.toml", "ion": "ions.toml", "refused": "refused.toml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compound:
    """Hold what the model knows of one substance.

    Parameters
    ----------
    name, title : str
        Key and readable name.
    kind : str
        "active", or "ion" for a constituent of a vehicle.
    charge_protonated : int
        Charge of the fully protonated form.
    molar_mass : Quantity
        g/mol.
    pka : tuple of Quantity
        Macroscopic dissociation constants, ascending.
    log_kow, plasma_unbound, solubility, diffusivity_25c : Quantity or None
        log10 octanol-water partition of the neutral form; fraction free in plasma; g/L; m^2/s.
    evidence, note : str
        Judgement on delivery by iontophoresis, and what to know.
    """

    name: str
    title: str
    kind: str
    charge_protonated: int
    molar_mass: Quantity
    pka: tuple[Quantity, ...]
    log_kow: Quantity | None = None
    plasma_unbound: Quantity | None = None
    solubility: Quantity | None = None
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


def refused_compounds() -> Mapping[str, str]:
    """Return the refused substances, each with its reason and reference."""
    table = load_toml(_FILES["refused"])
    return {name: f"{e['refused']} ({sources()[e['source']]})" for name, e in table.items()}


@cache
def load_compound(name: str) -> Compound:
    """Return an active or a vehicle ion by name.

    Raises
    ------
    ModelInputError
        If the name is unknown, or the substance is refused; the message gives the reason.
    """
    if name in load_toml(_FILES["refused"]):
        raise ModelInputError(f"compound {name!r} is refused: {refused_compounds()[name]}")
    for kind in ("active", "ion"):
        table = load_toml(_FILES[kind])
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
        charge_protonated=table["charge_protonated"],
        molar_mass=positive_quantity(f"{file} [{name}] molar_mass", table["molar_mass"], sources()),
        pka=tuple(
            parse_quantity(f"{file} [{name}] pka", entry, sources()) for entry in table["pka"]
        ),
        log_kow=optional("log_kow"),
        plasma_unbound=optional("plasma_unbound"),
        solubility=optional("solubility"),
        diffusivity_25c=optional("diffusivity_25c"),
        evidence=table.get("evidence", ""),
        note=table.get("note", ""),
    )

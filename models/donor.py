"""Donor and electrode: which ions are there, which pole drives the drug, and who shares the current.

The drug's share follows from mobilities inside the stratum corneum's pores. At working field the
pores fill with the donor's ions of the drug's sign, while ions of the other sign come from the
tissue, so per unit current density the electromigration flux of the drug is

    ``J_d / i = z̄_d U_d c_d / F S,  S = <z²>_d U_d c_d + Σ_co z² U c + θ^{±1} U_counter Σ |z| c``

with hindered pore diffusivities U, the sums over donor ions of the drug's sign, and the counter
sodium or chloride of tissue, and θ what the pores leave of an anion's mobility (`permselectivity`). Without co-ions c_d cancels: flux does not
depend on concentration (Mudry, Guy & Delgado-Charro 2006). Electrodes add co-ions with the charge
passed, so the share falls during a session.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.bounds import finite, known, not_negative, positive, within
from models.compounds import Compound, ions, load_compound
from models.errors import ModelInputError

MATERIALS = ("Ag/AgCl", "platinum", "carbon", "stainless steel")
CONTACTS = ("direct", "salt_bridge")
BRIDGE_SALTS = {"NaCl": ("sodium", "chloride"), "KCl": ("potassium", "chloride")}
NEUTRAL_CHARGE = 0.05
"""Mean charges smaller than this are carried by electro-osmosis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Electrode:
    """Hold the donor's electrode.

    Parameters
    ----------
    material : str
        One of `MATERIALS`; all but Ag/AgCl split water.
    contact : str
        "direct", or "salt_bridge" that feeds its own ions instead.
    bridge_salt : str
        "NaCl" or "KCl", for a salt bridge.
    bridge_concentration_mol_per_m3 : float
        Concentration in the bridge, for the record.
    capacity_c_per_m2 : float, optional
        Charge per skin area the silver (anode) or silver chloride (cathode) lasts for.
    """

    material: str = "Ag/AgCl"
    contact: str = "direct"
    bridge_salt: str = ""
    bridge_concentration_mol_per_m3: float = 0.0
    capacity_c_per_m2: float | None = None

    def __post_init__(self) -> None:
        known("electrode material", self.material, MATERIALS)
        known("electrode contact", self.contact, CONTACTS)
        not_negative("bridge_concentration_mol_per_m3", self.bridge_concentration_mol_per_m3)
        if self.contact == "salt_bridge":
            known("bridge_salt", self.bridge_salt, tuple(BRIDGE_SALTS))
        if self.capacity_c_per_m2 is not None:
            positive("capacity_c_per_m2", self.capacity_c_per_m2)

    def released_ions(self, sign: int) -> dict[str, float]:
        """Return the ions of one sign the electrode adds to the donor, mol per mol of charge.

        Parameters
        ----------
        sign : int
            +1 when the donor sits under the anode, -1 under the cathode: co-ions of a drug driven
            from there. Counter-ions are consumed or leave and do not share the current.
        """
        if self.contact == "salt_bridge":
            cation, anion = (load_compound(name) for name in BRIDGE_SALTS[self.bridge_salt])
            mobile = [ion.water_diffusivity_25c_m2_per_s for ion in (cation, anion)]
            ion, share = (cation, mobile[0]) if sign > 0 else (anion, mobile[1])
            return {ion.name: share / sum(mobile)}
        if self.material == "Ag/AgCl":
            return {} if sign > 0 else {"chloride": 1.0}
        return {"hydrogen": 1.0} if sign > 0 else {"hydroxide": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Formulation:
    """Hold what is in the donor compartment.

    Parameters
    ----------
    compound : str or Compound
        The active, by name.
    concentration_mol_per_m3 : float
        Total concentration of the active (mM).
    ph : float
        pH of the donor.
    salts_mol_per_m3 : mapping
        Every other ion in the vehicle by name (mM); mandatory, may be empty. A missing counter-ion
        is inferred, since it does not share the current; a missing co-ion is refused.
    volume_m3_per_m2 : float
        Donor volume per skin area, m.
    electrode : Electrode
        What drives the current.
    unstirred_layer_m : float
        Thickness of donor at the skin that nothing stirs, m: 0 by default, 1e-4 to 5e-4 in a gel. The
        reference model solves it; the fast one says where it would matter.

    Raises
    ------
    ModelInputError
        If a number is out of bounds, an ion unknown, or the declared ions lack a co-ion.
    """

    compound: str | Compound
    concentration_mol_per_m3: float
    ph: float
    salts_mol_per_m3: Mapping[str, float]
    volume_m3_per_m2: float
    electrode: Electrode = field(default_factory=Electrode)
    unstirred_layer_m: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.compound, str):
            load_compound(self.compound)  # refuses an unknown or refused one
        positive("concentration_mol_per_m3", self.concentration_mol_per_m3)
        within("ph", self.ph, 0.0, 14.0)
        positive("volume_m3_per_m2", self.volume_m3_per_m2)
        within("unstirred_layer_m", self.unstirred_layer_m, 0.0, 0.9 * self.volume_m3_per_m2)
        for name, amount in self.salts_mol_per_m3.items():
            known("vehicle ion", name, ions())
            not_negative(f"salts_mol_per_m3[{name}]", amount)
        self._check_neutrality()

    @property
    def active(self) -> Compound:
        """Return the active as a compound."""
        if isinstance(self.compound, Compound):
            return self.compound
        return load_compound(self.compound)

    @property
    def mean_charge(self) -> float:
        """Return the active's average charge number at the donor's pH."""
        return self.active.mean_charge(self.ph)

    @property
    def carried_by_electroosmosis(self) -> bool:
        """Return whether the active is too little charged to migrate."""
        return abs(self.mean_charge) < NEUTRAL_CHARGE

    @property
    def active_pole(self) -> str:
        """Return the pole the donor belongs under: "anode" for cations and neutrals."""
        return "cathode" if self.mean_charge <= -NEUTRAL_CHARGE else "anode"

    @property
    def sign(self) -> int:
        """Return +1 where the donor belongs under the anode, -1 under the cathode."""
        return -1 if self.active_pole == "cathode" else 1

    def co_ions_mol_per_m3(self) -> dict[str, float]:
        """Return the donor's ions of the drug's sign, mol/m^3, with H+ or OH- from the pH."""
        water = {"hydrogen": 10.0 ** (3.0 - self.ph), "hydroxide": 10.0 ** (self.ph - 11.0)}
        declared = dict(self.salts_mol_per_m3)
        for name, amount in water.items():
            declared.setdefault(name, amount)
        return {
            name: amount
            for name, amount in declared.items()
            if amount > 0.0 and load_compound(name).mean_charge(self.ph) * self.sign > 0.0
        }

    def vehicle_mol_per_m3(self) -> dict[str, float]:
        """Return every ion of the donor but the active, mol/m^3, so that charges cancel exactly.

        H+ or OH- of the pH count where they exceed 0.01 mol/m^3. What then lacks is the inferred
        counter-ion: chloride where charge is positive, sodium where it is negative.
        """
        held = {name: amount for name, amount in self.salts_mol_per_m3.items() if amount > 0.0}
        for name, amount in (
            ("hydrogen", 10.0 ** (3.0 - self.ph)),
            ("hydroxide", 10.0 ** (self.ph - 11.0)),
        ):
            if amount > 0.01:
                held.setdefault(name, amount)
        charge = self.mean_charge * self.concentration_mol_per_m3 + sum(
            amount * load_compound(name).mean_charge(self.ph) for name, amount in held.items()
        )
        closing = "chloride" if charge > 0.0 else "sodium"
        if charge != 0.0:
            held[closing] = held.get(closing, 0.0) + abs(charge)
        return held

    def released_per_charge(self) -> dict[str, float]:
        """Return what the electrode adds to the donor, mol per mol of signed charge.

        Negative where it takes away while current flows out of the donor. Their charges add up to
        one, ``Σ z a = 1``: silver takes chloride at an anode and releases it at a cathode; inert
        metals make H+ or OH-; a bridge sends its own ion in while donor ions of the other sign
        leave through it, in proportion to their conductances.
        """
        if self.electrode.contact == "salt_bridge":
            return self._exchanged_with_bridge()
        if self.electrode.material == "Ag/AgCl":
            return {"chloride": -1.0}
        return {"hydrogen": 1.0} if self.sign > 0 else {"hydroxide": -1.0}

    def _exchanged_with_bridge(self) -> dict[str, float]:
        fed = self.electrode.released_ions(self.sign)
        share = 1.0 - sum(fed.values())
        leaving = {
            name: abs(load_compound(name).mean_charge(self.ph))
            * load_compound(name).water_diffusivity_25c_m2_per_s
            * amount
            for name, amount in self.vehicle_mol_per_m3().items()
            if load_compound(name).mean_charge(self.ph) * self.sign < 0.0
        }
        carried = sum(
            abs(load_compound(name).mean_charge(self.ph)) * weight
            for name, weight in leaving.items()
        )
        released = {name: self.sign * amount for name, amount in fed.items()}
        for name, weight in leaving.items():
            released[name] = released.get(name, 0.0) - self.sign * share * weight / carried
        return released

    def _check_neutrality(self) -> None:
        charge = self.concentration_mol_per_m3 * finite("mean_charge", self.mean_charge)
        declared = sum(
            amount * load_compound(name).mean_charge(self.ph)
            for name, amount in self.salts_mol_per_m3.items()
        )
        surplus = -(charge + declared) * self.sign
        total = abs(charge) + sum(self.salts_mol_per_m3.values())
        if surplus > 0.05 * total + 0.01:
            missing = "cation" if self.sign > 0 else "anion"
            raise ModelInputError(
                f"salts_mol_per_m3: the declared ions lack {surplus:.3g} mol/m^3 of {missing} "
                f"charge; name the missing {missing}, it shares the current with the drug"
            )

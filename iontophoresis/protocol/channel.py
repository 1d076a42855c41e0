"""The tables of one channel: electrodes, donor, cells in series, and the current profile.

Every key carries its unit, every number its bounds; the bounds here are the widest any specimen class
allows, the effective ones are composed later with the bench file and the kernel's literals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from iontophoresis.protocol.sections import (
    Contradiction,
    DrivenClass,
    Name,
    Section,
    ShortText,
    SpecimenClass,
    at_most,
    raise_contradictions,
)
from iontophoresis.protocol.segments import Segment, segment_contradictions

Pole = Literal["anode", "cathode"]

Thickness = Annotated[float, Field(gt=0, le=60_000)]
Concentration = Annotated[float, Field(gt=0, le=10_000)]
SheetResistance = Annotated[float, Field(gt=0, le=100_000)]
MOST_CELLS = 16
MOST_SEGMENTS = 1000


def repeated(table: str, key: str, names: list[str]) -> list[Contradiction]:
    """List the second and later uses of a name that must be unique."""
    return [
        Contradiction(path=(table, i, key), reason="is used twice", advice="give each its own")
        for i, name in enumerate(names)
        if name in names[:i]
    ]


def empty(table: str, entries: Sequence[object]) -> list[Contradiction]:
    """Report a list of tables that needs at least one entry."""
    if entries:
        return []
    reason, advice = "is empty, at least one is needed", f"add a [[...{table}]] table"
    return [Contradiction(path=(table,), reason=reason, advice=advice)]


class Electrode(Section):
    """An electrode and how it meets the solution."""

    material: Literal["Ag/AgCl", "platinum", "carbon", "stainless steel"] = Field(
        description="what the electrode is made of"
    )
    contact: Literal["direct", "salt_bridge"] = Field(
        description='"direct" in the solution, or behind a "salt_bridge"'
    )
    bridge_salt: Literal["NaCl", "KCl"] | None = Field(
        default=None, description="salt in the bridge"
    )
    bridge_concentration_mm: Concentration | None = Field(
        default=None, description="salt in the bridge, in mM"
    )

    @model_validator(mode="after")
    def _bridge_is_described(self) -> Self:
        bridged = self.contact == "salt_bridge"
        reason, advice = (
            ("is missing, and contact is a salt_bridge", "name it")
            if bridged
            else ('contact is "direct", which has no bridge', "remove it")
        )
        raise_contradictions(
            Contradiction(path=(key,), reason=reason, advice=advice)
            for key in ("bridge_salt", "bridge_concentration_mm")
            if (getattr(self, key) is None) == bridged
        )
        return self


class Donor(Section):
    """The solution the compound comes from."""

    compound: Name = Field(description="name of the compound, as the model knows it")
    concentration_mm: Concentration = Field(description="of the compound, in mM")
    ph: float = Field(ge=1, le=13, description="pH of the donor solution")
    volume_ml: float = Field(gt=0, le=1000, description="donor volume of each cell, in mL")
    vehicle_salts_mm: dict[Name, Annotated[float, Field(ge=0, le=10_000)]] = Field(
        description="every other ion in the donor, in mM: they compete for the current; "
        "write {} when there are none"
    )
    lot: ShortText = Field(default="", description="batch of the compound")


class LayerThicknesses(Section):
    """Measured thicknesses that replace the site's defaults."""

    stratum_corneum: Thickness | None = Field(default=None, description="in um")
    epidermis: Thickness | None = Field(default=None, description="in um")
    dermis: Thickness | None = Field(default=None, description="in um")
    fat: Thickness | None = Field(default=None, description="in um")


class Cell(Section):
    """One specimen between donor and receptor."""

    id: Name = Field(description="a short name for the cell")
    area_cm2: float = Field(ge=0.01, le=200, description="area the current passes through, in cm2")
    specimen_class: DrivenClass = Field(
        description='"load" (resistor, gel), "excised" or "perfused" (ex vivo)'
    )
    baseline_resistance_kohm_cm2: SheetResistance = Field(
        description="sheet resistance before the current, in kOhm·cm2"
    )
    species: Name | None = Field(default=None, description='for example "human" or "pig"')
    site: Name | None = Field(default=None, description='for example "abdomen"')
    preparation: Name | None = Field(default=None, description='for example "full_thickness"')
    donor_id: ShortText = Field(default="", description="pseudonym of the tissue's donor")
    lot: ShortText = Field(default="", description="batch of the specimen")
    layers_um: LayerThicknesses = Field(
        default=LayerThicknesses(), description="measured layer thicknesses, in um"
    )

    @model_validator(mode="after")
    def _tissue_is_described(self) -> Self:
        if self.specimen_class != "load":
            raise_contradictions(
                Contradiction(
                    path=(key,),
                    reason=f'is missing, and the specimen is "{self.specimen_class}"',
                    advice=f"name it: {type(self).model_fields[key].description}",
                )
                for key in ("species", "site", "preparation")
                if getattr(self, key) is None
            )
        return self


class Channel(Section):
    """One current source's share: electrodes, donor, cells in series, and the current profile."""

    name: Name = Field(description="a short name for the channel")
    active_pole: Pole = Field(description="the electrode the donor sits under")
    electrode: Electrode = Field(description="table of the electrode in the donor")
    return_electrode: Electrode = Field(description="table of the other electrode")
    donor: Donor | None = Field(default=None, description="table of the donor solution")
    cell: Annotated[tuple[Cell, ...], Field(strict=False), at_most(MOST_CELLS)] = Field(
        description="[[channel.cell]] tables, one or several in series"
    )
    segment: Annotated[tuple[Segment, ...], Field(strict=False), at_most(MOST_SEGMENTS)] = Field(
        description="[[channel.segment]] tables: ramp, hold, rest, continuous, pulses, bipolar, "
        "steps, slow_deep, scan"
    )

    @property
    def specimen_class(self) -> SpecimenClass:
        """The class of every cell of this channel."""
        return self.cell[0].specimen_class

    @property
    def smallest_area_cm2(self) -> float:
        """The area on which density and charge density are judged."""
        return min(cell.area_cm2 for cell in self.cell)

    @model_validator(mode="after")
    def _cells_and_profile_agree(self) -> Self:
        found = segment_contradictions(self.segment)
        found += empty("cell", self.cell) + empty("segment", self.segment)
        if len({cell.specimen_class for cell in self.cell}) > 1:
            reason = "cells in series must be of one specimen class"
            found.append(Contradiction(path=("cell",), reason=reason, advice="use two channels"))
        if self.cell and self.specimen_class != "load" and self.donor is None:
            reason = f'is missing, and the specimen is "{self.specimen_class}"'
            found.append(
                Contradiction(path=("donor",), reason=reason, advice="add [channel.donor]")
            )
        found += repeated("cell", "id", [cell.id for cell in self.cell])
        raise_contradictions(found)
        return self

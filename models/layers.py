"""One layer of skin, before any compound: read from the data, with measured values put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from models.bounds import finite, known, not_negative, positive
from models.citations import load_toml, sources
from models.errors import ModelInputError
from models.quantity import Quantity, parse_quantity, positive_quantity

LAYERS = ("stratum_corneum", "epidermis", "dermis", "fat")
_OVERRIDES = (
    "thickness_m",
    "conductivity_s_per_m",
    "diffusivity_m2_per_s",
    "partition",
    "clearance_per_s",
    "sheet_resistance_ohm_m2",
)
_FILE = "layers.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Hold one layer, before any compound.

    Parameters
    ----------
    name : str
        One of `LAYERS`.
    thickness_m : float
        Thickness, m.
    thickness_ln_sd : float
        Its ln standard deviation; 0 where the specimen was measured.
    water_partition, lipid_partition : float
        Volume fractions that take up the water and the lipid form.
    hindrance : float
        What diffusion in the layer is slower by than its correlation.
    conductivity_s_per_m : float
        Electrical conductivity; of the stratum corneum before any current.
    blood_flow_per_s : float
        Perfusion per tissue volume that clears the layer, where no capillary law does.
    normal_current : float
        Share of the current that still flows normal to the skin.
    partition_ln_sd, diffusivity_ln_sd, conductivity_ln_sd : float
        ln standard deviations of the above; 0 where overridden.
    diffusivity_m2_per_s, partition, clearance_per_s : float or None
        Overrides of what would follow from the compound.
    """

    name: str
    thickness_m: float
    thickness_ln_sd: float
    water_partition: float
    lipid_partition: float
    hindrance: float
    conductivity_s_per_m: float
    blood_flow_per_s: float
    normal_current: float
    partition_ln_sd: float
    diffusivity_ln_sd: float
    conductivity_ln_sd: float
    diffusivity_m2_per_s: float | None = None
    partition: float | None = None
    clearance_per_s: float | None = None

    def __post_init__(self) -> None:
        known("layer name", self.name, LAYERS)
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name == "name" or value is None:
                continue
            must_exceed_zero = item.name in {
                "thickness_m",
                "water_partition",
                "hindrance",
                "conductivity_s_per_m",
                "diffusivity_m2_per_s",
                "partition",
            }
            check = positive if must_exceed_zero else not_negative
            check(f"{self.name}.{item.name}", value)


def sites() -> tuple[str, ...]:
    """Return the names of the sites with data."""
    return tuple(load_toml(_FILE)["site"])


def preparations() -> tuple[str, ...]:
    """Return the names of the preparations."""
    return tuple(load_toml(_FILE)["preparation"])


def constant(group: str, name: str) -> Quantity:
    """Return a number of `layers.toml` that belongs to no layer, such as the electro-osmotic flow."""
    return parse_quantity(f"{_FILE} [{group}] {name}", load_toml(_FILE)[group][name], sources())


def number(group: str, name: str, key: str) -> Quantity:
    """Return a positive number of a site, preparation or tissue in `layers.toml`."""
    table: Mapping[str, Any] = load_toml(_FILE)[group][name]
    return positive_quantity(f"{_FILE} [{group}.{name}] {key}", table[key], sources())


def read_layer(site: str, preparation: str, name: str) -> Layer:
    """Return a layer of a site as a preparation keeps it."""
    tables = load_toml(_FILE)
    tissue = tables["tissue"][name]
    thickness = _thickness(site, preparation, name)
    water = number("tissue", name, "water_partition")
    hindrance = number("tissue", name, "hindrance")
    if name == "stratum_corneum":
        resistance = number("site", site, "sheet_resistance")
        conductivity, spread = thickness.value / resistance.value, resistance.ln_sd
    else:
        read = number("tissue", name, "conductivity")
        conductivity, spread = read.value, read.ln_sd

    def optional(key: str) -> float:
        return number("tissue", name, key).value if key in tissue else 0.0

    return Layer(
        name=name,
        thickness_m=thickness.value,
        thickness_ln_sd=thickness.ln_sd,
        water_partition=water.value,
        lipid_partition=optional("lipid_partition"),
        hindrance=hindrance.value,
        conductivity_s_per_m=conductivity,
        blood_flow_per_s=optional("blood_flow"),
        normal_current=number("tissue", name, "normal_current").value,
        partition_ln_sd=water.ln_sd,
        diffusivity_ln_sd=hindrance.ln_sd,
        conductivity_ln_sd=spread,
    )


def _thickness(site: str, preparation: str, name: str) -> Quantity:
    """Return how thick a preparation leaves a layer; it can swell stratum corneum, not grow dermis."""
    whole = number("site", site, name)
    if name not in load_toml(_FILE)["preparation"][preparation]:
        return whole
    kept = number("preparation", preparation, name)
    if name != "stratum_corneum" and kept.value > whole.value:
        raise ModelInputError(
            f"preparation {preparation!r} keeps {kept.value * 1e6:g} µm of {name}, but {site} has "
            f"{whole.value * 1e6:g}; use dermis_attached and give the measured thickness"
        )
    return kept


def override_layer(layer: Layer, given: Mapping[str, float]) -> Layer:
    """Return a layer with measured values put in, which then have no spread.

    Raises
    ------
    ModelInputError
        If a key is unknown or does not fit the layer, or a value is out of bounds.
    """
    for key, value in given.items():
        known(f"overrides key for {layer.name}", key, _OVERRIDES)
        finite(f"overrides {layer.name}.{key}", value)
    changes: dict[str, Any] = dict(given)
    resistance = changes.pop("sheet_resistance_ohm_m2", None)
    resistance_kept = layer.thickness_m / layer.conductivity_s_per_m
    if "thickness_m" in changes:
        changes["thickness_ln_sd"] = 0.0
    if layer.name == "stratum_corneum":
        thickness = positive(
            "stratum_corneum.thickness_m", changes.get("thickness_m", layer.thickness_m)
        )
        measured = resistance is not None
        sheet = positive("sheet_resistance_ohm_m2", resistance if measured else resistance_kept)
        changes.setdefault("conductivity_s_per_m", thickness / sheet)
        changes["conductivity_ln_sd"] = 0.0 if measured else layer.conductivity_ln_sd
    elif resistance is not None:
        raise ModelInputError(
            f"overrides {layer.name}.sheet_resistance_ohm_m2: only the stratum corneum has one; "
            "give conductivity_s_per_m"
        )
    elif "conductivity_s_per_m" in changes:
        changes["conductivity_ln_sd"] = 0.0
    if "diffusivity_m2_per_s" in changes:
        changes["diffusivity_ln_sd"] = 0.0
    if "partition" in changes:
        changes["partition_ln_sd"] = 0.0
    return replace(layer, **changes)

"""Skin as a stack of layers: thickness, water, lipid, conductivity, blood and how it is bounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from models.bounds import finite, known, not_negative, positive
from models.citations import load_toml, sources
from models.errors import ModelInputError
from models.quantity import Quantity, parse_quantity, positive_quantity

LAYERS = ("stratum_corneum", "epidermis", "dermis", "fat")
BOUNDARIES = ("sealed", "sink")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Electrical:
    """Hold how the stratum corneum answers current.

    Parameters
    ----------
    plateau_voltage : Quantity
        V; the conductance gained per current density is its inverse.
    opening_time, recovery_time : Quantity
        s; time constants of opening under current and of recovery.
    """

    plateau_voltage: Quantity
    opening_time: Quantity
    recovery_time: Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Skin:
    """Hold a preparation of skin from a site.

    Parameters
    ----------
    site, preparation : str
        As named in `layers.toml`.
    layers : tuple of Layer
        From the surface down.
    perfused : bool
        Whether blood clears dermis and fat. Excised skin is not perfused.
    deep_boundary : str
        "sealed", or "sink" for a receptor kept empty.
    isoelectric_ph : float
        pH where electro-osmosis reverses.
    electrical : Electrical
        Answer of the stratum corneum to current.
    """

    site: str
    preparation: str
    layers: tuple[Layer, ...]
    perfused: bool
    deep_boundary: str
    isoelectric_ph: float
    electrical: Electrical

    def __post_init__(self) -> None:
        known("deep_boundary", self.deep_boundary, BOUNDARIES)
        names = tuple(layer.name for layer in self.layers)
        if not names or names != LAYERS[: len(names)]:
            raise ModelInputError(f"layers {names}: keep the order {LAYERS} from the surface")

    @property
    def sheet_resistance_ohm_m2(self) -> float:
        """Return the resistance of the stratum corneum before any current, ohm m^2."""
        return self.layers[0].thickness_m / self.layers[0].conductivity_s_per_m

    @property
    def deep_resistance_ohm_m2(self) -> float:
        """Return the resistance of everything below the stratum corneum, ohm m^2."""
        return sum(layer.thickness_m / layer.conductivity_s_per_m for layer in self.layers[1:])

    @property
    def thickness_m(self) -> float:
        """Return the thickness of the whole stack, m."""
        return sum(layer.thickness_m for layer in self.layers)

    @classmethod
    def load(
        cls,
        *,
        site: str = "human_abdomen",
        preparation: str = "full_thickness",
        perfused: bool = False,
        deep_boundary: str | None = None,
        overrides: Mapping[str, Mapping[str, float]] | None = None,
    ) -> Skin:
        """Return skin of a site in a preparation, with measured values put in.

        Parameters
        ----------
        site, preparation : str
            See `sites` and `preparations`.
        perfused : bool
            Whether blood clears dermis and fat.
        deep_boundary : str, optional
            Overrides the preparation's "sealed" or "sink".
        overrides : mapping, optional
            Layer name to a mapping with any of thickness_m, conductivity_s_per_m,
            diffusivity_m2_per_s, partition, clearance_per_s, and for the stratum corneum
            sheet_resistance_ohm_m2. What is overridden counts as measured: it has no band.

        Raises
        ------
        ModelInputError
            If a name is unknown or a value out of bounds.
        """
        table = load_toml(_FILE)
        known("site", site, sites())
        known("preparation", preparation, preparations())
        kept = table["preparation"][preparation]
        given = dict(overrides or {})
        for name in given:
            known(f"overrides layer in preparation {preparation!r}", name, tuple(kept["layers"]))
        layers = tuple(
            _override(_read_layer(site, preparation, name), given.get(name, {}))
            for name in kept["layers"]
        )
        return cls(
            site=site,
            preparation=preparation,
            layers=layers,
            perfused=bool(perfused),
            deep_boundary=deep_boundary or kept["deep_boundary"],
            isoelectric_ph=_number("site", site, "isoelectric_ph").value,
            electrical=Electrical(
                plateau_voltage=constant("electrical", "plateau_voltage"),
                opening_time=constant("electrical", "opening_time"),
                recovery_time=constant("electrical", "recovery_time"),
            ),
        )


def sites() -> tuple[str, ...]:
    """Return the names of the sites with data."""
    return tuple(load_toml(_FILE)["site"])


def preparations() -> tuple[str, ...]:
    """Return the names of the preparations."""
    return tuple(load_toml(_FILE)["preparation"])


def constant(group: str, name: str) -> Quantity:
    """Return a number of `layers.toml` that belongs to no layer, such as the electro-osmotic flow."""
    return parse_quantity(f"{_FILE} [{group}] {name}", load_toml(_FILE)[group][name], sources())


def _number(group: str, name: str, key: str) -> Quantity:
    table: Mapping[str, Any] = load_toml(_FILE)[group][name]
    return positive_quantity(f"{_FILE} [{group}.{name}] {key}", table[key], sources())


def _read_layer(site: str, preparation: str, name: str) -> Layer:
    tables = load_toml(_FILE)
    tissue = tables["tissue"][name]
    in_preparation = name in tables["preparation"][preparation]
    thickness = (
        _number("preparation", preparation, name) if in_preparation else _number("site", site, name)
    )
    water = _number("tissue", name, "water_partition")
    hindrance = _number("tissue", name, "hindrance")
    if name == "stratum_corneum":
        resistance = _number("site", site, "sheet_resistance")
        conductivity, spread = thickness.value / resistance.value, resistance.ln_sd
    else:
        read = _number("tissue", name, "conductivity")
        conductivity, spread = read.value, read.ln_sd

    def optional(key: str) -> float:
        return _number("tissue", name, key).value if key in tissue else 0.0

    return Layer(
        name=name,
        thickness_m=thickness.value,
        thickness_ln_sd=thickness.ln_sd,
        water_partition=water.value,
        lipid_partition=optional("lipid_partition"),
        hindrance=hindrance.value,
        conductivity_s_per_m=conductivity,
        blood_flow_per_s=optional("blood_flow"),
        normal_current=_number("tissue", name, "normal_current").value,
        partition_ln_sd=water.ln_sd,
        diffusivity_ln_sd=hindrance.ln_sd,
        conductivity_ln_sd=spread,
    )


def _override(layer: Layer, given: Mapping[str, float]) -> Layer:
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

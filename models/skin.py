"""Skin as a stack of layers, perfused or not, and how it is bounded below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.bounds import known, within
from models.citations import load_toml
from models.errors import ModelInputError
from models.layers import (
    LAYERS,
    Layer,
    constant,
    number,
    override_layer,
    preparations,
    read_layer,
    sites,
)
from models.quantity import Quantity

BOUNDARIES = ("sealed", "sink")
TISSUE_PH = 7.4


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
    inner_ph : float
        pH beneath the stratum corneum: that of tissue, or of a receptor that has soaked it.
    electrical : Electrical
        Answer of the stratum corneum to current.
    """

    site: str
    preparation: str
    layers: tuple[Layer, ...]
    perfused: bool
    deep_boundary: str
    isoelectric_ph: float
    inner_ph: float
    electrical: Electrical

    def __post_init__(self) -> None:
        known("deep_boundary", self.deep_boundary, BOUNDARIES)
        within("inner_ph", self.inner_ph, 0.0, 14.0)
        names = tuple(layer.name for layer in self.layers)
        if not names or names != LAYERS[: len(names)]:
            raise ModelInputError(f"layers {names}: keep the order {LAYERS} from the surface")
        cleared = [layer.name for layer in self.layers if layer.clearance_per_s is not None]
        if cleared and not self.perfused:
            raise ModelInputError(
                f"overrides {cleared[0]}.clearance_per_s: excised skin clears nothing; "
                "leave it out or say perfused"
            )

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
        inner_ph: float | None = None,
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
        inner_ph : float, optional
            pH beneath the stratum corneum; by default that of tissue.
        overrides : mapping, optional
            Layer name to a mapping with any of thickness_m, conductivity_s_per_m,
            diffusivity_m2_per_s, partition, clearance_per_s, and for the stratum corneum
            sheet_resistance_ohm_m2. What is overridden counts as measured: it has no band.

        Raises
        ------
        ModelInputError
            If a name is unknown or a value out of bounds.
        """
        table = load_toml("layers.toml")
        known("site", site, sites())
        known("preparation", preparation, preparations())
        kept = table["preparation"][preparation]
        given = dict(overrides or {})
        for name in given:
            known(f"overrides layer in preparation {preparation!r}", name, tuple(kept["layers"]))
        layers = tuple(
            override_layer(read_layer(site, preparation, name), given.get(name, {}))
            for name in kept["layers"]
        )
        return cls(
            site=site,
            preparation=preparation,
            layers=layers,
            perfused=bool(perfused),
            deep_boundary=deep_boundary or kept["deep_boundary"],
            isoelectric_ph=number("site", site, "isoelectric_ph").value,
            inner_ph=constant("permselectivity", "inner_ph").value
            if inner_ph is None
            else inner_ph,
            electrical=Electrical(
                plateau_voltage=constant("electrical", "plateau_voltage"),
                opening_time=constant("electrical", "opening_time"),
                recovery_time=constant("electrical", "recovery_time"),
            ),
        )

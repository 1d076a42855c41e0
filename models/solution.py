"""What a prediction returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.bounds import known, within
from models.errors import ModelInputError
from models.layers import LAYERS

FloatArray = NDArray[np.float64]
COMPARTMENTS = ("donor", *LAYERS, "cleared", "receptor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """Hold where the drug is over time, per skin area.

    Parameters
    ----------
    time_s : (n_time,) array
        Times, s.
    amount_mol_per_m2 : mapping
        Compartment (one of `COMPARTMENTS`) to an (n_time,) array, mol/m^2. Layers the preparation
        lacks hold zeros.
    depth_m : (n_node,) array
        Depth below the surface, m. Interfaces appear twice, once for either side.
    concentration_mol_per_m3 : (n_time, n_node) array
        Total concentration per volume of tissue, mol/m^3.
    transport_number : (n_time,) array
        The drug's share of the current; 0 for neutrals.
    perfused : bool
        Whether blood cleared dermis and fat.
    mass_balance_error : float
        Largest drift of the total, relative to the total.
    extrapolated : tuple of str
        Sentences on how the prediction goes beyond its validity.
    step_end_s : (n_step,) array
        Ends of the time steps taken, s.
    """

    time_s: FloatArray
    amount_mol_per_m2: Mapping[str, FloatArray]
    depth_m: FloatArray
    concentration_mol_per_m3: FloatArray
    transport_number: FloatArray
    perfused: bool
    mass_balance_error: float
    extrapolated: tuple[str, ...]
    step_end_s: FloatArray

    @property
    def delivered_mol_per_m2(self) -> FloatArray:
        """Return what has left the donor, (n_time,) in mol/m^2."""
        donor = self.amount_mol_per_m2["donor"]
        total = sum(self.amount_mol_per_m2[name][0] for name in COMPARTMENTS)
        delivered: FloatArray = total - donor
        return delivered

    def to_xarray(self) -> Any:
        """Return everything as an `xarray.Dataset`, units in its attributes.

        Amounts have dimensions (compartment, time), concentration (time, node) with the depth of
        each node as a coordinate: interfaces have two nodes at one depth.

        Raises
        ------
        ModelInputError
            If xarray is not installed.
        """
        try:
            dataset = import_module("xarray").Dataset
        except ImportError as error:
            raise ModelInputError(
                "to_xarray: xarray is not installed; install the extra "
                '"xarray" (pip install xarray), or use the arrays of this solution as they are'
            ) from error
        amounts = np.stack([self.amount_mol_per_m2[name] for name in COMPARTMENTS])
        concentration = self.concentration_mol_per_m3
        return dataset(
            data_vars={
                "amount": (("compartment", "time"), amounts, {"units": "mol m-2"}),
                "concentration": (("time", "node"), concentration, {"units": "mol m-3"}),
                "transport_number": (("time",), self.transport_number, {"units": "1"}),
            },
            coords={
                "time": ("time", self.time_s, {"units": "s"}),
                "compartment": list(COMPARTMENTS),
                "depth": ("node", self.depth_m, {"units": "m"}),
            },
            attrs={
                "perfused": int(self.perfused),
                "mass_balance_error": self.mass_balance_error,
                "extrapolated": " ".join(self.extrapolated),
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Hold a prediction with its uncertainty.

    Parameters
    ----------
    time_s : (n_time,) array
        Times, s.
    amount_mol_per_m2 : mapping
        Compartment to an (n_draw, n_time) array, mol/m^2.
    nominal : Solution
        The prediction with every input at its nominal value.
    factors : mapping
        Input name to its drawn factors, (n_draw,), for the inputs that vary.
    """

    time_s: FloatArray
    amount_mol_per_m2: Mapping[str, FloatArray]
    nominal: Solution
    factors: Mapping[str, FloatArray]

    def quantile(self, layer: str, q: float) -> FloatArray:
        """Return a quantile over the draws, (n_time,) in mol/m^2.

        Raises
        ------
        ModelInputError
            If the layer is unknown or q is not between 0 and 1.
        """
        known("layer", layer, COMPARTMENTS)
        amounts = self.amount_mol_per_m2[layer]
        result: FloatArray = np.quantile(amounts, within("q", q, 0.0, 1.0), axis=0)
        return result

    def dominant(self, layer: str) -> tuple[tuple[str, float], ...]:
        """Return the inputs behind the spread of a layer's final amount, largest first.

        Each with its squared rank correlation, roughly its share of the spread; inputs below five
        per cent are left out.
        """
        known("layer", layer, COMPARTMENTS)
        final = _ranks(self.amount_mol_per_m2[layer][:, -1])
        shares = {name: _correlation(_ranks(x), final) ** 2 for name, x in self.factors.items()}
        ordered = sorted(shares.items(), key=lambda item: -item[1])
        return tuple((name, share) for name, share in ordered if share >= 0.05)

    @property
    def dominant_inputs(self) -> tuple[str, ...]:
        """Return the names of the inputs that dominate the amount in the deepest live layer."""
        layer = "dermis" if np.any(self.amount_mol_per_m2["dermis"]) else "epidermis"
        return tuple(name for name, _ in self.dominant(layer))


def _ranks(values: FloatArray) -> FloatArray:
    return np.argsort(np.argsort(values)).astype(float)


def _correlation(a: FloatArray, b: FloatArray) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 0.0 else 0.0

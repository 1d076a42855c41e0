"""Draws of the uncertain inputs: log-normal factors about the nominal skin and prior.

Draw i is the same whatever the number of draws, so a band can be refined without changing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.donor import Formulation
from models.errors import ModelInputError
from models.layers import LAYERS, constant
from models.skin import Skin

FloatArray = NDArray[np.float64]

_GLOBAL = (
    "pore mobility",
    "electro-osmotic flow",
    "clearance",
    "lipid partition",
    "lipid path",
    "plateau voltage",
    "opening time",
    "recovery time",
)
NAMES = (
    *_GLOBAL,
    *(f"{layer} thickness" for layer in LAYERS),
    *(f"{layer} partition" for layer in LAYERS),
    *(f"{layer} diffusivity" for layer in LAYERS),
    *(f"{layer} conductivity" for layer in LAYERS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """Hold factors on the uncertain inputs.

    Parameters
    ----------
    factor : mapping
        Input name (one of `NAMES`) to an (n_draw,) array.
    n_draw : int
        Number of draws.
    """

    factor: Mapping[str, FloatArray]
    n_draw: int

    def __getitem__(self, name: str) -> FloatArray:
        """Return the factors of one input, (n_draw,)."""
        return self.factor[name]

    @classmethod
    def nominal(cls) -> Draws:
        """Return one draw with every factor 1."""
        return cls(factor={name: np.ones(1) for name in NAMES}, n_draw=1)

    @classmethod
    def sample(cls, skin: Skin, formulation: Formulation, *, draws: int, seed: int) -> Draws:
        """Return random draws for a skin and a donor.

        Raises
        ------
        ModelInputError
            If there are fewer than two draws.
        """
        if draws < 2:
            raise ModelInputError(f"draws = {draws}: a band needs at least 2")
        spread = _spreads(skin, formulation)
        normal = np.random.default_rng(seed).standard_normal((draws, len(NAMES)))
        factor = {name: np.exp(spread[name] * normal[:, k]) for k, name in enumerate(NAMES)}
        return cls(factor=factor, n_draw=draws)


def _spreads(skin: Skin, formulation: Formulation) -> dict[str, float]:
    """Return the ln standard deviation of each input; 0 for layers the preparation lacks."""
    spread = dict.fromkeys(NAMES, 0.0)
    spread["pore mobility"] = _transport_spread(formulation)
    spread["electro-osmotic flow"] = constant("electroosmosis", "flow").ln_sd
    spread["clearance"] = constant("transport", "clearance").ln_sd
    spread["lipid partition"] = constant("transport", "partition").ln_sd
    spread["lipid path"] = constant("transport", "lipid_path").ln_sd
    spread["plateau voltage"] = skin.electrical.plateau_voltage.ln_sd
    spread["opening time"] = skin.electrical.opening_time.ln_sd
    spread["recovery time"] = skin.electrical.recovery_time.ln_sd
    for layer in skin.layers:
        spread[f"{layer.name} thickness"] = layer.thickness_ln_sd
        spread[f"{layer.name} partition"] = layer.partition_ln_sd
        spread[f"{layer.name} diffusivity"] = layer.diffusivity_ln_sd
        spread[f"{layer.name} conductivity"] = layer.conductivity_ln_sd
    return spread


def _transport_spread(formulation: Formulation) -> float:
    """Return the spread of the transport-number prior; wider for multivalent and amphiphilic ions."""
    active = formulation.active
    amphiphilic = active.log_kow is not None and active.log_kow.value > 3.0
    multivalent = abs(formulation.mean_charge) > 1.3
    return constant(
        "transport", "multivalent" if amphiphilic or multivalent else "single_ion"
    ).ln_sd

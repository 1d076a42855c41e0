"""Graded grids: fine where the solution bends, with a node on every interface.

The stratum corneum is refined towards both faces, since at a Péclet number of hundreds its exit
layer is thinner than a hundredth of it; the deeper layers grow away from the surface side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelInputError

FloatArray = NDArray[np.float64]

DEFAULT_ELEMENTS = {"stratum_corneum": 128, "epidermis": 16, "dermis": 64, "fat": 40}
"""Elements per layer; hold 1e-3 on every layer of the reference problem P1 of `tests/models/bench`. A
prediction takes as many as its Péclet number needs; see `resolution`."""

BAND_ELEMENTS = {"stratum_corneum": 16, "epidermis": 6, "dermis": 24, "fat": 12}
"""Grid of ensembles and of live use: a thousandth of error on what is delivered, held and cleared
by the dermis, against bands of a factor of two and more."""

_TWO_SIDED_STEEPNESS = 2.0
_ONE_SIDED_GROWTH = {"epidermis": 1.5, "dermis": 1.2, "fat": 3.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Hold where elements lie, as shares of their layer, so that one grid serves every draw.

    Parameters
    ----------
    share : (n_element,) array
        Element length over layer thickness.
    layer : (n_element,) int array
        Index of the layer each element lies in.
    """

    share: FloatArray
    layer: NDArray[np.intp]

    @property
    def n_element(self) -> int:
        """Return the number of elements; nodes are one more."""
        return int(self.share.size)

    def element_length_m(self, thickness_m: FloatArray) -> FloatArray:
        """Return element lengths, (n_draw, n_element) in m, for thicknesses (n_draw, n_layer)."""
        lengths: FloatArray = thickness_m[:, self.layer] * self.share
        return lengths


def layer_shares(name: str, n_element: int) -> FloatArray:
    """Return the element lengths of one layer as shares of its thickness."""
    place = np.linspace(0.0, 1.0, n_element + 1)
    if name == "stratum_corneum":
        steep = _TWO_SIDED_STEEPNESS
        nodes = 0.5 * (1.0 + np.tanh(steep * (place - 0.5)) / np.tanh(steep * 0.5))
    else:
        growth = _ONE_SIDED_GROWTH.get(name, 0.0)
        nodes = np.expm1(growth * place) / np.expm1(growth) if growth else place
    return np.diff(nodes)


def graded(
    names: tuple[str, ...],
    *,
    refine: float = 1.0,
    elements: Mapping[str, int] = MappingProxyType(DEFAULT_ELEMENTS),
) -> Grid:
    """Return the default grid of a stack of layers, refined by a factor.

    Parameters
    ----------
    names : tuple of str
        Layers, from the surface down.
    refine : float
        Multiplies the number of elements.
    elements : mapping
        Elements per layer before refinement; 24 for layers it lacks.

    Raises
    ------
    ModelInputError
        If the factor leaves a layer without two elements.
    """
    counts = [round(elements.get(name, 24) * refine) for name in names]
    if min(counts) < 2:
        raise ModelInputError(f"refine = {refine:g}: leaves a layer without two elements; raise it")
    return Grid(
        share=np.concatenate(
            [layer_shares(name, count) for name, count in zip(names, counts, strict=True)]
        ),
        layer=np.repeat(np.arange(len(names)), counts),
    )

"""How fine a grid a prediction needs, from its Péclet number.

A drug enters the stratum corneum as a front of width ``L sqrt(2/Pe)``, ``Pe = |v| L/D``, and leaves
it through a layer of ``L/Pe``. The exponential fit widens the front by ``(Pe h)²/12`` of its
diffusivity (h as a share of L), which comes out as the error of what the corneum and the epidermis
hold while the front breaks through. ``160 + 15 sqrt(Pe)`` elements keep it at about a thousandth
from Pe = 0 to 2,000.
"""

from __future__ import annotations

import numpy as np

from models.forcing import Forcing
from models.grid import DEFAULT_ELEMENTS, Grid, graded
from models.transport import Stack

_AT_REST = 160
_PER_ROOT_PECLET = 15.0
_MOST_ELEMENTS = 1024
_DERMIS_ELEMENTS = 144
"""More than the default: fat first sees the far tail of what crosses the dermis."""


def peclet_number(stack: Stack, forcing: Forcing) -> float:
    """Return the mean Péclet number of the first layer over the way its fluid moves.

    The largest of the draws counts; 0 where nothing drifts.
    """
    pore, other = stack.pore_permeability_m2_per_s[:, :1], stack.other_permeability_m2_per_s[:, :1]
    drift = (forcing.mobility_m3_per_c + stack.osmotic_m3_per_c[:, :1]) * forcing.current_a_per_m2
    speed = np.abs(drift)
    way = np.trapezoid(speed, forcing.time_s, axis=1)
    if not np.any(way > 0.0):
        return 0.0
    peclet = speed * stack.thickness_m[:, :1] / (forcing.opening * pore + other)
    weighted = np.trapezoid(peclet * speed, forcing.time_s, axis=1)
    return float(np.max(weighted / np.where(way > 0.0, way, np.inf)))


def resolved(stack: Stack, forcing: Forcing, *, refine: float = 1.0) -> Grid:
    """Return the grid a prediction is made on.

    Parameters
    ----------
    stack : Stack
        Coefficients of the transport equations.
    forcing : Forcing
        Current, opening and electromigration over time.
    refine : float
        Multiplies the number of elements.

    Raises
    ------
    ModelInputError
        If the factor leaves a layer without two elements.
    """
    wanted = _AT_REST + _PER_ROOT_PECLET * np.sqrt(peclet_number(stack, forcing))
    elements = {
        **DEFAULT_ELEMENTS,
        "stratum_corneum": min(round(wanted), _MOST_ELEMENTS),
        "dermis": _DERMIS_ELEMENTS,
    }
    return graded(stack.names, refine=refine, elements=elements)

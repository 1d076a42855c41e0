from __future__ import annotations

import numpy as np
import pytest

from models.closed_form import Slab
from models.forcing import steady
from models.grid import DEFAULT_ELEMENTS
from models.resolution import peclet_number, resolved
from models.solver import integrate
from models.transport import Operator

LENGTH_M, DIFFUSIVITY_M2_PER_S = 20e-6, 1e-13


def case(run_slabs, w: float):
    """Return a slab of Péclet number w as a stack, and what drives it."""
    velocity = w * DIFFUSIVITY_M2_PER_S / LENGTH_M
    slab = Slab(
        thickness_m=LENGTH_M, diffusivity_m2_per_s=DIFFUSIVITY_M2_PER_S, velocity_m_per_s=velocity
    )
    operator, _ = run_slabs([slab], [1.0])
    return operator.stack, steady(1.0, velocity, 1000.0)


def test_peclet_number_is_that_of_the_slab(run_slabs) -> None:
    for w in (0.0, 5.0, -200.0):
        assert peclet_number(*case(run_slabs, w)) == pytest.approx(abs(w), rel=1e-12)


def test_elements_grow_with_the_root_of_the_peclet_number(run_slabs) -> None:
    def count(w: float, refine: float = 1.0) -> int:
        return resolved(*case(run_slabs, w), refine=refine).n_element

    base = count(0.0)
    assert base > DEFAULT_ELEMENTS["stratum_corneum"]
    assert count(400.0) - base == pytest.approx(2 * (count(100.0) - base), abs=1)
    assert count(100.0, refine=2.0) == 2 * count(100.0)
    assert count(1e6) == count(1e7)


@pytest.mark.parametrize("w", [5.0, 50.0, 500.0])
def test_front_is_as_sharp_as_it_should_be(run_slabs, w: float) -> None:
    """What is held while the front breaks through is the hardest to have right."""
    stack, forcing = case(run_slabs, w)
    transit = LENGTH_M**2 / (DIFFUSIVITY_M2_PER_S * w)
    times = transit * np.linspace(0.5, 1.5, 21)

    def held(refine: float, tolerance: float) -> np.ndarray:
        operator = Operator(stack, resolved(stack, forcing, refine=refine))
        return integrate(operator, forcing, times, tolerance=tolerance).layers[0, 0]

    fine = held(4.0, 1e-5)
    assert np.abs(held(1.0, 3e-4) - fine).max() < 2e-3 * fine.max()

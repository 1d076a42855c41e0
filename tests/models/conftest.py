from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

import models
from models.closed_form import Slab
from models.forcing import Forcing, steady
from models.grid import graded
from models.solver import Trajectory, integrate
from models.transport import Operator, Stack

ENDLESS_DONOR_M = 1e6
DONOR_MOL_PER_M3 = 100.0
NAMES = ("stratum_corneum", "dermis", "epidermis", "fat")

RunSlabs = Callable[..., tuple[Operator, Trajectory]]


def stack_of(
    slabs: Sequence[Slab], *, sink: bool = True, donor_m: float = ENDLESS_DONOR_M
) -> Stack:
    def row(values: Sequence[float]) -> np.ndarray:
        return np.array([values], dtype=float)

    kd = [slab.partition * slab.diffusivity_m2_per_s for slab in slabs]
    return Stack(
        names=NAMES[: len(slabs)],
        thickness_m=row([slab.thickness_m for slab in slabs]),
        partition=row([slab.partition for slab in slabs]),
        clearance_per_s=row([slab.clearance_per_s for slab in slabs]),
        pore_permeability_m2_per_s=row([0.0] * len(slabs)),
        other_permeability_m2_per_s=row(kd),
        mobility_m3_per_c=row([slab.partition * slab.velocity_m_per_s for slab in slabs]),
        osmotic_m3_per_c=row([0.0] * len(slabs)),
        donor_volume_m=np.array([donor_m]),
        donor_mol_per_m3=np.array([DONOR_MOL_PER_M3]),
        sink=sink,
    )


def unit_current(slabs: Sequence[Slab], until_s: float) -> Forcing:
    return steady(1.0, slabs[0].partition * slabs[0].velocity_m_per_s, until_s)


@pytest.fixture
def run_slabs() -> RunSlabs:
    """Integrate slabs under unit current density, so that mobility is velocity."""

    def run(
        slabs: Sequence[Slab],
        at_s: Sequence[float],
        *,
        refine: float = 1.0,
        tolerance: float = 3e-4,
        sink: bool = True,
        donor_m: float = ENDLESS_DONOR_M,
    ) -> tuple[Operator, Trajectory]:
        stack = stack_of(slabs, sink=sink, donor_m=donor_m)
        operator = Operator(stack, graded(stack.names, refine=refine))
        forcing = unit_current(slabs, float(at_s[-1]))
        return operator, integrate(operator, forcing, np.array(at_s, float), tolerance=tolerance)

    return run


@pytest.fixture
def excised() -> models.Skin:
    return models.Skin.load(overrides={"fat": {"thickness_m": 3e-3}})


@pytest.fixture
def perfused() -> models.Skin:
    return models.Skin.load(perfused=True, overrides={"fat": {"thickness_m": 3e-3}})


@pytest.fixture
def ascorbate() -> models.Formulation:
    return models.Formulation(
        compound="ascorbate",
        concentration_mol_per_m3=100.0,
        ph=6.5,
        salts_mol_per_m3={"sodium": 100.0},
        volume_m3_per_m2=4e-3,
    )


@pytest.fixture
def caffeine() -> models.Formulation:
    return models.Formulation(
        compound="caffeine",
        concentration_mol_per_m3=100.0,
        ph=7.0,
        salts_mol_per_m3={"sodium": 100.0, "chloride": 100.0},
        volume_m3_per_m2=4e-3,
    )


@pytest.fixture
def cathodal() -> models.Profile:
    return models.Profile(
        time_s=(0.0, 30.0, 1170.0, 1200.0), current_density_a_per_m2=(0.0, -2.0, -2.0, 0.0)
    )


@pytest.fixture
def anodal() -> models.Profile:
    return models.Profile(
        time_s=(0.0, 30.0, 1170.0, 1200.0), current_density_a_per_m2=(0.0, 3.0, 3.0, 0.0)
    )

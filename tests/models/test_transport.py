from __future__ import annotations

import numpy as np
import pytest

from models.errors import ModelInputError
from models.grid import graded
from models.transport import Operator, Stack, bernoulli


def stack(**changes: object) -> Stack:
    fields: dict[str, object] = {
        "names": ("stratum_corneum", "epidermis"),
        "thickness_m": np.array([[15e-6, 85e-6], [20e-6, 60e-6]]),
        "partition": np.array([[0.2, 0.8], [0.3, 0.9]]),
        "clearance_per_s": np.array([[0.0, 5e-4], [0.0, 1e-3]]),
        "pore_permeability_m2_per_s": np.array([[1e-14, 0.0], [2e-14, 0.0]]),
        "other_permeability_m2_per_s": np.array([[1e-15, 1e-10], [0.0, 2e-10]]),
        "mobility_m3_per_c": np.array([[9.0, 1e-8], [9.0, 2e-8]]),
        "osmotic_m3_per_c": np.full((2, 2), 1e-9),
        "donor_volume_m": np.full(2, 4e-3),
        "donor_mol_per_m3": np.full(2, 100.0),
        "sink": True,
    }
    return Stack(**{**fields, **changes})  # type: ignore[arg-type]


def operator(**changes: object) -> Operator:
    return Operator(stack(**changes), graded(("stratum_corneum", "epidermis"), refine=0.1))


DRIVE = (2.0, np.array([1.0, 4.0]), np.array([1e-8, -2e-8]))


def test_bernoulli_is_smooth_at_zero_and_does_not_overflow() -> None:
    a = np.array([-800.0, -1e-7, -1e-9, 0.0, 1e-9, 1e-7, 1.0, 800.0])
    expected = [800.0, 1.0 + 5e-8, 1.0, 1.0, 1.0, 1.0 - 5e-8, 1.0 / (np.e - 1.0), 0.0]
    assert bernoulli(a) == pytest.approx(expected, abs=1e-9)


def test_bernoulli_reflection() -> None:
    a = np.linspace(0.1, 30.0, 50)
    assert bernoulli(-a) - bernoulli(a) == pytest.approx(a, rel=1e-13)


def test_flux_of_one_element_is_diffusion_plus_drift() -> None:
    op = operator()
    forward, backward = op.links(*DRIVE)
    drift = 2.0 * (DRIVE[2][0] + 1e-9)
    assert forward[0, 0] - backward[0, 0] == pytest.approx(drift, rel=1e-12)
    still = op.links(0.0, np.array([1.0, 1.0]), np.zeros(2))
    length = op.grid.share[0] * 15e-6
    assert still[0][0, 0] == pytest.approx((1e-14 + 1e-15) / length, rel=1e-12)


def test_the_forcing_alone_drives_the_first_layer() -> None:
    op = operator()
    still = op.links(2.0, np.ones(2), np.array([-1e-9, -1e-9]))
    assert still[0][:, 0] == pytest.approx(still[1][:, 0], rel=1e-12)


def test_opening_scales_pores_only() -> None:
    op = operator()
    zero = np.zeros(2)
    closed, opened = (op.links(0.0, np.full(2, w), zero)[0] for w in (1.0, 5.0))
    assert opened[0, 0] / closed[0, 0] == pytest.approx((5e-14 + 1e-15) / 1.1e-14)
    assert opened[:, -1] == pytest.approx(closed[:, -1])


@pytest.mark.parametrize("sink", [True, False])
def test_what_leaves_nodes_is_what_arrives_elsewhere(sink: bool) -> None:
    op = operator(sink=sink)
    s = np.random.default_rng(1).uniform(0.0, 100.0, op.mass_m.shape)
    forward, backward = op.links(*DRIVE)
    cleared, received = op.leaving(s, forward)
    total = op.rate(s, forward, backward).sum(axis=1)
    assert total == pytest.approx(-(cleared + received), rel=1e-9)
    assert np.all(received > 0.0) == sink


@pytest.mark.parametrize("sink", [True, False])
def test_bands_are_mass_minus_step_times_rate(sink: bool) -> None:
    op = operator(sink=sink)
    s = np.random.default_rng(2).uniform(0.0, 1.0, op.mass_m.shape)
    links = op.links(*DRIVE)
    lower, main, upper = op.bands(30.0, *links)
    product = main * s
    product[:, 1:] += lower[:, 1:] * s[:, :-1]
    product[:, :-1] += upper[:, :-1] * s[:, 1:]
    assert product == pytest.approx(op.mass_m * s - 30.0 * op.rate(s, *links), rel=1e-10)


def test_weights_add_up_to_the_capacity_of_each_layer() -> None:
    op = operator(sink=False)
    capacity = op.weights_m.sum(axis=2).T
    assert capacity == pytest.approx(op.stack.partition * op.stack.thickness_m, rel=1e-12)
    assert op.mass_m.sum(axis=1) == pytest.approx(capacity.sum(axis=1) + 4e-3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("thickness_m", -1e-6),
        ("thickness_m", np.nan),
        ("partition", 0.0),
        ("clearance_per_s", -1.0),
        ("other_permeability_m2_per_s", -1e-12),
        ("mobility_m3_per_c", np.inf),
    ],
)
def test_refuses_coefficients(name: str, value: float) -> None:
    with pytest.raises(ModelInputError, match=name):
        stack(**{name: np.full((2, 2), value)})


def test_refuses_shapes_and_impermeable_layers() -> None:
    with pytest.raises(ModelInputError, match="shape"):
        stack(partition=np.ones((1, 2)))
    with pytest.raises(ModelInputError, match="permeability"):
        stack(
            pore_permeability_m2_per_s=np.zeros((2, 2)),
            other_permeability_m2_per_s=np.zeros((2, 2)),
        )

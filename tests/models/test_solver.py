from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.closed_form import (
    Slab,
    decay_length_m,
    goldman_enhancement,
    lag_time_s,
    stack_flux,
    transient_flux_ratio,
    two_layer_lag_s,
)
from models.errors import ModelInputError
from models.forcing import Forcing, steady
from models.grid import graded
from models.solver import integrate
from models.transport import Operator, Stack

LENGTH, DIFFUSIVITY = 20e-6, 1e-13
PASSIVE = 100.0 * DIFFUSIVITY / LENGTH
UNIT_TIME = LENGTH**2 / DIFFUSIVITY
T4 = (
    Slab(thickness_m=15e-6, diffusivity_m2_per_s=1e-14, partition=0.5),
    Slab(thickness_m=1e-3, diffusivity_m2_per_s=2e-10, partition=0.8),
)
T13 = (
    Slab(thickness_m=15e-6, diffusivity_m2_per_s=1e-14, partition=0.5, velocity_m_per_s=2e-9),
    T4[1],
)
FOUR = (
    T13[0],
    Slab(thickness_m=1.5e-3, diffusivity_m2_per_s=2e-10, partition=0.7, clearance_per_s=5e-4),
    Slab(thickness_m=85e-6, diffusivity_m2_per_s=1e-10, velocity_m_per_s=1e-8),
    Slab(thickness_m=2e-3, diffusivity_m2_per_s=5e-11, partition=0.3),
)


def slab(w: float) -> Slab:
    return Slab(
        thickness_m=LENGTH,
        diffusivity_m2_per_s=DIFFUSIVITY,
        velocity_m_per_s=w * DIFFUSIVITY / LENGTH,
    )


def receptor_flux(operator, path, forcing, index):
    forward, _ = operator.links(*forcing.at(float(forcing.time_s[-1])))
    return float(forward[0, -1] * path.s[index, -1])


@pytest.mark.parametrize("w", [0.0, 1.0, 5.0, 20.0, -1.0])
def test_steady_flux_is_exact_on_any_grid(run_slabs, w: float) -> None:
    end = 60.0 * UNIT_TIME
    operator, path = run_slabs([slab(w)], [end], refine=0.5)
    flux = receptor_flux(operator, path, steady(1.0, slab(w).velocity_m_per_s, end), 0)
    assert flux / PASSIVE == pytest.approx(goldman_enhancement(w), rel=1e-7)


def test_exponential_fit_is_nodally_exact_at_high_peclet(run_slabs) -> None:
    end = 10.0 * UNIT_TIME
    operator, path = run_slabs([slab(20.0)], [end], refine=6.25)
    flux = receptor_flux(operator, path, steady(1.0, slab(20.0).velocity_m_per_s, end), 0)
    assert operator.grid.n_element == 800
    assert flux / PASSIVE == pytest.approx(20.0, rel=1e-8)


@pytest.mark.parametrize(("refine", "tolerance", "bound"), [(1.0, 3e-4, 1e-3), (3.0, 2e-6, 1e-4)])
@pytest.mark.parametrize("w", [0.0, 1.0, 5.0, 20.0])
def test_lag_time(run_slabs, w: float, refine: float, tolerance: float, bound: float) -> None:
    times = [5.0 * UNIT_TIME]
    _, path = run_slabs([slab(w)], times, refine=refine, tolerance=tolerance)
    flux = PASSIVE * goldman_enhancement(w)
    lag = times[0] - float(path.received[0, 0]) / flux
    assert lag == pytest.approx(lag_time_s(slab(w)), rel=bound)


@pytest.mark.parametrize(("refine", "tolerance", "bound"), [(1.0, 3e-4, 1e-3), (3.0, 2e-6, 1e-4)])
@pytest.mark.parametrize("w", [0.0, 5.0, 20.0])
def test_transient_flux(run_slabs, w: float, refine: float, tolerance: float, bound: float) -> None:
    time = 0.1 * UNIT_TIME
    operator, path = run_slabs([slab(w)], [time], refine=refine, tolerance=tolerance)
    flux = receptor_flux(operator, path, steady(1.0, slab(w).velocity_m_per_s, time), 0)
    steady_flux = PASSIVE * goldman_enhancement(w)
    assert flux / steady_flux == pytest.approx(transient_flux_ratio(w, 0.1), abs=bound)


@pytest.mark.parametrize(("refine", "tolerance", "bound"), [(1.0, 3e-4, 1e-3), (3.0, 2e-6, 1e-4)])
def test_two_layer_lag(run_slabs, refine: float, tolerance: float, bound: float) -> None:
    time = 3e5
    _, path = run_slabs(T4, [time], refine=refine, tolerance=tolerance)
    resistance = sum(s.thickness_m / (s.diffusivity_m2_per_s * s.partition) for s in T4)
    lag = time - float(path.received[0, 0]) * resistance / 100.0
    assert lag == pytest.approx(two_layer_lag_s(*T4), rel=bound)


@pytest.mark.parametrize(("refine", "tolerance", "bound"), [(1.0, 3e-4, 1e-3), (3.0, 2e-6, 1e-4)])
@pytest.mark.parametrize(
    ("slabs", "times"),
    [(T13, [3600.0, 14400.0]), (FOUR, [3e4, 1e5])],
    ids=["two layers", "four layers"],
)
def test_stack_with_drift_partition_and_clearance(
    run_slabs, slabs, times: list[float], refine: float, tolerance: float, bound: float
) -> None:
    _, path = run_slabs(slabs, times, refine=refine, tolerance=tolerance)
    entered = path.layers.sum(axis=0)[0] + path.cleared[0] + path.received[0]
    last = [stack_flux(slabs, 100.0, time).amount_out for time in times]
    for index, time in enumerate(times):
        exact = stack_flux(slabs, 100.0, time)
        assert entered[index] == pytest.approx(exact.amount_in, rel=bound)
        assert path.received[0, index] == pytest.approx(exact.amount_out, abs=bound * last[-1])


def test_amounts_of_the_published_stack(run_slabs) -> None:
    _, path = run_slabs(T13, [3600.0], refine=3.0, tolerance=2e-6)
    assert path.layers[0, 0, 0] == pytest.approx(4.60293309e-4, rel=1e-4)
    assert path.layers[1, 0, 0] == pytest.approx(7.86203033e-5, rel=1e-4)


def test_perfused_profile_decays_as_it_should(run_slabs) -> None:
    drift, clearance = 6.2e-8, 1e-3
    thick = Slab(
        thickness_m=4e-3,
        diffusivity_m2_per_s=2e-10,
        velocity_m_per_s=drift,
        clearance_per_s=clearance,
    )
    operator, path = run_slabs([thick], [1e5], refine=10.0)
    nodes = np.concatenate(
        ([0.0], np.cumsum(operator.grid.element_length_m(np.array([[4e-3]]))[0]))
    )
    inside = (nodes[:-1] > 0.2e-3) & (nodes[:-1] < 1.5e-3)
    slope = np.polyfit(nodes[:-1][inside], np.log(path.s[0][inside]), 1)[0]
    assert -1.0 / slope == pytest.approx(decay_length_m(2e-10, drift, clearance), rel=1e-3)


def test_space_converges_at_second_order(run_slabs) -> None:
    exact = stack_flux([slab(5.0)], 100.0, 0.1 * UNIT_TIME).amount_out
    errors = []
    for refine in (0.5, 1.0, 2.0):
        _, path = run_slabs([slab(5.0)], [0.1 * UNIT_TIME], refine=refine, tolerance=1e-7)
        errors.append(abs(float(path.received[0, 0]) - exact))
    assert 3.3 < errors[0] / errors[1] < 4.8
    assert 3.3 < errors[1] / errors[2] < 4.8


def test_time_converges_at_second_order() -> None:
    stack = _single(5.0)
    operator = Operator(stack, graded(stack.names))
    end = 0.3 * UNIT_TIME
    ramp = _ramp(end)
    fine = _fixed(operator, ramp, end, 1024)
    errors = [abs(_fixed(operator, ramp, end, count) - fine) for count in (16, 32, 64)]
    assert 3.0 < errors[0] / errors[1] < 5.5
    assert 3.0 < errors[1] / errors[2] < 5.5


def test_mass_closes_to_rounding(run_slabs) -> None:
    for sink in (True, False):
        _, path = run_slabs(FOUR, [10.0, 1000.0, 40000.0], sink=sink, donor_m=1e-3)
        total = path.donor + path.layers.sum(axis=0) + path.cleared + path.received
        assert np.abs(total / 0.1 - 1.0).max() < 1e-12


def test_flux_is_linear_in_donor_concentration() -> None:
    once, thrice = _single(5.0), _single(5.0, factor=3.0)
    end = 0.3 * UNIT_TIME
    forcing = steady(1.0, slab(5.0).velocity_m_per_s, end)
    paths = [
        integrate(Operator(s, graded(s.names)), forcing, np.array([end])) for s in (once, thrice)
    ]
    assert paths[1].received[0, 0] == pytest.approx(3.0 * paths[0].received[0, 0], rel=1e-10)


def test_a_schedule_repeats_the_adaptive_run(run_slabs) -> None:
    stack = _single(5.0)
    operator, end = Operator(stack, graded(stack.names)), UNIT_TIME
    forcing = steady(1.0, slab(5.0).velocity_m_per_s, end)
    free = integrate(operator, forcing, np.array([0.5 * end, end]))
    bound = integrate(operator, forcing, np.array([0.5 * end, end]), schedule_s=free.step_end_s)
    assert np.array_equal(free.received, bound.received)
    assert np.array_equal(free.step_end_s, bound.step_end_s)


@given(
    w=st.floats(-30.0, 100.0),
    k=st.floats(0.01, 5.0),
    ratio=st.floats(1e-3, 10.0),
    clearance=st.floats(0.0, 1e-2),
    end=st.floats(0.01, 3.0),
)
@settings(max_examples=25, deadline=None)
def test_invariants(w: float, k: float, ratio: float, clearance: float, end: float) -> None:
    deep = Slab(
        thickness_m=10 * LENGTH,
        diffusivity_m2_per_s=100 * DIFFUSIVITY,
        partition=k,
        clearance_per_s=clearance,
    )
    stack = _of(slab(w), deep, donor_m=ratio * LENGTH)
    forcing = steady(1.0, slab(w).velocity_m_per_s, end * UNIT_TIME)
    times = np.linspace(0.0, end * UNIT_TIME, 9)
    path = integrate(Operator(stack, graded(stack.names)), forcing, times)
    start = 100.0 * ratio * LENGTH
    total = path.donor + path.layers.sum(axis=0) + path.cleared + path.received
    assert np.abs(total / start - 1.0).max() < 1e-11
    assert path.layers.min() > -1e-3 * start
    assert np.all(np.diff(path.cleared[0]) >= -1e-6 * start)
    assert np.all(np.diff(path.received[0]) >= -1e-6 * start)
    assert np.all(path.donor[0] <= start * (1.0 + 1e-12))


@pytest.mark.parametrize("times", [[], [-1.0, 2.0], [1.0, 1.0], [2.0, 1.0]])
def test_refuses_times(times: list[float]) -> None:
    stack = _single(0.0)
    with pytest.raises(ModelInputError, match="rising"):
        integrate(Operator(stack, graded(stack.names)), steady(1.0, 0.0, 3.0), np.array(times))


def test_refuses_a_tolerance_out_of_range() -> None:
    stack = _single(0.0)
    with pytest.raises(ModelInputError, match="tolerance"):
        integrate(
            Operator(stack, graded(stack.names)),
            steady(1.0, 0.0, 3.0),
            np.array([1.0]),
            tolerance=1.0,
        )


def _of(*slabs: Slab, donor_m: float, factor: float = 1.0) -> Stack:
    def row(name: str) -> np.ndarray:
        return np.array([[getattr(s, name) for s in slabs]])

    partition = row("partition")
    return Stack(
        names=("stratum_corneum", "dermis")[: len(slabs)],
        thickness_m=row("thickness_m"),
        partition=partition,
        clearance_per_s=row("clearance_per_s"),
        pore_permeability_m2_per_s=0.0 * partition,
        other_permeability_m2_per_s=partition * row("diffusivity_m2_per_s"),
        mobility_m3_per_c=partition * row("velocity_m_per_s"),
        osmotic_m3_per_c=0.0 * partition,
        donor_volume_m=np.array([donor_m]),
        donor_mol_per_m3=np.array([100.0 * factor]),
        sink=True,
    )


def _single(w: float, factor: float = 1.0) -> Stack:
    return _of(slab(w), donor_m=1e-3, factor=factor)


def _ramp(end: float) -> Forcing:
    velocity = slab(5.0).velocity_m_per_s
    return Forcing(
        kink_s=np.array([0.0, end]),
        time_s=np.array([0.0, end]),
        current_a_per_m2=np.array([0.0, 1.0]),
        opening=np.array([[1.0, 3.0]]),
        mobility_m3_per_c=np.full((1, 2), velocity),
    )


def _fixed(operator: Operator, forcing: Forcing, end: float, count: int) -> float:
    schedule = np.linspace(0.0, end, count + 1)[1:]
    path = integrate(operator, forcing, np.array([end]), schedule_s=schedule)
    return float(path.received[0, 0])

"""The reference model on the compiled engine."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from models.compiled_course import run
from models.compiled_elimination import Blocks
from models.compiled_pores import Ions, Pores
from models.compiled_slopes import Slopes
from models.compiled_stages import Room
from models.reference_drive import IonicDrive
from models.reference_operator import IonicSystem
from models.reference_state import Row
from models.reference_steps import FIRST_STEP_S, Limits
from models.rosenbrock import N_STAGE

FloatArray = NDArray[np.float64]


def follow(
    system: IonicSystem,
    drive: IonicDrive,
    times: tuple[FloatArray, FloatArray],
    limits: Limits,
    start: Row,
) -> tuple[Row, FloatArray, Row]:
    """Return the states asked for, the ends of the steps, and the last state.

    See `reference_steps.follow`.
    """
    ions = _ions(system)
    room = _room(ions, np.concatenate([part.ravel() for part in astuple(start)]))
    values = drive.values
    table = np.vstack((drive.time_s, values[:3], drive.released))
    out = np.zeros((times[0].size, room.rows.shape[1]))
    ends = run(ions, table, times, limits, FIRST_STEP_S, room, out)
    return _rows(out, system), ends[1:], _rows(room.rows[0], system)


def _rows(numbers: FloatArray, system: IonicSystem) -> Row:
    """Return the parts of rows of numbers; see `compiled_rates.State`."""
    m, n, lead = system.n_ion, system.n_node, numbers.shape[:-1]
    at = np.cumsum((m * (n + 1), n, (m - 1) * n))
    s, drop, held, gone = np.split(numbers, at, axis=-1)
    shapes = (m, n + 1), (m - 1, n), (2, m)
    s, held, gone = (
        part.reshape(*lead, *shape) for part, shape in zip((s, held, gone), shapes, strict=True)
    )
    return Row(s, drop, held, gone)


def _ions(system: IonicSystem) -> Ions:
    stack, layer = system.stack, system.grid.layer
    half = 0.5 * system.grid.share * stack.thickness_m[layer]
    water, oil = (half * part[layer].T for part in (stack.water, stack.oil))
    bath = system.local(np.tile(np.append(stack.bath_mol_per_m3[:-1], 0.0), (system.n_node, 1)))
    blood = water * bath.q[:, system.left] + oil * bath.s[:, system.left]
    pore, lipid = system.pore.copy(), system.lipid.copy()
    drift = stack.osmotic_m3_per_c[:, None] / pore
    for part in (pore, lipid):
        part[stack.sealed, -1] = 0.0
    clearance, share = stack.clearance_per_s[layer].T, stack.flow_share[layer].T
    return Ions(
        charge=stack.charge.astype(float),
        element=np.stack((pore, drift, lipid)),
        half=np.stack((water, oil, clearance, share, blood)),
        excess=stack.fixed_charge_mol_per_m3[layer].astype(float),
        opened=np.where(layer == stack.film, 1.0, 0.0),
        charged=_spans(layer, stack.fixed_charge_mol_per_m3 != 0.0),
        perfused=_spans(layer, np.any(stack.clearance_per_s > 0.0, axis=1)),
        volume=np.array([float(stack.donor_volume_m)]),
    )


def _spans(layer: NDArray[np.intp], chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return first and last elements of layers, (n, 2)."""
    found = [
        (np.searchsorted(layer, k), np.searchsorted(layer, k, side="right"))
        for k in np.flatnonzero(chosen)
    ]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _room(ions: Ions, start: FloatArray) -> Room:
    _, m, n = ions.element.shape
    z = ions.charge
    pores = np.zeros((2, m, m - 1, n))
    for v in range(m - 1):
        pores[:, v, v] = 1.0
        pores[:, m - 1, v] = -z[v] / z[-1]
    rows = np.zeros((4, start.size))
    rows[0] = start
    return Room(
        pores=Pores(
            kept=np.full(2, np.nan),
            through=np.zeros((m, n)),
            drift=np.zeros((m, n)),
            clearance=np.zeros((m, n)),
            psi=np.zeros((2, n)),
            q=np.zeros((2, m, n)),
            a=np.zeros((m, n)),
            b=np.zeros((m, n)),
            flux=np.zeros((m, n)),
        ),
        slopes=Slopes(
            field=np.zeros((m, n)),
            stiffness=np.zeros(n),
            by_s=np.zeros((2, m, m - 1, n)),
            pull=np.zeros((2, m - 1, n)),
            pores=pores,
            psi=np.zeros((2, m - 1, n)),
            held=np.zeros((m - 1, m - 1, n)),
            taken=np.zeros((m - 1, m - 1, n)),
        ),
        blocks=Blocks(*(np.zeros((n, m - 1, m - 1)) for _ in range(3))),
        rows=rows,
        stages=np.zeros((N_STAGE, start.size)),
        drive=np.zeros((2, 3 + m)),
    )

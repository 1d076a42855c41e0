"""Reference problems for speed and accuracy, stated once for tests and benchmarks.

P1, one ion in an imposed field. Four layers (thickness µm, D m²/s, K, clearance 1/s, conductivity
S/m, share of the current still normal to the skin):

    stratum corneum   15     1e-13    0.2   0      1.5e-5   1
    epidermis         85     1e-10    0.8   0      0.5      1
    dermis          1500     2e-10    0.9   5e-4   0.5      0.2
    fat             3000     5e-11    0.3   0      0.04     0

A univalent cation, 50 mol/m³ in a donor of 1 cm, electro-osmosis 1e-8 m³/C, deep side sealed, 32 °C.
3 A/m² from 0 in 30 s, held, down in 30 s to end at 20 min, then 40 min of rest. Asked for every
minute: amounts in donor, four layers, and cleared. The stratum corneum's Péclet number is 137, its
exit layer 0.1 µm. `p1_reference.txt` holds the converged answer in mol/m² (`bench_models.py
--reference` remakes it).

P2, three coupled ions, electroneutral: a drug cation of P1's diffusivities and Na+ and Cl- of twice
and three times those, P1's thicknesses, partitions, clearance and current (normal throughout), the
donor 50/50/100 mol/m³ with a silver anode, bath and blood 0/150/150. Asked for: the drug's amounts.
`p2_reference.txt` is converged to about 1e-4.

P3, a population: every parameter of P1 log-normal about its value.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.constants import THERMAL_VOLTAGE_V
from models.engine import integrate_ensemble, integrate_with
from models.forcing import Forcing
from models.grid import BAND_ELEMENTS, Grid, graded, layer_shares
from models.reference import REFERENCE_TOLERANCE
from models.reference_course import IonicCourse, integrate_ions
from models.reference_drive import ionic_drive
from models.reference_ions import IonStack
from models.reference_operator import IonicSystem
from models.simulation import BAND_TOLERANCE
from models.solver import Trajectory
from models.transport import Operator, Stack

FloatArray = NDArray[np.float64]

NAMES = ("stratum_corneum", "epidermis", "dermis", "fat")
KINK_S = np.array([0.0, 30.0, 1170.0, 1200.0, 3600.0])
AT_S = np.arange(0.0, 3601.0, 60.0)
PLATEAU_A_PER_M2 = 3.0
OSMOTIC_M3_PER_C = 1e-8
DONOR_M, DONOR_MOL_PER_M3 = 1e-2, 50.0
OUTPUTS = ("delivered", *NAMES, "cleared")
P1 = {
    "thickness": np.array([[15e-6, 85e-6, 1.5e-3, 3e-3]]),
    "diffusivity": np.array([[1e-13, 1e-10, 2e-10, 5e-11]]),
    "partition": np.array([[0.2, 0.8, 0.9, 0.3]]),
    "clearance": np.array([[0.0, 0.0, 5e-4, 0.0]]),
    "conductivity": np.array([[1.5e-5, 0.5, 0.5, 0.04]]),
    "osmotic": np.array([OSMOTIC_M3_PER_C]),
}
SPREAD = {
    "thickness": [0.2, 0.2, 0.2, 0.4],
    "diffusivity": [0.5, 0.3, 0.3, 0.3],
    "partition": [0.3, 0.2, 0.2, 0.3],
    "clearance": [0.0, 0.0, 0.4, 0.0],
    "conductivity": [0.3, 0.2, 0.2, 0.2],
    "osmotic": [0.4],
}
IONS_TO_DRUG = np.array([1.0, 2.0, 3.0])
"""Diffusivity of drug, Na+ and Cl- relative to the drug's."""
NORMAL_CURRENT = np.array([1.0, 1.0, 0.2, 0.0])


def population(n: int, seed: int = 1) -> dict[str, FloatArray]:
    """Return n draws of P1's parameters, (n, 4) each."""
    rng = np.random.default_rng(seed)
    drawn = {}
    for name, spread in SPREAD.items():
        normal = rng.standard_normal((n, len(spread)))
        drawn[name] = P1[name] * np.exp(np.asarray(spread) * normal)
    drawn["osmotic"] = drawn["osmotic"].ravel()
    return drawn


def problem(parameters: dict[str, FloatArray], *, refine: float = 1.0) -> tuple[Operator, Forcing]:
    """Return the system and its forcing for P1 or a population."""
    n = len(parameters["thickness"])
    kd = parameters["partition"] * parameters["diffusivity"]
    mobility = NORMAL_CURRENT * kd / (THERMAL_VOLTAGE_V * parameters["conductivity"])
    stack = Stack(
        names=NAMES,
        thickness_m=parameters["thickness"],
        partition=parameters["partition"],
        clearance_per_s=parameters["clearance"],
        pore_permeability_m2_per_s=np.zeros_like(kd),
        other_permeability_m2_per_s=kd,
        mobility_m3_per_c=mobility,
        osmotic_m3_per_c=parameters["osmotic"][:, None] * NORMAL_CURRENT,
        donor_volume_m=np.full(n, DONOR_M),
        donor_mol_per_m3=np.full(n, DONOR_MOL_PER_M3),
        sink=False,
    )
    forcing = Forcing(
        kink_s=KINK_S,
        time_s=KINK_S,
        current_a_per_m2=PLATEAU_A_PER_M2 * np.array([0.0, 1.0, 1.0, 0.0, 0.0]),
        opening=np.ones((n, KINK_S.size)),
        mobility_m3_per_c=np.repeat(mobility[:, :1], KINK_S.size, axis=1),
    )
    return Operator(stack, graded(NAMES, refine=refine)), forcing


def population_run(
    parameters: dict[str, FloatArray],
    engine: str,
    *,
    refine: float = 1.0,
    tolerance: float = BAND_TOLERANCE,
) -> Callable[[], Trajectory]:
    """Return a run of P3 at 20 and 60 min, as `simulate_ensemble` does it, schedule included."""
    draws, forcing = problem(parameters, refine=0.1)
    nominal, drive = problem(P1, refine=0.1)
    at_s = AT_S[[20, 60]]

    def run() -> Trajectory:
        grid = graded(NAMES, refine=refine, elements=BAND_ELEMENTS)
        operator = Operator(nominal.stack, grid)
        schedule = integrate_with(engine, operator, drive, at_s, tolerance=tolerance).step_end_s
        return integrate_ensemble(engine, draws.stack, grid, forcing, at_s, schedule)

    return run


def dose(path: Trajectory) -> FloatArray:
    """Return delivered, dermis and cleared, (3, n_time, n_draw)."""
    delivered = DONOR_M * DONOR_MOL_PER_M3 - path.donor
    return np.stack((delivered.T, path.layers[2].T, path.cleared.T))


def coupled(counts: tuple[int, ...] = (64, 8, 32, 20)) -> IonicSystem:
    """Return the system of P2 with that many elements in each layer."""
    ion = np.ones(3)
    layered = {
        name: P1[name][0][:, None] * ion for name in ("partition", "diffusivity", "clearance")
    }
    zero = np.zeros((len(NAMES), 3))
    stack = IonStack(
        names=("drug", "sodium", "chloride"),
        charge=np.array([1.0, 1.0, -1.0]),
        thickness_m=P1["thickness"][0],
        fixed_charge_mol_per_m3=zero[:, 0],
        pore_m2_per_s=layered["partition"] * layered["diffusivity"] * IONS_TO_DRUG,
        lipid_m2_per_s=zero,
        water=layered["partition"],
        oil=zero,
        clearance_per_s=layered["clearance"],
        flow_share=zero,
        osmotic_m3_per_c=OSMOTIC_M3_PER_C * ion,
        donor_volume_m=DONOR_M,
        donor_mol_per_m3=np.array([50.0, 50.0, 100.0]),
        bath_mol_per_m3=np.array([0.0, 150.0, 150.0]),
        released_per_charge=np.array([0.0, 0.0, -1.0]),
        sealed=np.zeros(3, bool),
    )
    shares = [layer_shares(name, n) for name, n in zip(NAMES, counts, strict=True)]
    return IonicSystem(
        stack, Grid(share=np.concatenate(shares), layer=np.repeat(np.arange(len(NAMES)), counts))
    )


def coupled_run(
    system: IonicSystem, engine: str, tolerance: float = REFERENCE_TOLERANCE
) -> Callable[[], FloatArray]:
    """Return a run of P2 that gives its outputs."""
    forcing = problem(P1, refine=0.1)[1]
    drive = ionic_drive(system.stack, forcing)
    return lambda: drug_outputs(
        integrate_ions(system, drive, AT_S, tolerance=tolerance, engine=engine)
    )


def current(time_s: float) -> float:
    """Return the current density of P1 and P2, A/m^2."""
    return float(np.interp(time_s, KINK_S, PLATEAU_A_PER_M2 * np.array([0.0, 1.0, 1.0, 0.0, 0.0])))


def drug_outputs(path: IonicCourse) -> FloatArray:
    """Return (n_time, 6) of the drug of P2: delivered, the four layers, cleared."""
    layers, cleared = path.amounts()[:, 0], path.cleared_mol_per_m2[:, 0]
    found = np.column_stack((layers.sum(axis=1) + cleared, layers, cleared))
    found[path.time_s == 0.0] = 0.0
    return found


def outputs(path: Trajectory) -> FloatArray:
    """Return (n_time, 6): delivered, the four layers, cleared, of the first draw."""
    delivered = DONOR_M * DONOR_MOL_PER_M3 - path.donor[0]
    return np.column_stack((delivered, path.layers[:, 0].T, path.cleared[0]))


def reference(name: str = "p1") -> FloatArray:
    """Return the converged outputs of P1 or P2."""
    return np.loadtxt(Path(__file__).with_name(f"{name}_reference.txt"))


def errors(found: FloatArray, exact: FloatArray) -> dict[str, float]:
    """Return the largest error over time of each output, relative to its largest value."""
    worst = np.abs(found - exact).max(axis=0) / np.abs(exact).max(axis=0)
    return dict(zip(OUTPUTS, worst.tolist(), strict=True))

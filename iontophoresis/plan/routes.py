"""One active by needle, by patch and by current into the same tissue, over the same time.

The needle holds the donor's own solution. Volumes, depths and spacings are those customary in
mesotherapy as taught, assumed here and not measured; they are in the table beside the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from iontophoresis.plan.parts import PlannedCell
from iontophoresis.units import ug_per_cm2_from_mol_per_m2
from models import Depot, Formulation, Profile, Skin, simulate_depot, simulate_ensemble
from models.layers import LAYERS

FloatArray = NDArray[np.float64]
QUANTILES = (0.05, 0.5, 0.95)
TIMES = 97
SEED = 1
KEPT = (*LAYERS, "cleared", "receptor")
M3_PER_UL = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way in.

    Attributes
    ----------
    name, how : str
        In a word, and in a sentence with its figures.
    time_s : (n,) array
        Since the beginning, s.
    amount_ug_per_cm2 : mapping
        Compartment to a (3, n) array: 5, 50 and 95 % of the ensemble; equal for a needle, which is
        computed once, with the nominal tissue.
    """

    name: str
    how: str
    time_s: FloatArray
    amount_ug_per_cm2: Mapping[str, FloatArray]


def needle_depots(concentration_mol_per_m3: float) -> dict[str, tuple[Depot, str]]:
    """Return the three techniques with what each puts where.

    Parameters
    ----------
    concentration_mol_per_m3 : float
        Of the active in the syringe.
    """
    papule = Depot.papule(
        volume_m3=100 * M3_PER_UL,
        concentration_mol_per_m3=concentration_mol_per_m3,
        depth_m=1e-3,
        diameter_m=1.5e-2,
    )
    nappage = Depot.points(
        "nappage",
        volume_m3=2 * M3_PER_UL,
        concentration_mol_per_m3=concentration_mol_per_m3,
        depth_m=1.5e-3,
        spacing_m=4e-3,
    )
    points = Depot.points(
        "point_by_point",
        volume_m3=20 * M3_PER_UL,
        concentration_mol_per_m3=concentration_mol_per_m3,
        depth_m=4e-3,
        spacing_m=1e-2,
    )
    return {
        "papule": (papule, "100 uL in a papule of 15 mm about 1 mm deep"),
        "nappage": (nappage, "2 uL every 4 mm about 1.5 mm deep"),
        "point by point": (points, "20 uL every 10 mm about 4 mm deep"),
    }


def compare_routes(
    cell: PlannedCell, *, perfused: bool, hours: float = 4.0, draws: int = 100
) -> tuple[Route, ...]:
    """Predict what needles, a patch without current, and the planned current bring where.

    Parameters
    ----------
    cell : PlannedCell
        Its donor, tissue and profile; patch and donor stay on until `hours` are over.
    perfused : bool
        Whether blood clears dermis and fat.
    hours : float
        How long, h; at least the profile.
    draws : int
        Size of the ensemble of patch and current.

    Returns
    -------
    tuple of Route
        Three needles, the patch, the current.

    Raises
    ------
    ValueError
        When the cell has no donor or no such prediction, or the profile is longer than `hours`.
    """
    shown, donor = cell.shown(perfused=perfused), cell.formulation
    if shown is None or donor is None:
        raise ValueError("this cell has no prediction of that kind")
    if cell.profile.duration_s > hours * 3600:
        raise ValueError(f"the profile is longer than {hours:g} h")
    at_s = np.linspace(0.0, hours * 3600.0, TIMES)
    mass = donor.active.molar_mass_g_per_mol
    routes = []
    for name, (depot, how) in needle_depots(donor.concentration_mol_per_m3).items():
        if depot.bottom_m > shown.skin.thickness_m:
            continue
        found = simulate_depot(shown.skin, donor, depot, at_s=at_s)
        amounts = {
            layer: np.tile(_ug(found.amount_mol_per_m2[layer], mass), (3, 1)) for layer in KEPT
        }
        routes.append(Route(name=name, how=how, time_s=at_s, amount_ug_per_cm2=amounts))
    still = Profile(time_s=(0.0, cell.profile.duration_s), current_density_a_per_m2=(0.0, 0.0))
    for name, profile, how in (
        ("passive patch", still, "the same donor on the skin, no current"),
        ("current", cell.profile, f"{cell.charge_density_c_per_cm2:.3g} C/cm2 as planned"),
    ):
        amounts = _band(shown.skin, donor, profile, at_s, draws)
        routes.append(Route(name=name, how=how, time_s=at_s, amount_ug_per_cm2=amounts))
    return tuple(routes)


def _band(
    skin: Skin, donor: Formulation, profile: Profile, at_s: FloatArray, draws: int
) -> dict[str, FloatArray]:
    band = simulate_ensemble(skin, donor, profile, draws=draws, seed=SEED, at_s=at_s)
    mass = donor.active.molar_mass_g_per_mol
    return {
        layer: _ug(np.quantile(band.amount_mol_per_m2[layer], QUANTILES, axis=0), mass)
        for layer in KEPT
    }


def _ug(amount_mol_per_m2: FloatArray, molar_mass_g_per_mol: float) -> FloatArray:
    return amount_mol_per_m2 * ug_per_cm2_from_mol_per_m2(1.0, molar_mass_g_per_mol)

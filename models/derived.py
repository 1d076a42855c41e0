"""The fast model with its coefficients derived from the reference.

The fast model moves the drug through the stratum corneum at ``J = (μ + W ν) i s``; the reference
says what μ comes to. A run at constant current gives

    ``μ(q) = J(0)/(i c_d) - W ν``

against the charge passed. One factor on the drug's mobility in the fast model's competition makes
both agree on average, and what the corneum holds on average gives its partition: salt of the tissue
fills it first, and a slow ion follows at less than its donor's concentration (Kohlrausch). Pores are
as wide, and as rich in the drug at the donor's side, as in the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from models.assembly import Assembly, assemble
from models.bounds import positive
from models.competition import Competition
from models.constants import FARADAY_C_PER_MOL
from models.donor import Formulation
from models.draws import Draws
from models.engine import integrate_with
from models.errors import ModelInputError
from models.forcing import tabulate
from models.profile import Profile
from models.reference import simulate_reference
from models.reference_ions import IonStack, ion_stack
from models.reference_operator import donnan_potential
from models.resolution import resolved
from models.skin import Skin
from models.solution import COMPARTMENTS, Solution
from models.transport import Operator

FloatArray = NDArray[np.float64]
_SAMPLES = 24
_FACTORS = (1e-3, 1e3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """Hold what the reference says of the fast model's coefficients for one skin and donor.

    Parameters
    ----------
    transport_number, prior_transport_number : float
        The drug's mean share ``z̄ F μ c_d`` of the current in the reference, and in the fast model
        without the factor; 0 for neutrals.
    mobility_factor : float
        Multiplies the drug's mobility in the fast model.
    osmotic_m3_per_c : float
        W ν, hindered electro-osmotic flow per charge.
    pore_factor : float
        Multiplies the drug's permeability through the pores at rest.
    partition : float
        K of the stratum corneum.
    error : mapping
        Compartment to the largest difference from the reference during the run, of the fast model
        with these coefficients, relative to the reference's largest amount there; the donor counts
        by what it has lost. Compartments with less than a millionth of that are left out. Empty
        for drugs that do not migrate: nothing was run.
    """

    transport_number: float
    prior_transport_number: float
    mobility_factor: float
    osmotic_m3_per_c: float
    pore_factor: float
    partition: float
    error: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


def derive(
    skin: Skin,
    formulation: Formulation,
    *,
    current_density_a_per_m2: float = 2.0,
    duration_s: float = 1200.0,
) -> Derived:
    """Return the fast model's coefficients from one run of the reference at constant current.

    Parameters
    ----------
    skin, formulation : Skin, Formulation
        The preparation and the donor.
    current_density_a_per_m2 : float
        Magnitude; it flows the way that drives the drug.
    duration_s : float
        Length of the run. Competitors collect with charge, so choose it like the session's.

    Raises
    ------
    ModelInputError
        If a number is not positive, or the reference refuses the case.
    """
    current = formulation.sign * positive("current_density_a_per_m2", current_density_a_per_m2)
    until = positive("duration_s", duration_s)
    profile = Profile(time_s=(0.0, until), current_density_a_per_m2=(current, current))
    times = until * np.linspace(0.0, 1.0, _SAMPLES + 1)[1:]
    ions = ion_stack(skin, formulation)
    parts = assemble(skin, formulation, Draws.nominal())
    psi = _surface_potential(ions)
    z, area = float(ions.charge[0]), _area_factor(ions, parts)
    if not parts.competition.migrates:
        return Derived(
            transport_number=0.0,
            prior_transport_number=0.0,
            mobility_factor=1.0,
            osmotic_m3_per_c=float(ions.osmotic_m3_per_c[0]),
            pore_factor=area,
            partition=float(ions.water[0, 0] + ions.oil[0, 0]),
        )
    found = simulate_reference(skin, formulation, profile, at_s=times)
    donor = found.amount_mol_per_m2["donor"] / formulation.volume_m3_per_m2
    velocity = found.transport_number / (z * FARADAY_C_PER_MOL * donor)
    mobility = float(np.mean(velocity - ions.osmotic_m3_per_c[0]))
    held = found.amount_mol_per_m2["stratum_corneum"] / (donor * ions.thickness_m[0])
    share = z * FARADAY_C_PER_MOL * formulation.concentration_mol_per_m3

    def fast(factor: float) -> float:
        competition = Competition.of(skin, formulation, np.array([factor]))
        forcing = tabulate(profile, parts.opening, competition, until)
        return float(np.mean(np.interp(times, forcing.time_s, forcing.mobility_m3_per_c[0])))

    derived = Derived(
        transport_number=share * mobility,
        prior_transport_number=share * fast(1.0),
        mobility_factor=_matching_factor(fast, mobility),
        osmotic_m3_per_c=float(ions.osmotic_m3_per_c[0]),
        pore_factor=area * float(np.exp(-z * psi)),
        partition=float(np.mean(held)),
    )
    amounts = simulate_derived(skin, formulation, profile, derived, times)
    return replace(derived, error=relative_errors(amounts, found))


def relative_errors(amounts: Mapping[str, FloatArray], reference: Solution) -> Mapping[str, float]:
    """Return the largest errors over time of amounts against the reference; see `Derived.error`."""
    least = 1e-6 * float(reference.delivered_mol_per_m2.max())
    errors = {}
    for name in COMPARTMENTS:
        true = reference.amount_mol_per_m2[name]
        largest = float(np.ptp(true) if name == "donor" else true.max())
        if largest > least:
            errors[name] = float(np.abs(amounts[name] - true).max()) / largest
    return MappingProxyType(errors)


def simulate_derived(
    skin: Skin, formulation: Formulation, profile: Profile, derived: Derived, at_s: FloatArray
) -> Mapping[str, FloatArray]:
    """Return the fast model's amounts with derived coefficients.

    Parameters
    ----------
    skin, formulation, profile : Skin, Formulation, Profile
        As in `simulate`.
    derived : Derived
        From `derive` for the same skin and formulation.
    at_s : (n_time,) array
        Rising times, s.

    Returns
    -------
    Compartment to an (n_time,) array, mol/m^2.
    """
    parts = assemble(skin, formulation, Draws.nominal())
    stack = parts.stack
    partition, pore = stack.partition.copy(), stack.pore_permeability_m2_per_s.copy()
    osmotic = stack.osmotic_m3_per_c.copy()
    partition[:, 0], osmotic[:, 0] = derived.partition, derived.osmotic_m3_per_c
    pore[:, 0] *= derived.pore_factor
    stack = replace(
        stack, partition=partition, pore_permeability_m2_per_s=pore, osmotic_m3_per_c=osmotic
    )
    competition = Competition.of(skin, formulation, np.array([derived.mobility_factor]))
    forcing = tabulate(profile, parts.opening, competition, float(at_s[-1]))
    path = integrate_with("numpy", Operator(stack, resolved(stack, forcing)), forcing, at_s)
    amounts = {name: np.zeros(at_s.size) for name in COMPARTMENTS}
    amounts.update({name: path.layers[k][0] for k, name in enumerate(stack.names)})
    amounts.update(donor=path.donor[0], cleared=path.cleared[0], receptor=path.received[0])
    return MappingProxyType(amounts)


def _surface_potential(ions: IonStack) -> float:
    """Return the Donnan potential of the pores at the donor's concentrations."""
    found = donnan_potential(
        ions.donor_mol_per_m3[:, None], ions.charge, ions.fixed_charge_mol_per_m3[:1]
    )
    return float(found[0])


def _area_factor(ions: IonStack, parts: Assembly) -> float:
    fast = float(parts.stack.pore_permeability_m2_per_s[0, 0])
    return float(ions.pore_m2_per_s[0, 0]) / fast if fast > 0.0 else 1.0


def _matching_factor(mean_mobility: Callable[[float], float], target: float) -> float:
    """Return the factor at which the fast model's mean mobility is the reference's.

    Raises
    ------
    ModelInputError
        If none between a thousandth and a thousand is: the drug does not migrate as it should.
    """
    low, high = _FACTORS
    ends = sorted((mean_mobility(low), mean_mobility(high)))
    if not ends[0] < target < ends[1]:
        raise ModelInputError(
            f"derived mobility {target:.3g} m^3/C lies outside what the fast model can take, "
            f"{ends[0]:.3g} to {ends[1]:.3g}; use simulate_reference for this case"
        )
    for _ in range(50):
        middle = float(np.sqrt(low * high))
        if abs(mean_mobility(middle)) < abs(target):
            low = middle
        else:
            high = middle
    return float(np.sqrt(low * high))

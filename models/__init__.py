"""Transdermal iontophoresis: where a drug goes under a current, and how sure that is.

Everything is SI (m, s, mol/m^3, A/m^2, mol/m^2); current density is positive when current flows
from the donor into the skin. Only numpy is imported here, and what one prediction needs; scipy
follows at the first solve, the rest of this package at first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from models.blood import BloodFlow
from models.citations import cite
from models.compounds import Compound, compounds, ions, load_compound, refused_compounds
from models.donor import Electrode, Formulation
from models.errors import ModelInputError
from models.impedance import expected_resistance, expected_voltage, joule_heating_bound
from models.layers import Layer, preparations, sites
from models.profile import Profile
from models.simulation import simulate, simulate_ensemble
from models.skin import Skin
from models.solution import COMPARTMENTS, Band, Solution

if TYPE_CHECKING:
    from models.back_diffusion import simulate_receptor
    from models.calibration import Calibration, calibrate
    from models.calibration_data import Assay, CellData, read_cells
    from models.calibration_likelihood import Donor
    from models.chemistry import DonorChemistry, buffer_budget_c_per_m2, donor_chemistry
    from models.comparison import Comparison, compare_models
    from models.depot import Depot, simulate_depot
    from models.derived import Derived, derive, simulate_derived
    from models.live import LiveEnsemble
    from models.plasma import Plasma, plasma_course
    from models.prospects import TransportPrior, decay_length_m, transport_prior
    from models.reactions import Reacted, simulate_reactions
    from models.receptor import cumulative_from_samples, flow_through, sample_receptor
    from models.reference import simulate_reference

__all__ = [
    "COMPARTMENTS",
    "Assay",
    "Band",
    "BloodFlow",
    "Calibration",
    "CellData",
    "Comparison",
    "Compound",
    "Depot",
    "Derived",
    "Donor",
    "DonorChemistry",
    "Electrode",
    "Formulation",
    "Layer",
    "LiveEnsemble",
    "ModelInputError",
    "Plasma",
    "Profile",
    "Reacted",
    "Skin",
    "Solution",
    "TransportPrior",
    "buffer_budget_c_per_m2",
    "calibrate",
    "cite",
    "compare_models",
    "compounds",
    "cumulative_from_samples",
    "decay_length_m",
    "derive",
    "donor_chemistry",
    "expected_resistance",
    "expected_voltage",
    "flow_through",
    "ions",
    "joule_heating_bound",
    "load_compound",
    "plasma_course",
    "preparations",
    "read_cells",
    "refused_compounds",
    "sample_receptor",
    "simulate",
    "simulate_depot",
    "simulate_derived",
    "simulate_ensemble",
    "simulate_reactions",
    "simulate_receptor",
    "simulate_reference",
    "sites",
    "transport_prior",
]

_AT_FIRST_USE = {
    "back_diffusion": ("simulate_receptor",),
    "calibration": ("Calibration", "calibrate"),
    "calibration_data": ("Assay", "CellData", "read_cells"),
    "calibration_likelihood": ("Donor",),
    "chemistry": ("DonorChemistry", "buffer_budget_c_per_m2", "donor_chemistry"),
    "comparison": ("Comparison", "compare_models"),
    "depot": ("Depot", "simulate_depot"),
    "derived": ("Derived", "derive", "simulate_derived"),
    "live": ("LiveEnsemble",),
    "plasma": ("Plasma", "plasma_course"),
    "prospects": ("TransportPrior", "decay_length_m", "transport_prior"),
    "reactions": ("Reacted", "simulate_reactions"),
    "receptor": ("cumulative_from_samples", "flow_through", "sample_receptor"),
    "reference": ("simulate_reference",),
}
_HOME = {name: module for module, names in _AT_FIRST_USE.items() for name in names}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import what few programs need when it is first asked for."""
        if name not in _HOME:
            raise AttributeError(f"module 'models' has no attribute {name!r}")
        value = getattr(import_module(f"models.{_HOME[name]}"), name)
        globals()[name] = value
        return value

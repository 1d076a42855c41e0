"""Transdermal iontophoresis: where a drug goes under a current, and how sure that is.

Everything is SI (m, s, mol/m^3, A/m^2, mol/m^2); current density is positive when current flows
from the donor into the skin. Only numpy is imported here; scipy follows at the first solve.
"""

from models.back_diffusion import simulate_receptor
from models.blood import BloodFlow
from models.calibration import Calibration, calibrate
from models.calibration_data import Assay, CellData, read_cells
from models.calibration_likelihood import Donor
from models.chemistry import DonorChemistry, buffer_budget_c_per_m2, donor_chemistry
from models.citations import cite
from models.comparison import Comparison, compare_models
from models.compounds import Compound, compounds, ions, load_compound, refused_compounds
from models.depot import Depot, simulate_depot
from models.derived import Derived, derive, simulate_derived
from models.donor import Electrode, Formulation
from models.errors import ModelInputError
from models.impedance import expected_resistance, expected_voltage, joule_heating_bound
from models.layers import Layer, preparations, sites
from models.live import LiveEnsemble
from models.plasma import Plasma, plasma_course
from models.profile import Profile
from models.prospects import TransportPrior, decay_length_m, transport_prior
from models.reactions import Reacted, simulate_reactions
from models.receptor import cumulative_from_samples, flow_through, sample_receptor
from models.reference import simulate_reference
from models.simulation import simulate, simulate_ensemble
from models.skin import Skin
from models.solution import COMPARTMENTS, Band, Solution

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

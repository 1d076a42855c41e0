"""Transdermal iontophoresis: where a drug goes under a current, and how sure that is.

Everything is SI (m, s, mol/m^3, A/m^2, mol/m^2); current density is positive when current flows
from the donor into the skin. Only numpy is imported here; scipy follows at the first solve.
"""

from models.citations import cite
from models.comparison import Comparison, compare_models
from models.compounds import Compound, compounds, ions, load_compound, refused_compounds
from models.donor import Electrode, Formulation
from models.errors import ModelInputError
from models.impedance import expected_resistance, expected_voltage, joule_heating_bound
from models.layers import Layer, preparations, sites
from models.live import LiveEnsemble
from models.profile import Profile
from models.reference import simulate_reference
from models.simulation import simulate, simulate_ensemble
from models.skin import Skin
from models.solution import COMPARTMENTS, Band, Solution

__all__ = [
    "COMPARTMENTS",
    "Band",
    "Comparison",
    "Compound",
    "Electrode",
    "Formulation",
    "Layer",
    "LiveEnsemble",
    "ModelInputError",
    "Profile",
    "Skin",
    "Solution",
    "cite",
    "compare_models",
    "compounds",
    "expected_resistance",
    "expected_voltage",
    "ions",
    "joule_heating_bound",
    "load_compound",
    "preparations",
    "refused_compounds",
    "simulate",
    "simulate_ensemble",
    "simulate_reference",
    "sites",
]

"""The one place where the operator's units meet the kernel's integers and the model's SI.

Files and screens speak mA, V, mA·min, cm2, mM, mL and ug; instruments and kernel speak whole nA,
uV, ms and pC; `models` speaks SI. A number that cannot be carried over exactly is refused.
"""

from __future__ import annotations

import math

NA_PER_MA = 1_000_000
UV_PER_V = 1_000_000
MS_PER_S = 1_000
MS_PER_MIN = 60_000
PC_PER_C = 1_000_000_000_000
PC_PER_MA_MIN = 60_000_000_000
C_PER_MA_MIN = 0.06
A_PER_M2_PER_MA_PER_CM2 = 10.0
UG_PER_CM2_PER_G_PER_M2 = 100.0
M2_PER_CM2 = 1e-4
M3_PER_ML = 1e-6
M_PER_UM = 1e-6
OHM_M2_PER_KOHM_CM2 = 0.1

#: How far a decimal number may lie from a whole one and still be the rounding of a float: the
#: largest quantities here are some 1e9 small units, whose spacing as floats is 1e-7.
FLOAT_SLACK = 1e-6


def whole(value: float, per_unit: int) -> int:
    """Convert to whole small units, refusing what does not fit.

    Parameters
    ----------
    value : float
        Quantity in the operator's unit.
    per_unit : int
        Small units in one of the operator's.

    Returns
    -------
    int
        The same quantity in small units.

    Raises
    ------
    ValueError
        When the value is not finite or lies between two whole small units.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a finite number")
    exact = value * per_unit
    nearest = round(exact)
    if abs(exact - nearest) > FLOAT_SLACK:
        raise ValueError(f"{value} is not a whole number of 1/{per_unit} units")
    return nearest


def floor_whole(value: float, per_unit: int) -> int:
    """Convert a ceiling to whole small units, rounding down: a limit may only tighten.

    Parameters
    ----------
    value : float
        Ceiling in the operator's unit, finite.
    per_unit : int
        Small units in one of the operator's.

    Returns
    -------
    int
        The same ceiling in small units, never above it by more than a float's rounding.
    """
    exact = value * per_unit
    nearest = round(exact)
    slack = max(FLOAT_SLACK, 2 * math.ulp(exact))
    return nearest if abs(exact - nearest) <= slack else math.floor(exact)


def na_from_ma(current_ma: float) -> int:
    """Convert mA to whole nA; raises `ValueError` on fractions of a nA."""
    return whole(current_ma, NA_PER_MA)


def uv_from_v(voltage_v: float) -> int:
    """Convert V to whole uV; raises `ValueError` on fractions of a uV."""
    return whole(voltage_v, UV_PER_V)


def ms_from_s(duration_s: float) -> int:
    """Convert s to whole ms; raises `ValueError` on fractions of a ms."""
    return whole(duration_s, MS_PER_S)


def ma_from_na(current_na: float) -> float:
    """Convert nA to mA."""
    return current_na / NA_PER_MA


def ma_min_from_pc(charge_pc: float) -> float:
    """Convert pC to mA·min."""
    return float(charge_pc / PC_PER_MA_MIN)


def c_from_pc(charge_pc: float) -> float:
    """Convert pC to C."""
    return float(charge_pc / PC_PER_C)


def a_per_m2_from_ma_per_cm2(density_ma_per_cm2: float) -> float:
    """Convert mA/cm2 to A/m2."""
    return density_ma_per_cm2 * A_PER_M2_PER_MA_PER_CM2


def ug_per_cm2_from_mol_per_m2(amount_mol_per_m2: float, molar_mass_g_per_mol: float) -> float:
    """Convert mol/m2 to ug/cm2 for a substance of the given molar mass."""
    return amount_mol_per_m2 * molar_mass_g_per_mol * UG_PER_CM2_PER_G_PER_M2


def m3_per_m2_from_ml_and_cm2(volume_ml: float, area_cm2: float) -> float:
    """Convert a donor volume over an area to its height in m (m3 per m2)."""
    return volume_ml * M3_PER_ML / (area_cm2 * M2_PER_CM2)

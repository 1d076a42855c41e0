"""Ask the model: amount per layer with its band, and voltage over time with its range.

Amounts are given for the tissue as it is driven and, for skin of full thickness or when asked, for
perfused living tissue of the same site, which is only ever predicted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from iontophoresis.plan.parts import ExpectedVoltage, LayerAmount, Prediction
from iontophoresis.plan.tissue import modeled_tissues, tissue
from iontophoresis.protocol import Cell, Channel
from iontophoresis.safety.limits import ChannelLimits
from iontophoresis.units import (
    M2_PER_CM2,
    OHM_M2_PER_KOHM_CM2,
    UV_PER_V,
    ug_per_cm2_from_mol_per_m2,
)
from models import Formulation, Profile, Skin, simulate_ensemble
from models.impedance import Opening, conductance

FloatArray = NDArray[np.float64]

DRAWS = 200
SEED = 1
AMOUNT_TIMES = 61
VOLTAGE_TIMES = 1201
QUANTILES = (0.05, 0.5, 0.95)
NOT_LISTED = frozenset({"donor"})


def predictions(
    cell: Cell, donor: Formulation, profile: Profile, *, perfused_asked: bool, draws: int
) -> tuple[Prediction, ...]:
    """Predict what arrives where in one cell.

    Parameters
    ----------
    cell : Cell
        The specimen.
    donor : Formulation
        What it is given.
    profile : Profile
        Signed current density.
    perfused_asked : bool
        Whether the protocol wants the perfused prediction shown.
    draws : int
        Size of the ensemble.

    Returns
    -------
    tuple of Prediction
        The tissue as it is driven first.

    Raises
    ------
    models.ModelInputError
        When the model does not know the tissue.
    """
    skins = modeled_tissues(cell, perfused_asked=perfused_asked)
    return tuple(_predict(skin, cell.area_cm2, donor, profile, draws) for skin in skins)


def _predict(
    skin: Skin, area_cm2: float, donor: Formulation, profile: Profile, draws: int
) -> Prediction:
    band = simulate_ensemble(
        skin,
        donor,
        profile,
        draws=draws,
        seed=SEED,
        at_s=np.linspace(0.0, profile.duration_s, AMOUNT_TIMES),
        area_m2=area_cm2 * M2_PER_CM2,
    )
    held = donor.concentration_mol_per_m3 * donor.volume_m3_per_m2
    mass = donor.active.molar_mass_g_per_mol
    amounts = []
    for layer, drawn in band.amount_mol_per_m2.items():
        if layer in NOT_LISTED or not np.any(drawn):
            continue
        low, median, high = (float(v) for v in np.quantile(drawn[:, -1], QUANTILES))
        amounts.append(
            LayerAmount(
                layer=layer,
                p05_ug_per_cm2=ug_per_cm2_from_mol_per_m2(low, mass),
                p50_ug_per_cm2=ug_per_cm2_from_mol_per_m2(median, mass),
                p95_ug_per_cm2=ug_per_cm2_from_mol_per_m2(high, mass),
                percent_of_donor=100.0 * median / held,
            )
        )
    return Prediction(
        perfused=skin.perfused,
        preparation=skin.preparation,
        amounts=tuple(amounts),
        skin=skin,
        band=band,
        extrapolated=band.nominal.extrapolated,
    )


def expected_voltage(
    channel: Channel, profiles: tuple[Profile, ...], limits: ChannelLimits
) -> ExpectedVoltage:
    """Predict the voltage at the source: the sum over cells in series.

    The range is that of how fast and how far skin opens under current; the baseline resistance
    counts as measured. Electrode potentials (some tens of mV) and leads are left out.

    Parameters
    ----------
    channel : Channel
        Its cells.
    profiles : tuple of Profile
        Current density of each cell.
    limits : ChannelLimits
        The voltage limit to compare with.

    Returns
    -------
    ExpectedVoltage
        Low, median and high course.
    """
    times = np.linspace(0.0, profiles[0].duration_s, VOLTAGE_TIMES)
    knots = np.asarray(profiles[0].time_s)
    times = np.unique(np.concatenate((times, knots)))
    drawn = sum(
        (
            _cell_voltage(cell, profile, times)
            for cell, profile in zip(channel.cell, profiles, strict=True)
        ),
        start=np.zeros((1, times.size)),
    )
    low, median, high = np.quantile(drawn, QUANTILES, axis=0)
    limit_v = limits.voltage_uv / UV_PER_V
    return ExpectedVoltage(
        time_s=tuple(times.tolist()),
        p05_v=tuple(low.tolist()),
        p50_v=tuple(median.tolist()),
        p95_v=tuple(high.tolist()),
        over_limit_p50_s=_time_above(times, median, limit_v),
        over_limit_p95_s=_time_above(times, high, limit_v),
    )


def _cell_voltage(cell: Cell, profile: Profile, times: FloatArray) -> FloatArray:
    """Return the voltage over one cell, (n_draw, n_time) V."""
    current = np.abs(profile.current_at(times))
    if cell.specimen_class == "load":
        ohm_m2 = cell.baseline_resistance_kohm_cm2 * OHM_M2_PER_KOHM_CM2
        return np.asarray(current * ohm_m2)[None, :]
    skin = tissue(cell, preparation=str(cell.preparation), perfused=False)
    opened = conductance(_openings(skin), profile, times)
    voltage: FloatArray = current * (1.0 / opened + skin.deep_resistance_ohm_m2)
    return voltage


def _openings(skin: Skin) -> Opening:
    """Draw how the skin opens: log-normal about the prior, with the prior's spread."""
    nominal, electrical = Opening.of(skin), skin.electrical
    normal = np.random.default_rng(SEED).standard_normal((3, DRAWS))
    return Opening(
        rest_s_per_m2=np.repeat(nominal.rest_s_per_m2, DRAWS),
        gain_per_v=nominal.gain_per_v * np.exp(electrical.plateau_voltage.ln_sd * normal[0]),
        opening_s=nominal.opening_s * np.exp(electrical.opening_time.ln_sd * normal[1]),
        recovery_s=nominal.recovery_s * np.exp(electrical.recovery_time.ln_sd * normal[2]),
    )


def _time_above(times: FloatArray, voltage: FloatArray, limit_v: float) -> float:
    above = (voltage > limit_v).astype(float)
    return float(np.trapezoid(above, times))

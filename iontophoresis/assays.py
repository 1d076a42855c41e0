"""Correct the dose of a session by assays: receptor sample, donor remainder, tape strips.

The ensemble is run again on the measured current, and its draws are weighed by what was found. It
works on a finished session and on one that still runs, whose file is read and never written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from iontophoresis.errors import InputError, Problem
from iontophoresis.plan.tissue import formulation, modeled_tissues
from iontophoresis.protocol import parse
from iontophoresis.record.session import Session
from iontophoresis.units import A_PER_M2_PER_MA_PER_CM2, ug_per_cm2_from_mol_per_m2
from iontophoresis.view.depth import mean_current
from models import Band, ModelInputError, Profile, simulate_ensemble
from models.assays import AssayResult, weigh

DRAWS = 600
SEED = 2
QUANTILES = (0.05, 0.5, 0.95)
TIMES = 121


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One result as a laboratory gives it: where, when, how much and how sure."""

    compartment: str
    at_min: float | None
    amount_ug_per_cm2: float
    sd_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedLayer:
    """Amount at the end in ug/cm2: 5, 50 and 95 % before and after the assays."""

    layer: str
    before: tuple[float, float, float]
    after: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A session's dose, corrected.

    Attributes
    ----------
    layers : tuple of CorrectedLayer
        Compartments that anything reaches.
    effective_draws : float
        How many of the draws still count.
    perfused : bool
        Whether blood cleared dermis and fat.
    """

    layers: tuple[CorrectedLayer, ...]
    effective_draws: float
    perfused: bool


def correct(
    session: Session, found: Sequence[Found], *, channel: int = 0, draws: int = DRAWS
) -> Corrected:
    """Correct the dose of a session's channel by assays.

    Parameters
    ----------
    session : Session
        With its protocol in the header and at least a second of ticks.
    found : sequence of Found
        At least one result; its tissue is the one that was driven.
    channel : int
        Which channel; its first cell.
    draws : int
        Size of the ensemble.

    Raises
    ------
    InputError
        When the session has no donor, or a result does not fit it.
    """
    band, per_mol, perfused = _measured_band(session, channel, draws)
    end_s = float(band.time_s[-1])
    results = [_result(one, end_s, per_mol) for one in found]
    try:
        weights = weigh(band.amount_mol_per_m2, band.time_s, results)
    except ModelInputError as error:
        raise InputError([Problem(origin=session.path.name, reason=str(error))]) from error
    layers = []
    for layer, drawn in band.amount_mol_per_m2.items():
        final = drawn[:, -1] * per_mol
        if np.any(final > 0):
            low, middle, high = (float(v) for v in np.quantile(final, QUANTILES))
            p05, p50, p95 = (weights.quantile(final, q) for q in QUANTILES)
            layers.append(
                CorrectedLayer(layer=layer, before=(low, middle, high), after=(p05, p50, p95))
            )
    return Corrected(
        layers=tuple(layers), effective_draws=weights.effective_draws, perfused=perfused
    )


def _measured_band(session: Session, channel: int, draws: int) -> tuple[Band, float, bool]:
    """Run the ensemble on the measured current; with ug/cm2 per mol/m2, and whether blood flows."""
    origin = session.path.name
    protocol = parse(str(session.header.get("protocol_toml", "")).encode(), origin)
    described = protocol.channel[channel]
    cell, ticks = described.cell[0], session.ticks.of_channel(channel)
    donor = formulation(described, cell)
    if donor is None or cell.specimen_class == "load" or len(ticks) < 2:
        reason = "nothing to correct: a load, or no current was recorded"
        raise InputError([Problem(origin=origin, reason=reason)])
    sign = 1.0 if described.active_pole == "anode" else -1.0
    time_s, current_ma = mean_current(ticks)
    density = sign * current_ma / cell.area_cm2 * A_PER_M2_PER_MA_PER_CM2
    profile = Profile(time_s=time_s.tolist(), current_density_a_per_m2=density.tolist())
    skin = modeled_tissues(cell, perfused_asked=False)[0]
    at_s = np.linspace(0.0, profile.duration_s, TIMES)
    band = simulate_ensemble(skin, donor, profile, draws=draws, seed=SEED, at_s=at_s)
    per_mol = ug_per_cm2_from_mol_per_m2(1.0, donor.active.molar_mass_g_per_mol)
    return band, per_mol, skin.perfused


def _result(found: Found, end_s: float, per_mol: float) -> AssayResult:
    return AssayResult(
        compartment=found.compartment,
        at_s=end_s if found.at_min is None else 60.0 * found.at_min,
        amount_mol_per_m2=found.amount_ug_per_cm2 / per_mol,
        ln_sd=found.sd_percent / 100.0,
    )

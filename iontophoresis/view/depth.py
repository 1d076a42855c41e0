"""Concentration against depth at the end of a session: the model run on the measured current."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from iontophoresis.errors import InputError
from iontophoresis.plan.tissue import formulation, modeled_tissues
from iontophoresis.protocol import Protocol, parse
from iontophoresis.record.session import Session, Ticks
from iontophoresis.units import A_PER_M2_PER_MA_PER_CM2, M_PER_UM
from iontophoresis.view.trace import DepthProfile, Ribbon
from models import ModelInputError, Profile, Skin, Solution, simulate

_BINS = 240
_SHORTEST_S = 1.0


def session_depth(session: Session, channel: int) -> DepthProfile | None:
    """Run the model on what was measured in a channel; None where it cannot be.

    The tissue is the one the session's amounts are for: the specimen, or perfused skin where the
    protocol asked for that. Only the nominal course is given.

    Parameters
    ----------
    session
        With its protocol in the header.
    channel
        Which channel; its first cell is taken.
    """
    ticks = session.ticks.of_channel(channel)
    text = session.header.get("protocol_toml")
    if not isinstance(text, str) or len(ticks) < 2 or ticks.time_s[-1] < _SHORTEST_S:
        return None
    try:
        protocol = parse(text.encode(), str(session.header.get("protocol_name")))
        return _depth(protocol, channel, ticks)
    except (InputError, ModelInputError, IndexError):
        return None


def solution_depth(solution: Solution, skin: Skin) -> DepthProfile:
    """Give the last depth profile of a solution, in um and mM, with its layers."""
    ends_um = np.cumsum([layer.thickness_m for layer in skin.layers]) / M_PER_UM
    concentration_mm = solution.concentration_mol_per_m3[-1]
    return DepthProfile(
        band=Ribbon(
            at=solution.depth_m / M_PER_UM,
            low=concentration_mm,
            middle=concentration_mm,
            high=concentration_mm,
        ),
        at_s=float(solution.time_s[-1]),
        layers_um=tuple(
            (layer.name, float(end)) for layer, end in zip(skin.layers, ends_um, strict=True)
        ),
    )


def _depth(protocol: Protocol, channel: int, ticks: Ticks) -> DepthProfile | None:
    described = protocol.channel[channel]
    cell = described.cell[0]
    donor = formulation(described, cell)
    if donor is None or cell.specimen_class == "load":
        return None
    asked = protocol.perfused_prediction
    skins = modeled_tissues(cell, perfused_asked=asked)
    skin = next((skin for skin in skins if skin.perfused == asked), skins[0])
    sign = 1.0 if described.active_pole == "anode" else -1.0
    time_s, current_ma = mean_current(ticks)
    density = sign * current_ma / cell.area_cm2 * A_PER_M2_PER_MA_PER_CM2
    profile = Profile(time_s=time_s.tolist(), current_density_a_per_m2=density.tolist())
    return solution_depth(simulate(skin, donor, profile, at_s=[profile.duration_s]), skin)


def mean_current(ticks: Ticks) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return knots that carry the measured current on average, from time zero, s and mA."""
    time_s = ticks.time_s - ticks.time_s[0]
    current_ma = np.nan_to_num(ticks.current_ma)
    passed = np.concatenate(([0.0], np.cumsum(np.diff(time_s) * current_ma[:-1])))
    edges_s = np.linspace(0.0, time_s[-1], _BINS + 1)
    means_ma = np.diff(np.interp(edges_s, time_s, passed)) / np.diff(edges_s)
    knots_s = np.concatenate(([0.0], (edges_s[1:] + edges_s[:-1]) / 2, [time_s[-1]]))
    return knots_s, np.concatenate((means_ma[:1], means_ma, means_ma[-1:]))

"""The mean current of a fast pulse train, on which its dose is predicted.

Migration and electro-osmosis are linear in the current, and diffusion through skin takes far longer
than a pulse: what arrives follows the net charge. Skin opens with the size of the current, though,
so a train of strong short pulses may open it further than its mean does; that is left out.
"""

from __future__ import annotations

from iontophoresis.protocol import Bipolar, Cell, Channel, Pulses, Scan, Steps
from iontophoresis.protocol.segments import AnySegment, segment_legs
from iontophoresis.units import A_PER_M2_PER_MA_PER_CM2, MS_PER_S, ma_from_na
from models import Profile

LONGEST_PERIOD_MS = 60_000
FEWEST_PULSES = 10
RAMP_SHARE = 0.01

Knot = tuple[float, float]


def is_averaged(segment: AnySegment) -> bool:
    """Return whether a segment's dose is predicted on its mean current."""
    if not isinstance(segment, Pulses | Bipolar | Steps | Scan):
        return False
    legs = list(segment_legs(segment, 0))
    pulses = sum(end_na == 0 for _, end_na in legs)
    # The level repeats at the end of every leg without current: pulse and pause are two of them.
    period_ms = sum(span_ms for span_ms, _ in legs) / max(1, pulses)
    return pulses >= FEWEST_PULSES and period_ms <= LONGEST_PERIOD_MS


def dose_profile(channel: Channel, cell: Cell) -> Profile:
    """Build the current density on which a cell's dose is predicted.

    Parameters
    ----------
    channel : Channel
        Its segments; fast pulse trains among them count with their mean current.
    cell : Cell
        Its area.

    Returns
    -------
    Profile
        Of the channel's net charge and length, in A/m^2.
    """
    sign = 1.0 if channel.active_pole == "anode" else -1.0
    per_na = sign * ma_from_na(1) * A_PER_M2_PER_MA_PER_CM2 / cell.area_cm2
    knots: list[Knot] = [(0.0, 0.0)]
    level_na = 0
    for segment in channel.segment:
        legs = list(segment_legs(segment, level_na))
        if is_averaged(segment):
            knots += _mean(legs, knots[-1][0])
        else:
            for span_ms, end_na in legs:
                knots.append((knots[-1][0] + span_ms, float(end_na)))
        level_na = legs[-1][1]
    return Profile(
        time_s=tuple(time_ms / MS_PER_S for time_ms, _ in knots),
        current_density_a_per_m2=tuple(per_na * current_na for _, current_na in knots),
    )


def _mean(legs: list[tuple[int, int]], start_ms: float) -> list[Knot]:
    """Return one trapeze of the legs' net charge and length."""
    length_ms, charge_pc, before_na = 0, 0.0, 0
    for span_ms, end_na in legs:
        charge_pc += span_ms * (before_na + end_na) / 2
        length_ms, before_na = length_ms + span_ms, end_na
    ramp_ms = RAMP_SHARE * length_ms
    mean_na = charge_pc / (length_ms - ramp_ms)
    return [
        (start_ms + ramp_ms, mean_na),
        (start_ms + length_ms - ramp_ms, mean_na),
        (start_ms + length_ms, 0.0),
    ]

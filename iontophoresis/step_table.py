"""A protocol as a table of steps, for a laboratory's own iontophoresis unit to be set by."""

from __future__ import annotations

import csv
import io
from itertools import pairwise

from iontophoresis.profile import waveform
from iontophoresis.protocol import Protocol
from iontophoresis.units import MS_PER_S, ma_from_na, ma_min_from_pc

COLUMNS = (
    "channel", "donor_pole", "step", "start_s", "duration_s", "from_ma", "to_ma", "charge_ma_min",
    "charge_so_far_ma_min", "density_ma_per_cm2", "voltage_limit_v",
)  # fmt: skip


def step_table(protocol: Protocol) -> str:
    """Write every straight piece of every channel's current as one row of CSV.

    Parameters
    ----------
    protocol : Protocol
        Its current counts as a magnitude, negative against the delivery.

    Returns
    -------
    str
        With a heading line; charge counts both directions, density is the row's highest on the
        smallest area.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for channel in protocol.channel:
        wave, passed_pc = waveform(channel), 0
        for number, ((start_ms, start_na), (end_ms, end_na)) in enumerate(pairwise(wave.knots), 1):
            charge_pc = (end_ms - start_ms) * abs(start_na + end_na) // 2
            passed_pc += charge_pc
            highest_ma = ma_from_na(max(abs(start_na), abs(end_na)))
            figures = (
                start_ms / MS_PER_S,
                (end_ms - start_ms) / MS_PER_S,
                ma_from_na(start_na),
                ma_from_na(end_na),
                ma_min_from_pc(charge_pc),
                ma_min_from_pc(passed_pc),
                highest_ma / channel.smallest_area_cm2,
                protocol.limits.voltage_v,
            )
            row = [f"{figure:.9g}" for figure in figures]
            writer.writerow([channel.name, channel.active_pole, number, *row])
    return text.getvalue()

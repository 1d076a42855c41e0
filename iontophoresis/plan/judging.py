"""Every reason why a channel does not fit its limits, each with what to do.

Nothing is tightened or shortened to make a plan fit: the numbers are the experimenter's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from iontophoresis.errors import Problem
from iontophoresis.plan.ceilings import area_um2
from iontophoresis.plan.margins import ROWS, Row
from iontophoresis.plan.parts import ExpectedVoltage, Margin
from iontophoresis.profile import Waveform
from iontophoresis.protocol import Channel, Protocol, StopAtCharge
from iontophoresis.protocol.segments import describe_segment, segment_legs
from iontophoresis.safety.limits import UM2_PER_CM2, ChannelLimits, class_limits
from iontophoresis.units import PC_PER_MA_MIN, UV_PER_V

ROUNDING = 1e-9
ADVICE = {
    "current": "lower the current",
    "density": "lower the current, or use a larger area",
    "charge": "shorten the profile, or lower the current",
    "charge density": "shorten the profile, or use a larger area",
    "slew up": "make the ramp longer",
    "current-on time": "shorten the profile",
    "session time": "shorten the profile",
}
OWNERS = {
    "protocol": "the protocol allows",
    "bench": "the bench file allows",
    "class": "the specimen class allows",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A channel with what its limits leave it.

    Attributes
    ----------
    index : int
        Its place in the protocol, from zero.
    channel, wave, limits : Channel, Waveform, ChannelLimits
        What is wanted, exactly, and what is allowed.
    margins : tuple of Margin
        In the order of `ROWS`.
    sheet_window_kohm_cm2 : tuple of float
        Low and high sheet resistance at which current may start.
    """

    index: int
    channel: Channel
    wave: Waveform
    limits: ChannelLimits
    margins: tuple[Margin, ...]
    sheet_window_kohm_cm2: tuple[float, float]

    @property
    def place(self) -> str:
        """The channel in the file's own words."""
        return f'channel "{self.channel.name}"'


def channel_refusals(protocol: Protocol, judged: Judged) -> Iterator[Problem]:
    """Name what a channel's profile, cells or stop condition exceed.

    Parameters
    ----------
    protocol : Protocol
        What is wanted.
    judged : Judged
        One of its channels with its limits.

    Yields
    ------
    Problem
        One per reason.
    """
    for row, margin in zip(ROWS, judged.margins, strict=True):
        if margin.exceeded:
            yield _exceeded(protocol, judged, row, margin)
    yield from _cell_refusals(protocol, judged)
    stop = protocol.stop
    if isinstance(stop, StopAtCharge):
        planned = judged.wave.charge_pc / PC_PER_MA_MIN
        if stop.charge_ma_min > planned * (1 + ROUNDING):
            yield Problem(
                origin=protocol.origin,
                key="stop.charge_ma_min",
                value=f"{stop.charge_ma_min:g}",
                place=judged.place,
                reason=f"is never reached, the profile carries {planned:.4g} mA·min",
                advice="lower it, or lengthen the profile",
            )


def _exceeded(protocol: Protocol, judged: Judged, row: Row, margin: Margin) -> Problem:
    note = " with the charge of a stop" if margin.name.startswith("charge") else ""
    where = _segment(judged, margin)
    return Problem(
        origin=protocol.origin,
        key=f"limits.{row.key}",
        value=f"{getattr(protocol.limits, row.key):g}",
        place=", ".join(part for part in (judged.place, where) if part),
        reason=f"the profile needs {margin.planned:.4g} {margin.unit}{note}, "
        f"{OWNERS[margin.set_by]} {margin.limit:.4g}",
        advice=ADVICE[margin.name]
        + (", or raise the limit" if margin.set_by == "protocol" else ""),
    )


def _segment(judged: Judged, margin: Margin) -> str:
    """Name the first segment that goes beyond a current or slew limit."""
    highest_na = min(judged.limits.current_na, judged.limits.density_na)
    start_na = 0
    for index, segment in enumerate(judged.channel.segment):
        for span_ms, end_na in segment_legs(segment, start_na):
            rise = (abs(end_na) - abs(start_na)) * 1000 / span_ms
            too_high = abs(end_na) > max(highest_na, abs(start_na))
            if (margin.name in {"current", "density"} and too_high) or (
                margin.name == "slew up" and rise > judged.limits.slew_na_per_s
            ):
                return describe_segment(index, segment)
            start_na = end_na
    return ""


def _cell_refusals(protocol: Protocol, judged: Judged) -> Iterator[Problem]:
    smallest, largest = class_limits(judged.channel.specimen_class).area_um2
    low, high = judged.sheet_window_kohm_cm2
    for number, cell in enumerate(judged.channel.cell):
        key = f"channel[{judged.index}].cell[{number}]"
        place = f'{judged.place}, cell "{cell.id}"'
        if not smallest <= area_um2(cell.area_cm2) <= largest:
            yield Problem(
                origin=protocol.origin,
                key=f"{key}.area_cm2",
                value=f"{cell.area_cm2:g}",
                place=place,
                reason=f'class "{cell.specimen_class}" allows '
                f"{smallest / UM2_PER_CM2:g} to {largest / UM2_PER_CM2:g} cm2",
                advice="use another cell",
            )
        if not low <= cell.baseline_resistance_kohm_cm2 <= high:
            yield Problem(
                origin=protocol.origin,
                key=f"{key}.baseline_resistance_kohm_cm2",
                value=f"{cell.baseline_resistance_kohm_cm2:g}",
                place=place,
                reason=f"lies outside the load window, {low:g} to {high:g} kOhm·cm2",
                advice="correct it, or limits.load_window_kohm_cm2",
            )


def voltage_refusal(protocol: Protocol, judged: Judged, voltage: ExpectedVoltage) -> Problem | None:
    """Name a voltage limit that would hold the current back longer than declared.

    Parameters
    ----------
    protocol : Protocol
        Declares how long a voltage-limited start may take.
    judged : Judged
        The channel.
    voltage : ExpectedVoltage
        What the model expects.

    Returns
    -------
    Problem or None
        None where the median course stays within.
    """
    allowed_s = protocol.voltage_limited_start_max_s
    if voltage.over_limit_p50_s <= allowed_s:
        return None
    limit_v = judged.limits.voltage_uv / UV_PER_V
    return Problem(
        origin=protocol.origin,
        key="limits.voltage_v",
        value=f"{protocol.limits.voltage_v:g}",
        place=judged.place,
        reason=f"the median course needs up to {voltage.peak_v[1]:.3g} V and would lie above "
        f"{limit_v:g} V for {voltage.over_limit_p50_s:.0f} s, allowed are {allowed_s:g} s",
        advice="lower the current, lengthen the ramp, or hydrate the specimen first",
    )

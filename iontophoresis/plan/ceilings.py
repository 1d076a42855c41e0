"""Bench, protocol and class brought together: the effective limits of one channel.

The minimum over every owner is composed by `safety.limits.compose`, on integers; here each owner's
figures are rounded to the kernel's units, only ever downwards, and handed to it.
"""

from __future__ import annotations

from iontophoresis.bench import Bench, BenchLimits
from iontophoresis.profile import Waveform
from iontophoresis.protocol import Channel, Limits
from iontophoresis.safety.limits import (
    NOT_NAMED,
    UM2_PER_CM2,
    VOLTAGE_GUARDED_UV,
    VOLTAGE_OPEN_BENCH_UV,
    Caps,
    ChannelLimits,
    class_limits,
    compose,
)
from iontophoresis.units import (
    MS_PER_MIN,
    NA_PER_MA,
    PC_PER_C,
    PC_PER_MA_MIN,
    UV_PER_V,
    floor_whole,
)

OHM_PER_KOHM = 1000


def area_um2(area_cm2: float) -> int:
    """Convert an area to whole um2, rounding down, which tightens densities."""
    return floor_whole(area_cm2, UM2_PER_CM2)


def caps(limits: Limits | BenchLimits) -> Caps:
    """Convert an owner's limits to the kernel's integers, rounding down.

    Parameters
    ----------
    limits : Limits or BenchLimits
        Figures in the operator's units; what a bench leaves out is not named.

    Returns
    -------
    Caps
        In nA, uV, ms and pC.
    """

    def small(value: float | None, per_unit: int) -> int:
        return NOT_NAMED if value is None else floor_whole(value, per_unit)

    return Caps(
        current_na=small(limits.current_ma, NA_PER_MA),
        density_na_per_cm2=small(limits.density_ma_per_cm2, NA_PER_MA),
        charge_pc=small(limits.charge_ma_min, PC_PER_MA_MIN),
        charge_density_pc_per_cm2=small(limits.charge_density_c_per_cm2, PC_PER_C),
        voltage_uv=small(limits.voltage_v, UV_PER_V),
        slew_na_per_s=small(limits.slew_up_ma_per_s, NA_PER_MA),
        on_time_ms=small(limits.current_on_time_min, MS_PER_MIN),
        session_time_ms=small(limits.session_time_min, MS_PER_MIN),
    )


def effective_limits(channel: Channel, limits: Limits, bench: Bench) -> ChannelLimits:
    """Compose the limits of a channel: the minimum over class, bench and protocol.

    Parameters
    ----------
    channel : Channel
        Its class and smallest area.
    limits : Limits
        The protocol's.
    bench : Bench
        Its own limits, enclosure and interlock.

    Returns
    -------
    ChannelLimits
        As the kernel judges them; the operator may still tighten.
    """
    guarded = bench.enclosure == "guarded" and bench.interlock == "read_back"
    return compose(
        class_limits(channel.specimen_class),
        area_um2(channel.smallest_area_cm2),
        VOLTAGE_GUARDED_UV if guarded else VOLTAGE_OPEN_BENCH_UV,
        caps(bench.limits),
        caps(limits),
        Caps(),
    )


def load_window_ohm(channel: Channel, limits: Limits, bench: Bench) -> tuple[int, int]:
    """Compute the window of a channel's resistance: cells in series, the tightest of all owners.

    Parameters
    ----------
    channel : Channel
        Its cells' areas and class.
    limits, bench : Limits, Bench
        Their windows, in kOhm·cm2.

    Returns
    -------
    tuple of int
        Low and high, in Ohm; low rounded up, high rounded down.
    """
    low, high = sheet_window_kohm_cm2(channel, limits, bench)
    per_area = sum(1.0 / cell.area_cm2 for cell in channel.cell) * OHM_PER_KOHM
    return -int(-low * per_area // 1), int(high * per_area)


def sheet_window_kohm_cm2(channel: Channel, limits: Limits, bench: Bench) -> tuple[float, float]:
    """Compute the tightest window of sheet resistance over class, bench and protocol."""
    windows = [limits.load_window_kohm_cm2]
    if bench.limits.load_window_kohm_cm2 is not None:
        windows.append(bench.limits.load_window_kohm_cm2)
    low, high = max(w.low for w in windows), min(w.high for w in windows)
    class_low, class_high = class_limits(channel.specimen_class).load_ohm_cm2
    if class_low != NOT_NAMED:
        low = max(low, class_low / OHM_PER_KOHM)
        high = min(high, class_high / OHM_PER_KOHM)
    return low, high


def probe(channel: Channel, wave: Waveform, limits: ChannelLimits) -> tuple[int, int]:
    """Choose the contact probe: at most a tenth of the peak, and what the class allows.

    Returns
    -------
    tuple of int
        Current in nA and voltage in uV.
    """
    literal = class_limits(channel.specimen_class)
    current_na = min(wave.max_current_na // 10, limits.current_na)
    if literal.probe_na != NOT_NAMED:
        current_na = min(current_na, literal.probe_na)
    if literal.probe_na_per_cm2 != NOT_NAMED:
        per_area = literal.probe_na_per_cm2 * area_um2(channel.smallest_area_cm2) // UM2_PER_CM2
        current_na = min(current_na, per_area)
    voltage_uv = limits.voltage_uv
    if literal.probe_uv != NOT_NAMED:
        voltage_uv = min(voltage_uv, literal.probe_uv)
    return current_na, voltage_uv

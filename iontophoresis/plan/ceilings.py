"""Bench, protocol and class brought together: the effective limits, and what a profile uses of them.

The minimum over every owner is composed by `safety.limits.compose`, on integers; here each owner's
figures are handed to it, and each planned figure is judged with the kernel's own reserve for a stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from iontophoresis.bench import Bench, BenchLimits
from iontophoresis.plan.parts import Margin
from iontophoresis.profile import Waveform
from iontophoresis.protocol import Channel, Limits
from iontophoresis.safety.kernel import Config, ramp_reserve_ms
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

SLOWEST_TICK_MS = 200
OHM_PER_KOHM = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How one limit is named in files, on screens and in the kernel.

    Attributes
    ----------
    name, unit : str
        As printed.
    key : str
        In the protocol's and the bench's [limits].
    field : str
        In `ChannelLimits`.
    per_unit : float
        Kernel's small units in one of the printed.
    """

    name: str
    unit: str
    key: str
    field: str
    per_unit: float


ROWS = (
    Row(name="current", unit="mA", key="current_ma", field="current_na", per_unit=NA_PER_MA),
    Row(
        name="density",
        unit="mA/cm2",
        key="density_ma_per_cm2",
        field="density_na",
        per_unit=NA_PER_MA,
    ),
    Row(
        name="charge", unit="mA·min", key="charge_ma_min", field="charge_pc", per_unit=PC_PER_MA_MIN
    ),
    Row(
        name="charge density",
        unit="C/cm2",
        key="charge_density_c_per_cm2",
        field="charge_density_pc",
        per_unit=PC_PER_C,
    ),
    Row(
        name="slew up",
        unit="mA/s",
        key="slew_up_ma_per_s",
        field="slew_na_per_s",
        per_unit=NA_PER_MA,
    ),
    Row(
        name="current-on time",
        unit="min",
        key="current_on_time_min",
        field="on_time_ms",
        per_unit=MS_PER_MIN,
    ),
    Row(
        name="session time",
        unit="min",
        key="session_time_min",
        field="session_time_ms",
        per_unit=MS_PER_MIN,
    ),
)
VOLTAGE_ROW = Row(name="voltage", unit="V", key="voltage_v", field="voltage_uv", per_unit=UV_PER_V)
PER_AREA = frozenset({"density_na", "charge_density_pc"})


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


def charge_with_stop_pc(wave: Waveform, stop_ramp_ms: int, tick_ms: int) -> int:
    """Compute the largest charge the kernel will hold against the limit during a profile.

    At every moment it counts the charge so far and that of a stop from there.

    Parameters
    ----------
    wave : Waveform
        The profile.
    stop_ramp_ms : int
        Longest way down to zero.
    tick_ms : int
        Control period.

    Returns
    -------
    int
        pC, rounded up; at least the waveform's own charge.
    """
    config = Config(channels=(), common_current_na=0, tick_ms=tick_ms, stop_ramp_ms=stop_ramp_ms)
    reserve_ms = ramp_reserve_ms(config) + tick_ms
    largest = Fraction(wave.charge_pc)
    for (start_ms, start_na), (end_ms, end_na) in pairwise(wave.knots):
        turning_na = Fraction((start_na - end_na) * reserve_ms, end_ms - start_ms)
        for current_na in (Fraction(start_na), Fraction(end_na), turning_na):
            if min(start_na, end_na) <= current_na <= max(start_na, end_na):
                share = (current_na - start_na) / (end_na - start_na) if end_na != start_na else 0
                span_ms = share * (end_ms - start_ms)
                passed = wave.charge_at(start_ms) + span_ms * (start_na + current_na) / 2
                largest = max(largest, passed + current_na * reserve_ms)
    return -(-largest.numerator // largest.denominator)


def margins(
    channel: Channel,
    wave: Waveform,
    limits: ChannelLimits,
    protocol: Limits,
    bench: Bench,
    stop_ramp_ms: int,
) -> tuple[Margin, ...]:
    """Set every planned figure of a channel beside its limit; the voltage comes from the model.

    Parameters
    ----------
    channel, wave : Channel, Waveform
        What is planned.
    limits : ChannelLimits
        The effective limits.
    protocol, bench : Limits, Bench
        To say whose figure each limit is.
    stop_ramp_ms : int
        Longest way down to zero.

    Returns
    -------
    tuple of Margin
        In the order of `ROWS`.
    """
    charge_pc = charge_with_stop_pc(wave, stop_ramp_ms, SLOWEST_TICK_MS)
    planned = {
        "current_na": wave.max_current_na,
        "density_na": wave.max_current_na,
        "charge_pc": charge_pc,
        "charge_density_pc": charge_pc,
        "slew_na_per_s": wave.max_slew_up_na_per_s,
        "on_time_ms": wave.current_on_ms,
        "session_time_ms": wave.duration_ms,
    }
    return tuple(margin(row, planned[row.field], channel, limits, protocol, bench) for row in ROWS)


def margin(
    row: Row,
    planned: float,
    channel: Channel,
    limits: ChannelLimits,
    protocol: Limits,
    bench: Bench,
) -> Margin:
    """Set one planned figure, in the kernel's unit, beside its limit."""
    scale = row.per_unit
    if row.field in PER_AREA:
        scale *= channel.smallest_area_cm2
    limit = getattr(limits, row.field) / scale
    return Margin(
        name=row.name,
        planned=planned / scale,
        limit=limit,
        unit=row.unit,
        set_by=_owner(row, limit, protocol, bench),
    )


def _owner(row: Row, limit: float, protocol: Limits, bench: Bench) -> str:
    own, benchs = getattr(protocol, row.key), getattr(bench.limits, row.key)
    if limit >= own * (1 - 1e-6):
        return "protocol"
    return "bench" if benchs is not None and limit >= benchs * (1 - 1e-6) else "class"


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

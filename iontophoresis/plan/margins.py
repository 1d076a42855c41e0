"""Every planned figure of a channel beside its effective limit, judged as the kernel will judge it.

The comparison is made on the kernel's integers, with the charge that a stop would still add held in
reserve; what is printed is only their rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from iontophoresis.bench import Bench
from iontophoresis.plan.ceilings import probe
from iontophoresis.plan.parts import Margin
from iontophoresis.profile import Waveform
from iontophoresis.protocol import Channel, Protocol
from iontophoresis.safety.kernel import Config, ramp_reserve_ms
from iontophoresis.safety.limits import ChannelLimits
from iontophoresis.units import MS_PER_MIN, MS_PER_S, NA_PER_MA, PC_PER_C, PC_PER_MA_MIN, UV_PER_V

SLOWEST_TICK_MS = 200
LONGEST_PROBE_MS = 2000


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
NEARLY = 1 - 1e-6
PER_AREA = frozenset({"density_na", "charge_density_pc"})


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
    sizes = tuple((time_ms, abs(current_na)) for time_ms, current_na in wave.knots)
    for (start_ms, start_na), (end_ms, end_na) in pairwise(sizes):
        turning_na = Fraction((start_na - end_na) * reserve_ms, end_ms - start_ms)
        for current_na in (Fraction(start_na), Fraction(end_na), turning_na):
            if min(start_na, end_na) <= current_na <= max(start_na, end_na):
                share = (current_na - start_na) / (end_na - start_na) if end_na != start_na else 0
                span_ms = share * (end_ms - start_ms)
                passed = wave.charge_at(start_ms) + span_ms * (start_na + current_na) / 2
                largest = max(largest, passed + current_na * reserve_ms)
    return -(-largest.numerator // largest.denominator)


def margins(
    protocol: Protocol, bench: Bench, channel: Channel, wave: Waveform, limits: ChannelLimits
) -> tuple[Margin, ...]:
    """Set every planned figure of a channel beside its limit; the voltage comes from the model.

    Parameters
    ----------
    protocol, bench : Protocol, Bench
        To say whose figure each limit is.
    channel, wave : Channel, Waveform
        What is planned.
    limits : ChannelLimits
        The effective limits.

    Returns
    -------
    tuple of Margin
        In the order of `ROWS`.
    """
    stop_ramp_ms = round(protocol.stop_ramp_s * MS_PER_S)
    charge_pc = charge_with_stop_pc(wave, stop_ramp_ms, SLOWEST_TICK_MS)
    charge_pc += probe(channel, wave, limits)[0] * LONGEST_PROBE_MS
    planned = {
        "current_na": wave.max_current_na,
        "density_na": wave.max_current_na,
        "charge_pc": charge_pc,
        "charge_density_pc": charge_pc,
        "slew_na_per_s": wave.max_slew_up_na_per_s,
        "on_time_ms": wave.current_on_ms,
        "session_time_ms": wave.duration_ms,
    }
    return tuple(margin(protocol, bench, channel, limits, row, planned[row.field]) for row in ROWS)


def margin(
    protocol: Protocol,
    bench: Bench,
    channel: Channel,
    limits: ChannelLimits,
    row: Row,
    planned: int,
) -> Margin:
    """Set one planned figure, in the kernel's unit, beside its limit."""
    limit = getattr(limits, row.field)
    scale = row.per_unit * (channel.smallest_area_cm2 if row.field in PER_AREA else 1.0)
    return Margin(
        name=row.name,
        planned=planned / scale,
        limit=limit / scale,
        unit=row.unit,
        set_by=_owner(row, limit / scale, protocol, bench),
        exceeded=planned > limit,
    )


def _owner(row: Row, limit: float, protocol: Protocol, bench: Bench) -> str:
    own, benchs = getattr(protocol.limits, row.key), getattr(bench.limits, row.key)
    if limit >= own * NEARLY:
        return "protocol"
    return "bench" if benchs is not None and limit >= benchs * NEARLY else "class"

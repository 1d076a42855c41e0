"""Hold every order against the kernel's literals: the session process is not trusted with them.

It composes the effective limits; here the guard itself checks that none lies above what the
specimen class allows, and that the contact probe is small.
"""

from iontophoresis.control.order import ChannelOrder, Order
from iontophoresis.safety.kernel import config_fault
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

LONGEST_PROBE_MS = 2_000
PROBE_PARTS_OF_PEAK = 10
UNBOUNDED = 1 << 62
ANYTHING = Caps(*(UNBOUNDED for _ in Caps._fields))


def beyond_literals(order: Order) -> str:
    """Return the first way in which an order exceeds a literal, in words; empty if none."""
    for channel in order.channels:
        fault = _channel_fault(channel, guarded=order.require_interlock)
        if fault:
            return f"channel {channel.name}: {fault}"
    return config_fault(order.kernel_config())


def _channel_fault(channel: ChannelOrder, *, guarded: bool) -> str:
    try:
        literal = class_limits(channel.specimen_class)
    except (ValueError, KeyError) as error:
        return str(error)
    low, high = literal.area_um2
    area = channel.smallest_area_um2
    if not low <= area <= high:
        return f"an area of {area / UM2_PER_CM2:g} cm2 is outside {channel.specimen_class}'s bounds"
    voltage_uv = VOLTAGE_GUARDED_UV if guarded else VOLTAGE_OPEN_BENCH_UV
    ceiling = compose(literal, area, voltage_uv, Caps(), ANYTHING, Caps())
    for name in ChannelLimits._fields:
        asked, bound = getattr(channel.judge.limits, name), getattr(ceiling, name)
        if not 0 <= asked <= bound:
            return f"{name} = {asked} is outside 0 to {bound}, the class's literal"
    if not 0 <= channel.compliance_uv <= channel.judge.limits.voltage_uv:
        return f"compliance_uv = {channel.compliance_uv} is above the voltage limit"
    return _probe_fault(channel)


def _probe_fault(channel: ChannelOrder) -> str:
    literal, probe = class_limits(channel.specimen_class), channel.probe
    bounds_na = [channel.peak_na // PROBE_PARTS_OF_PEAK]
    if literal.probe_na != NOT_NAMED:
        bounds_na.append(literal.probe_na)
    if literal.probe_na_per_cm2 != NOT_NAMED:
        bounds_na.append(literal.probe_na_per_cm2 * channel.smallest_area_um2 // UM2_PER_CM2)
    if not 1 <= probe.current_na <= min(bounds_na):
        return f"a contact probe of {probe.current_na} nA is outside 1 to {min(bounds_na)} nA"
    limit_uv = channel.compliance_uv if literal.probe_uv == NOT_NAMED else literal.probe_uv
    if probe.compliance_uv > limit_uv or probe.hold_ms > LONGEST_PROBE_MS:
        return f"a contact probe of {probe.compliance_uv} uV for {probe.hold_ms} ms is too much"
    return ""

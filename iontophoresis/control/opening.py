"""Open the sources of a session, pin their identities, and refuse those that may not drive it."""

from collections.abc import Iterator
from typing import Any

from instruments.catalog import open_sources
from instruments.emulation.control import BenchControl
from instruments.errors import InstrumentError, WrongInstrumentError
from instruments.meter import CompanionMeters, VoltageMeter
from instruments.meter_catalog import open_meter
from instruments.source import Conduct, CurrentSource, FailSafeTier
from instruments.visa import Transcript
from iontophoresis.control.bus import Bus
from iontophoresis.control.link import LOOPBACK
from iontophoresis.control.order import ChannelOrder, Order

READ_TIMEOUT_MS = 200
METER_TIMEOUT_MS = 500


class RefusedError(RuntimeError):
    """Raised when the sources there are may not drive what is ordered."""


def open_buses(order: Order, buses: list[Bus], transcript: Transcript | None = None) -> None:
    """Open every source into `buses`, in the order's order; channels of one unit share a link.

    What was opened before an error is in `buses`, so that it can be switched off.

    Raises
    ------
    InstrumentError
        If one cannot be opened, or is another one than the bench file names.
    """
    opened: dict[str, dict[int, CurrentSource]] = {}
    for channel in order.channels:
        if channel.resource not in opened:
            opened[channel.resource] = _open_unit(order, channel, transcript)
        source = opened[channel.resource][channel.source_channel]
        buses.append(Bus(channel, source))
        _refuse_source(channel, source)


def _open_unit(
    order: Order, first: ChannelOrder, transcript: Transcript | None
) -> dict[int, CurrentSource]:
    alike = [channel for channel in order.channels if channel.resource == first.resource]
    numbers = tuple(channel.source_channel for channel in alike)
    sources = open_sources(
        first.resource,
        driver=first.driver,
        channels=numbers,
        timeout_ms=READ_TIMEOUT_MS,
        meters=_open_meters(first),
        transcript=transcript,
    )
    return dict(zip(numbers, sources, strict=True))


def _open_meters(order: ChannelOrder) -> CompanionMeters | None:
    if not order.meters:
        return None
    found: dict[str, VoltageMeter] = {}
    for wanted in order.meters:
        meter = open_meter(wanted.resource, driver=wanted.driver, timeout_ms=METER_TIMEOUT_MS)
        if meter.identity.serial != wanted.serial:
            raise WrongInstrumentError(
                wanted.resource,
                found=f"serial {meter.identity.serial}",
                wanted=f"serial {wanted.serial} as the bench file says; check the address",
            )
        found[wanted.reads] = meter
    return CompanionMeters(
        voltage=found.get("voltage"),
        current=found.get("current"),
        shunt_mohm=max(wanted.shunt_mohm for wanted in order.meters),
    )


def _refuse_source(order: ChannelOrder, source: CurrentSource) -> None:
    declared, serial = source.capabilities, source.identity.serial
    if declared.tier is FailSafeTier.NONE and order.unattended_refusal:
        raise WrongInstrumentError(
            order.resource,
            found="a source that nothing switches off when the computer dies (tier C)",
            wanted=order.unattended_refusal,
        )
    if order.serial is not None and serial != order.serial:
        raise WrongInstrumentError(
            order.resource,
            found=f"serial {serial}",
            wanted=f"serial {order.serial} as the bench file says; check the address",
        )
    if not declared.measures_current and order.specimen_class != "load":
        raise WrongInstrumentError(
            order.resource,
            found="a source that measures no current, and no meter beside it",
            wanted='a companion meter in the bench file, or specimen_class = "load"',
        )


def tick_ms(order: Order, buses: list[Bus]) -> int:
    """Return the control period: the bench file's, else the slowest a driver recommends.

    Raises
    ------
    RefusedError
        If the bench file asks for a shorter one than a driver can keep.
    """
    slowest = max(bus.source.capabilities.tick_ms for bus in buses)
    if order.tick_is_fixed and order.tick_ms < slowest:
        raise RefusedError(
            f"tick_ms = {order.tick_ms} in the bench file is too short for its source, which needs "
            f"{slowest} ms: raise it, or leave it out"
        )
    return order.tick_ms if order.tick_is_fixed else max(slowest, order.tick_ms)


def refuse_short_tick(buses: list[Bus], period_ms: int) -> None:
    """Refuse a period in which the sources could not be set and read, as the probe has shown.

    Raises
    ------
    RefusedError
        Naming the period and what they took.
    """
    needed_ms = sum(bus.exchange_ms for bus in buses)
    if needed_ms > period_ms:
        raise RefusedError(
            f"tick_ms = {period_ms} is too short: setting and reading the source took {needed_ms} "
            f"ms in the check, with the meters beside it: write tick_ms = {needed_ms * 6 // 5} or "
            "more into the bench file (at most 200), or set its meters to integrate less"
        )


def conducts_programs(buses: list[Bus]) -> bool:
    """Tell whether the sources play programs.

    Raises
    ------
    RefusedError
        If some do and others are led per tick: they would not keep step.
    """
    ways = {bus.source.capabilities.conduct for bus in buses}
    if len(ways) > 1:
        raise RefusedError(
            "one source is led per tick and another plays programs, so they cannot keep step: use "
            "sources of one kind in a session, or a session for each"
        )
    return ways == {Conduct.FINITE_PROGRAM}


def make_all_safe(buses: list[Bus]) -> None:
    """Switch every source off; the first error is raised after all have been tried.

    Raises
    ------
    InstrumentError
        If one cannot be shown to be off.
    """
    errors = []
    for bus in buses:
        bus.send_off()
    for bus in buses:
        try:
            bus.make_safe()
            bus.source.drain_errors()
        except InstrumentError as error:
            errors.append(error)
    if errors:
        raise errors[0]


def refuse_foreign_time(order: Order, benches: list[BenchControl]) -> None:
    """Allow virtual time only where every source is an emulated one that lives in it.

    Raises
    ------
    RefusedError
        If a source is not one of these emulated instruments.
    """
    ports = {port for bench in benches for port in bench.state()["ports"]}
    allowed = {f"TCPIP0::{LOOPBACK}::{port}::SOCKET" for port in ports}
    used = {channel.resource for channel in order.channels}
    used |= {meter.resource for channel in order.channels for meter in channel.meters}
    used |= {channel.cells.resource for channel in order.channels if channel.cells is not None}
    if not used <= allowed:
        message = "virtual time is refused: a source is not the emulated bench whose time it is"
        raise RefusedError(message)


def identities(buses: list[Bus]) -> list[dict[str, Any]]:
    """Describe every source, as the session file keeps it."""
    return [
        {
            "channel": bus.order.name,
            "resource": bus.source.resource,
            "source_channel": bus.order.source_channel,
            "driver": bus.source.capabilities.driver,
            "conduct": bus.source.capabilities.conduct.value,
            "fail_safe_tier": bus.source.capabilities.tier.value,
            "worst_case_off_s": bus.source.capabilities.worst_case_off_s,
            "blind": bus.blind,
            "calibration_date": bus.source.calibration_date,
            "manufacturer": bus.source.identity.manufacturer,
            "model": bus.source.identity.model,
            "serial": bus.source.identity.serial,
            "firmware": bus.source.identity.firmware,
        }
        for bus in buses
    ]


def settings_rows(buses: list[Bus]) -> Iterator[dict[str, Any]]:
    """Describe what was read back from every source."""
    for bus in buses:
        kept = bus.settings
        if kept is not None:
            body = {name: getattr(kept, name) for name in type(kept).__slots__}
            yield body | {"channel": bus.order.name, "off_state": kept.off_state.value}

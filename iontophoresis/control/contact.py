"""The contact probe: find a load, and only one that this protocol expects.

A small current under a small voltage, before arming and before every resume. Its charge is booked.
"""

from collections.abc import Callable
from statistics import fmean
from typing import NamedTuple

from instruments.source import ProgramSource
from iontophoresis.control.bus import Bus, Seen
from iontophoresis.control.clock import Clock
from iontophoresis.control.playback import Playback
from iontophoresis.safety.kernel import ChannelReading

ZERO_TICKS = 4
SETTLE_FRACTION = 0.5
OPEN_FRACTION = 0.02

Service = Callable[[float], None]
Driven = tuple[list[ChannelReading], list[ChannelReading], Callable[[], int]]
"""Readings at rest, readings under the probe's current, and how long that has flowed, ms."""


class ContactError(RuntimeError):
    """Raised when the probe finds no load, or one outside the protocol's window."""


class Contact(NamedTuple):
    """What the probe found on one channel."""

    open_circuit_uv: int
    resistance_ohm: int
    charge_pc: int
    limited: bool


def probe(bus: Bus, clock: Clock, service: Service, tick_ms: int) -> Contact:
    """Probe one channel and leave its output off.

    Raises
    ------
    ContactError
        If a reading fails, a foreign voltage is present, or the load is open, short or outside
        the window.
    InstrumentError
        If the source refuses a setting.
    """
    order = bus.order.probe
    bus.configure(order.current_na, order.compliance_uv)
    drive = _play if isinstance(bus.source, ProgramSource) else _lead
    try:
        idle, driven, flowed = drive(bus, clock, service, tick_ms)
    finally:
        bus.make_safe()
    # A busy computer switches off late: what flowed until then counts.
    flowed_ms = flowed()
    _refuse_foreign_voltage(bus, idle)
    settled = driven[int(len(driven) * SETTLE_FRACTION) :]
    resistance_ohm = _resistance_ohm(bus, idle, settled)
    return Contact(
        open_circuit_uv=round(fmean(seen.voltage_uv for seen in idle)),
        resistance_ohm=resistance_ohm,
        charge_pc=max(abs(seen.current_na) for seen in driven) * flowed_ms,
        limited=any(seen.limited for seen in settled),
    )


def _lead(bus: Bus, clock: Clock, service: Service, tick_ms: int) -> Driven:
    """Probe tick by tick."""
    bus.source.switch_on()
    idle = _read(bus, clock, service, 0, ZERO_TICKS * tick_ms, tick_ms)
    _refuse_foreign_voltage(bus, idle)
    order, began_ms = bus.order.probe, clock.now_ms()
    driven = _read(bus, clock, service, order.current_na, order.hold_ms, tick_ms)
    return idle, driven, lambda: clock.now_ms() - began_ms


def _play(bus: Bus, clock: Clock, service: Service, tick_ms: int) -> Driven:
    """Probe by a program, so that a dead computer ends the probe as well."""
    count = max(2, bus.order.probe.hold_ms // tick_ms)
    levels = (0,) * ZERO_TICKS + (bus.order.probe.current_na,) * count + (0,)
    playback, readings = Playback([bus], [levels], tick_ms, clock), []
    while True:
        rows = playback.poll()
        for _, (seen,) in rows:
            readings.append(_checked(bus, seen))
        if playback.overdue or (playback.over and not rows):
            break
        clock.wait_until(clock.now_ms() + tick_ms, service)
    if len(readings) < len(levels):
        raise ContactError(f"channel {bus.order.name}: the contact probe ended too early")
    return readings[:ZERO_TICKS], readings[ZERO_TICKS:-1], lambda: count * tick_ms


def _checked(bus: Bus, seen: Seen) -> ChannelReading:
    if not seen.reading.valid:
        raise ContactError(f"channel {bus.order.name}: the contact probe failed: {seen.error}")
    return seen.reading


def _read(
    bus: Bus, clock: Clock, service: Service, current_na: int, for_ms: int, tick_ms: int
) -> list[ChannelReading]:
    readings = []
    start_ms = clock.now_ms()
    for count in range(max(2, for_ms // tick_ms)):
        clock.wait_until(start_ms + count * tick_ms, service)
        readings.append(_checked(bus, bus.read_at(current_na)))
    return readings


def _refuse_foreign_voltage(bus: Bus, idle: list[ChannelReading]) -> None:
    limit_uv = bus.order.probe.max_open_circuit_uv
    voltage_uv = round(fmean(seen.voltage_uv for seen in idle))
    if abs(voltage_uv) > limit_uv:
        raise ContactError(
            f"channel {bus.order.name}: {voltage_uv / 1e6:.3f} V stand on the electrodes without "
            f"current, more than {limit_uv / 1e6:.3f} V: another source is connected, or the "
            "electrodes are polarized; disconnect it or let them rest"
        )


def _resistance_ohm(bus: Bus, idle: list[ChannelReading], settled: list[ChannelReading]) -> int:
    rest_uv = fmean(seen.voltage_uv for seen in idle)
    current_na = fmean(seen.current_na for seen in settled)
    voltage_uv = fmean(seen.voltage_uv for seen in settled) - rest_uv
    low, high = bus.order.judge.load_low_ohm, bus.order.judge.load_high_ohm
    name = bus.order.name
    if current_na < OPEN_FRACTION * bus.order.probe.current_na:
        raise ContactError(
            f"channel {name}: no current flows at {voltage_uv / 1e6:.2f} V: a lead is off or an "
            "electrode is dry; check the leads and wet the electrodes"
        )
    resistance_ohm = round(1000 * voltage_uv / current_na)
    if not low <= resistance_ohm <= high:
        side = "a salt bridge or touching leads" if resistance_ohm < low else "a dry electrode"
        raise ContactError(
            f"channel {name}: the load is {resistance_ohm / 1000:.3g} kOhm, outside its window of "
            f"{low / 1000:.3g} to {high / 1000:.3g} kOhm: look for {side}, or correct "
            "limits.load_window_kohm_cm2"
        )
    return resistance_ohm

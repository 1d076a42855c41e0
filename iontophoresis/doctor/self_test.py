"""Test one source on a resistor from beginning to end."""

import time
from collections.abc import Callable, Iterator

from instruments.data_sheets import data_sheet
from instruments.errors import InstrumentError
from instruments.source import CurrentSource
from iontophoresis.control.clock import Clock
from iontophoresis.doctor.findings import Finding, judged, untested
from iontophoresis.doctor.host_death import check_host_death
from iontophoresis.doctor.known_load import KnownLoad, check_compliance, check_off, check_ranges


def self_test(
    source: CurrentSource,
    *,
    resistance_ohm: float,
    tolerance_percent: float,
    clock: Clock,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[Finding]:
    """Yield one finding after the other; the source is safe after each.

    Parameters
    ----------
    source : CurrentSource
        Connected, with the resistor on its terminals.
    resistance_ohm, tolerance_percent : float
        Of the resistor.
    clock : Clock
        In which it is waited.
    wait : callable
        What passes the time, s.
    """
    identity = source.identity
    load = KnownLoad(
        source=source,
        resistance_ohm=resistance_ohm,
        tolerance_percent=tolerance_percent,
        sheet=data_sheet(source.capabilities.driver, identity.model),
        clock=clock,
        wait=wait,
    )
    yield _at_first(source)
    yield _calibration(source)
    yield _interlock(source)
    yield from check_ranges(load)
    yield check_compliance(load)
    yield check_host_death(load)
    yield check_off(load)
    yield _errors(source)


def _at_first(source: CurrentSource) -> Finding:
    try:
        source.make_safe()
        waiting = source.drain_errors()
    except InstrumentError as error:
        return judged("safe at the start", holds=False, measured=str(error))
    told = f"off; {len(waiting)} old error(s)" + "".join(f", {one}" for one in waiting[:3])
    return judged("safe at the start", holds=True, measured=told)


def _calibration(source: CurrentSource) -> Finding:
    try:
        day = source.calibration_date
    except InstrumentError as error:
        return judged("calibration date", holds=False, measured=str(error))
    if day is None:
        return untested("calibration date", "the instrument stores none that is read")
    return judged("calibration date", holds=True, measured=day)


def _interlock(source: CurrentSource) -> Finding:
    try:
        closed = source.read_interlock_closed()
    except InstrumentError as error:
        return judged("interlock", holds=False, measured=str(error))
    if closed is None:
        return untested("interlock", "none, or not read")
    return judged("interlock", holds=closed, measured="closed" if closed else "OPEN")


def _errors(source: CurrentSource) -> Finding:
    try:
        left = source.drain_errors()
    except InstrumentError as error:
        return judged("error queue", holds=False, measured=str(error))
    return judged("error queue", holds=not left, measured=", ".join(left) or "empty", bound="empty")

"""Find the driver of an instrument from what it says it is."""

from __future__ import annotations

from instruments.drivers import DRIVERS, Driver, Unit
from instruments.errors import InstrumentError, InvalidReadingError, WrongInstrumentError
from instruments.meter import CompanionMeters
from instruments.source import CurrentSource, Identity
from instruments.visa import Transcript, VisaLink

__all__ = ["connect", "driver_names", "open_source", "open_sources", "parse_identity"]

LEASE_LAPSES_MS = 2_000
"""A lease of any driver that is not named has lapsed after this, ms."""


def driver_names() -> tuple[str, ...]:
    """List the drivers there are.

    Returns
    -------
    tuple of str
        Names as a bench file writes them.
    """
    return tuple(DRIVERS)


def parse_identity(resource: str, answer: str) -> Identity:
    """Read an answer to ``*IDN?``.

    Parameters
    ----------
    resource : str
        VISA resource name, for the message.
    answer : str
        Manufacturer, model, serial number and firmware, separated by commas.

    Returns
    -------
    Identity
        The four fields.

    Raises
    ------
    WrongInstrumentError
        If there are not four fields, or one is empty.
    """
    fields = [field.strip() for field in answer.split(",")]
    if len(fields) != 4 or not all(fields):
        raise WrongInstrumentError(
            resource,
            found=answer[:120],
            wanted="four fields after *IDN?; check the address and the terminator",
        )
    manufacturer, model, serial, firmware = fields
    return Identity(manufacturer=manufacturer, model=model, serial=serial, firmware=firmware)


def open_source(
    resource: str,
    *,
    driver: str | None = None,
    channel: int = 1,
    timeout_ms: int = 500,
    backend: str = "",
    transcript: Transcript | None = None,
    meters: CompanionMeters | None = None,
) -> CurrentSource:
    """Open one output of a current source with the driver that fits it.

    Parameters
    ----------
    resource, driver, timeout_ms, backend, transcript, meters
        As of `open_sources`.
    channel : int
        Output, from 1.

    Returns
    -------
    CurrentSource
        Connected; nothing has been set in it.

    Raises
    ------
    InstrumentError
        As of `open_sources`.
    """
    (source,) = open_sources(
        resource,
        driver=driver,
        channels=(channel,),
        timeout_ms=timeout_ms,
        backend=backend,
        transcript=transcript,
        meters=meters,
    )
    return source


def open_sources(
    resource: str,
    *,
    driver: str | None = None,
    channels: tuple[int, ...] = (1,),
    timeout_ms: int = 500,
    backend: str = "",
    transcript: Transcript | None = None,
    meters: CompanionMeters | None = None,
) -> tuple[CurrentSource, ...]:
    """Open several outputs of one unit over one connection.

    Parameters
    ----------
    resource : str
        VISA resource name.
    driver : str or None
        Name of the driver it must have; None takes the first that fits.
    channels : tuple of int
        Outputs, from 1.
    timeout_ms : int
        How long one question may take, ms.
    backend : str
        PyVISA's name of a VISA library; empty prefers an installed one and else takes pyvisa-py.
    transcript : Transcript or None
        Receives every message.
    meters : CompanionMeters or None
        Meters beside a source that cannot measure.

    Returns
    -------
    tuple of CurrentSource
        Connected, one a channel in the same order; nothing has been set in them.

    Raises
    ------
    WrongInstrumentError
        If no driver fits it, another than the one asked for, or it lacks a channel.
    NoSuchResourceError, ResourceInUseError, SilentInstrumentError, ConnectionClosedError
        If it cannot be talked to.
    """
    if driver is not None and driver not in DRIVERS:
        known = ", ".join(DRIVERS)
        raise WrongInstrumentError(
            resource,
            found=f"driver name {driver}",
            wanted=f"one of: {known}; correct the bench file",
        )
    link = VisaLink(resource, timeout_ms=timeout_ms, backend=backend, transcript=transcript)
    try:
        return connect(link, driver, channels, meters)
    except InvalidReadingError as error:
        link.close()
        raise WrongInstrumentError(
            resource,
            found=str(error),
            wanted="the name of an instrument; check address and port",
        ) from error
    except InstrumentError:
        link.close()
        raise


def connect(
    link: VisaLink, driver: str | None, channels: tuple[int, ...], meters: CompanionMeters | None
) -> tuple[CurrentSource, ...]:
    """Find the driver of an open link, as `open_sources` does."""
    if driver is not None and DRIVERS[driver].greeting:
        link.write(DRIVERS[driver].greeting)
    # Where a lease of an earlier program may wait, the answer comes when it has lapsed.
    with link.patience(link.timeout_ms if driver is not None else LEASE_LAPSES_MS):
        identity = parse_identity(link.resource, link.ask("*IDN?"))
    make = _find(link, driver, identity).make
    sources = []
    for channel in channels:
        source = make(Unit(link=link, identity=identity, channel=channel, meters=meters))
        if not 1 <= channel <= source.capabilities.channels:
            raise WrongInstrumentError(
                link.resource,
                found=f"{identity.model} with {source.capabilities.channels} channel(s)",
                wanted=f"one with a channel {channel}; correct the bench file",
            )
        sources.append(source)
    return tuple(sources)


def _find(link: VisaLink, driver: str | None, identity: Identity) -> Driver:
    fitting = [
        one for name, one in DRIVERS.items() if driver in {None, name} and one.fits(identity)
    ]
    if len(fitting) > 1:
        language = link.ask("*LANG?").strip()
        fitting = [one for one in fitting if one.language == language]
    if fitting:
        return fitting[0]
    raise WrongInstrumentError(
        link.resource,
        found=f"{identity.manufacturer} {identity.model}",
        wanted=f"a {driver or ' or '.join(DRIVERS)}; check the address",
    )

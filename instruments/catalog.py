"""Find the driver of an instrument from what it says it is."""

from __future__ import annotations

from collections.abc import Callable

from instruments.errors import InstrumentError, InvalidReadingError, WrongInstrumentError
from instruments.keithley_2450 import Keithley2450
from instruments.source import CurrentSource, Identity
from instruments.visa import Transcript, VisaLink

__all__ = ["driver_names", "open_source", "parse_identity"]

_DRIVERS: dict[str, tuple[str, str, Callable[[VisaLink, Identity], CurrentSource]]] = {
    "keithley-2450": ("KEITHLEY", "MODEL 2450", Keithley2450),
}


def driver_names() -> tuple[str, ...]:
    """List the drivers there are.

    Returns
    -------
    tuple of str
        Names as a bench file writes them.
    """
    return tuple(_DRIVERS)


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
    timeout_ms: int = 500,
    backend: str = "",
    transcript: Transcript | None = None,
) -> CurrentSource:
    """Open a current source with the driver that fits it.

    Parameters
    ----------
    resource : str
        VISA resource name.
    driver : str or None
        Name of the driver it must have; None takes the one that fits.
    timeout_ms : int
        How long one question may take, ms.
    backend : str
        PyVISA's name of a VISA library; empty prefers an installed one and else takes pyvisa-py.
    transcript : Transcript or None
        Receives every message.

    Returns
    -------
    CurrentSource
        Connected; nothing has been set in it.

    Raises
    ------
    WrongInstrumentError
        If no driver fits it, or another than the one asked for.
    NoSuchResourceError, ResourceInUseError, SilentInstrumentError, ConnectionClosedError
        If it cannot be talked to.
    """
    if driver is not None and driver not in _DRIVERS:
        known = ", ".join(_DRIVERS)
        raise WrongInstrumentError(
            resource,
            found=f"driver name {driver}",
            wanted=f"one of: {known}; correct the bench file",
        )
    link = VisaLink(resource, timeout_ms=timeout_ms, backend=backend, transcript=transcript)
    try:
        identity = parse_identity(resource, link.ask("*IDN?"))
        return _make(resource, driver, identity)(link, identity)
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


def _make(
    resource: str,
    driver: str | None,
    identity: Identity,
) -> Callable[[VisaLink, Identity], CurrentSource]:
    for name, (maker, model, make) in _DRIVERS.items():
        if identity.manufacturer.upper().startswith(maker) and identity.model.upper() == model:
            if driver in {None, name}:
                return make
            break
    raise WrongInstrumentError(
        resource,
        found=f"{identity.manufacturer} {identity.model}",
        wanted=f"a {driver or ' or '.join(_DRIVERS)}; check the address",
    )

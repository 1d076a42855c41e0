"""Find the driver of a companion meter from what it says it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from instruments.catalog import parse_identity
from instruments.digital_multimeter import DMM6500, KEYSIGHT_34461A
from instruments.errors import InstrumentError, InvalidReadingError, WrongInstrumentError
from instruments.keithley_2182a import KEITHLEY_2182A
from instruments.meter import VoltageMeter
from instruments.scpi_meter import MeterDialect, ScpiVoltageMeter
from instruments.visa import Transcript, VisaLink

__all__ = ["meter_names", "open_meter"]


@dataclass(frozen=True, slots=True)
class _Meter:
    """Hold what one driver fits: start of the maker's name, pattern of the model's, table."""

    manufacturer: tuple[str, ...]
    model: str
    dialect: MeterDialect


_METERS = {
    "keithley-2182a": _Meter(("KEITHLEY",), r"MODEL 2182A?", KEITHLEY_2182A),
    "keithley-dmm6500": _Meter(("KEITHLEY",), r"MODEL DMM6500", DMM6500),
    "keysight-34461a": _Meter(("KEYSIGHT", "AGILENT"), r"344(60|61|65|70)A", KEYSIGHT_34461A),
}


def meter_names() -> tuple[str, ...]:
    """List the drivers of meters.

    Returns
    -------
    tuple of str
        Names as a bench file writes them.
    """
    return tuple(_METERS)


def open_meter(
    resource: str,
    *,
    driver: str | None = None,
    timeout_ms: int = 500,
    backend: str = "",
    transcript: Transcript | None = None,
) -> VoltageMeter:
    """Open a voltage meter with the driver that fits it.

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
    VoltageMeter
        Connected; nothing has been set in it.

    Raises
    ------
    WrongInstrumentError
        If no driver fits it, or another than the one asked for.
    NoSuchResourceError, ResourceInUseError, SilentInstrumentError, ConnectionClosedError
        If it cannot be talked to.
    """
    if driver is not None and driver not in _METERS:
        raise WrongInstrumentError(
            resource,
            found=f"meter driver {driver}",
            wanted=f"one of: {', '.join(_METERS)}; correct the bench file",
        )
    link = VisaLink(resource, timeout_ms=timeout_ms, backend=backend, transcript=transcript)
    try:
        return _connect(link, driver)
    except InvalidReadingError as error:
        link.close()
        raise WrongInstrumentError(
            resource, found=str(error), wanted="the name of a meter; check address and port"
        ) from error
    except InstrumentError:
        link.close()
        raise


def _connect(link: VisaLink, driver: str | None) -> VoltageMeter:
    identity = parse_identity(link.resource, link.ask("*IDN?"))
    for name, meter in _METERS.items():
        maker = identity.manufacturer.upper().startswith(meter.manufacturer)
        fits = maker and re.fullmatch(meter.model, identity.model.upper()) is not None
        if fits and driver in {None, name}:
            return ScpiVoltageMeter(link, identity, meter.dialect)
    raise WrongInstrumentError(
        link.resource,
        found=f"{identity.manufacturer} {identity.model}",
        wanted=f"a {driver or ' or '.join(_METERS)}; check the address",
    )

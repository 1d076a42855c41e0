"""Look at what VISA sees on this computer, and ask each address what it is.

Listing addresses switches nothing and asks nothing of an instrument; identifying one sends ``*IDN?``
and what its driver asks when it connects, no setting.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import pyvisa
from pyvisa.highlevel import list_backends

from instruments.catalog import open_source
from instruments.declarations import Capabilities
from instruments.errors import InstrumentError, WrongInstrumentError
from instruments.meter_catalog import open_meter
from instruments.readings import Identity
from instruments.visa_session import one_line

__all__ = [
    "Backend",
    "Found",
    "identify",
    "interfaces",
    "preferred_backend",
    "survey_backends",
]

_KINDS = ("TCPIP INSTR", "TCPIP SOCKET", "USB INSTR", "ASRL INSTR", "GPIB INTFC")
"""A GPIB address of an instrument may also be behind an adapter on another bus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Hold one VISA library and the addresses it lists.

    Parameters
    ----------
    name : str
        As PyVISA names it, with its ``@``.
    resources : tuple of str
        VISA resource names.
    trouble : str
        Why it cannot be used; empty if it can.
    """

    name: str
    resources: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Hold what one address said it is.

    Parameters
    ----------
    resource : str
        VISA resource name.
    identity : Identity or None
        What it answered; None if nothing that is a name.
    driver : str
        Name of the driver that fits; empty if none does.
    capabilities : Capabilities or None
        What that driver declares; None for a meter.
    trouble : str
        Why nothing drives it; empty if a driver does.
    """

    resource: str
    identity: Identity | None = None
    driver: str = ""
    capabilities: Capabilities | None = None
    trouble: str = ""


def preferred_backend() -> Backend:
    """Find the VISA library that is taken where none is named; no address is listed."""
    try:
        library = pyvisa.ResourceManager().visalib
    except (OSError, ValueError, pyvisa.Error) as error:
        return Backend(name="", trouble=one_line(error))
    return Backend(name=str(library.library_path))


def survey_backends() -> tuple[Backend, ...]:
    """List every VISA library that PyVISA knows of, with the addresses it sees.

    Returns
    -------
    tuple of Backend
        Vendors' libraries first, the pure-Python one last.
    """
    return tuple(_survey(f"@{name}") for name in list_backends())


def _survey(name: str) -> Backend:
    try:
        with warnings.catch_warnings():
            # A library's remarks on discovery are told by `interfaces`.
            warnings.simplefilter("ignore")
            resources = pyvisa.ResourceManager(name).list_resources()
    except (OSError, ValueError, pyvisa.Error) as error:
        return Backend(name=name, trouble=one_line(error))
    return Backend(name=name, resources=tuple(resources))


def interfaces() -> Mapping[str, str]:
    """Tell which kinds of addresses the pure-Python VISA library can open here.

    Returns
    -------
    Mapping of str to str
        What is missing for each kind; empty if nothing is.
    """
    from pyvisa_py.highlevel import PyVisaLibrary  # noqa: PLC0415 - it probes drivers when imported

    told = PyVisaLibrary.get_debug_info()
    return {kind: _missing(told.get(kind, "not known to this version")) for kind in _KINDS}


def _missing(told: str | list[str]) -> str:
    if isinstance(told, list):
        return " ".join(told[0].split())
    return "" if told.startswith("Available") else told


def identify(resource: str, *, backend: str = "", timeout_ms: int = 1000) -> Found:
    """Ask an address what it is and find the driver that fits.

    Parameters
    ----------
    resource : str
        VISA resource name.
    backend : str
        PyVISA's name of a VISA library; empty prefers an installed one and else takes pyvisa-py.
    timeout_ms : int
        How long one question may take, ms.

    Returns
    -------
    Found
        What it is, or why that is not known.
    """
    try:
        source = open_source(resource, backend=backend, timeout_ms=timeout_ms)
    except WrongInstrumentError as error:
        return _identify_meter(resource, backend, timeout_ms, str(error))
    except InstrumentError as error:
        return Found(resource=resource, trouble=str(error))
    source.close()
    declared = source.capabilities
    return Found(
        resource=resource,
        identity=source.identity,
        driver=declared.driver,
        capabilities=declared,
    )


def _identify_meter(resource: str, backend: str, timeout_ms: int, trouble: str) -> Found:
    try:
        meter = open_meter(resource, backend=backend, timeout_ms=timeout_ms)
    except InstrumentError:
        return Found(resource=resource, trouble=trouble)
    meter.close()
    return Found(resource=resource, identity=meter.identity, driver="companion meter")

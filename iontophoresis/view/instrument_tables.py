"""Instruments as tables: what VISA sees, and what every driver declares of its instrument.

The table of drivers is written from their own declarations and docstrings, so that it cannot say
anything else than they do.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table

from instruments.declarations import Capabilities, Conduct
from instruments.drivers import DRIVERS, Driver
from instruments.survey import Backend, Found
from iontophoresis.units import NA_PER_MA, UV_PER_V

OPEN_QUESTION = "Still to be seen on hardware"
_HEADINGS = (
    "driver",
    "fits",
    "tier",
    "off at the latest after",
    "led",
    "current ranges",
    "compliance up to",
    "measures",
    "channels",
)
_EXTRAS = {"USB INSTR": "usb", "ASRL INSTR": "serial", "GPIB INTFC": "gpib"}
_INSTALL = "pip install 'iontophoresis[{}]'"
_OWN = "named by its firmware"
_SHARED = ("tsp-source",)
"""Modules that several drivers refer to."""


def render_found(found: Sequence[Found]) -> Table:
    """Build one line an address.

    Parameters
    ----------
    found : sequence of Found
        From `instruments.survey`.
    """
    table = Table("address", "instrument", "serial", "firmware", "driver", "tier", title="Found")
    for one in found:
        who, declared = one.identity, one.capabilities
        if who is None:
            table.add_row(one.resource, one.trouble or "not asked")
            continue
        table.add_row(
            one.resource,
            f"{who.manufacturer} {who.model}",
            who.serial,
            who.firmware,
            one.driver,
            "" if declared is None else tier(declared),
        )
    return table


def backend_lines(backends: Sequence[Backend]) -> Iterator[str]:
    """Say what each VISA library is good for here.

    Parameters
    ----------
    backends : sequence of Backend
        From `instruments.survey`.

    Yields
    ------
    str
        One line a library.
    """
    for one in backends:
        if one.trouble:
            yield f"{one.name}: not usable ({one.trouble})"
        else:
            yield f"{one.name}: sees {len(one.resources)} address(es)"
    if all(one.trouble for one in backends):
        yield "no VISA library works: install one with 'pip install pyvisa-py'"


def interface_lines(missing: Mapping[str, str]) -> Iterator[str]:
    """Say which kinds of address cannot be opened without a vendor's library.

    Parameters
    ----------
    missing : Mapping of str to str
        From `instruments.survey.interfaces`.

    Yields
    ------
    str
        One line a kind.
    """
    for kind, what in missing.items():
        if what:
            extra = _EXTRAS.get(kind)
            advice = f" ({_INSTALL.format(extra)})" if extra else ""
            yield f"{kind}: not with @py alone. {what}{advice}"


def tier(declared: Capabilities) -> str:
    """Name the fail-safe tier and its time.

    Parameters
    ----------
    declared : Capabilities
        Of a driver.
    """
    worst_s = declared.worst_case_off_s
    return declared.tier.value if worst_s is None else f"{declared.tier.value}, {worst_s:g} s"


def drivers_markdown() -> str:
    """Write the table of drivers, and what each leaves open, as Markdown."""
    lines = [_row(_HEADINGS), _row(["---"] * len(_HEADINGS))]
    lines += [_row(_cells(name, driver)) for name, driver in DRIVERS.items()]
    lines += [
        "",
        f"{OPEN_QUESTION} (everything else is as the manuals say, and runs on a twin):",
        "",
    ]
    lines += [f"* `{name}`: {open_question(name)}" for name in DRIVERS]
    return "\n".join(lines)


def open_question(driver: str) -> str:
    """Say what only hardware can settle about a driver, in its own words.

    Parameters
    ----------
    driver : str
        Its name.

    Returns
    -------
    str
        One or several sentences.
    """
    said = inspect.getdoc(importlib.import_module(f"instruments.{driver.replace('-', '_')}")) or ""
    said = said.replace("`tsp_source`", "`tsp-source`")
    for paragraph in said.split("\n\n"):
        text = " ".join(paragraph.split())
        if OPEN_QUESTION in text:
            after = text.split(OPEN_QUESTION, 1)[1]
            return after.split(": ", 1)[1] if after.startswith(":") else after.lstrip(", ")
    return "nothing is listed."


def _cells(name: str, driver: Driver) -> list[str]:
    declared = driver.usual or driver.declares
    worst_s = declared.worst_case_off_s
    named = bool(declared.current_ranges_na)
    return [
        f"`{name}`",
        f"`{driver.model}`".replace("|", "\\|"),
        declared.tier.value,
        "never" if worst_s is None else f"{worst_s:g} s",
        "per tick" if declared.conduct is Conduct.PER_TICK else "by programs",
        ", ".join(_current(one) for one in declared.current_ranges_na) if named else _OWN,
        f"{declared.max_compliance_uv / UV_PER_V:g} V",
        _measures(declared),
        str(declared.channels),
    ]


def _measures(declared: Capabilities) -> str:
    kinds = {"V": declared.measures_voltage, "I": declared.measures_current}
    return ", ".join(kind for kind, does in kinds.items() if does) or "with meters only"


def _current(range_na: int) -> str:
    ma = range_na / NA_PER_MA
    return f"{ma:g} mA" if ma >= 1 else f"{ma * 1000:g} µA"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"

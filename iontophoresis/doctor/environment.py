"""Check what this program runs on: Python, libraries, and whose its packages are."""

import importlib.metadata
import platform
from collections.abc import Iterator

from instruments.survey import preferred_backend
from iontophoresis.doctor.findings import Finding, judged
from iontophoresis.doctor.packages import DISTRIBUTION, NAMES, strange_packages

VERSIONS = ("pyvisa", "pyvisa-py", "numpy", "scipy", "pydantic", "rich", "lupa")


def check_environment() -> Iterator[Finding]:
    """Yield what was found out about Python, the libraries and the names of our packages."""
    yield judged("Python", holds=True, measured=platform.python_version())
    told = ", ".join(f"{name} {_version(name)}" for name in VERSIONS)
    yield judged("libraries", holds="missing" not in told, measured=told)
    backend = preferred_backend()
    yield judged(
        "VISA library",
        holds=not backend.trouble,
        measured=backend.trouble
        or f"{backend.name}; `iontophoresis instruments` tells what it sees",
    )
    owners = importlib.metadata.packages_distributions()
    strange = strange_packages()
    for name in NAMES:
        others = sorted(set(owners.get(name, [DISTRIBUTION])) - {DISTRIBUTION})
        where = strange.get(name, "its own folder")
        measured = f"in {where}" + (f", also of {', '.join(others)}" if others else "")
        yield judged(
            f"package {name}",
            holds=name not in strange and not others,
            measured=measured,
            bound=f"of {DISTRIBUTION} alone",
        )


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"

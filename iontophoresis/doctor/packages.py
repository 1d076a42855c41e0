"""See that the packages of this program are its own.

`instruments` and `models` are names that other distributions may use too. One that is found first,
or that was installed over ours, would be imported in its place.
"""

import importlib.util
from pathlib import Path

from iontophoresis.errors import IontophoresisError

DISTRIBUTION = "iontophoresis"
NAMES = ("iontophoresis", "instruments", "models")


class StrangePackageError(IontophoresisError):
    """A package of this program comes from somewhere else."""


def strange_packages() -> dict[str, str]:
    """Return the packages that are not found beside this one, and where they are found."""
    home = Path(__file__).resolve().parents[2]
    found = {}
    for name in NAMES:
        spec = importlib.util.find_spec(name)
        origin = None if spec is None or spec.origin is None else Path(spec.origin).resolve()
        if origin is None or origin.parents[1] != home:
            found[name] = "nowhere" if origin is None else str(origin.parent)
    return found


def refuse_strange_packages() -> None:
    """Refuse to run with another distribution's package in the place of one of ours.

    Raises
    ------
    StrangePackageError
        If one is imported from elsewhere.
    """
    strange = strange_packages()
    if strange:
        where = "; ".join(f"{name} is imported from {place}" for name, place in strange.items())
        raise StrangePackageError(
            f"{where}: another distribution uses the name; install {DISTRIBUTION} in a virtual "
            "environment of its own"
        )

"""What numba keeps on disk, dropped when any source it was compiled from has changed.

Numba looks only at the file of the function that was called. What that function calls is compiled
into it, so a change in another file would leave a kernel that answers as before, or crashes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

SOURCES = (
    "compiled*.py",
    "planning/compiled*.py",
    "constants.py",
    "reference_steps.py",
    "rosenbrock.py",
    "stepping.py",
)
"""Compiled modules, and those whose constants they take."""
_KEPT = ("*.nbi", "*.nbc")


def drop_stale(package: Path) -> bool:
    """Drop the kernels kept beside a package's sources if those are not what they were.

    Parameters
    ----------
    package : Path
        Folder of the sources; numba keeps kernels in the `__pycache__` folders within, unless told
        otherwise by `NUMBA_CACHE_DIR`.

    Returns
    -------
    bool
        Whether kernels had to go.
    """
    digest = hashlib.sha256()
    for pattern in SOURCES:
        for source in sorted(package.glob(pattern)):
            digest.update(source.read_bytes())
    mark = package / "__pycache__" / "compiled.sha256"
    try:
        if mark.exists() and mark.read_text(encoding="ascii") == digest.hexdigest():
            return False
        for pattern in _KEPT:
            for kept in package.glob(f"**/__pycache__/{pattern}"):
                kept.unlink(missing_ok=True)
        mark.parent.mkdir(exist_ok=True)
        mark.write_text(digest.hexdigest(), encoding="ascii")
    except OSError:
        # Where this folder cannot be written, numba keeps nothing in it either.
        return False
    return True

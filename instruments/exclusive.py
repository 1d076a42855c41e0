"""Keep two sessions on one machine from opening the same instrument.

The operating system drops the lock when its process dies, however it dies, so a sentinel can take
the instrument over from a killed guard.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import platformdirs

from instruments.errors import ResourceInUseError

__all__ = ["ExclusiveUse"]

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class ExclusiveUse:
    """Hold the right to talk to one instrument.

    Parameters
    ----------
    resource : str
        VISA resource name.
    folder : Path or None
        Where lock files lie; in the user's state folder by default.

    Raises
    ------
    ResourceInUseError
        If another session holds it.
    """

    def __init__(self, resource: str, *, folder: Path | None = None) -> None:
        place = folder or platformdirs.user_state_path("iontophoresis") / "locks"
        place.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(resource.strip().upper().encode()).hexdigest()[:24]
        # Closed on exec by Python's default, so a child cannot keep the lock alive.
        self._descriptor = os.open(place / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _try_lock(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            raise ResourceInUseError(resource) from error

    def release(self) -> None:
        """Give the instrument back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

"""Let an emulated instrument be reached over a serial line: a pseudo-terminal of this machine."""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from instruments.emulation.connection import Connection

__all__ = ["SerialLine"]

_CHUNK = 4096


class _Transport(asyncio.Transport):
    """Write into a pseudo-terminal."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write what fits; a line nobody reads loses the rest, as wires do."""
        with suppress(OSError):
            os.write(self._descriptor, data)

    def is_closing(self) -> bool:
        """Tell whether it is closed."""
        return self._closing

    def close(self) -> None:
        """Write no more."""
        self._closing = True

    def abort(self) -> None:
        """Write no more."""
        self._closing = True


class SerialLine:
    """Hold the instrument's end of a pseudo-terminal, under a path that stays the same.

    Parameters
    ----------
    connection : Connection
        Takes what comes.
    name : str
        What the instrument is called.

    Raises
    ------
    OSError
        If this machine has no pseudo-terminals.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._folder = tempfile.TemporaryDirectory(prefix="serial-")
        self.path = Path(self._folder.name) / name
        self._ends: tuple[int, int] | None = None

    @property
    def plugged(self) -> bool:
        """Tell whether there is a line."""
        return self._ends is not None

    def plug(self) -> None:
        """Make a new line at the same path, as a converter does when it is plugged in again."""
        if not hasattr(os, "openpty"):
            raise OSError("this machine has no pseudo-terminals; use a TCP port")
        import tty  # noqa: PLC0415 - there is none on Windows

        # The far end stays open here too, or the line would break whenever no client has it open.
        near, far = os.openpty()
        tty.setraw(far)
        os.set_blocking(near, False)
        self._ends = (near, far)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(far))
        self._connection.connection_made(_Transport(near))
        asyncio.get_running_loop().add_reader(near, self._read)

    def _read(self) -> None:
        if self._ends is not None:
            with suppress(OSError):
                self._connection.data_received(os.read(self._ends[0], _CHUNK))

    def unplug(self) -> None:
        """Let the line vanish."""
        if self._ends is None:
            return
        asyncio.get_running_loop().remove_reader(self._ends[0])
        for end in self._ends:
            os.close(end)
        self._ends = None
        self.path.unlink(missing_ok=True)
        self._connection.connection_lost(None)

    def close(self) -> None:
        """Let the line and its path vanish."""
        self.unplug()
        self._folder.cleanup()

"""Keep readings in buffers that scripts read as tables."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from instruments.emulation.tsp_tree import Attribute, Function, ScriptError, Space, number

__all__ = ["Buffers", "ScriptBuffer"]

_MOST_READINGS = 1_000_000
_MOST_BUFFERS = 64
_SMALLEST = 1


class ScriptBuffer:
    """Hold one buffer.

    Parameters
    ----------
    size : int
        Readings it holds; the oldest goes when it is full.
    columns : tuple of str
        What is kept of every reading.
    appending : bool
        Whether a new measurement is added to what is there.
    """

    def __init__(self, size: int, columns: tuple[str, ...], *, appending: bool) -> None:
        self._rows: deque[Mapping[str, float]] = deque(maxlen=size)
        self._size = size
        self._columns = columns
        self._appending = appending

    def store(self, row: Mapping[str, float]) -> None:
        """Append a reading.

        Parameters
        ----------
        row : Mapping of str to float
            By column.
        """
        self._rows.append(row)

    def clear(self) -> None:
        """Forget every reading."""
        self._rows.clear()

    def begin(self) -> None:
        """Note that a measurement begins: what is not to be added to is forgotten."""
        if not self._appending:
            self.clear()

    def space(self) -> Space:
        """Give what scripts see of it.

        Returns
        -------
        Space
            Its columns as tables, and what can be done with it.
        """
        table: dict[str, Attribute | Function | Space] = {
            name: Attribute(self._column(name)) for name in self._columns
        }
        count = Attribute(lambda: float(len(self._rows)))
        return table | {
            "n": count,
            "capacity": Attribute(lambda: float(self._size)),
            "clear": Function(self.clear),
            "clearcache": Function(lambda: None),
            "appendmode": number(lambda: float(self._appending), self._append),
            "collecttimestamps": number(lambda: 1.0, _ignore),
            "collectsourcevalues": number(lambda: 1.0, _ignore),
        }

    def _column(self, name: str) -> Callable[[], list[float]]:
        return lambda: [row[name] for row in self._rows]

    def _append(self, value: float) -> None:
        self._appending = value != 0.0


class Buffers:
    """Hold the buffers of one instrument by the path scripts name them with.

    Parameters
    ----------
    columns : tuple of str
        What is kept of every reading.
    """

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._buffers: dict[str, ScriptBuffer] = {}
        self._made = 0

    def make(self, path: str, size: float, *, appending: bool) -> ScriptBuffer:
        """Make a buffer.

        Parameters
        ----------
        path : str
            Its name.
        size : float
            Readings it holds.
        appending : bool
            Whether measurements are added to what is there.

        Returns
        -------
        ScriptBuffer
            Empty.

        Raises
        ------
        ScriptError
            If it is too large, or there are too many.
        """
        if not _SMALLEST <= size <= _MOST_READINGS or len(self._buffers) >= _MOST_BUFFERS:
            raise ScriptError("buffer size out of range, or too many buffers")
        self._buffers[path] = ScriptBuffer(int(size), self._columns, appending=appending)
        return self._buffers[path]

    def new_path(self) -> str:
        """Name a buffer that is not there yet."""
        self._made += 1
        return f"buffer {self._made}"

    def find(self, given: object) -> ScriptBuffer | None:
        """Find the buffer that a script passed.

        Parameters
        ----------
        given : object
            What it passed; None for nothing.

        Returns
        -------
        ScriptBuffer or None
            None if it passed nothing.

        Raises
        ------
        ScriptError
            If it passed something else.
        """
        if given is None:
            return None
        path = given.removeprefix("\1") if isinstance(given, str) else ""
        if path not in self._buffers:
            raise ScriptError("parameter is not a reading buffer")
        return self._buffers[path]

    def delete(self, given: object) -> None:
        """Delete a buffer that a script made.

        Parameters
        ----------
        given : object
            What the script passed.

        Raises
        ------
        ScriptError
            If that is no buffer, or one of the instrument's own.
        """
        self.find(given if isinstance(given, str) else "")
        path = str(given).removeprefix("\1")
        if not path.startswith("buffer "):
            raise ScriptError("a default buffer cannot be deleted")
        del self._buffers[path]

    def clear(self) -> None:
        """Forget every buffer."""
        self._buffers.clear()


def _ignore(_: float) -> None:
    """Keep it on: these buffers always collect everything."""

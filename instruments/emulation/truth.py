"""Record what truly flowed, at 1 kHz, in a file the controller never sees.

The file is a line of magic, a length and a JSON header, then blocks: length of the compressed part,
first millisecond, number of samples, and zlib-compressed columns. A block that was cut off is left
out by the reader, so a file is readable while it grows and after its writer was killed.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FLAG_LIMITED", "FLAG_OUTPUT", "TruthRecorder", "read_truth", "read_truth_header"]

_MAGIC = b"iontophoresis ground truth 1\n"
_LENGTH = struct.Struct("<I")
_BLOCK = struct.Struct("<IQI")
_BLOCK_SAMPLES = 1000
_BYTES_PER_SAMPLE = 4 + 4 + 4 + 1
FLAG_OUTPUT = 1
"""The output was on."""
FLAG_LIMITED = 2
"""The compliance held the voltage at the end of the stretch."""


class TruthRecorder:
    """Write samples of consecutive milliseconds.

    Parameters
    ----------
    path : Path
        File to create or replace.
    header : Mapping
        What to keep with it: model, load, parameters, seed.
    """

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        self._file = path.open("wb")
        text = json.dumps(header, sort_keys=True).encode()
        self._file.write(_MAGIC + _LENGTH.pack(len(text)) + text)
        self._start_ms = 1
        self._current_a = array("f")
        self._voltage_v = array("f")
        self._level_a = array("f")
        self._flags = bytearray()

    def extend(
        self,
        current_a: array[float],
        voltage_v: array[float],
        *,
        level_a: float,
        flags: int,
    ) -> None:
        """Append one sample per millisecond.

        Parameters
        ----------
        current_a, voltage_v : array
            (n_sample,) A out of HI and V between the terminals.
        level_a : float
            Programmed level during all of them, A; V if a voltage is sourced.
        flags : int
            Sum of FLAG_ constants during all of them.
        """
        count = len(current_a)
        self._current_a.extend(current_a.tolist())
        self._voltage_v.extend(voltage_v.tolist())
        self._level_a.extend([level_a] * count)
        self._flags += bytes([flags]) * count
        if len(self._flags) >= _BLOCK_SAMPLES:
            self._write_block()

    def _write_block(self) -> None:
        count = len(self._flags)
        if count == 0:
            return
        columns = (self._current_a, self._voltage_v, self._level_a)
        if sys.byteorder == "big":
            for column in columns:
                column.byteswap()
        packed = zlib.compress(b"".join(column.tobytes() for column in columns) + self._flags, 1)
        self._file.write(_BLOCK.pack(len(packed), self._start_ms, count) + packed)
        self._start_ms += count
        for column in columns:
            del column[:]
        self._flags.clear()

    def flush(self) -> None:
        """Bring everything so far into the file."""
        if not self._file.closed:
            self._write_block()
            self._file.flush()

    def close(self) -> None:
        """Bring everything into the file and close it."""
        self.flush()
        self._file.close()


def read_truth_header(path: Path) -> dict[str, Any]:
    """Read what is kept with a recording.

    Parameters
    ----------
    path : Path
        File written by `TruthRecorder`.

    Returns
    -------
    dict
        Model, load, parameters, seed.

    Raises
    ------
    ValueError
        If it is no such file.
    """
    return dict(json.loads(_split(path)[0]))


def read_truth(path: Path) -> NDArray[np.void]:
    """Read a recording, also one that still grows or was cut off.

    Parameters
    ----------
    path : Path
        File written by `TruthRecorder`.

    Returns
    -------
    numpy structured array
        (n_sample,) with fields ``time_s`` (s), ``current_a`` (A, positive out of HI),
        ``voltage_v`` (V), ``level_a`` (programmed, A), ``output_on`` and ``limited`` (bool).

    Raises
    ------
    ValueError
        If it is no such file.
    """
    import numpy as np  # noqa: PLC0415 - drivers and the twin itself run without numpy

    data = _split(path)[1]
    parts = []
    position = 0
    while position + _BLOCK.size <= len(data):
        size, start_ms, count = _BLOCK.unpack_from(data, position)
        position += _BLOCK.size
        if position + size > len(data):
            break
        raw = zlib.decompress(data[position : position + size])
        position += size
        columns = np.frombuffer(raw, "<f4", 3 * count).reshape(3, count)
        flags = np.frombuffer(raw, np.uint8, count, offset=12 * count)
        part = np.empty(count, _dtype(np))
        part["time_s"] = (start_ms + np.arange(count)) * 1e-3
        part["current_a"], part["voltage_v"], part["level_a"] = columns
        part["output_on"] = flags & FLAG_OUTPUT != 0
        part["limited"] = flags & FLAG_LIMITED != 0
        parts.append(part)
    return np.concatenate(parts) if parts else np.empty(0, _dtype(np))


def _dtype(np: Any) -> Any:
    return np.dtype(
        [
            ("time_s", "f8"),
            ("current_a", "f8"),
            ("voltage_v", "f8"),
            ("level_a", "f8"),
            ("output_on", "?"),
            ("limited", "?"),
        ],
    )


def _split(path: Path) -> tuple[bytes, bytes]:
    data = path.read_bytes()
    if not data.startswith(_MAGIC):
        raise ValueError(f"{path}: not a ground-truth recording; give the twin's own file")
    start = len(_MAGIC) + _LENGTH.size
    (length,) = _LENGTH.unpack_from(data, len(_MAGIC))
    return data[start : start + length], data[start + length :]

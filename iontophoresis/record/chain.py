"""Chain the rows of a session file, so that a later change of any row shows.

Each row stores ``SHA-256(previous chain value + canonical content)``. The content is compact JSON
of the table's name, ``seq`` and the columns in order: integers stay integers and real numbers are
written in the shortest form that reads back the same, so one row has one spelling.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

Cell = int | float | str | None
"""A value of one column."""

GENESIS = hashlib.sha256(b"iontophoresis session, schema 1").digest()
"""Chain value before the first row."""

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
).encode


def link(previous: bytes, table: str, seq: int, cells: Sequence[Cell]) -> bytes:
    """Return the chain value of one row.

    Parameters
    ----------
    previous
        Chain value of the row before (32 bytes), or :data:`GENESIS`.
    table
        Name of the row's table.
    seq
        The row's global number.
    cells
        Its columns in order, without ``seq`` and ``chain``.

    Raises
    ------
    ValueError
        A number is not finite, or a text cannot be written as UTF-8.
    TypeError
        A cell is of a type that session files do not hold.
    """
    content = _encode([table, seq, *cells]).encode("utf-8")
    return hashlib.sha256(previous + content).digest()

"""Read what guard and session send to the recorder: one JSON object a line, checked.

The first line of a connection says who speaks and proves it with the token. Every later line is a
row, refused here unless each value has the type its column needs.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import math
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from iontophoresis.record import schema
from iontophoresis.record.chain import Cell
from iontophoresis.record.errors import MessageError
from iontophoresis.record.rule import Row

_T = TypeVar("_T", str, int, float)

MAX_LINE_BYTES = 32 * 1024 * 1024
"""Longest line that is taken for a message."""


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


_decode = json.JSONDecoder(parse_constant=_no_constant).decode
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode

_ROW_TYPES = {
    tuple(
        str if name in ("state", "action") else type(None) if name in missing else int
        for name in schema.TICK.names
    )
    for missing in ((), ("current_na",), ("voltage_uv",), ("current_na", "voltage_uv"))
}
_STATE = schema.TICK.names.index("state")
_ACTION = schema.TICK.names.index("action")


def read_hello(line: bytes, token: str) -> str | None:
    """Return the role that a first line proves, or None if it proves none."""
    with contextlib.suppress(ValueError, AttributeError, TypeError, RecursionError):
        hello = _decode(line.decode())
        role, offered = hello.get("hello"), hello.get("token")
        if role in ("guard", "session") and hmac.compare_digest(str(offered), token):
            return str(role)
    return None


def read_message(line: bytes) -> dict[str, Any]:
    """Decode one line.

    Raises
    ------
    MessageError
        It is not a JSON object with a kind, or holds a number that is not finite.
    """
    try:
        message = _decode(line.decode())
    except (ValueError, RecursionError) as error:
        raise MessageError(f"not a JSON message ({error}): {line[:80]!r}") from error
    if not isinstance(message, dict) or not isinstance(message.get("k"), str):
        raise MessageError(f"a message must be an object with a kind 'k': {line[:80]!r}")
    return message


def tick_row(message: Mapping[str, Any]) -> Row:
    """Check a tick and return its row."""
    cells = message.get("row")
    if not isinstance(cells, list) or tuple(map(type, cells)) not in _ROW_TYPES:
        raise MessageError(f"a tick must be {len(schema.TICK.names)} typed cells: {cells!r}")
    if cells[_STATE] not in schema.STATES or cells[_ACTION] not in schema.ACTIONS:
        raise MessageError(f"unknown state or action in tick {cells!r}")
    return tuple(cells)


def header_row(message: Mapping[str, Any]) -> Row:
    """Check a header value and return its row."""
    if "value" not in message:
        raise MessageError("a header needs a value")
    return _text(message, "key"), _encode(message["value"])


def event_row(message: Mapping[str, Any], origin: str) -> Row:
    """Check an event and return its row."""
    severity = _text(message, "severity")
    if severity not in schema.SEVERITIES:
        raise MessageError(f"unknown severity {severity!r}")
    times = _int(message, "t_ms"), _int(message, "wall_ns")
    texts = _text(message, "code"), _text(message, "text")
    return (origin, *times, severity, *texts, _encode(message.get("data", {})))


def estimate_row(message: Mapping[str, Any]) -> Row:
    """Check an estimate and return its row."""
    amounts = [_real(message, f"{p}_mol_per_m2") for p in ("p05", "p50", "p95")]
    times = _int(message, "t_ms"), _int(message, "wall_ns")
    return (*times, _int(message, "channel"), _text(message, "layer"), *amounts)


def close_row(message: Mapping[str, Any]) -> tuple[str, str]:
    """Check a close message and return outcome and text."""
    outcome = _text(message, "outcome")
    if outcome not in schema.OUTCOMES:
        raise MessageError(f"unknown outcome {outcome!r}")
    return outcome, _text(message, "text")


def _text(message: Mapping[str, Any], key: str) -> str:
    return _typed(message, key, lambda value: isinstance(value, str), "a text", str)


def _int(message: Mapping[str, Any], key: str) -> int:
    return _typed(message, key, lambda value: type(value) is int, "an integer", int)


def _real(message: Mapping[str, Any], key: str) -> float:
    def finite(value: Cell) -> bool:
        return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]

    return _typed(message, key, finite, "a finite number", float)


def _typed(
    message: Mapping[str, Any],
    key: str,
    fits: Callable[[Any], bool],
    wanted: str,
    convert: Callable[[Any], _T],
) -> _T:
    value = message.get(key)
    if not fits(value):
        raise MessageError(f"{key!r} must be {wanted}: {value!r}")
    return convert(value)

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iontophoresis.record.errors import MessageError
from iontophoresis.record.schema import TICK
from iontophoresis.record.wire import (
    close_row,
    estimate_row,
    event_row,
    header_row,
    read_hello,
    read_message,
    tick_row,
)

EVENT = {"t_ms": 1, "wall_ns": 2, "severity": "info", "code": "a", "text": "b", "data": {"x": 1}}
ESTIMATE = {
    "t_ms": 1,
    "wall_ns": 2,
    "channel": 0,
    "layer": "dermis",
    "p05_mol_per_m2": 0,
    "p50_mol_per_m2": 1.5,
    "p95_mol_per_m2": 2.5,
}


def test_a_hello_proves_a_role_with_the_token() -> None:
    assert read_hello(b'{"hello":"guard","token":"ab"}', "ab") == "guard"
    assert read_hello(b'{"hello":"session","token":"ab"}', "ab") == "session"


@pytest.mark.parametrize(
    "line",
    [
        b'{"hello":"guard","token":"ac"}',
        b'{"hello":"guard"}',
        b'{"hello":"operator","token":"ab"}',
        b'{"hello":["guard"],"token":"ab"}',
        b'{"hello":"guard","token":"\xc3\xa4"}',
        b"[]",
        b"\xff\xfe",
        b"",
    ],
)
def test_anything_else_proves_nothing(line: bytes) -> None:
    assert read_hello(line, "ab") is None


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(line: bytes) -> None:
    assert read_hello(line, "ab") is None
    with contextlib.suppress(MessageError):
        assert isinstance(read_message(line)["k"], str)


@pytest.mark.parametrize("line", [b'{"k":1}', b"{}", b'{"k":"tick","row":[Infinity]}', b"[" * 9999])
def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(MessageError):
        read_message(line)


@pytest.mark.parametrize("missing", [(), ("current_na",), ("current_na", "voltage_uv")])
def test_a_tick_may_lack_its_reading(
    tick_cells: Callable[..., list[Any]], missing: tuple[str, ...]
) -> None:
    cells = tick_cells(3, **dict.fromkeys(missing))
    assert tick_row({"row": cells}) == tuple(cells)


@pytest.mark.parametrize("column", TICK.names)
@pytest.mark.parametrize("value", [1.0, True, [], {}, "wrong"])
def test_every_other_cell_is_typed(
    tick_cells: Callable[..., list[Any]], column: str, value: object
) -> None:
    cells = dict(zip(TICK.names, tick_cells(3), strict=True)) | {column: value}
    with pytest.raises(MessageError):
        tick_row({"row": list(cells.values())})


def test_rows_in_the_order_of_their_tables() -> None:
    assert header_row({"key": "a", "value": {"b": [1, 2.5]}}) == ("a", '{"b":[1,2.5]}')
    assert event_row(EVENT, "guard") == ("guard", 1, 2, "info", "a", "b", '{"x":1}')
    assert estimate_row(ESTIMATE) == (1, 2, 0, "dermis", 0.0, 1.5, 2.5)
    assert isinstance(estimate_row(ESTIMATE)[4], float)
    assert close_row({"outcome": "refused", "text": "no"}) == ("refused", "no")


@pytest.mark.parametrize(
    "change", [{"t_ms": 1.0}, {"severity": "loud"}, {"code": 1}, {"text": None}, {"wall_ns": True}]
)
def test_a_wrong_event_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MessageError):
        event_row({**EVENT, **change}, "guard")


@pytest.mark.parametrize(
    "change", [{"layer": 1}, {"channel": "0"}, {"p50_mol_per_m2": json.loads("1e999")}]
)
def test_a_wrong_estimate_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MessageError):
        estimate_row({**ESTIMATE, **change})

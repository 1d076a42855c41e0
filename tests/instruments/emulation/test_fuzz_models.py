"""No input breaks any model, or makes it source above its range."""

from __future__ import annotations

import math
import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instruments.emulation.bench import Bench
from instruments.emulation.description import one_instrument
from instruments.emulation.howland_pump import checksum
from instruments.emulation.launch import start_twin
from instruments.emulation.load import DriveKind
from instruments.emulation.registry import MODELS
from instruments.emulation.smu import SourceMeter
from instruments.emulation.truth import read_truth

LUA = (
    "smu.source.level={}", "smu.source.range={}", "smu.source.output={}", "smu.source.func={}",
    "smu.source.vlimit.level={}", "smu.source.ilimit.level={}", "smua.source.leveli={}",
    "smua.source.rangei={}", "smua.source.limitv={}", "smua.source.output={}", "smua.reset()",
    "smub.source.output={}", "smub.source.leveli={}", "print(smu.measure.read())", "print({})",
    "delay({})", "trigger.wait({})", "while true do end", "x={}", "reset()", "loadscript s",
    "print(smua.measure.iv())", "endscript", "s()", "*TRG", "abort", "error({})", "print(('x'):rep(1e9))",
)  # fmt: skip
WORDS = (
    "ON", "OFF", "1", "0", "MAX", "MIN", "CURR", "VOLT", "HIMP", "'VOLT'", "(@1)", "(@1,2)", "INF",
    "NAN", "1E-3", "-1E-3", "1E-2,(@1)", "5,(@1:2)", "nil", "{}", "smu.ON", "smu.FUNC_DC_CURRENT",
)  # fmt: skip
values = st.one_of(
    st.sampled_from(WORDS),
    st.floats(-2.0, 2.0).map(lambda value: f"{value:.6E}"),
    st.floats().map(repr),
    st.integers().map(str),
    st.text(max_size=6),
)
SOURCES = sorted(name for name, model in MODELS.items() if model.channels)


@cache
def headers(model: str) -> tuple[str, ...]:
    """List the words a model knows: its own headers, or lines of a script."""
    tree = getattr(Bench(one_instrument(model, lockstep=True)).first.instrument, "_tree", None)
    handlers = getattr(tree, "_handlers", None)
    if handlers is None:
        return LUA
    found = sorted({":".join(path) for path in handlers})
    return tuple(name if name.startswith("*") else f":{name}" for name in found)


def messages(model: str) -> Any:
    known = st.sampled_from(headers(model))

    def put(pair: tuple[str, str]) -> str:
        header, value = pair
        return header.replace("{}", value) if "{}" in header else f"{header} {value}"

    unit = st.one_of(
        st.tuples(known, values).map(put),
        known,
        known.map(lambda header: f"{header}?"),
        st.text(max_size=20),
    )
    plain = st.lists(unit, max_size=4).map(";".join)
    if model != "howland-pump":
        return plain
    framed = st.tuples(st.integers(1, 99), unit).map(lambda pair: f"{pair[0]};{pair[1]}")
    return st.one_of(plain, framed.map(lambda text: f"{text}#{checksum(text)}"))


def source_meters(thing: object, depth: int = 3) -> Iterator[SourceMeter]:
    if isinstance(thing, SourceMeter):
        yield thing
    elif depth and isinstance(thing, (tuple, list)):
        for item in thing:
            yield from source_meters(item, depth - 1)
    elif depth and type(thing).__module__.startswith("instruments.emulation"):
        for name in {*getattr(thing, "__dict__", {}), *getattr(type(thing), "__slots__", ())}:
            yield from source_meters(getattr(thing, name, None), depth - 1)


def assert_within_its_range(bench: Bench) -> None:
    found = {id(meter): meter for meter in source_meters(bench.first.instrument)}
    assert len(found) == len(bench.first.circuits)
    for meter in found.values():
        drive, current = meter._circuit.drive, meter.state.quantities["CURR"]
        most = meter.specification.overrange * current.source_range
        if drive.kind is DriveKind.CURRENT:
            assert abs(drive.level) <= most * (1.0 + 1e-9)
            assert drive.limit <= meter.specification.limits["CURR"][1]
        true_a, true_v, _ = meter._circuit.working_point()
        assert math.isfinite(true_a)
        assert abs(true_v) <= 1.01 * meter.specification.largest("VOLT")


def say(bench: Bench, message: str) -> None:
    bench.catch_up()
    as_received = message.encode("utf-8").decode("latin-1")
    for _ in bench.first.instrument.run(as_received):
        pass
    bench.first.instrument.said()


@pytest.mark.parametrize("model", SOURCES)
def test_no_message_drives_a_source_beyond_its_range(model: str) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(batch=st.lists(messages(model), max_size=8))
    def run(batch: list[str]) -> None:
        bench = Bench(one_instrument(model, load="resistor", lockstep=True))
        for at, message in enumerate(batch, start=1):
            say(bench, message)
            bench.advance(13 * at)
            assert_within_its_range(bench)

    run()


@pytest.mark.parametrize("model", sorted(MODELS))
def test_no_bytes_end_any_server(model: str, tmp_path: Path) -> None:
    truth_path = tmp_path / "truth.bin"
    twin = start_twin(model, load="resistor", clock="lockstep", stay=True, truth_path=truth_path)

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(chunks=st.lists(st.one_of(st.binary(max_size=200), messages(model)), max_size=4))
    def run(chunks: list[bytes | str]) -> None:
        with socket.create_connection(("127.0.0.1", twin.port), timeout=10) as client:
            for chunk in chunks:
                data = chunk if isinstance(chunk, bytes) else chunk.encode("utf-8", "replace")
                client.sendall(data + b"\n")
        with socket.create_connection(("127.0.0.1", twin.control_port), timeout=10) as control:
            control.sendall(b'{"do": "state"}\n')
            with control.makefile("rb") as answers:
                assert b'"ok": true' in answers.readline()

    try:
        run()
        with socket.create_connection(("127.0.0.1", twin.control_port), timeout=10) as control:
            control.sendall(b'{"do": "advance", "to_ms": 500}\n')
            with control.makefile("rb") as answers:
                assert b"500" in answers.readline()
    finally:
        twin.stop()
    assert twin.process.returncode == 0
    assert len(read_truth(truth_path)) == 500

from __future__ import annotations

import socket
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instruments.emulation.keithley_2450_specification import KEITHLEY_2450
from instruments.emulation.load import DriveKind

HEADERS = (
    ":SOUR:CURR",
    ":SOUR:CURR:RANG",
    ":SOUR:CURR:RANG:AUTO",
    ":SOUR:CURR:VLIM",
    ":SOUR:CURR:VLIM:TRIP?",
    ":SOUR:VOLT",
    ":SOUR:VOLT:RANG",
    ":SOUR:VOLT:ILIM",
    ":SOUR:VOLT:PROT",
    ":SOUR:FUNC",
    ":SENS:FUNC",
    ":SENS:VOLT:RANG",
    ":SENS:CURR:NPLC",
    ":OUTP",
    ":OUTP:SMOD",
    ":READ?",
    ":MEAS:RES?",
    ":FETC?",
    ":TRAC:DATA?",
    ":TRAC:MAKE",
    ":FORM:ASC:PREC",
    "*ESE",
    "*RST",
    "*CLS",
    ":SYST:ERR?",
    ":ROUT:TERM",
)
WORDS = ("ON", "OFF", "CURR", "VOLT", "'VOLT'", "'RES'", "HIMP", "NORM", "PROT20", "NONE", "MAX")
values = st.one_of(
    st.sampled_from(WORDS),
    st.floats().map(repr),
    st.floats(-2.0, 2.0).map(lambda value: f"{value:.9E}"),
    st.integers().map(str),
    st.text(max_size=8),
    st.sampled_from(('"defbuffer1"', '"defbuffer1",SOUR,READ', "'x',100", "1,2")),
)
units = st.one_of(
    st.tuples(st.sampled_from(HEADERS), values).map(" ".join),
    st.sampled_from(HEADERS),
    st.text(max_size=30),
)
messages = st.lists(units, max_size=6).map(";".join)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batch=st.lists(messages, max_size=12))
def test_no_message_breaks_the_twin_or_drives_it_beyond_its_range(
    make_bench: Any, batch: Any
) -> None:
    bench = make_bench()
    moment_ms = 0
    for message in batch:
        bench.say(message)
        moment_ms += 7
        bench.twin.advance(moment_ms)
        drive, state = bench.twin.circuit.drive, bench.twin.instrument.smu.state
        current = state.quantities["CURR"]
        if drive.kind is DriveKind.CURRENT:
            assert abs(drive.level) <= KEITHLEY_2450.overrange * current.source_range
            assert drive.limit <= 210.0
        true_a, true_v, _ = bench.twin.circuit.working_point()
        assert abs(true_v) <= 211.0
        assert abs(true_a) <= KEITHLEY_2450.largest("CURR") * 1.01
    assert bench.ask("*IDN?").startswith("KEITHLEY")


@pytest.fixture(scope="module")
def raw_twin() -> Any:
    from instruments.emulation.launch import start_twin  # noqa: PLC0415 - one process for all

    twin = start_twin(clock="lockstep", load="resistor", stay=True)
    yield twin
    twin.stop()


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(chunks=st.lists(st.binary(max_size=300), max_size=6))
def test_no_bytes_end_the_server(raw_twin: Any, chunks: list[bytes]) -> None:
    for port in (raw_twin.port, raw_twin.control_port):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            for chunk in chunks:
                client.sendall(chunk + b"\n")
    with socket.create_connection(("127.0.0.1", raw_twin.port), timeout=5) as client:
        client.sendall(b"*IDN?\n")
        with client.makefile("rb") as answers:
            assert answers.readline().startswith(b"KEITHLEY")


def test_a_message_without_end_is_dropped(raw_twin: Any) -> None:
    with socket.create_connection(("127.0.0.1", raw_twin.port), timeout=5) as client:
        client.sendall(b"*CLS\n" + b"A" * 200_000 + b"\n*CLS;:SYST:ERR:COUN?\n")
        with client.makefile("rb") as answers:
            assert answers.readline() == b"0\n"

"""Every fault stands for a hazard, every hazard has its fault, and each shows on every model."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from instruments.emulation.control import BenchControl
from instruments.emulation.faults import FAULTS, Faults
from instruments.emulation.hazards import HAZARDS
from instruments.emulation.launch import RunningTwin
from instruments.emulation.registry import MODELS
from instruments.emulation.truth import read_truth
from instruments.emulation.wire import Wire


def test_the_table_is_complete() -> None:
    listed = {fault for faults in HAZARDS.values() for fault in faults}
    assert listed == set(FAULTS)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_every_fault_can_be_injected_on_every_model(make_bench: Any, model: str) -> None:
    bench = make_bench(model=model)
    for at, name in enumerate(FAULTS, start=1):
        bench.twin.plan_fault(name, {}, for_ms=5)
        bench.twin.advance(10 * at)
        bench.say("*IDN?")
        assert bench.twin.state()["faults"] == []
    assert bench.twin.instrument.run("*IDN?") is not None


@pytest.mark.parametrize("model", sorted(name for name, one in MODELS.items() if one.channels))
def test_faults_of_the_output_reach_the_terminals_of_every_source(
    make_bench: Any, model: str
) -> None:
    bench = make_bench(model=model)
    bench.twin.plan_fault("uncommanded_current", {"na": 700})
    assert bench.twin.state()["current_na"] == pytest.approx(700, abs=1)
    bench.twin.plan_fault("open_lead", {})
    assert abs(bench.twin.state()["current_na"]) < 1
    bench.twin.clear_fault(None)
    assert abs(bench.twin.state()["current_na"]) < 10


def test_a_fault_of_a_channel_that_is_not_there_is_refused(bench: Any) -> None:
    with pytest.raises(ValueError, match="no channel 2"):
        bench.twin.plan_fault("open_lead", {"channel": 2})


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("dry_out", {"minutes": 0}),
        ("dry_out", {"factor": "3"}),
        ("short", {"ohm": -1.0}),
        ("resistance_step", {"factor": float("nan")}),
        ("late_reply", {"ms": -5}),
        ("output_stuck_on", {"reports_off": 1}),
        ("foreign_message", {"text": 5}),
        ("front_panel", {"level_na": "1"}),
        ("open_lead", {"channel": -1}),
        ("open_lead", {"channel": True}),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(bench: Any, name: str, arguments: Any) -> None:
    with pytest.raises(ValueError, match="makes no sense"):
        bench.twin.plan_fault(name, arguments, after_ms=1_000)
    bench.twin.advance(2_000)


def test_a_spike_as_the_output_goes_on(sourcing: Any) -> None:
    sourcing.say(":OUTP OFF")
    sourcing.twin.plan_fault("output_glitch", {"na": 800_000, "ms": 20})
    sourcing.say(":OUTP ON")
    seen = []
    for moment_ms in (19, 20, 21):
        sourcing.twin.advance(moment_ms)
        seen.append(sourcing.twin.state()["current_na"])
    assert seen == pytest.approx([800_000, 0, 0], abs=300)


def test_a_spike_stays_within_the_range(sourcing: Any) -> None:
    sourcing.say(":OUTP OFF")
    sourcing.twin.plan_fault("output_glitch", {"na": 50_000_000})
    sourcing.say(":SOUR:CURR:VLIM 200;:OUTP ON")
    assert sourcing.twin.state()["current_na"] == 1_050_000


def test_a_range_that_changes_lets_the_current_jump(sourcing: Any) -> None:
    sourcing.say(":SOUR:CURR 1E-5")
    sourcing.twin.plan_fault("range_change_spike", {"na": 90_000, "ms": 5})
    sourcing.say(":SOUR:CURR:RANG 1E-4")
    assert sourcing.twin.state()["current_na"] == 90_000
    sourcing.twin.advance(5)
    assert sourcing.twin.state()["current_na"] == pytest.approx(10_000, rel=1e-2)


def test_a_source_that_is_off_and_says_so(sourcing: Any) -> None:
    sourcing.twin.plan_fault("source_error", {"factor": 1.1})
    reading = float(sourcing.ask(':SOUR:CURR 5E-4;:READ? "defbuffer1",SOUR'))
    assert reading == pytest.approx(5.5e-4, rel=1e-3)


def test_a_burst_of_noise_hits_some_readings(sourcing: Any) -> None:
    sourcing.twin.plan_fault("noise_burst", {"factor": 2.0, "every": 3})
    sourcing.say(":SOUR:CURR 5E-4")
    readings = [float(sourcing.ask(':READ? "defbuffer1",SOUR')) for _ in range(6)]
    assert [round(value / 5e-4) for value in readings] == [1, 1, 2, 1, 1, 2]


def test_an_open_sense_lead_makes_the_limit_blind(sourcing: Any) -> None:
    sourcing.say(":SENS:VOLT:RSEN ON;:SOUR:CURR:VLIM 2;:SOUR:CURR 5E-4")
    assert sourcing.twin.state()["voltage_uv"] == pytest.approx(2_000_000, abs=10)
    sourcing.twin.plan_fault("open_sense", {})
    assert sourcing.twin.state()["voltage_uv"] == pytest.approx(5_000_000, rel=1e-3)
    assert float(sourcing.ask(":READ?")) < 0.2


def test_a_saved_setup_is_recalled_with_the_output_off(sourcing: Any) -> None:
    sourcing.say(":SOUR:CURR 5E-4;*SAV 1;:SOUR:CURR:VLIM 5;:SOUR:CURR 1E-4")
    sourcing.twin.plan_fault("foreign_message", {"text": "*RCL 1"})
    assert sourcing.ask(":OUTP?") == "0"
    assert float(sourcing.ask(":SOUR:CURR:VLIM?")) == 20.0
    sourcing.say("*RCL 7")
    assert sourcing.errors() == [-222]


def test_a_2400_keeps_setups_too(make_bench: Any) -> None:
    bench = make_bench(model="keithley-2400")
    bench.say(":SOUR:FUNC CURR;:SENS:VOLT:PROT 5;*SAV 0;*RST;*RCL 0")
    assert float(bench.ask(":SENS:VOLT:PROT?")) == 5.0
    assert bench.ask(":SOUR:FUNC?;:OUTP?") == "CURR;0"


def test_another_client_changes_a_level_and_keeps_asking(sourcing: Any) -> None:
    sourcing.twin.plan_fault("foreign_message", {"text": ":SOUR:CURR 9E-4"})
    assert sourcing.twin.state()["current_na"] == pytest.approx(900_000, rel=1e-3)
    sourcing.twin.plan_fault("foreign_polling", {"text": ":READ?", "ms": 10})
    sourcing.twin.advance(100)
    assert int(sourcing.ask(":TRAC:ACT?")) == 11


def test_the_budget_of_a_watchdog_can_be_ignored_or_stretched() -> None:
    faults = Faults()
    assert faults.lease_s(0.5) == 0.5
    faults.begin("stretched_lease", {"factor": 4})
    assert faults.lease_s(0.5) == 2.0
    faults.begin("ignored_lease", {})
    assert faults.lease_s(0.5) == float("inf")


@pytest.mark.parametrize(
    ("name", "arguments", "sent"),
    [
        ("silence", {}, []),
        ("garbage", {"text": "xyz"}, [b"xyz\n", b"xyz\n"]),
        ("cut_reply", {"bytes": 2}, [b"1.2\n", b"1.2\n"]),
        ("double_reply", {}, [b"1.234\n1.234\n"] * 2),
        ("held_reply", {}, [b"1.234\n"]),
        ("flipped_bits", {"every": 2}, [b"1.234\n", b"1.z34\n"]),
        ("other_identity", {"text": "A,B,C,D"}, [b"A,B,C,D\n"] * 2),
    ],
)
def test_what_a_wire_does_to_answers(name: str, arguments: Any, sent: list[bytes]) -> None:
    faults = Faults()
    faults.begin(name, arguments)
    wire = Wire(faults)
    parts = [part for _ in range(2) for part in wire.outgoing("1.234", "\n", "*IDN?")]
    assert [data for _, data in parts] == sent


@pytest.mark.parametrize(
    ("name", "arguments", "heard"),
    [
        ("deaf", {}, ""),
        ("dropped_message", {"every": 2}, "ac"),
        ("doubled_message", {}, "aabbccdd"),
        ("reordered_messages", {}, "badc"),
    ],
)
def test_what_a_wire_does_to_messages(name: str, arguments: Any, heard: str) -> None:
    faults = Faults()
    faults.begin(name, arguments)
    wire = Wire(faults)
    assert "".join(line for sent in "abcd" for line in wire.incoming(sent)) == heard


def test_what_is_held_arrives_when_the_fault_is_over() -> None:
    faults = Faults()
    faults.begin("held_reply", {})
    wire = Wire(faults)
    assert wire.outgoing("1", "\n", "?") == []
    assert wire.outgoing("2", "\n", "?") == [(0.0, b"1\n")]
    faults.end("held_reply")
    assert wire.outgoing("3", "\n", "?") == [(0.0, b"2\n"), (0.0, b"3\n")]


@pytest.mark.real_time
def test_unplugged_nobody_is_heard_and_nobody_gets_in(start: Callable[..., RunningTwin]) -> None:
    twin = start(load="resistor")
    with BenchControl(twin.control_port) as control:
        with socket.create_connection(("127.0.0.1", twin.port), timeout=5) as client:
            client.sendall(b"*IDN?\n")
            assert client.recv(100).startswith(b"KEITHLEY")
            control.fault("unplugged")
            assert client.recv(100) == b""
        with socket.create_connection(("127.0.0.1", twin.port), timeout=5) as client:
            assert client.recv(100) == b""
        control.clear_fault()
        with socket.create_connection(("127.0.0.1", twin.port), timeout=5) as client:
            client.sendall(b"*IDN?\n")
            assert client.recv(100).startswith(b"KEITHLEY")


@pytest.mark.real_time
def test_a_relay_takes_its_time_to_close(start: Callable[..., RunningTwin]) -> None:
    twin = start(load="resistor")
    with socket.create_connection(("127.0.0.1", twin.port), timeout=5) as client:
        client.sendall(b":SOUR:FUNC CURR;:SOUR:CURR:RANG 1E-3;:SOUR:CURR:VLIM 20\n")
        client.sendall(b":SOUR:CURR 1E-4;:OUTP ON;*OPC?\n")
        assert client.recv(100) == b"1\n"
        time.sleep(0.1)
    twin.stop()
    assert twin.truth_path is not None
    truth = read_truth(twin.truth_path)
    on = truth["output_on"].argmax()
    flows = (truth["current_a"] > 5e-5).argmax()
    assert 13 <= flows - on <= 17

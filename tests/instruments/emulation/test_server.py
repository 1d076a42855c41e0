from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvisa

from instruments.emulation.control import BenchControl, BenchControlError
from instruments.emulation.launch import RunningTwin, start_twin
from instruments.emulation.truth import read_truth
from instruments.errors import NoSuchResourceError

Start = Callable[..., RunningTwin]
SETUP = ":SOUR:FUNC CURR;:SENS:FUNC 'VOLT';:SOUR:CURR:RANG 1E-3;:SOUR:CURR 0"
LIMITS = ":SENS:VOLT:RANG 200;:SOUR:CURR:VLIM 35;:OUTP ON"


def talk(twin: RunningTwin) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", twin.port), timeout=5)
    client.sendall((SETUP + "\n" + LIMITS + "\n").encode())
    return client


def ask(client: socket.socket, message: str) -> str:
    client.sendall(message.encode() + b"\n")
    data = b""
    while not data.endswith(b"\n"):
        data += client.recv(4096)
    return data.decode().strip()


def test_an_ordinary_visa_client_sees_plausible_physics(start: Start) -> None:
    twin = start(seed=2)
    resource: Any = pyvisa.ResourceManager("@py").open_resource(twin.resource)
    resource.read_termination = resource.write_termination = "\n"
    resource.timeout = 2000
    assert "2450" in resource.query("*IDN?")
    resource.write(SETUP)
    resource.write(":SENS:VOLT:RANG 200;:SENS:VOLT:NPLC 0.1;:SOUR:CURR:VLIM 35")
    resource.write(":OUTP ON")
    kohm = []
    for _ in range(12):
        answer = resource.query(':SOUR:CURR 5E-4;:READ? "defbuffer1",SOUR,READ,SOURSTAT')
        current, voltage, status = (float(text) for text in answer.split(","))
        assert current == pytest.approx(5e-4, rel=1e-3)
        assert int(status) == 128
        kohm.append(voltage / current / 1000)
        time.sleep(0.05)
    assert kohm[2] > kohm[-1] > 0.05
    resource.write(":SOUR:CURR 2")
    resource.write("SOUR:CURENT 1")
    codes = [resource.query(":SYST:ERR?").split(",")[0] for _ in range(3)]
    assert codes == ["-222", "-113", "0"]
    resource.write(":OUTP OFF")
    resource.close()


def test_a_measurement_takes_its_integration_time(start: Start) -> None:
    with talk(start(load="resistor")) as client:
        for nplc, expected_s in ((0.1, 0.0045), (2.0, 0.0805)):
            client.sendall(f":SENS:VOLT:NPLC {nplc};*CLS\n".encode())
            began = time.perf_counter()
            for _ in range(3):
                ask(client, ":READ?")
            took_s = (time.perf_counter() - began) / 3
            assert expected_s <= took_s < expected_s + 0.05


def test_it_keeps_sourcing_when_the_client_disconnects(start: Start) -> None:
    twin = start(load="resistor")
    client = talk(twin)
    ask(client, ":SOUR:CURR 1E-4;*OPC?")
    control = BenchControl(twin.control_port)
    client.close()
    time.sleep(0.3)
    state = control.state()
    assert state["output_on"] is True
    assert state["current_na"] == pytest.approx(100_000, rel=5e-3)
    control.shutdown()
    control.close()
    twin.process.wait(5)
    assert twin.truth_path is not None
    truth = read_truth(twin.truth_path)
    assert truth["current_a"][-200:] == pytest.approx(np.full(200, 1e-4), rel=5e-3)
    assert np.diff(truth["time_s"]) == pytest.approx(np.full(len(truth) - 1, 1e-3))


def test_it_ends_when_it_is_left_with_the_output_off(start: Start) -> None:
    twin = start(load="resistor")
    with talk(twin) as client:
        ask(client, ":OUTP OFF;*OPC?")
        time.sleep(0.7)
        assert twin.process.poll() is None
    assert twin.process.wait(2.0) == 0


def test_left_with_the_output_on_it_lingers_and_then_ends(start: Start) -> None:
    twin = start(load="resistor", linger_s=1.2)
    with talk(twin) as client:
        ask(client, ":SOUR:CURR 1E-4;*OPC?")
    time.sleep(0.8)
    assert twin.process.poll() is None
    assert twin.process.wait(2.0) == 0


def test_one_that_stays_lives_on(start: Start) -> None:
    twin = start(load="resistor", stay=True)
    with talk(twin) as client:
        ask(client, ":OUTP OFF;*OPC?")
    time.sleep(1.0)
    assert twin.process.poll() is None


def test_a_port_that_is_taken_is_said_in_one_line(start: Start) -> None:
    twin = start(load="resistor")
    with pytest.raises(NoSuchResourceError, match="cannot start") as caught:
        start_twin(port=twin.port)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_missing_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(NoSuchResourceError, match="No such file"):
        start_twin(truth_path=tmp_path / "missing" / "truth.bin")


def test_the_first_line_tells_the_ports() -> None:
    command = [sys.executable, "-m", "instruments.emulation", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        process.terminate()
    assert line["resource"] == f"TCPIP0::127.0.0.1::{line['port']}::SOCKET"
    assert line["pid"] == process.pid
    assert process.returncode == 0


def run_lockstep(start: Start, seed: int) -> bytes:
    twin = start(clock="lockstep", seed=seed)
    control = BenchControl(twin.control_port)
    with talk(twin) as client:
        ask(client, "*OPC?")
        control.fault("chatter", after_ms=3_000, for_ms=1_000)
        answers = []
        for tick in range(1, 120):
            control.advance(tick * 50)
            answers.append(ask(client, f":SOUR:CURR {tick}E-6;:READ?"))
        assert len(set(answers)) > 50
    control.shutdown()
    control.close()
    twin.process.wait(5)
    assert twin.truth_path is not None
    return twin.truth_path.read_bytes()


def test_in_lockstep_the_same_seed_gives_the_same_bytes(start: Start) -> None:
    first, again, other = (run_lockstep(start, seed) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_time_stands_still_between_two_orders(start: Start) -> None:
    twin = start(clock="lockstep")
    with BenchControl(twin.control_port) as control:
        assert control.advance(100) == 100
        time.sleep(0.1)
        assert control.now() == 100
        with pytest.raises(BenchControlError, match="lies before"):
            control.advance(99)


def test_nobody_at_the_control_port_is_an_error_of_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(BenchControlError, match="no bench"):
        BenchControl(port)

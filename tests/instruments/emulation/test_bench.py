from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from instruments.emulation.bench import Bench
from instruments.emulation.control import BenchControl
from instruments.emulation.description import BenchSettings
from instruments.emulation.launch import start_bench
from instruments.emulation.load import Drive, DriveKind
from instruments.emulation.truth import read_truth, read_truth_header
from instruments.errors import NoSuchResourceError
from instruments.visa import VisaLink

TWO_SOURCES: dict[str, Any] = {
    "lockstep": True,
    "loads": {
        "left": {"kind": "resistor", "resistance_ohm": 1_000.0},
        "right": {"kind": "rc", "series_ohm": 100.0, "resistance_ohm": 900.0},
        "chain": {"kind": "series", "cells": [{"seed": at} for at in range(6)]},
    },
    "instruments": [
        {"name": "one", "model": "keithley-2450", "loads": ["left"], "serial": "A"},
        {"name": "two", "model": "keithley-2450", "loads": ["right"], "serial": "B"},
        {"name": "six", "model": "keithley-2450", "loads": ["chain"]},
    ],
}
SOURCE = ":SOUR:FUNC CURR;:SOUR:CURR:RANG 1E-3;:SOUR:CURR:VLIM 100;:OUTP ON;:SOUR:CURR {level:g}"


def bench_of(**changes: Any) -> Bench:
    return Bench(BenchSettings.from_plain({**TWO_SOURCES, **changes}))


def say(bench: Bench, name: str, message: str) -> str | None:
    running = bench.twin(name).instrument.run(message)
    while True:
        try:
            next(running)
        except StopIteration as end:
            answer: str | None = end.value
            return answer


def test_instruments_share_a_clock_and_keep_apart() -> None:
    bench = bench_of()
    say(bench, "one", SOURCE.format(level=5e-4))
    say(bench, "two", SOURCE.format(level=1e-4))
    assert bench.advance(1_000) == 1_000
    assert bench.state("one")["voltage_uv"] == pytest.approx(5e-4 * 1000.5 * 1e6, rel=1e-3)
    assert bench.state("two")["voltage_uv"] == pytest.approx(1e-4 * 1000.5 * 1e6, rel=2e-3)
    assert abs(bench.state("six")["current_na"]) < 1_000
    bench.twin("one").plan_fault("open_lead", {})
    assert bench.state("one")["current_na"] == 0
    assert bench.state("two")["current_na"] == pytest.approx(100_000, rel=1e-3)
    assert "open_lead" not in bench.state("two")["faults"]


def test_the_same_current_flows_through_every_cell_of_a_chain() -> None:
    bench = bench_of()
    say(bench, "six", SOURCE.format(level=2e-5))
    bench.advance(2_000)
    state = bench.state("six")
    cells = state["cells_uv"]["chain"]
    assert len(cells) == 6
    assert len(set(cells)) == 6
    assert state["current_na"] == pytest.approx(20_000, rel=2e-3)
    lead_uv = 0.5 * state["current_na"] * 1e-3
    assert state["voltage_uv"] == pytest.approx(sum(cells) + lead_uv, rel=1e-6)


def test_a_chain_that_reaches_the_limit_carries_less() -> None:
    bench = bench_of()
    say(bench, "six", SOURCE.format(level=5e-4) + ";:SOUR:CURR:VLIM 5")
    bench.advance(20)
    state = bench.state("six")
    assert state["limited"]
    assert state["voltage_uv"] == pytest.approx(5_000_000, rel=1e-6)
    assert 0 < state["current_na"] < 400_000


def test_a_chain_goes_on_alike_in_long_and_in_short_stretches() -> None:
    cells: list[float] = []
    for stretch_ms in (1, 50):
        bench = bench_of()
        say(bench, "six", SOURCE.format(level=1e-4))
        for moment_ms in range(stretch_ms, 1001, stretch_ms):
            bench.advance(moment_ms)
        cells.append(sum(bench.state("six")["cells_uv"]["chain"]))
    assert cells[0] == pytest.approx(cells[1], rel=1e-3)


def test_meters_see_a_cell_a_circuit_and_a_current() -> None:
    bench = bench_of()
    chain = bench.circuits["chain"]
    taps = BenchSettings.from_plain(
        {
            **TWO_SOURCES,
            "instruments": [
                {
                    "name": "meter",
                    "model": "keithley-2450",
                    "taps": [
                        {"load": "chain", "cell": 6},
                        {"load": "chain"},
                        {"load": "chain", "shunt_ohm": 100.0},
                    ],
                }
            ],
        }
    )
    one, whole, shunt = (bench._input(tap) for tap in taps.instruments[0].taps)
    say(bench, "six", SOURCE.format(level=1e-4))
    bench.advance(500)
    assert one() == chain.cell_voltages()[5]
    assert whole() == pytest.approx(sum(chain.cell_voltages()) + 1e-4 * 100.5, rel=1e-4)
    assert shunt() == pytest.approx(1e-2, rel=1e-3)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"instruments": []}, "at least one"),
        ({"colour": 1}, "has no 'colour'"),
        ({"loads": {"left": {"kind": "toaster"}}}, "no load of kind 'toaster'"),
        ({"loads": {"left": {"kind": "series"}}}, "a series has cells"),
        ({"loads": {"left": {"area_cm2": float("nan")}}}, "positive and finite"),
        ({"loads": {"left": {"electrodes": {"gold": 1}}}}, "has no 'gold'"),
        ({"loads": {}}, "no load named 'left'"),
        ({"truth_paths": {"nothing": "x"}}, "no load named 'nothing'"),
        (
            {"instruments": [{"name": "a", "model": "keithley-2450", "loads": ["left"]}] * 2},
            "'a' is there twice",
        ),
        (
            {
                "instruments": [
                    {"name": name, "model": "keithley-2450", "loads": ["left"]} for name in "ab"
                ]
            },
            "'left' is there twice",
        ),
        (
            {"instruments": [{"name": "a", "model": "keithley-2450", "loads": ["left", "right"]}]},
            "has 1 channels",
        ),
        ({"instruments": [{"name": "a", "model": "acme"}]}, "no twin of 'acme'"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        bench_of(**changes)


def test_a_description_survives_being_written_down() -> None:
    bench = BenchSettings.from_plain(TWO_SOURCES)
    assert BenchSettings.from_plain(bench.plain()) == bench


def test_a_lifted_return_still_carries_what_leaks_to_earth() -> None:
    circuit = bench_of().circuits["left"]
    circuit.drive = Drive(kind=DriveKind.CURRENT, level=1e-3, limit=30.0)
    circuit.open_lead(open_=True)
    assert abs(circuit.working_point()[0]) < 1e-6
    circuit.leak(1e-6)
    assert circuit.working_point()[0] == pytest.approx(30e-6, rel=2e-3)
    circuit.open_lead(open_=False)
    assert circuit.working_point()[0] == pytest.approx(1e-3)
    circuit.leak(0.0)
    assert circuit.working_point()[1] == pytest.approx(1.0005)


def test_swapped_leads_turn_the_current_in_the_load_around(tmp_path: Path) -> None:
    bench = bench_of(truth_paths={"left": str(tmp_path / "truth.bin")})
    say(bench, "one", SOURCE.format(level=1e-4))
    bench.twin("one").plan_fault("swapped_leads", {}, after_ms=10)
    bench.advance(20)
    assert bench.state("one")["current_na"] == pytest.approx(100_000, rel=1e-3)
    bench.close()
    truth = read_truth(tmp_path / "truth.bin")
    assert truth["current_a"][[5, 15]] == pytest.approx([1e-4, -1e-4], rel=1e-3)


@pytest.mark.real_time
def test_a_bench_of_processes_and_ports(tmp_path: Path) -> None:
    paths = {name: str(tmp_path / f"{name}.bin") for name in ("left", "chain")}
    bench = start_bench(BenchSettings.from_plain({**TWO_SOURCES, "truth_paths": paths}))
    try:
        links = {name: VisaLink(address) for name, address in bench.resources.items()}
        serials = {name: link.query("*IDN?").split(",")[2] for name, link in links.items()}
        assert serials == {"one": "A", "two": "B", "six": "EMU02450"}
        links["six"].query(SOURCE.format(level=1e-5) + ";*OPC?")
        with BenchControl(bench.control_port) as control:
            control.fault("resistance_step", factor=2.0, instrument="six", after_ms=100)
            control.advance(200)
            assert control.state("six")["faults"] == ["resistance_step"]
            assert control.state()["faults"] == []
            control.shutdown()
        for link in links.values():
            link.close()
        bench.process.wait(5)
    finally:
        bench.stop()
    header = read_truth_header(tmp_path / "chain.bin")
    assert len(header["parameters"]["parts"]) == 6
    assert (header["model"], header["channel"]) == ("keithley-2450", 1)
    assert len(read_truth(tmp_path / "left.bin")) == 200


def test_a_bench_that_does_not_fit_is_said_in_one_line() -> None:
    settings = BenchSettings.from_plain(TWO_SOURCES)
    with pytest.raises(NoSuchResourceError, match="No such file"):
        start_bench(BenchSettings(**{**vars_of(settings), "truth_paths": {"left": "/no/where"}}))


def vars_of(settings: BenchSettings) -> dict[str, Any]:
    return {"loads": settings.loads, "instruments": settings.instruments, "lockstep": True}

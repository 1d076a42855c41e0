"""The self-test on every twin: a good one passes, and each kind of lie is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from instruments.catalog import open_source
from instruments.emulation.control import BenchControl
from instruments.emulation.launch import start_twin
from instruments.source import CurrentSource
from iontophoresis.control.clock import LockstepClock
from iontophoresis.doctor.certificate import latest_certificate, passed, write_certificate
from iontophoresis.doctor.findings import Finding, Verdict
from iontophoresis.doctor.self_test import self_test
from iontophoresis.record.reader import open_session

RESISTANCE_OHM = 10_000.0
MODELS = (
    "keithley-2400",
    "keithley-2401",
    "keithley-2410",
    "keithley-2450",
    "keithley-2450-tsp",
    "keithley-2600",
    "keithley-6221",
    "keysight-b2900",
    "keysight-n6700",
    "yokogawa-gs200",
    "howland-pump",
)
TIERS = {
    "keithley-2450": "C",
    "yokogawa-gs200": "C",
    "keithley-2450-tsp": "A",
    "keithley-2600": "A",
    "keysight-n6700": "A",
    "howland-pump": "A",
}


@pytest.fixture
def examined() -> Iterator[Callable[..., tuple[CurrentSource, BenchControl, LockstepClock]]]:
    ends: list[Any] = []

    def start(
        model: str, resistance_ohm: float = RESISTANCE_OHM
    ) -> tuple[CurrentSource, BenchControl, LockstepClock]:
        twin = start_twin(model, clock="lockstep", load="resistor", resistance_ohm=resistance_ohm)
        control = BenchControl(twin.control_port)
        source = open_source(twin.resource)
        ends.extend([twin.stop, control.close, source.close])
        return source, control, LockstepClock([control])

    yield start
    for end in reversed(ends):
        end()


def examine(
    source: CurrentSource, clock: LockstepClock, ohm: float = RESISTANCE_OHM
) -> list[Finding]:
    tests = self_test(source, resistance_ohm=ohm, tolerance_percent=0.1, clock=clock)
    return list(tests)


@pytest.mark.parametrize("model", MODELS)
def test_a_good_source_passes(model: str, examined: Callable[..., Any], tmp_path: Path) -> None:
    source, control, clock = examined(model)
    findings = examine(source, clock)
    assert [one for one in findings if one.verdict is Verdict.FAILED] == []
    assert control.state()["output_on"] is False
    by_itself = next(one for one in findings if one.check == "off by itself")
    tier = TIERS.get(model, "B")
    assert (by_itself.verdict is Verdict.NOT_TESTED) == (tier == "C")
    assert f"tier {tier}" in by_itself.measured
    path = write_certificate(tmp_path, source, findings, resistance_ohm=RESISTANCE_OHM)
    session = open_session(path)
    assert session.state == "done"
    assert session.problems == ()
    assert session.header["instrument"]["serial"] == source.identity.serial
    assert len(session.events) == len(findings)


def test_another_resistor_than_told_is_found(examined: Callable[..., Any]) -> None:
    source, _, clock = examined("keithley-2450")
    findings = examine(source, clock, ohm=RESISTANCE_OHM * 1.01)
    failed = {one.check for one in findings if one.verdict is Verdict.FAILED}
    assert "range 1 mA at 0, ±900 µA" in failed
    assert not passed(findings)


@pytest.mark.parametrize(
    ("model", "fault", "check"),
    [
        ("keithley-2450", "open_lead", "range 1 mA"),
        ("keithley-2450", "source_error", "range 1 mA at 0, ±900 µA"),
        ("keithley-2450", "gain_error", "range 1 mA at 0, ±900 µA"),
        ("keithley-2450", "no_limit_flag", "compliance"),
        ("keithley-2450", "refused_compliance", "compliance"),
        ("keithley-2450", "interlock_open", "interlock"),
        ("keithley-2450-tsp", "ignored_lease", "off by itself"),
        ("keithley-2600", "stretched_lease", "off by itself"),
        ("keithley-2450", "output_stuck_on", "off state"),
    ],
)
def test_a_source_that_lies_is_found_out(
    model: str, fault: str, check: str, examined: Callable[..., Any]
) -> None:
    source, control, clock = examined(model)
    control.fault(fault)
    failed = {one.check for one in examine(source, clock) if one.verdict is Verdict.FAILED}
    assert any(one.startswith(check) for one in failed), failed


def test_a_failed_test_is_written_as_refused(examined: Callable[..., Any], tmp_path: Path) -> None:
    source, control, clock = examined("keithley-2450")
    control.fault("open_lead")
    findings = examine(source, clock)
    path = write_certificate(tmp_path, source, findings, resistance_ohm=RESISTANCE_OHM)
    session = open_session(path)
    assert session.state == "refused"
    known = {"driver": "keithley-2450", "serial": source.identity.serial}
    assert latest_certificate(tmp_path, **known) == {
        "session": path.stem,
        "head": session.head,
        "started_wall_ns": session.header["started_wall_ns"],
        "passed": False,
    }
    assert latest_certificate(tmp_path, driver="keithley-2450", serial="another") is None

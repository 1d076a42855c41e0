from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from instruments.keithley_2450_tsp import CAPABILITIES
from instruments.readings import Identity
from iontophoresis.doctor.certificate import latest_certificate, write_certificate
from iontophoresis.doctor.findings import judged
from iontophoresis.launch import prepare_plan
from iontophoresis.session import Session, Stops
from iontophoresis.watching import Silent

SERIAL = "EMULATED"


def certified(folder: Path, serial: str, *, holds: bool) -> Path:
    who = Identity(manufacturer="KEITHLEY", model="MODEL 2450", serial=serial, firmware="1")
    source: Any = SimpleNamespace(identity=who, capabilities=CAPABILITIES)
    findings = [judged("compliance", holds=holds, measured="5 V")]
    return write_certificate(folder, source, findings, resistance_ohm=1e4)


def test_the_last_one_of_an_instrument_counts(tmp_path: Path) -> None:
    certified(tmp_path, SERIAL, holds=True)
    last = certified(tmp_path, SERIAL, holds=False)
    certified(tmp_path, "another", holds=True)
    known = latest_certificate(tmp_path, driver=CAPABILITIES.driver, serial=SERIAL)
    assert known is not None
    assert (known["session"], known["passed"]) == (last.stem, False)


def test_a_session_names_those_of_its_sources(tmp_path: Path) -> None:
    path = certified(tmp_path, SERIAL, holds=True)
    session = Session(
        prepare_plan("mesoglow"),
        tmp_path / "session.sqlite",
        pace="lockstep",
        watcher=Silent(),
        arm=lambda _: False,
        stops=Stops(),
    )
    (named,) = session._self_tests()
    assert named is not None
    assert named["session"] == path.stem
    assert named["passed"] is True

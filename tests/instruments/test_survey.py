from __future__ import annotations

from collections.abc import Callable

import pytest

from instruments import survey
from instruments.emulation.launch import RunningTwin
from instruments.survey import identify, interfaces, preferred_backend, survey_backends

Start = Callable[..., RunningTwin]


@pytest.mark.parametrize(
    ("model", "driver", "tier"),
    [("keithley-2400", "keithley-2400", "B"), ("keithley-2450-tsp", "keithley-2450-tsp", "A")],
)
def test_an_instrument_is_named_with_its_driver_and_tier(
    start: Start, model: str, driver: str, tier: str
) -> None:
    found = identify(start(model, load="resistor").resource)
    assert (found.driver, found.trouble) == (driver, "")
    assert found.identity is not None
    assert found.identity.serial.startswith("EMU")
    assert found.capabilities is not None
    assert found.capabilities.tier.value == tier


def test_an_address_with_nobody_is_said() -> None:
    found = identify("TCPIP0::127.0.0.1::1::SOCKET")
    assert found.identity is None
    assert "check power, cable and address" in found.trouble


def test_the_pure_python_library_is_surveyed() -> None:
    backends = {one.name: one for one in survey_backends()}
    assert backends["@py"].trouble == ""


def test_a_library_that_cannot_be_loaded_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "list_backends", lambda: ["nothing"])
    (only,) = survey_backends()
    assert only.trouble
    assert only.resources == ()


def test_the_library_that_is_taken_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYVISA_LIBRARY", "@py")
    assert preferred_backend().name == "py"
    monkeypatch.setenv("PYVISA_LIBRARY", "@nothing")
    assert preferred_backend().trouble


def test_sockets_need_nothing_more() -> None:
    assert interfaces()["TCPIP SOCKET"] == ""

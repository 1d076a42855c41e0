from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from instruments.catalog import driver_names, open_source, parse_identity
from instruments.emulation.launch import RunningTwin
from instruments.errors import (
    InstrumentError,
    NoSuchResourceError,
    ResourceInUseError,
    SilentInstrumentError,
    WrongInstrumentError,
)
from tests.instruments.scripted import ScriptedInstrument


@pytest.fixture
def instrument() -> Iterator[ScriptedInstrument]:
    with ScriptedInstrument() as scripted:
        yield scripted


def refusal(resource: str, kind: type[InstrumentError], **options: object) -> str:
    with pytest.raises(kind) as caught:
        open_source(resource, timeout_ms=200, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_another_instrument_is_refused(instrument: ScriptedInstrument) -> None:
    instrument.answers["*IDN?"] = "KEITHLEY INSTRUMENTS INC.,MODEL 2000,123,A01"
    said = refusal(instrument.resource, WrongInstrumentError)
    assert "MODEL 2000" in said
    assert "keithley-2450" in said.partition("wanted")[2]


def test_what_is_no_identification_is_refused(instrument: ScriptedInstrument) -> None:
    for answer in ("HTTP/1.1 400 Bad Request", "", "a,b,c", ",,,"):
        instrument.answers["*IDN?"] = answer
        assert "four fields" in refusal(instrument.resource, WrongInstrumentError)


def test_silence_is_said(instrument: ScriptedInstrument) -> None:
    said = refusal(instrument.resource, SilentInstrumentError, driver="keithley-2450")
    assert "within 200 ms" in said


@pytest.mark.real_time
@pytest.mark.parametrize("model", ["keithley-2600", "keithley-2450-tsp"])
def test_an_instrument_whose_lease_still_waits_is_found_when_it_has_lapsed(
    start: Callable[..., RunningTwin], model: str
) -> None:
    twin = start(model, load="resistor", resistance_ohm=10_000.0)
    source = open_source(twin.resource, driver=model)
    declared = source.capabilities
    source.configure(declared.smallest_settings(peak_current_na=1_000, compliance_uv=5_000_000))
    source.switch_on()
    source.apply_and_read(0)
    source.close()
    found = open_source(twin.resource)
    assert found.capabilities.driver == model
    assert found.read_output_on() is False
    found.close()


def test_an_unknown_driver_is_refused_before_anything_is_opened() -> None:
    said = refusal("TCPIP0::127.0.0.1::1::SOCKET", WrongInstrumentError, driver="keithley-1")
    assert "keithley-2450" in said


@pytest.mark.parametrize(
    "resource",
    ["TCPIP0::127.0.0.1::1::SOCKET", "nonsense", ""],
)
def test_nothing_at_the_address(resource: str) -> None:
    assert "check power, cable and address" in refusal(resource, NoSuchResourceError)


def test_one_instrument_cannot_be_opened_twice(instrument: ScriptedInstrument) -> None:
    instrument.answers |= {"*IDN?": "KEITHLEY INSTRUMENTS,MODEL 2450,1,1", "*LANG?": "SCPI"}
    source = open_source(instrument.resource, driver="keithley-2450")
    refusal(instrument.resource, ResourceInUseError)
    source.close()
    open_source(instrument.resource).close()


def test_a_refused_instrument_is_let_go(instrument: ScriptedInstrument) -> None:
    refusal(instrument.resource, SilentInstrumentError, driver="keithley-2450")
    refusal(instrument.resource, SilentInstrumentError, driver="keithley-2450")


def test_identity() -> None:
    identity = parse_identity("x", " KEITHLEY INSTRUMENTS , MODEL 2450,04451117, 1.6.7c ")
    assert (identity.model, identity.serial, identity.firmware) == (
        "MODEL 2450",
        "04451117",
        "1.6.7c",
    )
    assert "keithley-2450" in driver_names()

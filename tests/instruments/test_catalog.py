from __future__ import annotations

from collections.abc import Iterator

import pytest

from instruments.catalog import driver_names, open_source, parse_identity
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
    assert "within 200 ms" in refusal(instrument.resource, SilentInstrumentError)


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
    refusal(instrument.resource, SilentInstrumentError)
    refusal(instrument.resource, SilentInstrumentError)


def test_identity() -> None:
    identity = parse_identity("x", " KEITHLEY INSTRUMENTS , MODEL 2450,04451117, 1.6.7c ")
    assert (identity.model, identity.serial, identity.firmware) == (
        "MODEL 2450",
        "04451117",
        "1.6.7c",
    )
    assert "keithley-2450" in driver_names()

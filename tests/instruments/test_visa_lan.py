"""The same promises over HiSLIP and VXI-11, where the socket belongs to the backend."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from instruments.errors import ConnectionClosedError, InstrumentError, SilentInstrumentError
from instruments.visa import VisaLink
from tests.instruments.hislip import HislipInstrument
from tests.instruments.scripted import ScriptedInstrument
from tests.instruments.vxi11 import Vxi11Instrument


@pytest.fixture(params=[HislipInstrument, Vxi11Instrument])
def instrument(request: pytest.FixtureRequest) -> Iterator[ScriptedInstrument]:
    with request.param() as scripted:
        yield scripted


@pytest.fixture
def link(instrument: ScriptedInstrument) -> Iterator[VisaLink]:
    link = VisaLink(instrument.resource, timeout_ms=200)
    yield link
    link.close()


def test_a_question_is_answered(instrument: ScriptedInstrument, link: VisaLink) -> None:
    instrument.answers[":OUTP?"] = "1"
    assert [link.query(":OUTP?") for _ in range(20)] == ["1"] * 20
    assert instrument.received[0] == "*ESE 1;*ESE?;:OUTP?"


def test_silence_ends_at_the_time_out(instrument: ScriptedInstrument, link: VisaLink) -> None:
    began = time.perf_counter()
    with pytest.raises(SilentInstrumentError, match="within 200 ms"):
        link.query(":OUTP?")
    assert 0.19 < time.perf_counter() - began < 1.0
    instrument.answers[":OUTP?"] = "0"
    assert link.query(":OUTP?") == "0"


def test_a_peer_that_went_is_no_answer(instrument: ScriptedInstrument, link: VisaLink) -> None:
    instrument.answers[":OUTP?"] = "1"
    link.query(":OUTP?")
    instrument.hang_up()
    with pytest.raises(ConnectionClosedError):
        link.query(":OUTP?")


def test_it_can_be_opened_anew(instrument: ScriptedInstrument, link: VisaLink) -> None:
    instrument.answers[":OUTP?"] = "1"
    instrument.hang_up()
    with pytest.raises(InstrumentError):
        link.query(":OUTP?")
    link.reopen()
    assert link.query(":OUTP?") == "1"

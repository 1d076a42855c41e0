from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from instruments.errors import (
    ConnectionClosedError,
    InvalidReadingError,
    NoSuchResourceError,
    SilentInstrumentError,
)
from instruments.visa import VisaLink
from tests.instruments.scripted import ScriptedInstrument


@pytest.fixture
def instrument() -> Iterator[ScriptedInstrument]:
    with ScriptedInstrument() as scripted:
        yield scripted


@pytest.fixture
def link(instrument: ScriptedInstrument) -> Iterator[VisaLink]:
    link = VisaLink(instrument.resource, timeout_ms=200)
    yield link
    link.close()


def test_a_question_is_one_message_with_a_new_tag(
    instrument: ScriptedInstrument,
    link: VisaLink,
) -> None:
    instrument.answers[":OUTP?"] = "1"
    assert [link.query(":OUTP?") for _ in range(300)] == ["1"] * 300
    assert len(instrument.received) == 300
    assert instrument.received[0] == "*ESE 1;*ESE?;:OUTP?"
    assert instrument.received[255] == "*ESE 1;*ESE?;:OUTP?"


def test_a_set_and_read_message_does_not_wait_for_an_acknowledgement(
    instrument: ScriptedInstrument,
    link: VisaLink,
) -> None:
    instrument.answers[":SOUR:CURR 1;:READ?"] = "1"
    began = time.perf_counter()
    for _ in range(50):
        link.query(":SOUR:CURR 1;:READ?")
    assert (time.perf_counter() - began) / 50 < 0.02


def test_the_end_of_the_connection_is_noticed_at_once(
    instrument: ScriptedInstrument,
    link: VisaLink,
) -> None:
    instrument.answers[":OUTP?"] = "1"
    link.query(":OUTP?")
    instrument.hang_up()
    time.sleep(0.05)
    began = time.perf_counter()
    with pytest.raises(ConnectionClosedError, match="pull the leads"):
        link.write(":OUTP OFF")
    assert time.perf_counter() - began < 0.05


def test_the_end_of_the_connection_is_noticed_while_waiting(
    instrument: ScriptedInstrument,
    link: VisaLink,
) -> None:
    link.timeout_ms = 3000
    instrument.raw = [b""]
    link.write("*CLS")
    time.sleep(0.05)
    instrument.hang_up()
    began = time.perf_counter()
    with pytest.raises(ConnectionClosedError):
        link.query(":OUTP?")
    assert time.perf_counter() - began < 0.5


def test_silence_ends_at_the_time_out(instrument: ScriptedInstrument, link: VisaLink) -> None:
    began = time.perf_counter()
    with pytest.raises(SilentInstrumentError, match="within 200 ms"):
        link.query(":OUTP?")
    assert 0.19 < time.perf_counter() - began < 0.3
    assert instrument.received == ["*ESE 1;*ESE?;:OUTP?"]


@pytest.mark.parametrize(
    "reply",
    [b"\xff\xfe\x00\n", b"x" * 6000 + b"\n", b"7;1\n", b"\n", b"1\n1;\n\n"[:2]],
)
def test_garbage_is_never_an_answer(
    instrument: ScriptedInstrument,
    link: VisaLink,
    reply: bytes,
) -> None:
    instrument.raw = [reply]
    with pytest.raises(InvalidReadingError):
        link.query(":OUTP?")
    instrument.answers[":OUTP?"] = "0"
    assert link.query(":OUTP?") == "0"


def test_half_a_reply_is_silence(instrument: ScriptedInstrument, link: VisaLink) -> None:
    instrument.raw = [b"1;1"]
    with pytest.raises(SilentInstrumentError):
        link.query(":OUTP?")


def test_a_late_reply_is_discarded(instrument: ScriptedInstrument, link: VisaLink) -> None:
    with pytest.raises(SilentInstrumentError):
        link.query(":OUTP?")
    instrument.raw = [b"1;1\n2;0\n"]
    assert link.query(":OUTP?") == "0"


def test_the_transcript_holds_every_message(instrument: ScriptedInstrument) -> None:
    instrument.answers |= {":OUTP?": "1", "*IDN?": "me"}
    kept: list[tuple[str, str]] = []
    link = VisaLink(instrument.resource, transcript=lambda way, text: kept.append((way, text)))
    link.ask("*IDN?")
    link.query(":OUTP?")
    link.write("*CLS")
    link.close()
    assert kept == [
        (">", "*IDN?"),
        ("<", "me\n"),
        (">", "*ESE 1;*ESE?;:OUTP?"),
        ("<", "1;1\n"),
        (">", "*CLS"),
    ]


def test_it_can_be_opened_anew(instrument: ScriptedInstrument, link: VisaLink) -> None:
    instrument.answers[":OUTP?"] = "1"
    instrument.hang_up()
    time.sleep(0.05)
    link.reopen()
    assert link.query(":OUTP?") == "1"


def test_opening_anew_where_nothing_is_left_is_said(instrument: ScriptedInstrument) -> None:
    link = VisaLink(instrument.resource, timeout_ms=200)
    instrument.__exit__(None, None, None)
    with pytest.raises(NoSuchResourceError):
        link.reopen()
    with pytest.raises(ConnectionClosedError):
        link.write(":OUTP OFF")
    link.close()


def test_a_closed_link_says_so(instrument: ScriptedInstrument) -> None:
    link = VisaLink(instrument.resource)
    link.close()
    with pytest.raises(ConnectionClosedError):
        link.query(":OUTP?")


def test_a_requested_answer_is_taken_when_it_has_come(
    instrument: ScriptedInstrument,
    link: VisaLink,
) -> None:
    link.request(":READ?")
    assert link.take() is None
    assert link.take(within_ms=20) is None
    instrument.answers[":READ?"] = "1.5"
    link.request(":READ?")
    assert link.take(within_ms=200) == "1.5"
    assert link.take() is None


def test_a_requested_answer_never_answers_the_next_question(
    instrument: ScriptedInstrument,
    link: VisaLink,
) -> None:
    instrument.answers |= {":READ?": "1.5", ":OUTP?": "0"}
    link.request(":READ?")
    assert link.query(":OUTP?") == "0"
    assert link.take() is None


def test_waiting_for_a_requested_answer_ends_with_the_connection(
    instrument: ScriptedInstrument,
    link: VisaLink,
) -> None:
    instrument.answers[":OUTP?"] = "1"
    link.query(":OUTP?")
    link.request(":READ?")
    instrument.hang_up()
    time.sleep(0.05)
    with pytest.raises(ConnectionClosedError):
        link.take(within_ms=20)


def test_a_long_answer_comes_whole(instrument: ScriptedInstrument, link: VisaLink) -> None:
    instrument.answers[":FETC?"] = ",".join(["+1.234567E-03"] * 10_000)
    assert link.query(":FETC?").count(",") == 9_999


def test_an_answer_that_comes_in_two_pieces_is_taken_whole(
    instrument: ScriptedInstrument,
    link: VisaLink,
) -> None:
    instrument.answers[":OUTP?"] = "1"
    link.query(":OUTP?")
    link.request(":READ?")
    time.sleep(0.05)
    instrument.say(b"2;+1.2")
    later = threading.Timer(0.05, instrument.say, (b"345\n",))
    later.start()
    assert link.take(within_ms=100) == "+1.2345"
    later.join()


@pytest.mark.parametrize("length", [1_000, 300_000])
def test_a_peer_that_takes_no_bytes_blocks_no_write(length: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link = VisaLink(f"TCPIP0::127.0.0.1::{deaf.getsockname()[1]}::SOCKET", timeout_ms=200)
        began = time.perf_counter()
        with pytest.raises(SilentInstrumentError, match="within 200 ms"):
            _write_on(link, "x" * length)
        assert time.perf_counter() - began < 10
        link.close()


def _write_on(link: VisaLink, message: str) -> None:
    for _ in range(20_000):
        link.write(message)

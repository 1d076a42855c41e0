from __future__ import annotations

from typing import Any

import pytest

from instruments.emulation.ieee4882 import ScpiError, StatusModel


@pytest.mark.parametrize(
    ("code", "bit"),
    [(-113, 32), (-100, 32), (-222, 16), (-200, 16), (-350, 8), (5074, 8), (-410, 4), (-499, 4)],
)
def test_an_error_sets_the_bit_of_its_class(code: int, bit: int) -> None:
    status = StatusModel()
    assert status.take_event() == 128
    status.report(code)
    assert status.take_event() == bit
    assert status.take_event() == 0


def test_errors_come_out_oldest_first_and_end_with_zero() -> None:
    status = StatusModel()
    status.report(-113)
    status.report(-222, "7")
    assert [status.next_error().code for _ in range(3)] == [-113, -222, 0]


def test_a_full_queue_ends_with_overflow_and_keeps_the_oldest() -> None:
    status = StatusModel(capacity=3)
    for _ in range(5):
        status.report(-113)
    assert [status.next_error().code for _ in range(4)] == [-113, -113, -350, 0]


def test_clear_empties_the_queue_and_the_event_but_keeps_the_enables() -> None:
    status = StatusModel()
    status.event_enable, status.request_enable = 32, 36
    status.report(-113)
    status.clear()
    assert (status.count_errors(), status.take_event()) == (0, 0)
    assert (status.event_enable, status.request_enable) == (32, 36)


def test_status_byte_summarizes() -> None:
    status = StatusModel()
    status.take_event()
    assert status.status_byte() == 0
    status.report(-113)
    assert status.status_byte() == 4
    status.event_enable = 32
    assert status.status_byte() == 4 + 32
    status.request_enable = 32
    assert status.status_byte(message_available=True) == 4 + 16 + 32 + 64


def test_bit_six_of_the_request_enable_stays_zero() -> None:
    status = StatusModel()
    status.request_enable = 255
    assert status.request_enable == 191


@pytest.mark.parametrize("value", [-1, 256])
def test_registers_hold_a_byte(value: int) -> None:
    with pytest.raises(ScpiError) as caught:
        StatusModel().event_enable = value
    assert caught.value.code == -222


def test_common_commands(bench: Any) -> None:
    assert bench.ask("*IDN?") == "KEITHLEY INSTRUMENTS,MODEL 2450,EMU02450,1.7.12b"
    assert bench.ask("*LANG?") == "SCPI"
    assert bench.ask("*ESR?") == "128"
    assert bench.ask("*OPC?;*TST?") == "1;0"
    assert bench.ask("*ESE 60;*SRE 32;*ESE?;*SRE?") == "60;32"
    bench.say("NONSENSE")
    assert int(bench.ask("*STB?")) == 4 + 32 + 64
    assert int(bench.ask("*ESR?;*STB?").split(";")[1]) & 16
    bench.say("*CLS")
    assert bench.ask("*STB?") == "0"
    bench.say("*OPC")
    assert bench.ask("*ESR?") == "1"
    assert bench.errors() == []

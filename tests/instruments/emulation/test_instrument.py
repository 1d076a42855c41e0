from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("message", "codes"),
    [
        ("FOO:BAR 1", [-113]),
        (":SOUR:CURR", [-109]),
        (":SOUR:CURR 1E-6,2", [-108]),
        (":SOUR:CURR 'x'", [-104]),
        (":SOUR:CURR 5", [-222]),
        (":SOUR:CURR NAN", [-222]),
        (":SOUR:CURR:VLIM 300", [-222]),
        (":OUTP:SMOD OPEN", [-224]),
        (":READ", [-113]),
        ("*RST?", [-113]),
        (":SENS:FUNC 'POWER'", [-224]),
        (":FORM:ASC:PREC 17", [-222]),
        (":TRAC:CLE 'nothing'", [-224]),
        (":FETC?", [-230]),
        (":TRAC:DATA? 1,2", [-222]),
        (":READ?", [-221]),
    ],
)
def test_every_kind_of_error_reaches_the_queue(bench: Any, message: str, codes: list[int]) -> None:
    assert bench.say(message) is None
    assert bench.errors() == codes


def test_a_command_error_ends_the_message_an_execution_error_does_not(bench: Any) -> None:
    assert bench.say(":SOUR:CURR:VLIM 5;:NONSENSE;:SOUR:CURR:VLIM 6") is None
    assert float(bench.ask(":SOUR:CURR:VLIM?")) == 5.0
    bench.say(":SOUR:CURR:VLIM 300;:SOUR:CURR:VLIM 7")
    assert float(bench.ask(":SOUR:CURR:VLIM?")) == 7.0
    assert bench.errors() == [-113, -222]


def test_answers_of_a_compound_message_are_joined(bench: Any) -> None:
    assert bench.ask(":OUTP?;*OPC?;:SOUR:FUNC?") == "0;1;VOLT"


def test_the_error_entry_reads_as_on_the_instrument(bench: Any) -> None:
    bench.say(":SOUR:CURR 5")
    assert bench.ask(":SYST:ERR?").startswith('-222,"Parameter data out of range: 5;1;2023/11/14 ')
    assert bench.ask(":SYST:ERR?") == '0,"No error;0;0 0"'
    assert bench.ask(":SYST:ERR:COUN?") == "0"

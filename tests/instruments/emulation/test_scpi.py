from __future__ import annotations

from typing import Any

import pytest

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.scpi import CommandTree, Unit, parse_units


@pytest.fixture
def tree() -> CommandTree[str]:
    tree: CommandTree[str] = CommandTree()
    tree.add(":SOURce[1]:CURRent[:LEVel][:IMMediate][:AMPLitude]", "level")
    tree.add(":SOURce[1]:CURRent:VLIMit[:LEVel]", "limit")
    tree.add("[:SENSe[1]]:VOLTage[:DC]:RANGe[:UPPer]", "range")
    tree.add("*IDN", "identity")
    return tree


@pytest.mark.parametrize(
    ("header", "handler"),
    [
        (":SOUR:CURR", "level"),
        ("SOURCE:CURRENT:LEVEL", "level"),
        ("sour1:curr:lev:imm:ampl", "level"),
        ("SOUR:current:VLIM", "limit"),
        (":VOLT:RANG", "range"),
        ("SENS1:VOLT:DC:RANG:UPP", "range"),
        ("*idn", "identity"),
    ],
)
def test_headers_in_short_and_long_form(tree: Any, header: str, handler: str) -> None:
    assert tree.resolve(header, ())[0] == handler


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (":SOURC:CURR", -113),
        (":SOU:CURR", -113),
        (":SOUR", -113),
        (":SOUR:CURR:VLIM:EXTRA", -113),
        (":SOUR2:CURR", -114),
        ("*IDNX", -113),
        (":CURR", -113),
        ("SOUR::CURR", -113),
    ],
)
def test_headers_that_lead_nowhere(tree: Any, header: str, code: int) -> None:
    with pytest.raises(ScpiError) as caught:
        tree.resolve(header, ())
    assert caught.value.code == code


def test_a_header_without_colon_continues_at_the_level_before(tree: Any) -> None:
    _, level = tree.resolve(":SOUR:CURR:VLIM", ())
    assert level == ("SOUR", "CURR")
    assert tree.resolve("VLIM", level)[0] == "limit"
    _, level = tree.resolve(":SOUR:CURR", ())
    assert tree.resolve("CURR:VLIM", level)[0] == "limit"
    with pytest.raises(ScpiError):
        tree.resolve("SOUR:CURR", level)


def test_a_common_command_leaves_the_level_alone(tree: Any) -> None:
    _, level = tree.resolve(":SOUR:CURR", ())
    assert tree.resolve("*IDN", level)[1] == level


def test_the_same_header_twice_is_an_error(tree: Any) -> None:
    with pytest.raises(ValueError, match="taken"):
        tree.add(":SOUR:CURR:LEV", "again")


def test_a_message_is_split_at_semicolons_outside_quotes() -> None:
    units = parse_units("""*CLS; :SENS:FUNC "VO;LT" ;;:READ? "a,b", SOUR , (@1,2);""")
    assert [unit.header for unit in units if isinstance(unit, Unit)] == [
        "*CLS",
        ":SENS:FUNC",
        ":READ",
    ]
    last = units[-1]
    assert isinstance(last, Unit)
    assert last.query
    assert [item.text for item in last.parameters] == ['"a,b"', "SOUR", "(@1,2)"]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("SOUR:CURR 'open", -151),
        (":SOUR:CURR\x00 1", -101),
        ("1E-3", -113),
        ("?", -113),
        (":SOUR:CURR= 1", -113),
        ("naïve", -101),
    ],
)
def test_what_cannot_be_read_ends_the_message(message: str, code: int) -> None:
    *good, bad = parse_units("*CLS;" + message + ";*RST")
    assert isinstance(bad, ScpiError)
    assert bad.code == code
    assert len(good) <= 1


@pytest.mark.parametrize(("tail", "code"), [("1,,2", -102), (",1", -102), ("1,", -102)])
def test_an_empty_parameter_is_a_syntax_error(tail: str, code: int) -> None:
    (unit,) = parse_units(f"A {tail}")
    assert isinstance(unit, Unit)
    with pytest.raises(ScpiError) as caught:
        _ = unit.parameters
    assert caught.value.code == code


@pytest.mark.parametrize("message", ["", ";", " ;\t; ", "\r"])
def test_nothing_is_no_error(message: str) -> None:
    assert parse_units(message) == []

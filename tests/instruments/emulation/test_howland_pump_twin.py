from __future__ import annotations

from typing import Any

import pytest

from instruments.emulation.howland_pump import checksum


@pytest.fixture
def bench(make_bench: Any) -> Any:
    return make_bench(model="howland-pump")


def frame(units: str, tag: int = 7) -> str:
    body = f"{tag};{units}"
    return f"{body}#{checksum(body)}"


def ask(bench: Any, units: str) -> str:
    answer = bench.say(frame(units))
    body, _, total = answer.rpartition("#")
    assert checksum(body) == total
    return str(body.removeprefix("7;"))


def codes(bench: Any) -> list[int]:
    found: list[int] = []
    while code := int(ask(bench, "SYST:ERR?").split(",")[0]):
        found.append(code)
    return found


def test_the_checksum_is_that_of_the_page() -> None:
    assert checksum("123456789") == "29B1"


def test_its_name_needs_no_frame(bench: Any) -> None:
    assert bench.say("*IDN?") == "SELF-MADE,HOWLAND PUMP,EMUPUMP,1.0"


@pytest.mark.parametrize(
    "line",
    [
        "OUTP 1",
        "7;OUTP 1#0000",
        frame("OUTP 1", tag=256),
        frame("OUTP 1", tag=0),
        frame("OUTP 1").lower(),
        "",
    ],
)
def test_a_line_without_a_right_frame_is_not_executed(bench: Any, line: str) -> None:
    ask(bench, "LEAS 500")
    assert bench.say(line) is None
    assert bench.twin.state()["output_on"] is False
    assert codes(bench) == [-101]


@pytest.mark.parametrize("before", ["", "LEAS 500;OUTP 1;CURR 1000;OUTP 0;"])
def test_the_output_needs_a_lease_and_level_zero(bench: Any, before: str) -> None:
    assert ask(bench, f"{before}OUTP 1;OUTP?") == "0"
    assert codes(bench) == [-221]


def test_the_lease_lapses_to_the_millisecond(bench: Any) -> None:
    ask(bench, "LEAS 500;VLIM 20000000;OUTP 1;CURR 100000")
    bench.twin.advance(499)
    assert bench.twin.state()["output_on"] is True
    bench.twin.advance(500)
    assert bench.twin.state()["output_on"] is False
    assert bench.twin.state()["level"] == 0.0
    assert int(ask(bench, "READ?").split(",")[2]) & 6 == 4


def test_a_corrupted_line_does_not_renew_the_lease(bench: Any) -> None:
    ask(bench, "LEAS 500;OUTP 1")
    bench.twin.advance(400)
    bench.say("7;CURR 1#FFFF")
    bench.twin.advance(500)
    assert bench.twin.state()["output_on"] is False


@pytest.mark.parametrize("order", ["LEAS 50", "VLIM 0", "VLIM 40000000", "AVER 1", "RANG 5"])
def test_a_number_out_of_bounds_keeps_the_old_one(bench: Any, order: str) -> None:
    name = order.split(maxsplit=1)[0]
    ask(bench, "LEAS 500;VLIM 20000000")
    kept = ask(bench, f"{name}?")
    assert ask(bench, f"{order};{name}?") == kept
    assert codes(bench) == [-222]


def test_a_level_beyond_the_range_is_not_clipped(bench: Any) -> None:
    ask(bench, "LEAS 500;VLIM 20000000;OUTP 1;CURR 100000")
    assert ask(bench, "CURR 1000001;CURR?") == "100000"
    assert codes(bench) == [-222]

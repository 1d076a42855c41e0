from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.instruments.emulation.conftest import InProcess

LIST = (
    ":SOUR:CURR:RANG 2E-3;:SOUR:CURR:COMP 20;:SOUR:SWE:SPAC LIST;:SOUR:SWE:RANG FIX",
    ":SOUR:LIST:CURR 1E-3,-5E-4,0;:SOUR:LIST:DEL 0.1,0.1,0.1;:SOUR:LIST:COMP 20,20,20",
)
SWEEPING, DONE, ABORTED = 8, 2, 4


@pytest.fixture
def twin(make_bench: Callable[..., InProcess]) -> InProcess:
    """Give a 6221 on 10 kOhm with a list of three points, output off."""
    bench = make_bench(model="keithley-6221")
    for message in LIST:
        bench.say(message)
    assert bench.errors() == []
    return bench


@pytest.fixture
def playing(twin: InProcess) -> InProcess:
    twin.say(":OUTP 1;:SOUR:SWE:ARM;:INIT")
    assert twin.errors() == []
    return twin


def current_na(twin: InProcess) -> int:
    return int(twin.twin.state()["current_na"])


def condition(twin: InProcess) -> int:
    return int(twin.ask(":STAT:OPER:COND?")) & (SWEEPING | DONE | ABORTED)


def test_clear_is_level_zero_and_output_off(twin: InProcess) -> None:
    twin.say(":SOUR:CURR 1E-3;:OUTP 1")
    assert current_na(twin) == pytest.approx(1_000_000, rel=2e-3)
    twin.say(":SOUR:CLE")
    assert twin.ask(":SOUR:CURR?;:OUTP?") == "0.000000E+00;0"
    assert current_na(twin) == 0


def test_a_list_ends_at_its_last_level_with_the_output_on(playing: InProcess) -> None:
    seen = []
    for now_ms in (50, 150, 250, 350):
        playing.twin.advance(now_ms)
        seen.append((round(current_na(playing), -4), condition(playing)))
    assert seen == [(1_000_000, SWEEPING), (-500_000, SWEEPING), (0, SWEEPING), (0, DONE)]
    assert playing.ask(":OUTP?;:SOUR:CURR?") == "1;0.000000E+00"


def test_arming_switches_nothing_on(twin: InProcess) -> None:
    twin.say(":SOUR:SWE:ARM;:INIT")
    twin.twin.advance(50)
    assert current_na(twin) == 0
    assert condition(twin) == SWEEPING


@pytest.mark.parametrize("order", [":SOUR:CURR 0", ":OUTP 0", ":SOUR:CLE", ":SOUR:CURR:COMP 5"])
def test_what_is_armed_takes_no_setting(playing: InProcess, order: str) -> None:
    playing.twin.advance(50)
    playing.say(order)
    assert playing.errors() == [413]
    playing.twin.advance(1_000)
    playing.say(order)
    assert playing.errors() == [413]
    playing.say(f":SOUR:SWE:ABOR;{order}")
    assert playing.errors() == []


def test_a_running_sweep_answers_status_only(playing: InProcess) -> None:
    assert playing.ask("*ESE 3;*ESE?;:STAT:MEAS:COND?").startswith("3;")
    assert playing.say(":SOUR:CURR?") is None
    assert playing.errors() == [413]


def test_a_break_leaves_the_output_as_it_is(playing: InProcess) -> None:
    playing.twin.advance(50)
    playing.say(":SOUR:SWE:ABOR")
    assert condition(playing) == ABORTED
    assert current_na(playing) == pytest.approx(1_000_000, rel=2e-3)


def test_a_sweep_breaks_off_in_compliance_if_told_to(twin: InProcess) -> None:
    twin.twin.plan_fault("open_lead", {})
    twin.say(":SOUR:SWE:CAB 1;:OUTP 1;:SOUR:SWE:ARM;:INIT")
    twin.twin.advance(250)
    assert twin.twin.instrument.next_wake_us() is None
    assert int(twin.ask(":STAT:MEAS:COND?")) & 8


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (":INIT", -221),
        (":SOUR:CURR 3E-3", -222),
        (":SOUR:CURR:COMP 106", -222),
        (":SOUR:LIST:CURR 0.2", -222),
        (":SOUR:LIST:DEL 1E-4", -222),
        (":SOUR:LIST:CURR 1E-3;:SOUR:SWE:ARM", -221),
        (":SOUR:LIST:CURR 5E-3,0,0;:SOUR:SWE:ARM", -221),
        (":SOUR:SWE:SPAC LIN;:SOUR:SWE:ARM", -221),
        (":SOUR:WAVE:ARM", -221),
        (":SENS:DATA?", -113),
    ],
)
def test_what_it_refuses_starts_nothing(twin: InProcess, message: str, code: int) -> None:
    twin.say(message)
    assert twin.errors() == [code]
    assert twin.twin.instrument.next_wake_us() is None
    assert current_na(twin) == 0


def test_appended_points_are_counted(twin: InProcess) -> None:
    twin.say(":SOUR:LIST:CURR:APP 1E-6,2E-6")
    assert twin.ask(":SOUR:LIST:CURR:POIN?;:SOUR:LIST:DEL:POIN?") == "5;3"


def test_the_compliance_shows_in_the_status_byte(twin: InProcess) -> None:
    twin.say(":STAT:MEAS:ENAB 8;*SRE 1;*CLS;:OUTP 1")
    assert int(twin.ask("*STB?")) & 65 == 0
    twin.twin.plan_fault("open_lead", {})
    twin.say(":SOUR:CURR 1E-3")
    assert int(twin.ask("*STB?")) & 65 == 65
    assert int(twin.ask(":STAT:MEAS?")) & 8

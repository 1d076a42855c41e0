"""Hold the emulated script processor to what the manuals say of the command queue and of triggers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instruments.emulation.bench import Bench
from instruments.emulation.description import one_instrument


class Scripted:
    """Send lines to an instrument that runs scripts, and take what it says."""

    def __init__(self, **settings: Any) -> None:
        common = {"load": "resistor", "lockstep": True, "truth_path": None}
        self.bench = Bench(one_instrument(**{**common, **settings}))
        self.twin = self.bench.first
        self.instrument: Any = self.twin.instrument

    def say(self, *lines: str) -> list[str]:
        for line in lines:
            self.bench.catch_up()
            for _ in self.instrument.run(line):
                continue
        said: list[str] = self.instrument.said()
        return said

    def advance(self, to_ms: int) -> list[str]:
        self.bench.advance(to_ms)
        said: list[str] = self.instrument.said()
        return said

    def errors(self) -> list[int]:
        codes = []
        while (entry := self.instrument.status.next_error()).code:
            codes.append(entry.code)
        return codes


@pytest.fixture
def smu() -> Scripted:
    return Scripted(model="keithley-2600")


def test_numbers_print_with_six_digits_unless_more_are_asked_for(smu: Scripted) -> None:
    assert smu.say("print(1.23456789e-4, nil, true, 'x')") == ["1.23457e-04\tnil\ttrue\tx"]
    assert smu.say("format.asciiprecision = 10 print(1.23456789e-4)") == ["1.234567890e-04"]


def test_lines_wait_while_a_script_runs(smu: Scripted) -> None:
    assert smu.say("delay(1) print('first')", "print('second')") == []
    assert smu.advance(999) == []
    assert smu.advance(1000) == ["first", "second"]


def test_a_trigger_gets_past_the_queue_and_nothing_else_does(smu: Scripted) -> None:
    smu.say("print(trigger.wait(5))", "print('later')", "*IDN?")
    assert smu.say("*CLS") == []
    said = smu.say("*TRG")
    assert said[:2] == ["true", "later"]
    assert said[2].startswith("Keithley Instruments Inc., Model 2602B")


def test_a_wait_that_times_out_says_so(smu: Scripted) -> None:
    smu.say("print(trigger.wait(0.5))")
    assert smu.advance(499) == []
    assert smu.advance(500) == ["false"]


def test_an_earlier_trigger_ends_a_wait_at_once_unless_it_is_cleared(smu: Scripted) -> None:
    assert smu.say("*TRG", "print(trigger.wait(1))") == ["true"]
    assert smu.say("*TRG", "trigger.clear() print(trigger.wait(1))") == []


def test_an_abort_ends_a_script_and_leaves_the_output_as_it_is(smu: Scripted) -> None:
    smu.say("smua.source.output = 1", "delay(100) print('never')", "print('next')")
    assert smu.say("abort") == ["next"]
    assert smu.twin.circuit.output_on


@pytest.mark.parametrize(
    "line",
    [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "local function f() return 1 + f() end f()",
        "local t = 'x' while true do t = t .. t end",
        "s = string.rep('x', 1e9)",
        "while true do print(string.rep('x', 60000)) end",
        "setmetatable({}, {__gc = function() while true do end end})",
        "string.find(string.rep('a', 3000), string.rep('a*', 20) .. 'b')",
    ],
)
def test_a_script_that_never_ends_is_ended(smu: Scripted, line: str) -> None:
    assert sum(map(len, smu.say(line))) < 2_000_000
    assert smu.errors() == [-286]
    assert smu.say("print('alive')") == ["alive"]


def test_a_script_that_measures_for_ever_lets_time_go_on(smu: Scripted) -> None:
    smu.say("smua.source.output = 1", "while true do smua.measure.v() end")
    smu.advance(20)
    assert smu.say("abort", "print('alive')") == ["alive"]


@pytest.mark.parametrize(
    "name", ["io", "debug", "load", "dofile", "require", "package", "python", "coroutine"]
)
def test_nothing_outside_the_instrument_can_be_reached(smu: Scripted, name: str) -> None:
    assert smu.say(f"print({name})") == ["nil"]
    assert smu.say("print(os.remove, os.execute, string.dump)") == ["nil\tnil\tnil"]


@pytest.mark.parametrize("line", ["x = 3 % 2", "x = #'abc'", "goto", "foo("])
def test_what_lua_5_0_does_not_know_is_a_syntax_error(smu: Scripted, line: str) -> None:
    smu.say(line)
    assert smu.errors() == [-285]


def test_variables_go_with_the_power_and_saved_scripts_stay(smu: Scripted) -> None:
    smu.say("x = 1", "loadscript greet", "print('hello')", "endscript", "greet.save()")
    smu.say("loadscript forgotten", "print('lost')", "endscript")
    smu.twin.plan_fault("reboot", {})
    assert smu.say("print(x, forgotten)", "greet()", "print(greet.source)") == [
        "nil\tnil",
        "hello",
        "print('hello')",
    ]


def test_a_script_can_be_loaded_and_run_at_once(smu: Scripted) -> None:
    assert smu.say("loadandrunscript", "for i = 1, 2 do", "print(i)", "end", "endscript") == [
        "1.00000e+00",
        "2.00000e+00",
    ]


def test_a_measurement_gives_as_many_values_as_it_has(smu: Scripted) -> None:
    assert "\t" not in smu.say("print(smua.measure.v())")[0]
    assert smu.say("print(smua.measure.iv())")[0].count("\t") == 1


def test_a_reset_puts_every_channel_and_the_precision_back(smu: Scripted) -> None:
    smu.say("format.asciiprecision = 12 smub.source.limitv = 5 smua.source.output = 1", "reset()")
    assert smu.errors() == []
    said = smu.say("print(smub.source.limitv, smua.source.output)")
    assert said == ["4.00000e+01\t0.00000e+00"]


def test_a_refused_value_leaves_the_old_one(smu: Scripted) -> None:
    smu.say("smua.source.func = 0 smua.source.rangei = 1e-3 smua.source.leveli = 5e-4")
    smu.say("smua.source.leveli = 0.5", "smua.source.limitv = 100")
    assert smu.errors() == [-222, -222]
    assert smu.say("print(smua.source.leveli, smua.source.limitv)") == ["5.00000e-04\t4.00000e+01"]


def test_limit_bits_follow_only_a_measurement_or_a_look_at_the_compliance(smu: Scripted) -> None:
    smu.say("smua.source.func = 0 smua.source.rangei = 1e-3 smua.source.limitv = 1")
    smu.say("smua.source.output = 1 smua.source.leveli = 1e-3")
    condition = "print(status.measurement.instrument.smua.condition)"
    assert smu.say(condition) == ["0.00000e+00"]
    assert smu.say("print(smua.source.compliance)", condition) == ["true", "1.00000e+00"]


def test_a_normal_off_state_drives_zero_volts_with_up_to_a_milliampere(smu: Scripted) -> None:
    assert smu.say("print(smua.source.offmode, smua.source.offlimiti)") == [
        "0.00000e+00\t1.00000e-03"
    ]
    assert smu.twin.circuit.drive.limit == pytest.approx(1e-3)
    smu.say("smua.source.offmode = smua.OUTPUT_HIGH_Z")
    assert smu.twin.circuit.drive.limit != pytest.approx(1e-3)


def test_buffers_hold_what_was_measured(smu: Scripted) -> None:
    smu.say("smua.source.func = 0 smua.source.rangei = 1e-3 smua.source.leveli = 1e-3")
    smu.say("smua.source.output = 1 smua.measure.count = 3 smua.measure.v(smua.nvbuffer1)")
    (said,) = smu.say("printbuffer(1, smua.nvbuffer1.n, smua.nvbuffer1.readings)")
    assert [float(text) for text in said.split(", ")] == pytest.approx([10.0] * 3, rel=2e-3)


def test_the_2450_names_its_constants_when_it_prints_them() -> None:
    smu = Scripted(model="keithley-2450-tsp")
    assert smu.say("print(smu.source.output, smu.interlock.tripped)") == ["smu.OFF\tsmu.ON"]
    assert smu.say("*LANG?") == ["TSP"]
    smu.say("smu.source.func = smu.FUNC_DC_CURRENT smu.measure.read()")
    assert smu.say("print(eventlog.next())")[0].startswith("-221\tSettings conflict")


NAMES = (
    "smua.source.leveli",
    "smua.source.levelv",
    "smua.source.rangei",
    "smua.source.limitv",
    "smua.source.output",
    "smua.source.func",
    "smua.source.offmode",
    "smua.measure.nplc",
    "format.asciiprecision",
)
values = st.one_of(
    st.floats().map(repr),
    st.floats(-5, 5).map(repr),
    st.integers(-3, 3).map(str),
    st.sampled_from(("nil", "true", "'x'", "smua", "{}", "1/0", "0/0", "-1/0")),
)
lines = st.one_of(
    st.tuples(st.sampled_from(NAMES), values).map(" = ".join),
    st.sampled_from(("smua.measure.iv()", "smua.reset()", "*TRG", "*RST", "abort", "endscript")),
    st.tuples(st.sampled_from(("delay", "trigger.wait", "printbuffer", "loadstring")), values).map(
        lambda pair: f"{pair[0]}({pair[1]})"
    ),
    st.text(st.characters(codec="latin-1"), max_size=30),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batch=st.lists(lines, max_size=12))
def test_no_line_breaks_the_twin_or_drives_it_beyond_its_range(batch: list[str]) -> None:
    smu = Scripted(model="keithley-2600")
    for moment_ms, line in enumerate(batch, start=1):
        smu.say(line)
        smu.advance(moment_ms)
        unit = smu.instrument.units["smua"]
        true_a, true_v, _ = smu.twin.circuit.working_point()
        assert abs(true_v) <= 40.5
        largest_a = unit.specification.ranges["CURR"][-1].full_scale * 1.011
        assert abs(true_a) <= largest_a
    smu.instrument.device_clear()
    assert smu.say("print('alive')") == ["alive"]


def test_a_model_with_one_channel_knows_no_other() -> None:
    assert Scripted(model="keithley-2601").say("print(smub)") == ["nil"]


def test_a_full_memory_ends_the_script_and_not_the_twin(smu: Scripted) -> None:
    smu.say("t = {} for i = 1, 1e9 do t[i] = 'x' .. i end", "y = string.rep('x', 60000)")
    assert -286 in smu.errors()
    smu.twin.plan_fault("reboot", {})
    assert smu.say("print('alive')") == ["alive"]

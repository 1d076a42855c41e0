"""Nothing that is said to a twin breaks it, or drives its load beyond its ranges."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instruments.emulation.load import DriveKind

HEADERS = {
    "keithley-2400": (
        ":SOUR:FUNC", ":SOUR:CURR", ":SOUR:CURR:RANG", ":SOUR:CURR:MODE", ":SOUR:LIST:CURR",
        ":SOUR:LIST:CURR:APP", ":SOUR:VOLT", ":SOUR:VOLT:PROT", ":SOUR:CLE:AUTO", ":SOUR:DEL",
        ":SOUR:CLE:AUTO:MODE", ":SOUR:SWE:POIN", ":SOUR:CURR:STAR", ":SOUR:CURR:STOP", ":ABOR",
        ":TRIG:COUN", ":ARM:COUN", ":TRIG:DEL", ":INIT", ":READ?", ":FETC?", ":MEAS:VOLT?",
        ":MEAS:RES?", ":SENS:FUNC", ":SENS:FUNC:CONC", ":SENS:VOLT:PROT", ":SENS:VOLT:RANG",
        ":SENS:CURR:PROT", ":SENS:VOLT:NPLC", ":FORM:ELEM", ":OUTP", ":OUTP:SMOD", ":OUTP:ENAB",
        ":TRAC:FEED:CONT", ":TRAC:DATA?", ":CALC3:DATA?", ":SYST:AZER", "*RST", "*CLS", "*STB?",
    ),
    "keithley-6221": (
        ":SOUR:CURR", ":SOUR:CURR:RANG", ":SOUR:CURR:RANG:AUTO", ":SOUR:CURR:COMP", ":SOUR:CLE",
        ":SOUR:LIST:CURR", ":SOUR:LIST:DEL", ":SOUR:LIST:COMP", ":SOUR:LIST:CURR:APP", ":OUTP",
        ":SOUR:SWE:SPAC LIST", ":SOUR:SWE:RANG", ":SOUR:SWE:COUN", ":SOUR:SWE:CAB",
        ":SOUR:SWE:ARM", ":SOUR:SWE:ABOR", ":INIT", ":ABOR", ":STAT:OPER:COND?", ":OUTP:LTE",
        ":SOUR:WAVE:FUNC", ":SOUR:WAVE:ARM", "*RST", "*CLS", "*STB?", ":SYST:ERR?",
    ),
}  # fmt: skip
WORDS = (
    "ON", "OFF", "CURR", "VOLT", "'VOLT'", "'VOLT','CURR'", "LIST", "FIX", "SWE", "TCO", "ALW",
    "NONE", "HIMP", "NORM", "ZERO", "GUAR", "MAX", "MIN", "DEF", "NEXT", "BEST", "1E-3,2E-3,0",
    "0.1,0.1,0.1", "20,20,20", "VOLT,CURR,TIME",
)  # fmt: skip
LARGEST_A = {"keithley-2400": 1.05, "keithley-6221": 0.105}
VALUES = st.one_of(
    st.sampled_from(WORDS),
    st.floats().map(repr),
    st.floats(-2.0, 2.0).map(lambda value: f"{value:.6E}"),
    st.integers(-10, 3000).map(str),
    st.text(max_size=8),
)


def messages(model: str) -> st.SearchStrategy[str]:
    headers = st.sampled_from(HEADERS[model])
    units = st.one_of(
        st.tuples(headers, VALUES).map(" ".join),
        headers,
        headers.map(lambda header: header + "?"),
        st.text(max_size=30),
    )
    return st.lists(units, max_size=6).map(";".join)


@pytest.mark.parametrize("model", HEADERS)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_message_breaks_it_or_drives_its_load_beyond_its_ranges(
    make_bench: Any, model: str, data: st.DataObject
) -> None:
    bench = make_bench(model=model)
    for moment in range(1, data.draw(st.integers(1, 10))):
        bench.say(data.draw(messages(model)))
        bench.twin.advance(moment * 70)
        drive, state = bench.twin.circuit.drive, bench.twin.instrument.smu.state
        if drive.kind is DriveKind.CURRENT and state.output:
            current = state.quantities["CURR"]
            assert abs(drive.level) <= 1.05 * current.source_range
            assert drive.limit <= 210.0
        true_a, true_v, _ = bench.twin.circuit.working_point()
        assert abs(true_v) <= 211.0
        assert abs(true_a) <= LARGEST_A[model] * 1.01
    bench.say(":ABOR")
    assert bench.ask("*IDN?").startswith("KEITHLEY")

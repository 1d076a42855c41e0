"""Whatever stands in a protocol or bench file, the answer is a protocol or an `InputError`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iontophoresis import bench, profile, protocol
from iontophoresis.errors import InputError

FILES = [protocol.load(name).source_text for name in protocol.library()]
BENCH = bench.load().source_text
LITERALS = st.one_of(
    st.sampled_from(
        [
            "true",
            "false",
            "nan",
            "-inf",
            "0",
            "-1",
            "1e400",
            "1e-400",
            "''",
            "'living'",
            "[]",
            "{}",
            "[[]]",
            "[{}]",
            "{a=1}",
            "2026-01-01",
            "2026-01-01T00:00:00Z",
            "10:00:00",
            "'ramp'",
            "'hold'",
            "'rest'",
            "0x10",
            "9e99",
            "[true]",
            "['a', 1]",
        ]
    ),
    st.floats().map(repr),
    st.integers().map(str),
    st.text(max_size=20).map(lambda text: "'" + text.replace("'", "").replace("\n", "") + "'"),
)


@st.composite
def mutated(draw: st.DrawFn, text: str) -> bytes:
    lines = text.splitlines()
    for _ in range(draw(st.integers(1, 4))):
        index = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.sampled_from(["value", "key", "drop", "double", "noise", "swap"]))
        key, equals, _value = lines[index].partition(" = ")
        if kind == "value" and equals:
            lines[index] = f"{key} = {draw(LITERALS)}"
        elif kind == "key" and equals:
            other = draw(st.sampled_from(lines)).partition(" = ")[0]
            lines[index] = lines[index].replace(key, other, 1)
        elif kind == "drop":
            lines[index] = ""
        elif kind == "double":
            lines.insert(index, lines[index])
        elif kind == "noise":
            at = draw(st.integers(0, len(lines[index])))
            noise = draw(st.text(max_size=3))
            lines[index] = lines[index][:at] + noise + lines[index][at:]
        else:
            other_index = draw(st.integers(0, len(lines) - 1))
            lines[index], lines[other_index] = lines[other_index], lines[index]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def one_line_each(error: InputError) -> None:
    assert error.problems
    for line in str(error).split("\n"):
        assert line.isprintable()
        assert len(line) < 1000


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FILES).flatmap(mutated))
def test_a_mutated_protocol_is_a_protocol_or_an_input_error(data: bytes) -> None:
    try:
        loaded = protocol.parse(data, "fuzz.toml")
    except InputError as error:
        one_line_each(error)
    else:
        for channel in loaded.channel:
            wave = profile.waveform(channel)
            assert wave.charge_at(wave.duration_ms) == wave.charge_pc


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(mutated(BENCH))
def test_a_mutated_bench_is_a_bench_or_an_input_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bench.toml"
    path.write_bytes(data)
    try:
        bench.load(path)
    except InputError as error:
        one_line_each(error)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        protocol.parse(data, "fuzz.toml")
    one_line_each(caught.value)

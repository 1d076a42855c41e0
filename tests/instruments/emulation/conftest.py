"""Run a bench inside the test, without sockets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from instruments.emulation.bench import Bench
from instruments.emulation.description import BenchSettings, one_instrument


class InProcess:
    """Send messages to a twin in this process."""

    def __init__(self, settings: BenchSettings) -> None:
        self.bench = Bench(settings)
        self.twin = self.bench.first

    def say(self, message: str) -> str | None:
        self.twin.catch_up()
        running = self.twin.instrument.run(message)
        while True:
            try:
                next(running)
            except StopIteration as end:
                answer: str | None = end.value
                return answer

    def ask(self, message: str) -> str:
        answer = self.say(message)
        assert answer is not None, (message, self.errors())
        return answer

    def errors(self) -> list[int]:
        codes: list[int] = []
        while code := int(self.ask(":SYST:ERR:CODE?")):
            codes.append(code)
        return codes


@pytest.fixture
def make_bench(tmp_path: Path) -> Callable[..., InProcess]:
    def make(**settings: Any) -> InProcess:
        settings = {"load": "resistor", "lockstep": True, "truth_path": None, **settings}
        return InProcess(one_instrument(**settings))

    return make


@pytest.fixture
def bench(make_bench: Callable[..., InProcess]) -> InProcess:
    """Give a 2450 on 10 kOhm in lockstep."""
    return make_bench()


@pytest.fixture
def sourcing(bench: InProcess) -> InProcess:
    """Give the same, ready to source up to 1 mA at 20 V, output on at zero."""
    bench.say(":SOUR:FUNC CURR;:SENS:FUNC 'VOLT';:SOUR:CURR:RANG 1E-3;:SOUR:CURR 0")
    bench.say(":SENS:VOLT:RANG 20;:SOUR:CURR:VLIM 20;:OUTP ON")
    assert bench.errors() == []
    return bench

from __future__ import annotations

from tests.instruments.contract import SourceContract


class TestKeithley2450Tsp(SourceContract):
    model = "keithley-2450-tsp"

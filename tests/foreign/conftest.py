"""Start emulated instruments for other people's drivers, which see a resource name only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from instruments.emulation.launch import start_twin

RESISTANCE_OHM = 10_000.0


@pytest.fixture
def start() -> Iterator[Callable[..., str]]:
    """Start twins on a resistor of 10 kOhm that end with the test."""
    running = []

    def start_one(model: str, **settings: Any) -> str:
        settings.setdefault("resistance_ohm", RESISTANCE_OHM)
        running.append(start_twin(model, load="resistor", **settings))
        return running[-1].resource

    yield start_one
    for twin in running:
        twin.stop()

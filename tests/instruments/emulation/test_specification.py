from __future__ import annotations

import random

import pytest

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.keithley_2450_specification import KEITHLEY_2450
from instruments.emulation.specification import draw_error


@pytest.mark.parametrize(
    ("name", "value", "full_scale"),
    [
        ("CURR", 0.0, 1e-8),
        ("CURR", 1e-3, 1e-3),
        ("CURR", -1.0001e-3, 1e-2),
        ("CURR", 1.05, 1.0),
        ("VOLT", 35.0, 200.0),
        ("VOLT", 20.0, 20.0),
    ],
)
def test_the_smallest_range_that_holds_a_value(name: str, value: float, full_scale: float) -> None:
    assert KEITHLEY_2450.smallest_range(name, value).full_scale == full_scale


@pytest.mark.parametrize(("name", "value"), [("CURR", 1.051), ("VOLT", -211.0)])
def test_no_range_holds_more_than_105_percent(name: str, value: float) -> None:
    with pytest.raises(ScpiError):
        KEITHLEY_2450.smallest_range(name, value)


def test_a_unit_is_within_its_specification() -> None:
    for rows in KEITHLEY_2450.ranges.values():
        for row in rows:
            for seed in range(50):
                error = draw_error(row, random.Random(seed))
                assert abs(error.source_gain) <= row.source_gain
                assert abs(error.source_offset) <= row.source_offset
                assert abs(error.measure_gain) <= row.measure_gain
                assert abs(error.measure_offset) <= row.measure_offset

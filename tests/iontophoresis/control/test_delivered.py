"""A goal of charge is reached by current, not by the offset that a source at zero reads."""

from itertools import pairwise

import pytest

from tests.iontophoresis.control.bench_conduct import conduct_of, lead
from tests.iontophoresis.control.bench_sources import Resistor, Time

UA = 1_000
OFFSET_NA = 400
GOAL_PC = 1_000_000_000
REST_MS = 150_000


class Offset(Resistor):
    """Reads a little more than flows."""

    def reading(self, current_na, at_ms):
        seen = super().reading(current_na, at_ms)
        return type(seen)(
            voltage_uv=seen.voltage_uv, current_na=current_na + OFFSET_NA, limited=False,
            output_on=True, instrument_time_us=seen.instrument_time_us,
        )  # fmt: skip


def test_a_goal_is_not_reached_by_the_offset_of_a_rest(order):
    source = Offset(time := Time())
    knots = ((REST_MS, 0), (REST_MS + 1_000, 100 * UA), (REST_MS + 40_000, 100 * UA))
    conduct = lead(conduct_of(order, [source], time, knots=knots, finish_charge_pc=GOAL_PC))
    flowed_pc = sum(level * (later - at) for (at, level), (later, _) in pairwise(source.truth))
    offset_pc = REST_MS * OFFSET_NA
    assert offset_pc == 0.06 * GOAL_PC
    assert flowed_pc == pytest.approx(GOAL_PC, rel=0.01)
    (cell,) = conduct.state.channels
    assert cell.charge_pc >= flowed_pc + offset_pc

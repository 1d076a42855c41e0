from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iontophoresis.feeder import HORIZON_MS, Feeder, current_at, remaining_line
from iontophoresis.profile import Waveform

UA = 1_000
WAVE = Waveform(knots=((0, 0), (30_000, 1000 * UA), (1_170_000, 1000 * UA), (1_200_000, 0)))


def charge_pc(line):
    return sum((t1 - t0) * (a + b) for (t0, a), (t1, b) in pairwise(line)) / 2


def test_knots_are_sent_a_horizon_ahead_and_no_further():
    feeder = Feeder((WAVE,))
    sent = feeder.next_knots(0)
    assert sent == [[HORIZON_MS, current_at(WAVE.knots, HORIZON_MS)]]
    assert feeder.next_knots(0) == []
    assert feeder.next_knots(1_500) == [[3_500, current_at(WAVE.knots, 3_500)]]


def test_every_corner_of_the_profile_is_sent_and_the_end_is_zero():
    feeder = Feeder((WAVE,))
    knots, position = [], 0
    while position < feeder.end_ms:
        knots += feeder.next_knots(position)
        position += 500
    times = [t for t, _ in knots]
    assert times == sorted(set(times))
    assert {30_000, 1_170_000, 1_200_000} <= set(times)
    assert knots[-1] == [1_200_000, 0]


@given(share=st.floats(0.0, 1.0), slew_ua_per_s=st.integers(20, 5_000))
def test_what_remains_after_a_pause_carries_the_charge_that_is_owed(share, slew_ua_per_s):
    delivered = int(WAVE.charge_pc * share)
    line = remaining_line(WAVE, delivered, slew_ua_per_s * UA)
    assert line[0] == (0, 0)
    assert line[-1][1] == 0
    assert all(later[0] > earlier[0] for earlier, later in pairwise(line))
    rises = [(b - a) * 1000 / (t1 - t0) for (t0, a), (t1, b) in pairwise(line) if b > a]
    assert all(rise <= slew_ua_per_s * UA for rise in rises)
    tick_pc = 1000 * UA * 50
    assert charge_pc(line) == pytest.approx(WAVE.charge_pc - delivered, abs=tick_pc)

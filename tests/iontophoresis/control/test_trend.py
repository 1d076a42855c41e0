"""Drying, delamination and breakdown are seen; what healthy skin does is not."""

import math

import pytest

from iontophoresis.control.trend import BREAKDOWN, DELAMINATION, DRYING, Trend, tell
from tests.iontophoresis.control.bench_conduct import Pages

UA = 1_000
MA = 1_000_000
TICK_MS = 50


def follow(ohm, *, current=lambda _: MA, seconds=120, rest_ohm=0, applied=None):
    """Return (second, what was found) for a resistance and a profile, both functions of time."""
    trend, found = Trend(MA // 10), []
    trend.rest_ohm = rest_ohm
    for tick in range(seconds * 1000 // TICK_MS):
        t_s = tick * TICK_MS / 1000
        wanted_na = current(t_s)
        flows_na = applied(t_s) if applied else wanted_na
        seen = trend.see(tick * TICK_MS, wanted_na, flows_na, round(ohm(t_s) * flows_na / 1000))
        if seen:
            found.append((t_s, seen))
    return found


def test_skin_that_falls_and_settles_shows_nothing():
    assert follow(lambda s: 3_000 + 40_000 * math.exp(-s / 40)) == []


def test_a_drying_electrode_is_seen_after_five_seconds_above_thirty_percent():
    found = follow(lambda s: 10_000 * 3 ** (max(0, s - 40) / 300), seconds=200)
    crossed_s = 40 + 300 * math.log(1.3) / math.log(3)
    assert [kind for _, kind in found] == [DRYING]
    assert crossed_s + 5 <= found[0][0] <= crossed_s + 5.5


@pytest.mark.parametrize(("factor", "kind"), [(1.5, DELAMINATION), (0.5, BREAKDOWN)])
def test_a_step_is_seen_within_a_second(factor, kind):
    found = follow(lambda s: 10_000 * (factor if s >= 60 else 1), seconds=63)
    assert [seen for _, seen in found] == [kind]
    assert 60 < found[0][0] <= 61


def test_one_wild_reading_is_no_step():
    assert follow(lambda s: 30_000 if 60 <= s < 60.05 else 10_000) == []


def test_nothing_is_judged_for_thirty_seconds_after_a_change():
    def current(s):
        return MA if s < 50 else MA // 2

    assert follow(lambda s: 10_000 if s < 60 else 16_000, current=current, seconds=79) == []


def test_skin_may_recover_to_what_the_probe_found_when_the_current_has_fallen():
    def current(s):
        return MA if s < 60 else MA // 4

    def ohm(s):
        return 5_000 if s < 60 else 40_000 - 35_000 * math.exp(-(s - 60) / 60)

    assert follow(ohm, current=current, seconds=400, rest_ohm=40_000) == []
    assert follow(ohm, current=current, seconds=400, rest_ohm=5_000)[0][1] == DRYING


def test_after_a_pause_skin_is_judged_anew():
    def flows(s):
        return 0 if 60 <= s < 120 else MA

    def ohm(s):
        return 5_000 if s < 120 else 5_000 + 15_000 * math.exp(-(s - 120) / 20)

    assert follow(ohm, applied=flows, seconds=240) == []


def test_the_ramps_of_programs_to_zero_and_back_do_not_hide_a_trend():
    """Two seconds at a time, a quarter of it on the way: only what is at the profile counts."""

    def flows(s):
        return MA if 0.5 <= s % 2 < 1.8 else 0

    found = follow(lambda s: 10_000 if s < 60 else 15_000, applied=flows, seconds=70)
    assert DELAMINATION in [kind for _, kind in found] or DRYING in [kind for _, kind in found]


def test_too_little_current_tells_nothing():
    assert follow(lambda s: 10_000 * (1 + s), current=lambda _: MA // 20) == []


@pytest.mark.parametrize(
    ("specimen", "severity", "ends"),
    [("load", "info", False), ("excised", "warning", False), ("perfused", "alarm", True)],
)
def test_only_perfused_tissue_ends_for_a_trend(specimen, severity, ends):
    pages = Pages()
    assert tell(pages, 7, "channel A", specimen, DRYING) is ends
    ((t_ms, found, code, text, _),) = pages.events
    assert (t_ms, found, code) == (7, severity, "drying")
    assert "channel A" in text

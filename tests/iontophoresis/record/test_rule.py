from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from iontophoresis.record.rule import RecordingRule, RuleSettings, fold
from iontophoresis.record.schema import SECOND

Cells = Callable[..., list[Any]]
SETTINGS = RuleSettings(every_tick_ms=1000, margin_ms=2000)


def run(rule: RecordingRule, rows: list[tuple[Any, ...]]) -> tuple[list[int], list[list[int]]]:
    kept: list[int] = []
    folded: list[list[int]] = []
    for row in rows:
        kept += [r[0] for r in rule.take(row)]
        folded += [[r[0] for r in quiet] for quiet in rule.quiet_seconds(row[1])]
    return kept, folded


def test_every_tick_is_kept_up_to_the_set_time() -> None:
    rule = RecordingRule(SETTINGS)
    assert rule.keeps_every_tick(999)
    assert not rule.keeps_every_tick(1000)


def test_two_hours_is_the_default() -> None:
    assert RecordingRule(RuleSettings()).keeps_every_tick(7_199_999)
    assert not RecordingRule(RuleSettings()).keeps_every_tick(7_200_000)


def test_quiet_seconds_are_folded_once_they_are_known_to_be_quiet(tick_cells: Cells) -> None:
    rows = [tuple(tick_cells(i)) for i in range(20, 220)]
    kept, folded = run(RecordingRule(SETTINGS), rows)
    assert kept == list(range(20, 61))  # the first tick seen counts as a change
    assert folded[0] == list(range(61, 80))
    assert folded[1] == list(range(80, 100))
    assert folded[-1][-1] * 50 // 1000 == (219 * 50 - 2000) // 1000 - 1


def test_a_ramp_is_kept_with_the_margin_before_and_after(tick_cells: Cells) -> None:
    rows = [tuple(tick_cells(i)) for i in range(20, 400)]
    ramp = range(200, 210)
    rows = [
        tuple(tick_cells(r[0], requested_na=1_000_000 + r[0])) if r[0] in ramp else r for r in rows
    ]
    kept, folded = run(RecordingRule(SETTINGS), rows)
    last_moving = 210  # the return to the plateau is a change too
    assert set(range(160, last_moving + 41)) <= set(kept)
    assert not set(kept) & {tick for second in folded for tick in second}


@pytest.mark.parametrize(
    "change",
    [
        {"state": "PAUSED"},
        {"applied_na": 5},
        {"status": 3},
        {"action": "ramp_down"},
        {"reasons": 4},
    ],
)
def test_whatever_moves_is_kept(tick_cells: Cells, change: dict[str, Any]) -> None:
    rule = RecordingRule(SETTINGS)
    run(rule, [tuple(tick_cells(i)) for i in range(20, 200)])
    assert rule.take(tuple(tick_cells(200, **change)))[-1][0] == 200


def test_an_event_keeps_the_ticks_before_and_after_it(tick_cells: Cells) -> None:
    rule = RecordingRule(SETTINGS)
    run(rule, [tuple(tick_cells(i)) for i in range(20, 200)])
    before = [row[0] for row in rule.disturb(200 * 50)]
    assert before[-1] == 199
    assert before[0] * 50 <= 200 * 50 - 2000
    assert rule.take(tuple(tick_cells(240)))
    assert not rule.take(tuple(tick_cells(241)))


def test_channels_are_judged_apart(tick_cells: Cells) -> None:
    rule = RecordingRule(SETTINGS)
    both = [tuple(tick_cells(i, channel=c)) for i in range(20, 200) for c in (0, 1)]
    run(rule, both)
    assert rule.take(tuple(tick_cells(200, channel=1, state="PAUSED")))
    assert not rule.take(tuple(tick_cells(200, channel=0)))


def test_a_folded_second_has_exact_charge_and_spread(tick_cells: Cells) -> None:
    rows = [
        tuple(tick_cells(20, current_na=10, voltage_uv=None, charge_pc=5, lateness_us=9)),
        tuple(tick_cells(21, current_na=13, voltage_uv=None, charge_pc=77, lateness_us=3)),
        tuple(tick_cells(22, current_na=None, voltage_uv=None, charge_pc=80, lateness_us=1)),
    ]
    second = dict(zip(SECOND.names, fold(rows), strict=True))
    assert (second["first_tick"], second["last_tick"], second["n_tick"]) == (20, 22, 3)
    assert (second["current_min_na"], second["current_max_na"]) == (10, 13)
    assert second["current_mean_na"] == 12
    assert second["voltage_mean_uv"] is None
    assert second["charge_pc"] == 80
    assert second["t_ms"] == 1100
    assert second["lateness_max_us"] == 9

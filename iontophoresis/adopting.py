"""Make a session file of another unit's log, with charge, resistance and dose with its band.

The protocol tells what was under the electrode; current and voltage are the log's. Nothing was
judged while it flowed, and the file says so.
"""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from iontophoresis.following import Follower
from iontophoresis.ordering import session_headers
from iontophoresis.plan import Plan
from iontophoresis.record import schema, wire
from iontophoresis.record.journal import Journal
from iontophoresis.unit_log import UnitLog

MOST_STEPS = 2000
SHORTEST_STEP_MS = 1000
ROWS_PER_COMMIT = 5000
STATUS = schema.STATUS_OUTPUT_ON


def adopt_log(plan: Plan, log: UnitLog, path: Path, *, unit: str, specimen: str) -> None:
    """Write a session file of a log.

    Parameters
    ----------
    plan : Plan
        Of the protocol that says what was under the electrode; one channel.
    log : UnitLog
        What the unit logged.
    path : Path
        The session file; must not exist.
    unit : str
        Which unit it was, for the record.
    specimen : str
        What the current went through, in the words of whoever logged it.

    Raises
    ------
    RecordError
        When the file cannot be written.
    """
    journal = Journal.create(path)
    for key, value in _headers(plan, unit, specimen).items():
        journal.append(schema.HEADER, wire.header_row({"key": key, "value": value}))
    text = f"adopted from the log of {unit}: nothing was judged here while this current flowed"
    journal.append_event(0, ("session", 0, time.time_ns(), "notice", "session.adopted", text, "{}"))
    for number, row in enumerate(_tick_rows(log)):
        journal.append_tick(tuple(row))
        if number % ROWS_PER_COMMIT == 0:
            journal.commit()
    for estimate in _estimates(plan, log):
        journal.append(schema.ESTIMATE, wire.estimate_row(estimate))
    journal.commit()
    journal.finish(outcome="done", text=f"adopted from the log of {unit}")


def _headers(plan: Plan, unit: str, specimen: str) -> dict[str, Any]:
    described = session_headers(plan, "adopted", "")
    (facts,) = described["channels"]
    facts |= {"specimen_class": specimen, "planned_charge_ma_min": None}
    without = {"bench_sha256", "bench_toml", "calibration", "limits", "waveform"}
    kept = {key: value for key, value in described.items() if key not in without}
    return kept | {"emulated": False, "seed": None, "unit": unit, "channels": [facts]}


def _tick_rows(log: UnitLog) -> list[list[Any]]:
    rows = []
    columns = zip(log.time_ms, log.current_na, log.voltage_uv, log.charge_pc(), strict=True)
    for tick, (t_ms, current_na, voltage_uv, charge_pc) in enumerate(columns, 1):
        rows.append(
            [tick, t_ms, 0, "RUNNING", current_na, current_na, current_na, voltage_uv, charge_pc,
             "none", 0, STATUS, 0, t_ms * 1_000_000, t_ms * 1_000_000]
        )  # fmt: skip
    return rows


def _estimates(plan: Plan, log: UnitLog) -> list[dict[str, Any]]:
    """Step the live estimate over the log, on the mean current of each step."""
    end_ms = log.time_ms[-1]
    step_ms = max(SHORTEST_STEP_MS, -(-end_ms // MOST_STEPS))
    edges = np.append(np.arange(0, end_ms, step_ms), end_ms).astype(float)
    at, current = np.array(log.time_ms, dtype=float), np.array(log.current_na, dtype=float)
    fine = np.union1d(edges, at)
    line = np.interp(fine, at, current)
    passed = np.concatenate(([0.0], np.cumsum(np.diff(fine) * (line[1:] + line[:-1]) / 2)))
    means = np.diff(np.interp(edges, fine, passed)) / np.diff(edges)
    follower = Follower(plan)
    for (start_ms, _), mean_na in zip(pairwise(edges), means, strict=True):
        follower.hear_tick(_row(int(start_ms), round(mean_na)))
    follower.hear_tick(_row(end_ms, 0))
    follower.finish()
    return follower.take_estimates()


def _row(t_ms: int, current_na: int) -> list[Any]:
    return [0, t_ms, 0, "RUNNING", 0, 0, current_na, None, 0, "none", 0, 0, 0, 0, t_ms * 1_000_000]

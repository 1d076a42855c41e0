from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from iontophoresis.record.journal import Journal
from iontophoresis.record.reader import open_session
from iontophoresis.record.schema import ESTIMATE, HEADER
from iontophoresis.record.session import Session
from iontophoresis.safety.reactions import Reason

WALL_NS = 1_795_373_412_000_000_000
PEAK_NA = 1_000_000
TRIP_S, PAUSE_S, STOP_S, END_S = 200, (100, 140), 220, 300
MESOGLOW = files("iontophoresis").joinpath("library/mesoglow.toml").read_text(encoding="utf-8")


def make_header(channels: int = 1, **changes: Any) -> dict[str, Any]:
    names = "AB"[:channels]
    knots = [[0, 0], [30_000, PEAK_NA], [270_000, PEAK_NA], [300_000, 0]]
    limits = {
        "current_na": 1_200_000,
        "density_na": 1_100_000,
        "charge_pc": 22 * 60_000_000_000,
        "charge_density_pc": 6 * 60_000_000_000,
        "voltage_uv": 35_000_000,
    }
    facts = {
        "area_cm2": 5.0,
        "specimen_class": "excised",
        "compound": "ascorbate",
        "active_pole": "cathode",
        "planned_charge_ma_min": 4.5,
        "molar_mass_g_per_mol": 176.12,
    }
    quantiles = {
        "p05_mol_per_m2": [0, 1e-4],
        "p50_mol_per_m2": [0, 2e-4],
        "p95_mol_per_m2": [0, 4e-4],
    }
    return {
        "title": "Mesoglow",
        "started_wall_ns": WALL_NS,
        "emulated": True,
        "seed": 7,
        "pace": "lockstep",
        "perfused_prediction": False,
        "channels": [{"name": name, **facts} for name in names],
        "limits": dict.fromkeys(names, limits),
        "waveform": [knots] * channels,
        "prediction": [{"time_s": [0, 300], "layers": {"dermis": quantiles}}] * channels,
        **changes,
    }


def _current_na(kind: str, t_s: int) -> tuple[str, int]:
    if kind == "tripped" and t_s >= TRIP_S:
        return "TRIPPED", 0
    if kind == "done" and PAUSE_S[0] <= t_s < PAUSE_S[1]:
        return "PAUSED", 0
    if kind == "stopped" and t_s >= STOP_S:
        return "RAMP_DOWN", max(0, PEAK_NA - (t_s - STOP_S) * 100_000)
    return "RUNNING", min(t_s * PEAK_NA // 30, PEAK_NA, (END_S - t_s) * PEAK_NA // 30)


def _last_s(kind: str) -> int:
    return {"tripped": TRIP_S + 10, "stopped": STOP_S + 15, "cut": 150, "empty": -1}.get(
        kind, END_S
    )


@pytest.fixture
def header() -> Callable[..., dict[str, Any]]:
    return make_header


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., Path]:
    """Record a session of a kind: done (with a pause), tripped, stopped, cut, empty."""

    def record_one(
        kind: str = "done", *, name: str = "", header: dict[str, Any] | None = None
    ) -> Path:
        path = tmp_path / f"{name or kind}.sqlite"
        journal = Journal.create(path)
        told = make_header() if header is None else header
        for key, value in told.items():
            journal.append(HEADER, (key, json.dumps(value)))
        channels = len(told.get("channels") or [1])
        charge_pc = 0
        for t_s in range(_last_s(kind) + 1):
            state, current_na = _current_na(kind, t_s)
            charge_pc += current_na * 1000
            reasons = int(Reason.LOAD_OPEN) if (kind, t_s) == ("tripped", TRIP_S) else 0
            if reasons:
                alarm = ("guard", t_s * 1000, WALL_NS, "alarm", "trip", "the load is open", "{}")
                journal.append_event(t_s * 1000, alarm)
            kohm = 2.0 + 10.0 / (1 + t_s / 20)
            for channel in range(channels):
                journal.append_tick(
                    (
                        *(t_s * 20, t_s * 1000, channel, state, current_na, current_na),
                        *(current_na + 25, int(current_na * kohm), charge_pc, "none", reasons),
                        *(2, 100, t_s * 10**9, WALL_NS + t_s * 10**9),
                    )
                )
                if t_s % 10 == 0:
                    for layer, share in (("donor", 1e-2), ("epidermis", 1e-4), ("dermis", 5e-4)):
                        amount = share * t_s / END_S
                        quantiles = (amount / 2, amount, amount * 2)
                        row = (t_s * 1000, WALL_NS, channel, layer, *quantiles)
                        journal.append(ESTIMATE, row)
        outcome = {"cut": "cut", "empty": "refused"}.get(kind, kind)
        journal.finish(outcome=outcome, text="the end")
        return path

    return record_one


@pytest.fixture
def session(record: Callable[..., Path]) -> Callable[..., Session]:
    def open_one(kind: str = "done", **how: Any) -> Session:
        return open_session(record(kind, **how))

    return open_one


@pytest.fixture
def mesoglow_toml() -> str:
    return MESOGLOW

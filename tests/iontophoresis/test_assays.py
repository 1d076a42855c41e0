"""Assays narrow a session's band and move it to what was found; voltage does neither."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from iontophoresis import bench, protocol
from iontophoresis.adopting import adopt_log
from iontophoresis.assays import Found, correct
from iontophoresis.cli import main
from iontophoresis.errors import InputError
from iontophoresis.following import Follower
from iontophoresis.plan import Plan, prepare
from iontophoresis.record.reader import open_session
from iontophoresis.record.session import Session
from iontophoresis.unit_log import UnitLog


@pytest.fixture(scope="module")
def plan() -> Plan:
    return prepare(protocol.load("mesoglow"), bench.load(), draws=2)


@pytest.fixture(scope="module")
def session(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Session:
    path = tmp_path_factory.mktemp("assays") / "unit.sqlite"
    log = UnitLog(
        time_ms=(0, 30_000, 1_170_000, 1_200_000),
        current_na=(0, 10**6, 10**6, 0),
        voltage_uv=(None,) * 4,
    )
    adopt_log(plan, log, path, unit="unit", specimen="excised")
    return open_session(path)


def found(layer: str, amount: float, at_min: float | None = None) -> Found:
    return Found(compartment=layer, at_min=at_min, amount_ug_per_cm2=amount, sd_percent=10.0)


def width(band: tuple[float, float, float]) -> float:
    return band[2] / band[0]


def test_tape_strips_move_and_narrow_the_stratum_corneum(session: Session) -> None:
    corrected = {row.layer: row for row in correct(session, [found("stratum_corneum", 8.0)], draws=200).layers}  # fmt: skip
    strips = corrected["stratum_corneum"]
    assert strips.before[1] < 6.0
    assert strips.after[1] == pytest.approx(8.0, rel=0.1)
    assert width(strips.after) < 0.5 * width(strips.before)


def test_a_dermis_biopsy_narrows_the_dermis(session: Session) -> None:
    corrected = correct(session, [found("dermis", 12.0)], draws=200)
    dermis = next(row for row in corrected.layers if row.layer == "dermis")
    assert dermis.after[1] == pytest.approx(12.0, rel=0.15)
    assert width(dermis.after) < 0.2 * width(dermis.before)
    assert corrected.effective_draws < 100


def test_what_no_draw_foresees_is_refused(session: Session) -> None:
    with pytest.raises(InputError, match="beyond every draw"):
        correct(session, [found("dermis", 1e6)], draws=20)
    with pytest.raises(InputError, match="outside"):
        correct(session, [found("dermis", 5.0, at_min=500.0)], draws=20)


def test_the_live_band_does_not_know_the_voltage(plan: Plan) -> None:
    """The same current at a hundredfold voltage gives the same estimates, to the last digit."""
    told = []
    for voltage_uv in (2_000_000, 20_000_000, None):
        follower = Follower(plan)
        for t_ms in range(0, 120_001, 1000):
            row = [0, t_ms, 0, "RUNNING", 0, 0, 10**6, voltage_uv, t_ms * 10**6, "none", 0, 0, 0, 0, 0]  # fmt: skip
            follower.hear_tick(row)
        follower.finish()
        told.append(follower.take_estimates())
    assert told[0] == told[1] == told[2]


def test_the_command_prints_both_bands(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["assay", str(session.path), "--result", "dermis=12@20"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"dermis +\S+ \(.*\) +1\d\S* \(", printed)
    assert "draws still count" in printed
    assert main(["assay", str(session.path), "--result", "dermis"]) == 2
    assert main(["assay", str(session.path), "--result", "liver=3"]) == 1
    assert "liver" in capsys.readouterr().err


def test_sessions_without_a_donor_are_refused(session: Session, tmp_path: Path) -> None:
    assert main(["assay", str(tmp_path / "none.sqlite"), "--result", "dermis=1"]) == 1

"""To and from other units: a step table out, a log in, and the same charge and dose both ways."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from iontophoresis import bench, protocol
from iontophoresis.cli import main
from iontophoresis.errors import InputError
from iontophoresis.plan import prepare
from iontophoresis.record.place import session_paths
from iontophoresis.record.reader import open_session
from iontophoresis.step_table import step_table
from iontophoresis.unit_log import read_unit_log


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def written(folder: Path, text: str) -> Path:
    path = folder / "unit.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_table_of_mesoglow_is_three_rows_that_add_up() -> None:
    rows = rows_of(step_table(protocol.load("mesoglow")))
    assert [(row["start_s"], row["duration_s"], row["from_ma"], row["to_ma"]) for row in rows] == [
        ("0", "30", "0", "1"), ("30", "1140", "1", "1"), ("1170", "30", "1", "0"),
    ]  # fmt: skip
    assert rows[-1]["charge_so_far_ma_min"] == "19.5"
    assert {row["donor_pole"] for row in rows} == {"cathode"}
    assert max(float(row["density_ma_per_cm2"]) for row in rows) == 0.2


def test_charge_of_a_log_joins_its_points_and_counts_both_directions(tmp_path: Path) -> None:
    log = read_unit_log(written(tmp_path, "time_s,current_mA\n10,0\n20,1\n40,-1\n50,0\n"))
    assert log.time_ms == (0, 10_000, 30_000, 40_000)
    assert log.voltage_uv == (None,) * 4
    # 5 mA·s up, twice 5 mA·s through zero, 5 mA·s back.
    assert log.charge_pc() == (0, 5 * 10**9, 15 * 10**9, 20 * 10**9)


def test_semicolons_mean_decimal_commas(tmp_path: Path) -> None:
    log = read_unit_log(written(tmp_path, "time_min;current_ua;voltage_v\n0;0;\n0,5;250,5;3,25\n"))
    assert (log.time_ms[1], log.current_na[1], log.voltage_uv) == (30_000, 250_500, (None, 3250000))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("time_s,voltage_v\n0,1\n1,1\n", "has no current_ma"),
        ("time_s,current_ma,current_ua\n0,1,1\n1,1,1\n", "has current_ma and current_ua"),
        ("time_s,current_ma\n0,1\n0,1\n", "line 3: time does not rise"),
        ("time_s,current_ma\n0,1\n1,many\n", 'line 3: current_ma is "many"'),
        ("time_s,current_ma\n0,1\n1,inf\n", "line 3"),
        ("time_s,current_ma\n0,1\n1,900\n", "900 mA is above 100 mA"),
        ("time_s,current_ma\n0,1\n", "fewer than two rows"),
        ("", "has no time_s"),
    ],
)
def test_what_a_log_is_refused_for(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read_unit_log(written(tmp_path, text))


def test_a_missing_log_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adopt", str(tmp_path / "no.csv"), "--protocol", "mesoglow", "--unit", "x"]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_the_log_of_the_planned_course_brings_the_planned_dose(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mesoglow as another unit would log it every 5 s: the charge, and the plan's own band."""
    lines = ["time_s,current_ma,voltage_v"]
    for at in range(0, 1201, 5):
        current = min(at / 30, 1.0, (1200 - at) / 30)
        lines.append(f"{at},{current:.9f},{4.0 * current:.6f}")
    log = written(tmp_path, "\n".join(lines) + "\n")
    arguments = ["adopt", str(log), "--protocol", "mesoglow", "--unit", "unit 7"]
    assert main([*arguments, "--directory", str(tmp_path), "--specimen", "excised"]) == 0
    assert "adopted from the log of unit 7" in capsys.readouterr().out
    (path,) = session_paths(tmp_path)
    session = open_session(path)
    assert session.problems == ()
    assert session.ticks.charge_ma_min[-1] == pytest.approx(19.5, rel=1e-6)
    ohm = session.ticks.resistance_kohm_cm2(5.0, above_na=500_000)
    assert ohm[120] == pytest.approx(20.0)
    planned = prepare(protocol.load("mesoglow"), bench.load()).channels[0].cells[0]
    (prediction,) = [p for p in planned.predictions if not p.perfused]
    for layer in ("stratum_corneum", "dermis"):
        rows = session.estimates.of(0, layer)
        expected = prediction.band.quantile(layer, 0.5)[-1]
        assert rows.p50_mol_per_m2[-1] == pytest.approx(expected, rel=0.15)

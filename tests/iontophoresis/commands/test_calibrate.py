"""`iontophoresis calibrate`: a fit printed and drawn, and clear refusals."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iontophoresis.commands.calibrate import calibrate
from iontophoresis.errors import InputError
from models.calibration_data import REQUIRED, read_cells
from models.calibration_twins import twin_cells

MARKER_MM = "10"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(calibrate, list(arguments))


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    path = tmp_path / "samples.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow([*REQUIRED, "marker_um"])
        for cell in twin_cells(1, n_cells=4):
            assert cell.marker is not None
            for k, hour in enumerate(cell.time_h):
                found = [
                    ("<" if each.below[k] else "") + repr(float(each.value_um[k]))
                    for each in (cell.drug, cell.marker)
                ]
                current = cell.current_ma_per_cm2[k] * cell.area_cm2
                volumes = (cell.area_cm2, cell.receptor_ml, cell.sample_ml)
                table.writerow([cell.name, 60 * hour, current, *volumes, *found])
    return path


def test_the_table_holds_what_was_written(samples: Path) -> None:
    for read, made in zip(read_cells(samples), twin_cells(1, n_cells=4), strict=True):
        assert read.drug.value_um == pytest.approx(made.drug.value_um)
        assert read.current_ma_per_cm2 == pytest.approx(made.current_ma_per_cm2)


def test_fit_shares_and_figure(samples: Path, tmp_path: Path) -> None:
    figure = tmp_path / "fit.png"
    result = run(
        *(str(samples), "--protocol", "franz_cell"),
        *("--marker-mm", MARKER_MM, "--figure", str(figure)),
    )
    assert result.exit_code == 0, result.output
    for name in ("transport_number", "flow_ul_per_ma_h", "permeability_cm_per_h", "lag_h"):
        assert name in result.output
    assert "electromigration" in result.output
    assert "At 0.25 mA/cm2" in result.output
    assert figure.stat().st_size > 10_000


def test_a_bad_table_is_one_line(samples: Path) -> None:
    text = samples.read_text(encoding="utf-8").replace("cell 1", "cell 1", 1)
    lines = text.splitlines()
    lines[2] = lines[2].replace(lines[2].split(",")[1], "soon")
    samples.write_text("\n".join(lines), encoding="utf-8")
    result = run(str(samples), "--protocol", "franz_cell", "--marker-mm", MARKER_MM)
    assert isinstance(result.exception, InputError)
    assert "line 3, column time_min = 'soon': no number" in str(result.exception)
    assert "\n" not in str(result.exception)


def test_a_marker_needs_its_concentration(samples: Path) -> None:
    result = run(str(samples), "--protocol", "franz_cell")
    assert isinstance(result.exception, InputError)
    assert "marker_mm = 0" in str(result.exception)


def test_twins_print_their_coverage() -> None:
    result = run("--twins", "1")
    assert result.exit_code == 0
    assert result.output.count("of 1 intervals of 90 % held the truth") == 3


def test_usage_is_explained(samples: Path) -> None:
    assert run().exit_code == 2
    assert run(str(samples)).exit_code == 2
    assert run(str(samples), "--twins", "3").exit_code == 2

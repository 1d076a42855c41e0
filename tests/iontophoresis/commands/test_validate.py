"""`iontophoresis validate`: the table, the misses and the figure."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from matplotlib.colors import same_color

from iontophoresis.commands.validate import validate
from iontophoresis.view.style import ALARM
from iontophoresis.view.validation_figure import REACH, validation_figure
from models.validation import validate as predict_all
from models.validation_cases import cases


def test_table_figure_and_inputs(tmp_path: Path) -> None:
    path = tmp_path / "validation.svg"
    result = CliRunner().invoke(validate, ["--inputs", "--figure", str(path)])
    assert result.exit_code == 0
    assert path.stat().st_size > 10_000
    for case in cases():
        assert case.title in result.output
        assert "; ".join(case.assumed) in result.output
    assert "MISS" in result.output
    assert "of absolute fluxes" in result.output


def test_figure_marks_every_miss_and_keeps_all_points_in_view() -> None:
    report = predict_all(cases()[:12])
    axes = validation_figure(report).axes
    points = [line for each in axes for line in each.lines if line.get_marker() not in {"None", ""}]
    assert len(points) == 12
    missed = [point for point in points if same_color(point.get_color(), ALARM)]
    assert len(missed) == len(report.misses) > 0
    assert all(abs(float(point.get_xdata()[0])) <= REACH for point in points)

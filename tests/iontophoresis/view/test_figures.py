from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from iontophoresis import bench, protocol
from iontophoresis.plan import Plan, prepare
from iontophoresis.record.session import Session
from iontophoresis.view.figures import prediction_figure, save_figure, session_figure
from iontophoresis.view.style import ALARM, FigureFileError

Open = Callable[..., Session]
Header = Callable[..., dict[str, Any]]


def words_of(figure: Figure) -> str:
    axes_words = [text.get_text() for axes in figure.axes for text in axes.texts]
    return "\n".join([text.get_text() for text in figure.texts] + axes_words)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return prepare(protocol.load("mesoglow"), bench.load(None), draws=20)


@pytest.mark.parametrize("kind", ["done", "tripped", "stopped", "cut", "empty"])
def test_every_kind_of_session_is_drawn(session: Open, tmp_path: Path, kind: str) -> None:
    figure = session_figure([session(kind)])
    with Image.open(save_figure(figure, tmp_path / "figure.png")) as picture:
        assert picture.size == (1440, 1320)
        assert len(picture.convert("L").getcolors()) > 50


def test_six_panels_carry_their_units(session: Open) -> None:
    figure = session_figure([session()])
    assert [axes.get_ylabel() for axes in figure.axes] == [
        "Current (mA)",
        "Charge (mA·min)",
        "Voltage (V)",
        "Amount (µg/cm²)",
        "Resistance (kΩ·cm²)",
        "Concentration (mM)",
    ]
    assert figure.axes[0].child_axes[0].get_ylabel() == "Density (mA/cm²)"
    assert [figure.axes[i].get_xlabel() for i in (3, 4, 5)] == [
        "Time (min)",
        "Time (min)",
        "Depth (µm)",
    ]


def test_the_head_says_how_real_it_was(session: Open, header: Header) -> None:
    told = header()
    told["channels"][0]["area_cm2"] = 1.0
    words = words_of(session_figure([session(header=told)]))
    for said in ("Mesoglow", "done", "emulated bench", "seed 7", "perfused: no"):
        assert said in words
    assert "Beyond the human-relevant range: 1 mA/cm2 (customary: at most 0.5)" in words


def test_limits_trips_and_pauses_are_named(session: Open) -> None:
    tripped = session_figure([session("tripped")])
    words = words_of(tripped)
    assert "load open" in words
    assert "limit 1.1 mA" in words
    assert "limit 6 mA·min" in words
    assert "limit 35 V ↑" in words
    alarms = [line for line in tripped.axes[4].lines if to_hex(line.get_color()) == ALARM.lower()]
    assert [float(line.get_xdata()[0]) for line in alarms] == pytest.approx([200 / 60])
    assert "paused" in words_of(session_figure([session("done")]))


def test_sessions_are_laid_over_each_other(session: Open) -> None:
    figure = session_figure([session("done"), session("stopped"), session("tripped")])
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["done", "stopped", "tripped"]
    assert figure.axes[3].get_ylabel() == "Amount in dermis (µg/cm²)"
    colors = {to_hex(line.get_color()) for line in figure.axes[2].lines}
    assert len(colors - {ALARM.lower(), "#6b6b6b"}) == 3


def test_the_measured_curve_is_what_was_measured(session: Open) -> None:
    read = session()
    figure = session_figure([read])
    measured = next(line for line in figure.axes[0].lines if line.get_label() == "measured")
    assert measured.get_ydata().tolist() == read.ticks.current_ma.tolist()
    assert measured.get_xdata().tolist() == (read.ticks.time_s / 60).tolist()


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_same_session_gives_the_same_file(session: Open, tmp_path: Path, ending: str) -> None:
    read = session()
    for name in ("one", "two"):
        save_figure(session_figure([read]), tmp_path / f"{name}.{ending}")
    one = (tmp_path / f"one.{ending}").read_bytes()
    assert one == (tmp_path / f"two.{ending}").read_bytes()
    if ending == "pdf":
        assert b"/FontFile2" in one
        assert b"CreationDate" not in one
    if ending == "svg":
        assert b"<text" not in one


def test_an_unknown_ending_or_place_is_one_clear_line(session: Open, tmp_path: Path) -> None:
    figure = session_figure([session()])
    with pytest.raises(FigureFileError, match=r"\.png, \.svg, \.pdf"):
        save_figure(figure, tmp_path / "figure.gif")
    (tmp_path / "file").touch()
    with pytest.raises(FigureFileError, match="--output"):
        save_figure(figure, tmp_path / "file" / "figure.png")


def test_a_prediction_says_that_nothing_was_measured(plan: Plan) -> None:
    figure = prediction_figure(plan)
    words = words_of(figure)
    assert "prediction, nothing measured" in words
    assert "perfused: no" in words
    assert "stratum\ncorneum" in words
    dermis = [line for line in figure.axes[3].lines if line.get_linestyle() == "-"]
    assert dermis
    assert "perfused living tissue" in figure.axes[3].get_title(loc="right")
    voltage = figure.axes[2].lines[0].get_ydata()
    assert max(voltage) == pytest.approx(plan.channels[0].voltage.peak_v[1])


def test_no_interactive_library_is_imported() -> None:
    code = (
        "import sys, iontophoresis.view.figures as f; sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

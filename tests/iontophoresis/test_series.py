"""Six cells in series on one source, each read by a scanning meter: a whole session."""

import subprocess
import sys

import pytest

from iontophoresis.errors import InputError
from iontophoresis.launch import prepare_plan
from iontophoresis.protocol.document import read_shipped
from iontophoresis.record.reader import open_session

pytestmark = pytest.mark.real_time

METER = """
[[meter]]
id = "scanner"
driver = "keithley-dmm6500"
serial = "EMU06500"
calibrated_on = 2026-01-01
calibration_due = 2099-12-31
source = "smu-1"
reads = "cells"
emulated = true
inputs = [{inputs}]

[limits]"""


def files(tmp_path, inputs):
    stand, wanted = tmp_path / "bench.toml", tmp_path / "protocol.toml"
    bench = read_shipped("emulated_bench").text
    stand.write_text(bench.replace("\n[limits]", METER.format(inputs=inputs)), encoding="utf-8")
    text = read_shipped("mesoglow").text
    start, end = text.index("[[channel.cell]]"), text.index("[[channel.segment]]")
    cell = text[start:end]
    cells = "".join(cell.replace('"cell-1"', f'"cell-{number}"') for number in range(1, 7))
    text = text[:start] + cells + text[end:]
    for old, new in (
        ("to_ma = 1.0", "to_ma = 0.1"),
        ("duration_s = 1140.0", "duration_s = 60.0"),
        ("duration_s = 30.0", "duration_s = 5.0"),
    ):
        text = text.replace(old, new)
    wanted.write_text(text, encoding="utf-8")
    return wanted, stand


def test_six_cells_in_series_are_driven_and_read_one_by_one(tmp_path):
    wanted, stand = files(tmp_path, "1, 2, 3, 4, 5, 6")
    command = [sys.executable, "-m", "iontophoresis", "run", str(wanted), "--bench", str(stand)]
    command += ["--directory", str(tmp_path / "out"), "--no-figure"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    session = open_session(next((tmp_path / "out").glob("*.sqlite")))
    assert session.closing.outcome == "done"
    told = [event for event in session.events if event.code == "cell"]
    sheets = {event.data["cell"]: event.data["sheet_resistance_ohm_cm2"] for event in told}
    assert sorted(sheets) == [f"cell-{number}" for number in range(1, 7)]
    assert all(500 < sheet < 1_000_000 for sheet in sheets.values())
    assert len(set(sheets.values())) == 6
    (meter,) = session.header["meters"]
    assert meter["model"] == "MODEL DMM6500"


def test_a_meter_with_too_few_inputs_is_refused(tmp_path):
    wanted, stand = files(tmp_path, "1, 2, 3")
    with pytest.raises(InputError, match=r"inputs.*one input for each of 6 cells"):
        prepare_plan(wanted, bench=stand)

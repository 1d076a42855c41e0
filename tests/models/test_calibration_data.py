"""A bad table of samples is refused with file, line, column and value."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.calibration_data import read_cells
from models.errors import ModelInputError

HEAD = "cell,time_min,current_ma,area_cm2,receptor_ml,sample_ml,drug_um,marker_um"
GOOD = ("a,60,0,0.8,5,0.5,<0.4,0.7", "a,120,0.2,0.8,5,0.5,12.5,1.5", "b,60,0.4,0.8,5,0.5,20,3")


def write(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "samples.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_cells_currents_and_limits_are_read(tmp_path: Path) -> None:
    first, second = read_cells(write(tmp_path, HEAD, *GOOD, ""))
    assert (first.name, second.name) == ("a", "b")
    assert first.time_h.tolist() == [1.0, 2.0]
    assert first.current_ma_per_cm2.tolist() == [0.0, 0.25]
    assert first.drug.below.tolist() == [True, False]
    assert first.drug.value_um.tolist() == [0.4, 12.5]
    assert second.marker is not None
    assert second.marker.value_um.tolist() == [3.0]


def test_a_marker_may_be_absent(tmp_path: Path) -> None:
    lines = [line.rsplit(",", 1)[0] for line in (HEAD, *GOOD)]
    assert all(cell.marker is None for cell in read_cells(write(tmp_path, *lines)))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("a,180,0.2,0.8,5,0.5,abc,1", "line 4, column drug_um = 'abc': no number and no <limit"),
        ("a,180,0.2,0.8,5,0.5,0,1", "line 4, column drug_um = '0': must be above 0"),
        ("a,180,nan,0.8,5,0.5,1,1", "line 4, column current_ma = 'nan': no number"),
        ("a,180,-1,0.8,5,0.5,1,1", "line 4, column current_ma = '-1': must be 0 or more"),
        ("a,120,0.2,0.8,5,0.5,1,1", "line 4, column time_min = '120': not after"),
        ("a,180,0.2,0.9,5,0.5,1,1", "line 4, column area_cm2 = '0.9': differs from 0.8"),
        ("a,180,0.2,0,5,0.5,1,1", "line 4, column area_cm2 = '0': must be above 0"),
        ("c,180,0.2,0.8,5,6,1,1", "line 4, column sample_ml = '6': more than"),
        ("a,180,0.2,0.8,5,0.5,1", "line 4: 7 values under 8 columns"),
        ("a,180,<2,0.8,5,0.5,1,1", "line 4, column current_ma = '<2': no number"),
    ],
)
def test_a_bad_value_is_named(tmp_path: Path, line: str, told: str) -> None:
    path = write(tmp_path, HEAD, *GOOD[:2], line)
    with pytest.raises(ModelInputError) as refused:
        read_cells(path)
    assert f"{path}: {told}" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((), "empty"),
        ((HEAD,), "no samples"),
        ((HEAD.replace("drug_um", "drug"), *GOOD), r"missing \['drug_um'\], unknown \['drug'\]"),
    ],
)
def test_a_bad_table_is_named(tmp_path: Path, lines: tuple[str, ...], told: str) -> None:
    with pytest.raises(ModelInputError, match=told):
        read_cells(write(tmp_path, *lines))


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "samples.csv"
    path.write_bytes("zelle,µM".encode("latin-1"))
    with pytest.raises(ModelInputError, match="UTF-8"):
        read_cells(path)

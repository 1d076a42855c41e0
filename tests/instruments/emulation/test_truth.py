from __future__ import annotations

from array import array
from pathlib import Path

import numpy as np
import pytest

from instruments.emulation.truth import (
    FLAG_LIMITED,
    FLAG_OUTPUT,
    TruthRecorder,
    read_truth,
    read_truth_header,
)


def write(path: Path, blocks: int, *, close: bool = True) -> TruthRecorder:
    recorder = TruthRecorder(path, {"seed": 5})
    for block in range(blocks):
        ramp = array("d", [block + index / 1000 for index in range(1000)])
        recorder.extend(
            ramp, array("d", [2.0] * 1000), level_a=0.5, flags=FLAG_OUTPUT * (block % 2)
        )
    if close:
        recorder.close()
    return recorder


def test_everything_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "t.bin"
    write(path, 3)
    truth = read_truth(path)
    assert read_truth_header(path) == {"seed": 5}
    assert truth["time_s"] == pytest.approx(np.arange(1, 3001) * 1e-3)
    assert truth["current_a"] == pytest.approx(np.arange(3000) / 1000, rel=1e-6)
    assert truth["output_on"].tolist() == [False] * 1000 + [True] * 1000 + [False] * 1000
    assert not truth["limited"].any()


def test_flags_are_told_apart(tmp_path: Path) -> None:
    recorder = TruthRecorder(tmp_path / "t.bin", {})
    recorder.extend(array("d", [1.0]), array("d", [1.0]), level_a=0.0, flags=FLAG_LIMITED)
    recorder.close()
    truth = read_truth(tmp_path / "t.bin")
    assert truth["limited"].tolist() == [True]
    assert truth["output_on"].tolist() == [False]


def test_a_file_cut_anywhere_gives_whole_blocks(tmp_path: Path) -> None:
    path, cut = tmp_path / "t.bin", tmp_path / "cut.bin"
    write(path, 3)
    data = path.read_bytes()
    lengths = set()
    for end in range(len(data) - 1, 60, -97):
        cut.write_bytes(data[:end])
        lengths.add(len(read_truth(cut)))
    assert lengths == {0, 1000, 2000}


def test_a_growing_file_can_be_read_after_a_flush(tmp_path: Path) -> None:
    path = tmp_path / "t.bin"
    recorder = write(path, 1, close=False)
    recorder.extend(array("d", [1.0]), array("d", [1.0]), level_a=0.0, flags=0)
    recorder.flush()
    assert len(read_truth(path)) == 1001
    recorder.close()


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"something else")
    with pytest.raises(ValueError, match="not a ground-truth recording"):
        read_truth(tmp_path / "x")

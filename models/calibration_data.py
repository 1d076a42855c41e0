"""Receptor samples of diffusion cells, read from a CSV whose column names carry their units.

One row is one sample. Its current is what flowed since the sample before, positive in the direction
that drives the drug in; a value below the detection limit is written ``<limit``.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelInputError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

REQUIRED = ("cell", "time_min", "current_ma", "area_cm2", "receptor_ml", "sample_ml", "drug_um")
OPTIONAL = ("marker_um",)
ABOVE_ZERO = ("time_min", "area_cm2", "receptor_ml")
PER_CELL = ("area_cm2", "receptor_ml", "sample_ml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assay:
    """Hold the concentrations of one solute in one cell's samples.

    Parameters
    ----------
    value_um : (n_time,) array
        µM as found; the limit where it was below.
    below : (n_time,) array
        Whether the sample was below the detection limit.
    """

    value_um: FloatArray
    below: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CellData:
    """Hold the samples of one diffusion cell.

    Parameters
    ----------
    name : str
        As written in the file.
    area_cm2, receptor_ml, sample_ml : float
        Skin area, receptor volume, and the volume replaced by fresh medium at each sample.
    time_h, current_ma_per_cm2 : (n_time,) array
        Rising times of the samples, and the current density up to each.
    drug, marker : Assay
        Concentrations; None for a marker that was not there.
    """

    name: str
    area_cm2: float
    receptor_ml: float
    sample_ml: float
    time_h: FloatArray
    current_ma_per_cm2: FloatArray
    drug: Assay
    marker: Assay | None


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    text: dict[str, str]


def read_cells(path: Path) -> tuple[CellData, ...]:
    """Read the cells of a CSV.

    Parameters
    ----------
    path : Path
        With the columns `REQUIRED`, and `OPTIONAL` ones.

    Returns
    -------
    tuple of CellData
        In the order of their first rows.

    Raises
    ------
    ModelInputError
        At the first thing wrong: file, line, column, value, and what to write instead.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    except UnicodeDecodeError as error:
        raise ModelInputError(f"{path}: not UTF-8 text; save it as CSV UTF-8") from error
    if not lines:
        raise ModelInputError(f"{path}: empty; write a header with {', '.join(REQUIRED)}")
    heads = [head.strip() for head in lines[0]]
    _check_heads(path, heads)
    rows = [_row(path, heads, k, line) for k, line in enumerate(lines[1:], 2) if any(line)]
    if not rows:
        raise ModelInputError(f"{path}: no samples below the header; write one row a sample")
    names = dict.fromkeys(row.text["cell"] for row in rows)
    return tuple(_cell(path, [r for r in rows if r.text["cell"] == name]) for name in names)


def _check_heads(path: Path, heads: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in heads]
    strange = [name for name in heads if name not in REQUIRED + OPTIONAL]
    if missing or strange or len(set(heads)) != len(heads):
        raise ModelInputError(
            f"{path}: line 1: missing {missing}, unknown {strange}; the columns are "
            f"{', '.join(REQUIRED)} and, with a neutral marker, {', '.join(OPTIONAL)}, each once"
        )


def _row(path: Path, heads: list[str], number: int, line: list[str]) -> _Row:
    if len(line) != len(heads):
        raise ModelInputError(
            f"{path}: line {number}: {len(line)} values under {len(heads)} columns; "
            "write numbers with a decimal point and one value a column"
        )
    return _Row(number, {head: text.strip() for head, text in zip(heads, line, strict=True)})


def _cell(path: Path, rows: list[_Row]) -> CellData:
    shared = {name: _shared(path, rows, name) for name in PER_CELL}
    if shared["sample_ml"] > shared["receptor_ml"]:
        raise _bad(path, rows[0], "sample_ml", "more than the receptor holds")
    times = np.array([_number(path, row, "time_min") for row in rows]) / 60.0
    for row, step in zip(rows[1:], np.diff(times), strict=True):
        if step <= 0.0:
            raise _bad(path, row, "time_min", "not after the cell's sample before; sort by time")
    currents = np.array([_number(path, row, "current_ma") for row in rows])
    with_marker = "marker_um" in rows[0].text
    return CellData(
        name=rows[0].text["cell"],
        **shared,
        time_h=times,
        current_ma_per_cm2=currents / shared["area_cm2"],
        drug=_assay(path, rows, "drug_um"),
        marker=_assay(path, rows, "marker_um") if with_marker else None,
    )


def _shared(path: Path, rows: list[_Row], name: str) -> float:
    first = _number(path, rows[0], name)
    for row in rows[1:]:
        if _number(path, row, name) != first:
            raise _bad(path, row, name, f"differs from {first:g} in the same cell; a cell has one")
    return first


def _assay(path: Path, rows: list[_Row], name: str) -> Assay:
    below = np.array([row.text[name].startswith("<") for row in rows])
    values = np.array([_number(path, row, name) for row in rows])
    for row, value in zip(rows, values, strict=True):
        if value <= 0.0:
            raise _bad(path, row, name, "must be above 0; below the detection limit write <limit")
    return Assay(value_um=values, below=below)


def _number(path: Path, row: _Row, name: str) -> float:
    text = row.text[name]
    assayed = name in {"drug_um", "marker_um"}
    try:
        value = float(text.removeprefix("<") if assayed else text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _bad(path, row, name, "no number" + (" and no <limit" if assayed else ""))
    if name in ABOVE_ZERO and value <= 0.0:
        raise _bad(path, row, name, "must be above 0")
    if name in {"current_ma", "sample_ml"} and value < 0.0:
        raise _bad(path, row, name, "must be 0 or more, in the direction that drives the drug in")
    return value


def _bad(path: Path, row: _Row, name: str, reason: str) -> ModelInputError:
    return ModelInputError(f"{path}: line {row.line}, column {name} = {row.text[name]!r}: {reason}")

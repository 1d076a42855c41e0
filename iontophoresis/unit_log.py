"""The log of another iontophoresis unit: time, current and voltage, read from CSV.

Column names carry their unit; a semicolon between columns means commas for decimals. Nothing is
guessed: what is missing, out of order or out of bounds is refused with its line.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from iontophoresis.errors import InputError, Problem
from iontophoresis.units import NA_PER_MA

LARGEST_BYTES = 64 * 1024 * 1024
HIGHEST_NA = 100 * NA_PER_MA
LONGEST_MS = 96 * 3_600_000

_TO_MS = {"time_s": 1e3, "time_ms": 1.0, "time_min": 6e4}
_TO_NA = {"current_ma": 1e6, "current_ua": 1e3, "current_a": 1e9}
_TO_UV = {"voltage_v": 1e6, "voltage_mv": 1e3}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitLog:
    """What another unit logged.

    Attributes
    ----------
    time_ms : tuple of int
        Strictly rising, from 0.
    current_na : tuple of int
        Positive in the direction of delivery.
    voltage_uv : tuple of int or None
        None where the log has none.
    """

    time_ms: tuple[int, ...]
    current_na: tuple[int, ...]
    voltage_uv: tuple[int | None, ...]

    def charge_pc(self) -> tuple[int, ...]:
        """Return the charge passed by each time, in both directions, joined by straight lines."""
        passed = [0]
        points = list(zip(self.time_ms, self.current_na, strict=True))
        for (start_ms, start_na), (end_ms, end_na) in pairwise(points):
            passed.append(passed[-1] + _charge_pc(end_ms - start_ms, start_na, end_na))
        return tuple(passed)


def _charge_pc(span_ms: int, start_na: int, end_na: int) -> int:
    """Return the charge of one straight line in either direction, rounded."""
    if start_na * end_na >= 0:
        return span_ms * abs(start_na + end_na) // 2
    return round(span_ms * (start_na**2 + end_na**2) / (2 * (abs(start_na) + abs(end_na))))


def read_unit_log(path: Path) -> UnitLog:
    """Read a log.

    Parameters
    ----------
    path : pathlib.Path
        CSV with time_s (or time_ms, time_min), current_ma (or current_ua, current_a) and, if it
        was logged, voltage_v (or voltage_mv).

    Returns
    -------
    UnitLog
        Its time counted from the first row.

    Raises
    ------
    InputError
        When the file or one of its rows cannot be used; with the line.
    """
    header, rows = _rows(path)
    time = _column(path, header, _TO_MS, needed="time_s")
    current = _column(path, header, _TO_NA, needed="current_ma")
    voltage = _column(path, header, _TO_UV, needed="")
    times, currents, voltages = [], [], []
    for line, row in rows:
        times.append(_number(path, line, row, time, _TO_MS))
        currents.append(_number(path, line, row, current, _TO_NA))
        blank = not voltage or not row[voltage].strip()
        voltages.append(None if blank else _number(path, line, row, voltage, _TO_UV))
        _check(path, line, times, currents[-1])
    if len(times) < 2:
        raise _refusal(path, "has fewer than two rows", "a log needs a beginning and an end")
    first = times[0]
    return UnitLog(
        time_ms=tuple(time - first for time in times),
        current_na=tuple(currents),
        voltage_uv=tuple(voltages),
    )


def _check(path: Path, line: int, times: list[int], current_na: int) -> None:
    if len(times) > 1 and times[-1] <= times[-2]:
        raise _refusal(path, f"line {line}: time does not rise by 1 ms at least", "sort the rows")
    if times[-1] - times[0] > LONGEST_MS:
        raise _refusal(path, f"line {line}: more than 96 h after the first row", "check the unit")
    if abs(current_na) > HIGHEST_NA:
        reason = f"line {line}: {current_na / NA_PER_MA:g} mA is above {HIGHEST_NA // NA_PER_MA} mA"
        raise _refusal(path, reason, "check the unit in the column's name")


def _rows(path: Path) -> tuple[list[str], list[tuple[int, Mapping[str, str]]]]:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _refusal(path, "is larger than 64 MiB", "thin it out")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "is not UTF-8 text"
        raise _refusal(path, f"cannot be read: {reason}", "check the path and the file") from error
    lines = text.splitlines()
    semicolons = bool(lines) and ";" in lines[0]
    reader = csv.DictReader(lines, delimiter=";" if semicolons else ",", restval="")
    header = [name.strip().casefold() for name in reader.fieldnames or []]
    rows: list[tuple[int, Mapping[str, str]]] = []
    for row in reader:
        named = dict(zip(header, (str(v or "") for v in row.values()), strict=False))
        decimal = {k: v.replace(",", ".") for k, v in named.items()} if semicolons else named
        rows.append((reader.line_num, decimal))
    return header, rows


def _column(path: Path, header: list[str], known: Mapping[str, float], *, needed: str) -> str:
    found = [name for name in known if name in header]
    if len(found) > 1 or (needed and not found):
        reason = f"has {' and '.join(found) or 'no ' + needed}; its columns: {', '.join(header)}"
        raise _refusal(path, reason, "name one column of each: " + ", ".join(known))
    return found[0] if found else ""


def _number(
    path: Path, line: int, row: Mapping[str, str], column: str, known: Mapping[str, float]
) -> int:
    text = row.get(column, "").strip()
    try:
        value = float(text) * known[column]
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e15:
        raise _refusal(path, f'line {line}: {column} is "{text[:40]}"', "write a number")
    return round(value)


def _refusal(path: Path, reason: str, advice: str) -> InputError:
    return InputError([Problem(origin=str(path), reason=reason, advice=advice)])

"""Write a session as CSV files with the unit in every column name.

Whole nA, uV, ms and pC become decimal mA, V, s and mC by moving the point, so no digit is lost or
invented. Text that a spreadsheet would take for a formula is disarmed with an apostrophe.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from iontophoresis.record.errors import RecordError
from iontophoresis.record.session import Session

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_TICK_COLUMNS: tuple[tuple[str, str, int | None], ...] = (
    ("tick", "tick", None),
    ("time_s", "t_ms", 3),
    ("channel", "channel", None),
    ("ticks_in_row", "n_tick", None),
    ("state", "state", None),
    ("requested_ma", "requested_na", 6),
    ("applied_ma", "applied_na", 6),
    ("current_ma", "current_na", 6),
    ("current_min_ma", "current_min_na", 6),
    ("current_max_ma", "current_max_na", 6),
    ("voltage_v", "voltage_uv", 6),
    ("voltage_min_v", "voltage_min_uv", 6),
    ("voltage_max_v", "voltage_max_uv", 6),
    ("charge_mc", "charge_pc", 9),
    ("charge_ma_min", "charge_ma_min", None),
    ("action", "action", None),
    ("reasons", "reasons", None),
    ("status", "status", None),
    ("lateness_us", "lateness_us", None),
    ("mono_ns", "mono_ns", None),
    ("wall_ns", "wall_ns", None),
)
"""Name of each column, what it is made of, and how far its decimal point moves."""

_EVENT_COLUMNS = ("time_s", "wall_ns", "origin", "severity", "code", "text", "data")
_QUANTILES = ("p05_mol_per_m2", "p50_mol_per_m2", "p95_mol_per_m2")
_ESTIMATE_COLUMNS = ("time_s", "wall_ns", "channel", "layer", *_QUANTILES)

Cell = str | int | float


def export_csv(session: Session, directory: Path, *, force: bool = False) -> tuple[Path, ...]:
    """Write ticks, events, estimates and header of a session, and give the files' paths.

    Parameters
    ----------
    session
        What to write.
    directory
        Where; made if needed.
    force
        Whether files that exist may be written over.

    Raises
    ------
    RecordError
        A file exists already or cannot be written.
    """
    stem = session.path.stem
    tables = {
        directory / f"{stem}_ticks.csv": (
            tuple(name for name, _, _ in _TICK_COLUMNS),
            _tick_rows(session),
        ),
        directory / f"{stem}_events.csv": (_EVENT_COLUMNS, _event_rows(session)),
        directory / f"{stem}_estimates.csv": (_ESTIMATE_COLUMNS, _estimate_rows(session)),
        directory / f"{stem}_header.csv": (("key", "value"), _header_rows(session)),
    }
    if not force and (there := [path for path in tables if path.exists()]):
        raise RecordError(f"{there[0]}: exists already; write over it with --force")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path, (columns, rows) in tables.items():
            with path.open("w", newline="", encoding="utf-8") as file:
                _write(file, columns, rows)
    except OSError as error:
        raise RecordError(
            f"{directory}: cannot be written ({error.strerror}); choose another with --to"
        ) from error
    return tuple(tables)


def disarmed(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def shifted(value: float, places: int) -> str:
    """Write a whole number of small units as a decimal of large ones; nothing for NaN.

    Parameters
    ----------
    value
        Whole number, or NaN for a missing one.
    places
        How many powers of ten the large unit is above the small one.
    """
    if math.isnan(value):
        return ""
    whole, rest = divmod(abs(int(value)), 10**places)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{rest:0{places}d}"


def _write(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def _tick_rows(session: Session) -> Iterator[Sequence[Cell]]:
    columns = [
        _cells(getattr(session.ticks, attribute).tolist(), places)
        for _, attribute, places in _TICK_COLUMNS
    ]
    return zip(*columns, strict=True)


def _cells(values: list[Any], places: int | None) -> list[Cell]:
    return values if places is None else [shifted(value, places) for value in values]


def _event_rows(session: Session) -> Iterator[Sequence[Cell]]:
    for event in session.events:
        data = json.dumps(event.data, ensure_ascii=False)
        texts = (event.origin, event.severity, event.code, event.text, data)
        yield (shifted(event.t_ms, 3), event.wall_ns, *map(disarmed, texts))


def _estimate_rows(session: Session) -> Iterator[Sequence[Cell]]:
    estimates = session.estimates
    return zip(
        _cells(estimates.t_ms.tolist(), 3),
        estimates.wall_ns.tolist(),
        estimates.channel.tolist(),
        map(disarmed, estimates.layer.tolist()),
        *(getattr(estimates, name).tolist() for name in _QUANTILES),
        strict=True,
    )


def _header_rows(session: Session) -> Iterator[Sequence[Cell]]:
    for key, value in session.header.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield disarmed(key), disarmed(text)

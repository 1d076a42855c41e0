"""Decide which ticks of a long session are kept whole and which become one row a second.

Every tick is kept for the first two hours. After that a tick is kept when something moves (a ramp,
a change of state or status, a reaction of the guard) or an event is near; quiet ticks become one
row a second with minimum, mean, maximum and the exact charge. Quiet ticks therefore wait for
``margin_ms`` before they are folded: something may still happen near them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from iontophoresis.record.chain import Cell
from iontophoresis.record.schema import TICK

Row = tuple[Cell, ...]
"""A tick row in the order of :data:`iontophoresis.record.schema.TICK`."""

_AT = {name: index for index, name in enumerate(TICK.names)}
_T_MS, _CHANNEL, _TICK = _AT["t_ms"], _AT["channel"], _AT["tick"]
_QUIET_IF_SAME = tuple(_AT[name] for name in ("state", "requested_na", "applied_na", "status"))
_ACTION, _REASONS = _AT["action"], _AT["reasons"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """Set how much of a session is kept tick by tick.

    Attributes
    ----------
    every_tick_ms
        Session time up to which every tick is kept, ms.
    margin_ms
        How long before and after anything that moves every tick is kept, ms.
    """

    every_tick_ms: int = 2 * 3600 * 1000
    margin_ms: int = 5000


@dataclass(slots=True)
class _Channel:
    waiting: deque[Row] = field(default_factory=deque)
    busy_until_ms: int = -1
    last: Row | None = None


class RecordingRule:
    """Hold back quiet ticks of a long session until it is known that they are quiet.

    Parameters
    ----------
    settings
        When to keep every tick.
    """

    def __init__(self, settings: RuleSettings) -> None:
        self._settings = settings
        self._channels: dict[int, _Channel] = {}

    def keeps_every_tick(self, t_ms: int) -> bool:
        """Say whether a tick at this session time (ms) is kept without looking at it."""
        return t_ms < self._settings.every_tick_ms

    def take(self, row: Row) -> list[Row]:
        """Take one tick and return those that are now to be kept whole, oldest first."""
        channel = self._channels.setdefault(_int(row[_CHANNEL]), _Channel())
        t_ms = _int(row[_T_MS])
        if _moves(channel.last, row):
            channel.busy_until_ms = t_ms + self._settings.margin_ms
        channel.last = row
        channel.waiting.append(row)
        if t_ms > channel.busy_until_ms:
            return []
        return _drain(channel)

    def disturb(self, t_ms: int) -> list[Row]:
        """Note an event at this session time (ms) and return the ticks to keep, oldest first."""
        kept: list[Row] = []
        for channel in self._channels.values():
            until_ms = t_ms + self._settings.margin_ms
            channel.busy_until_ms = max(channel.busy_until_ms, until_ms)
            kept += _drain(channel)
        return sorted(kept, key=lambda row: (row[_TICK], row[_CHANNEL]))

    def quiet_seconds(self, now_ms: int) -> Iterator[list[Row]]:
        """Give and forget the ticks of each whole second that has stayed quiet, per channel."""
        for channel in self._channels.values():
            while channel.waiting:
                second = _int(channel.waiting[0][_T_MS]) // 1000
                if (second + 1) * 1000 + self._settings.margin_ms > now_ms:
                    break
                rows = [row for row in channel.waiting if _int(row[_T_MS]) // 1000 == second]
                for _ in rows:
                    channel.waiting.popleft()
                yield rows


def fold(rows: Sequence[Row]) -> Row:
    """Fold the ticks of one quiet second and channel into a row of the table ``second``.

    Parameters
    ----------
    rows
        Tick rows of one channel and second, oldest first; at least one.

    Returns
    -------
    Row
        In the order of :data:`iontophoresis.record.schema.SECOND`. Means are rounded to the
        nearest integer nA and uV; time, charge, state and status are the last tick's.
    """
    last = rows[-1]

    def cell(name: str) -> Cell:
        return last[_AT[name]]

    return (
        *(rows[0][_TICK], last[_TICK], len(rows)),
        *(cell(name) for name in ("t_ms", "channel", "state", "requested_na", "applied_na")),
        *_spread([row[_AT["current_na"]] for row in rows]),
        *_spread([row[_AT["voltage_uv"]] for row in rows]),
        *(cell(name) for name in ("charge_pc", "status")),
        max(_int(row[_AT["lateness_us"]]) for row in rows),
        *(cell(name) for name in ("mono_ns", "wall_ns")),
    )


def _moves(previous: Row | None, row: Row) -> bool:
    if previous is None or row[_ACTION] != "none" or row[_REASONS] != 0:
        return True
    return any(previous[index] != row[index] for index in _QUIET_IF_SAME)


def _drain(channel: _Channel) -> list[Row]:
    rows = list(channel.waiting)
    channel.waiting.clear()
    return rows


def _spread(cells: Sequence[Cell]) -> tuple[Cell, Cell, Cell]:
    values = [_int(cell) for cell in cells if cell is not None]
    if not values:
        return None, None, None
    mean = (2 * sum(values) + len(values)) // (2 * len(values))
    return mean, min(values), max(values)


def _int(cell: Cell) -> int:
    if not isinstance(cell, int):
        raise TypeError(f"a tick's integer column holds {cell!r}")
    return cell

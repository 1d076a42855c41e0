"""Hold one session file's content as frozen arrays and records, with the unit in every name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from iontophoresis.units import (
    MS_PER_S,
    NA_PER_MA,
    PC_PER_MA_MIN,
    UV_PER_V,
)

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]
Texts = NDArray[np.str_]
_Columns = TypeVar("_Columns", "Ticks", "Estimates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """Hold the control loop's rows as columns of shape (n_row,), oldest first.

    A folded second of a long session is one row: its current and voltage are means, and
    ``n_tick`` says how many ticks it stands for. Missing readings are NaN.

    Attributes
    ----------
    tick, t_ms, channel, n_tick
        Number of the (last) tick, session time in ms, channel, ticks in the row.
    state, action
        The guard's state and its reaction, as text.
    requested_na, applied_na
        Current asked of the guard and current set on the source, nA.
    current_na, current_min_na, current_max_na
        Measured current, nA.
    voltage_uv, voltage_min_uv, voltage_max_uv
        Measured voltage, uV.
    charge_pc
        Measured charge since the start, pC, exact.
    reasons, status
        Bit masks (:mod:`iontophoresis.safety.reactions`, :mod:`iontophoresis.record.schema`).
    lateness_us
        How late the tick began, us.
    mono_ns, wall_ns
        Monotonic and wall time, ns.
    """

    tick: Integers
    t_ms: Integers
    channel: Integers
    n_tick: Integers
    state: Texts
    requested_na: Integers
    applied_na: Integers
    current_na: Reals
    current_min_na: Reals
    current_max_na: Reals
    voltage_uv: Reals
    voltage_min_uv: Reals
    voltage_max_uv: Reals
    charge_pc: Integers
    action: Texts
    reasons: Integers
    status: Integers
    lateness_us: Integers
    mono_ns: Integers
    wall_ns: Integers

    def __len__(self) -> int:
        return len(self.t_ms)

    def of_channel(self, channel: int) -> Ticks:
        """Give the rows of one channel."""
        return _where(self, self.channel == channel)

    @property
    def time_s(self) -> Reals:
        """Give session time, s."""
        return self.t_ms / MS_PER_S

    @property
    def requested_ma(self) -> Reals:
        """Give the current asked of the guard, mA."""
        return self.requested_na / NA_PER_MA

    @property
    def applied_ma(self) -> Reals:
        """Give the current set on the source, mA."""
        return self.applied_na / NA_PER_MA

    @property
    def current_ma(self) -> Reals:
        """Give the measured current, mA."""
        return self.current_na / NA_PER_MA

    @property
    def voltage_v(self) -> Reals:
        """Give the measured voltage, V."""
        return self.voltage_uv / UV_PER_V

    @property
    def charge_ma_min(self) -> Reals:
        """Give the measured charge, mA·min."""
        return self.charge_pc / PC_PER_MA_MIN

    def resistance_kohm_cm2(self, area_cm2: float, *, above_na: float) -> Reals:
        """Give voltage over current times area, kOhm·cm2; NaN at or below a current.

        Parameters
        ----------
        area_cm2
            Area the current passes, cm2.
        above_na
            Current up to which the ratio says more about noise than about skin, nA.
        """
        flows = np.abs(self.current_na) > above_na
        ratio = np.full(len(self), np.nan)
        np.divide(self.voltage_uv, self.current_na, out=ratio, where=flows)
        return ratio * area_cm2


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """Hold the model's live estimates as columns of shape (n_row,), oldest first.

    Attributes
    ----------
    t_ms, wall_ns, channel
        Session time in ms, wall time in ns, channel.
    layer
        Layer the amount is in.
    p05_mol_per_m2, p50_mol_per_m2, p95_mol_per_m2
        Quantiles of the amount, mol/m2.
    """

    t_ms: Integers
    wall_ns: Integers
    channel: Integers
    layer: Texts
    p05_mol_per_m2: Reals
    p50_mol_per_m2: Reals
    p95_mol_per_m2: Reals

    def __len__(self) -> int:
        return len(self.t_ms)

    def of(self, channel: int, layer: str) -> Estimates:
        """Give the rows of one channel and layer."""
        return _where(self, (self.channel == channel) & (self.layer == layer))

    def layers(self, channel: int) -> tuple[str, ...]:
        """Give the layers estimated for one channel, in order of first appearance."""
        return tuple(dict.fromkeys(self.layer[self.channel == channel].tolist()))

    @property
    def time_s(self) -> Reals:
        """Give session time, s."""
        return self.t_ms / MS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Hold one event: who noted it, when, how severe, what, and in which words."""

    origin: str
    t_ms: int
    wall_ns: int
    severity: str
    code: str
    text: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Hold the closing row: how the session ended and whether it had to be recovered."""

    outcome: str
    text: str
    recovered: bool
    wall_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Hold everything one session file says.

    Attributes
    ----------
    path
        The file.
    header
        Header values by key; the last one written where a key came twice.
    ticks, events, estimates
        What was measured, noted and estimated.
    closing
        The closing row; None while the session runs.
    live
        Whether a recorder was writing it when it was read.
    head
        Chain value of the last row, hexadecimal.
    rows
        Number of rows in the chain.
    problems
        What the check of the chain found wrong, one sentence each; empty if nothing.
    """

    path: Path
    header: Mapping[str, Any]
    ticks: Ticks
    events: tuple[Event, ...]
    estimates: Estimates
    closing: Closing | None
    live: bool
    head: str
    rows: int
    problems: tuple[str, ...]

    @property
    def state(self) -> str:
        """Say how it ended: done, stopped, tripped, refused, cut - or running."""
        if self.closing is not None:
            return self.closing.outcome
        return "running" if self.live else "cut"

    @property
    def title(self) -> str:
        """Give the protocol's title, or its name, or the file's."""
        return str(self.header.get("title") or self.header.get("protocol_name") or self.path.stem)

    @property
    def channels(self) -> tuple[int, ...]:
        """Give the numbers of the channels that have rows or are described in the header."""
        described = range(len(self.header.get("channels") or ()))
        return tuple(sorted({*np.unique(self.ticks.channel).tolist(), *described}))

    def channel_facts(self, channel: int) -> Mapping[str, Any]:
        """Give what the header says about one channel; empty if it says nothing."""
        facts = self.header.get("channels") or ()
        return facts[channel] if channel < len(facts) else {}


def _where(columns: _Columns, rows: NDArray[np.bool_]) -> _Columns:
    return type(columns)(**{f.name: getattr(columns, f.name)[rows] for f in fields(columns)})

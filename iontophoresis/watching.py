"""What a running session shows: one snapshot, whoever draws it."""

from dataclasses import dataclass, field
from typing import Protocol as Interface


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """5, 50 and 95 % of the parameter ensemble, ug/cm2."""

    low_ug_per_cm2: float
    median_ug_per_cm2: float
    high_ug_per_cm2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSnapshot:
    """The latest reading of one channel; None where there was no valid one."""

    name: str
    current_ma: float | None
    voltage_v: float | None
    resistance_kohm_cm2: float | None
    charge_ma_min: float
    planned_charge_ma_min: float
    layer: str
    amount: Band | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A session at one moment."""

    state: str
    elapsed_s: float
    left_s: float
    channels: tuple[ChannelSnapshot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An event worth a line on the screen."""

    severity: str
    text: str
    data: dict[str, object] = field(default_factory=dict)


class Watcher(Interface):
    """Whoever follows a session: a terminal, a notebook, a test."""

    def stage(self, text: str) -> None:
        """Take note of what is being done before current flows."""

    def show(self, snapshot: Snapshot) -> None:
        """Take the latest snapshot, some times a second."""

    def notice(self, notice: Notice) -> None:
        """Take an event."""


class Silent:
    """Follow nothing."""

    def stage(self, text: str) -> None:
        """Ignore."""

    def show(self, snapshot: Snapshot) -> None:
        """Ignore."""

    def notice(self, notice: Notice) -> None:
        """Ignore."""

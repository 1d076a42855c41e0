"""What the session process orders the guard to do: fixed before arming, one JSON object."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from iontophoresis.safety.kernel import ChannelConfig, Config
from iontophoresis.safety.limits import ChannelLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOrder:
    """The contact probe: a small current under a small voltage, before arming."""

    current_na: int
    compliance_uv: int
    hold_ms: int
    max_open_circuit_uv: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterOrder:
    """A companion meter: where it is, and what it reads; `shunt_mohm` where that is a current."""

    reads: str
    resource: str
    driver: str
    serial: str
    shunt_mohm: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CellsOrder:
    """The scanning meter of cells in series: one input a cell, one window of sheet resistance."""

    resource: str
    driver: str
    serial: str
    inputs: tuple[int, ...]
    names: tuple[str, ...]
    areas_um2: tuple[int, ...]
    sheet_low_ohm_cm2: int
    sheet_high_ohm_cm2: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOrder:
    """One channel: where its source is, what is set in it, and how it is judged.

    `finish_charge_pc`: measured charge at which the session is complete, or None.
    `unattended_refusal`: why a source that nothing switches off when the computer dies may not
    drive this channel; empty where it may. `source_channel`: output of the source, from 1.
    """

    name: str
    resource: str
    driver: str
    serial: str | None
    peak_na: int
    compliance_uv: int
    probe: ProbeOrder
    judge: ChannelConfig
    finish_charge_pc: int | None
    specimen_class: str
    smallest_area_um2: int
    unattended_refusal: str = ""
    source_channel: int = 1
    meters: tuple[MeterOrder, ...] = ()
    cells: CellsOrder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Everything the guard needs; it reads no file.

    `tick_is_fixed`: the bench file names `tick_ms`; else a driver may ask for a longer one.
    `transcript`: every message to and from the sources is kept in the record.
    `sentinel_port`: where the sentinel listens; only virtual time does without one.
    `proof_on_resistor`: the fail-safe is proved on a resistor, and the leads are moved then.
    """

    channels: tuple[ChannelOrder, ...]
    common_current_na: int
    tick_ms: int
    stop_ramp_ms: int
    require_interlock: bool
    protocol_sha256: str
    bench_control_ports: tuple[int, ...]
    recorder_port: int
    recorder_token: str
    session_token: str
    door_token: str
    waits_for_amount: bool = False
    tick_is_fixed: bool = False
    proof_on_resistor: bool = False
    transcript: bool = False
    sentinel_port: int = 0
    sentinel_token: str = ""

    def kernel_config(self) -> Config:
        """Return the kernel's view of this order."""
        return Config(
            channels=tuple(channel.judge for channel in self.channels),
            common_current_na=self.common_current_na,
            tick_ms=self.tick_ms,
            stop_ramp_ms=self.stop_ramp_ms,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the order as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        """Read an order back.

        Raises
        ------
        TypeError
            If a field is missing or unknown.
        """
        channels = tuple(_channel(item) for item in body["channels"])
        ports = tuple(body["bench_control_ports"])
        return cls(**{**body, "channels": channels, "bench_control_ports": ports})


def _channel(body: dict[str, Any]) -> ChannelOrder:
    limits, *rest = body["judge"]
    judge = ChannelConfig(ChannelLimits(*limits), *rest)
    probe = ProbeOrder(**body["probe"])
    meters = tuple(MeterOrder(**meter) for meter in body.get("meters", ()))
    read = {"probe": probe, "judge": judge, "meters": meters}
    cells = body.get("cells")
    return ChannelOrder(**{**body, **read, "cells": None if cells is None else _cells(cells)})


def _cells(body: dict[str, Any]) -> CellsOrder:
    listed = {name: tuple(body[name]) for name in ("inputs", "names", "areas_um2")}
    return CellsOrder(**{**body, **listed})

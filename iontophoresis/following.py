"""What the session process knows while the guard runs: position, readings, charge, dose.

It steps the live estimate on measured current, hands out set-points ahead of the guard, and tells
when a predicted amount is reached.
"""

from typing import Any

from iontophoresis.dose import LiveDose, live_dose
from iontophoresis.feeder import Feeder, remaining_line
from iontophoresis.ordering import judge_load_na, shown_prediction
from iontophoresis.plan import Plan
from iontophoresis.protocol import StopAtAmount
from iontophoresis.units import MS_PER_S, NA_PER_MA, UV_PER_V, ma_min_from_pc
from iontophoresis.watching import Band, ChannelSnapshot, Snapshot

LAYERS = ("donor", "stratum_corneum", "epidermis", "dermis", "fat", "cleared", "receptor")
ESTIMATE_EVERY = 10


class Reading:
    """The latest row of one channel."""

    def __init__(self) -> None:
        self.current_na: int | None = None
        self.voltage_uv: int | None = None
        self.charge_pc = 0


class Follower:
    """Follow every channel of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._doses = tuple(live_dose(plan, index) for index in range(len(plan.channels)))
        self._layers = tuple(shown_layer(plan, index) for index in range(len(plan.channels)))
        self._readings = tuple(Reading() for _ in plan.channels)
        self._bands: list[Band | None] = [None for _ in plan.channels]
        self._estimates: list[dict[str, Any]] = []
        self._steps = 0
        self._t_ms = 0
        self._wall_ns = 0
        self._state = "CHECKED"
        self.feeder = Feeder(tuple(channel.waveform for channel in plan.channels))
        self.position_ms = 0
        self.armed = False
        self.goal_reached = False

    def hear_tick(self, row: list[Any]) -> None:
        """Take one row of one channel."""
        _, self._t_ms, index, self._state, _, _, current_na, voltage_uv, charge_pc, *rest = row
        self._wall_ns = rest[-1]
        reading = self._readings[index]
        reading.current_na, reading.voltage_uv, reading.charge_pc = (
            current_na,
            voltage_uv,
            charge_pc,
        )
        dose = self._doses[index]
        if dose is not None and current_na is not None and dose.add(self._t_ms, current_na):
            self._estimate(index, dose)

    @property
    def t_ms(self) -> int:
        """Session time of the latest row, ms."""
        return self._t_ms

    def take_estimates(self) -> list[dict[str, Any]]:
        """Return the estimates that are to be recorded."""
        estimates, self._estimates = self._estimates, []
        return estimates

    def finish(self) -> None:
        """Step the estimate to the last reading and record it."""
        for index, dose in enumerate(self._doses):
            if dose is not None:
                dose.finish()
                self._note(index, dose)

    def next_knots(self) -> list[list[int]]:
        """Return the set-points to send now."""
        return self.feeder.next_knots(self.position_ms) if self.armed else []

    def resume(self) -> int | None:
        """Build what is left of every profile; returns its position, or None if nothing is."""
        if self._state != "PAUSED":
            return None
        lines = tuple(
            remaining_line(
                channel.waveform,
                min(reading.charge_pc, channel.waveform.charge_pc),
                channel.limits.slew_na_per_s,
            )
            for channel, reading in zip(self._plan.channels, self._readings, strict=True)
        )
        self.feeder.resume(lines, self.position_ms)
        return self.position_ms

    def snapshot(self) -> Snapshot:
        """Return what to show."""
        return Snapshot(
            state=self._state,
            elapsed_s=self._t_ms / MS_PER_S,
            left_s=max(0, self.feeder.end_ms - self.position_ms) / MS_PER_S,
            channels=tuple(self._channel(index) for index in range(len(self._readings))),
        )

    def _channel(self, index: int) -> ChannelSnapshot:
        channel, reading = self._plan.channels[index], self._readings[index]
        current_na, voltage_uv = reading.current_na, reading.voltage_uv
        resistance = None
        if current_na is not None and voltage_uv is not None:
            judged = abs(current_na) >= judge_load_na(channel)
            area_cm2 = min(cell.cell.area_cm2 for cell in channel.cells)
            resistance = voltage_uv / current_na * area_cm2 if judged else None
        return ChannelSnapshot(
            name=channel.channel.name,
            current_ma=None if current_na is None else current_na / NA_PER_MA,
            voltage_v=None if voltage_uv is None else voltage_uv / UV_PER_V,
            resistance_kohm_cm2=resistance,
            charge_ma_min=ma_min_from_pc(reading.charge_pc),
            planned_charge_ma_min=ma_min_from_pc(channel.waveform.charge_pc),
            layer=self._layers[index],
            amount=self._bands[index],
        )

    def _estimate(self, index: int, dose: LiveDose) -> None:
        self._steps += 1
        self._bands[index] = dose.band(self._layers[index])
        stop = self._plan.protocol.stop
        if isinstance(stop, StopAtAmount):
            median = dose.band(stop.layer).median_ug_per_cm2
            self.goal_reached = self.goal_reached or median >= stop.amount_ug_per_cm2
        if self._steps % ESTIMATE_EVERY == 0:
            self._note(index, dose)

    def _note(self, index: int, dose: LiveDose) -> None:
        for layer in LAYERS:
            low, median, high = dose.quantiles_mol_per_m2(layer)
            self._estimates.append(
                {
                    "k": "estimate",
                    "t_ms": self._t_ms,
                    "wall_ns": self._wall_ns,
                    "channel": index,
                    "layer": layer,
                    "p05_mol_per_m2": low,
                    "p50_mol_per_m2": median,
                    "p95_mol_per_m2": high,
                }
            )


def shown_layer(plan: Plan, index: int) -> str:
    """Return the layer a session shows: its goal's, else the receptor's, else the dermis."""
    stop = plan.protocol.stop
    if isinstance(stop, StopAtAmount):
        return stop.layer
    shown = shown_prediction(plan, plan.channels[index])
    return "receptor" if shown is not None and shown.amount("receptor") else "dermis"

"""Put one emulated bench together: clock, circuit, instrument, and what goes wrong when."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from instruments.emulation.circuit import Circuit
from instruments.emulation.clock import Clock, LockstepClock, RealClock
from instruments.emulation.device import EmulatedInstrument, PanelTouch, Parts
from instruments.emulation.faults import Faults
from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.load import Load, Resistor
from instruments.emulation.registry import MODELS
from instruments.emulation.skin import Skin, draw_skin
from instruments.emulation.truth import TruthRecorder

__all__ = ["Twin", "TwinSettings"]

_DRYING_STEP_MS = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinSettings:
    """Hold what a bench is made of.

    Parameters
    ----------
    model : str
        One of `instruments.emulation.registry.MODELS`.
    load : str
        ``skin`` or ``resistor``.
    seed : int
        Seed of specimen, unit and noise.
    area_cm2 : float
        Area of the skin, cm2.
    barrier_kohm_cm2 : float
        Median of the skin's resistance at rest, kOhm.cm2.
    resistance_ohm : float
        Resistance of the resistor, Ohm.
    lockstep : bool
        Time moves only when told.
    interlock_closed : bool
        Whether the interlock permits high voltages.
    serial : str
        Serial number of the instrument; empty for the model's own.
    truth_path : Path or None
        Where the ground truth goes; None records nothing.
    """

    model: str = "keithley-2450"
    load: str = "skin"
    seed: int = 0
    area_cm2: float = 5.0
    barrier_kohm_cm2: float = 60.0
    resistance_ohm: float = 10_000.0
    lockstep: bool = False
    interlock_closed: bool = True
    serial: str = ""
    truth_path: Path | None = None


class Twin:
    """Run one bench.

    Parameters
    ----------
    settings : TwinSettings
        What it is made of.

    Raises
    ------
    ValueError
        If there is no such model or load.
    """

    def __init__(self, settings: TwinSettings) -> None:
        if settings.model not in MODELS:
            raise ValueError(f"no twin of {settings.model!r}; there are {', '.join(MODELS)}")
        self.clock: Clock = LockstepClock() if settings.lockstep else RealClock()
        self.faults = Faults()
        self.hang_up: str | None = None
        model = MODELS[settings.model]
        self.circuits = tuple(_make_circuit(settings, channel) for channel in range(model.channels))
        self.instrument: EmulatedInstrument = model.build(
            Parts(
                circuits=self.circuits,
                clock=self.clock,
                faults=self.faults,
                seed=settings.seed,
                serial=settings.serial or model.serial,
                interlock_closed=settings.interlock_closed,
            ),
        )
        self._plans: list[tuple[int, int, str, str, Mapping[str, Any]]] = []
        self._order = count()

    @property
    def circuit(self) -> Circuit:
        """Give the circuit of the first channel."""
        return self.circuits[0]

    def catch_up(self) -> None:
        """Bring everything to the clock's time, through all that happens by itself until then."""
        now_us = self.clock.now_us()
        while (moment_us := self.next_event_us()) is not None and moment_us <= now_us:
            self._bring_circuits_to(moment_us)
            if self._plans and self._plans[0][0] <= moment_us:
                self._do_planned()
            else:
                self.instrument.wake(moment_us)
        self._bring_circuits_to(now_us)

    def next_event_us(self) -> int | None:
        """Tell when something next happens by itself.

        Returns
        -------
        int or None
            Moment, us of the bench's time; None for never.
        """
        moments = [self._plans[0][0]] if self._plans else []
        if (wake_us := self.instrument.next_wake_us()) is not None:
            moments.append(wake_us)
        return min(moments, default=None)

    def _bring_circuits_to(self, moment_us: int) -> None:
        for circuit in self.circuits:
            circuit.catch_up(moment_us)

    def _do_planned(self) -> None:
        moment_us, _, what, name, arguments = heapq.heappop(self._plans)
        if what == "begin":
            self._begin(name, arguments)
        elif what == "end":
            self._end(name)
        elif self.faults.active(name):
            self._dry(moment_us)

    def advance(self, to_ms: int) -> int:
        """Move a lockstep clock.

        Parameters
        ----------
        to_ms : int
            New time, ms.

        Returns
        -------
        int
            The time now, ms.

        Raises
        ------
        ValueError
            If the clock is a real one, or the time lies in the past.
        """
        self.clock.advance(to_ms * 1000)
        self.catch_up()
        return self.clock.now_us() // 1000

    def plan_fault(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        after_ms: int = 0,
        for_ms: int | None = None,
    ) -> None:
        """Let a fault begin, now or later, for good or for a while.

        Parameters
        ----------
        name : str
            Name of the fault.
        arguments : Mapping
            Some of its arguments.
        after_ms : int
            Delay, ms of the bench's time.
        for_ms : int or None
            Duration, ms; None until it is cleared.

        Raises
        ------
        ValueError
            If there is no such fault or argument.
        """
        Faults().begin(name, arguments)
        self.catch_up()
        start_us = self.clock.now_us() + after_ms * 1000
        self._plan(start_us, "begin", name, arguments)
        if for_ms is not None:
            self._plan(start_us + for_ms * 1000, "end", name, {})
        self.catch_up()

    def _plan(self, moment_us: int, what: str, name: str, arguments: Mapping[str, Any]) -> None:
        heapq.heappush(self._plans, (moment_us, next(self._order), what, name, arguments))

    def clear_fault(self, name: str | None) -> None:
        """End one fault, or all.

        Parameters
        ----------
        name : str or None
            Its name; None for all.
        """
        self.catch_up()
        for one in self.faults.names() if name is None else (name,):
            self._end(one)

    def _begin(self, name: str, given: Mapping[str, Any]) -> None:
        before = self.faults.end(name)
        if before is not None:
            self._undo(name, before)
        arguments = self.faults.begin(name, given)
        for circuit in self._circuits_of(arguments):
            _spoil_circuit(circuit, name, arguments)
        match name:
            case "dry_out":
                self._dry(self.circuit.now_us)
            case "push_error":
                self.instrument.report(int(arguments["code"]))
            case "front_panel":
                self._touch_panel(arguments)
            case "reboot":
                self.instrument.power_on()
                self.hang_up = "close_connection"
            case "close_connection" | "reset_connection":
                self.hang_up = name
        self.instrument.refresh()

    def _end(self, name: str) -> None:
        arguments = self.faults.end(name)
        if arguments is not None:
            self._undo(name, arguments)
        self.instrument.refresh()

    def _undo(self, name: str, arguments: Mapping[str, Any]) -> None:
        for circuit in self._circuits_of(arguments):
            _mend_circuit(circuit, name, arguments)

    def _circuits_of(self, arguments: Mapping[str, Any]) -> tuple[Circuit, ...]:
        channel = int(arguments["channel"])
        if not 0 <= channel <= len(self.circuits):
            raise ValueError(f"no channel {channel}; there are {len(self.circuits)}")
        return self.circuits[channel - 1 : channel] if channel else self.circuits

    def _dry(self, moment_us: int) -> None:
        """Let the resistance grow a little, and plan the next time."""
        factor = self.faults.number("dry_out", "factor")
        steps = self.faults.number("dry_out", "minutes") * 60_000 / _DRYING_STEP_MS
        for circuit in self.circuits:
            if self.faults.on(self.circuits.index(circuit) + 1).active("dry_out"):
                circuit.load.scale(resistance=factor ** (1.0 / steps))
        self._plan(moment_us + _DRYING_STEP_MS * 1000, "go on", "dry_out", {})

    def _touch_panel(self, arguments: Mapping[str, Any]) -> None:
        touch = PanelTouch(**{**arguments, "channel": int(arguments["channel"]) or 1})
        try:
            self.instrument.touch_panel(touch)
        except ScpiError as error:
            self.instrument.report(error.code, error.detail)

    def state(self) -> dict[str, Any]:
        """Tell how things truly are.

        Returns
        -------
        dict
            Time, true current and voltage, level, output, limit and active faults.
        """
        self.catch_up()
        current_a, voltage_v, limited = self.circuit.working_point()
        return {
            "now_ms": self.clock.now_us() // 1000,
            "current_na": round(current_a * 1e9),
            "voltage_uv": round(voltage_v * 1e6),
            "level": self.circuit.programmed,
            "output_on": self.circuit.output_on,
            "limited": limited and self.circuit.output_on,
            "faults": list(self.faults.names()),
        }


def _spoil_circuit(circuit: Circuit, name: str, arguments: Mapping[str, Any]) -> None:
    match name:
        case "open_lead":
            circuit.open_lead(open_=True)
        case "chatter":
            circuit.chatter(on=True)
        case "short":
            circuit.short(1.0 / float(arguments["ohm"]))
        case "resistance_step":
            circuit.load.scale(resistance=float(arguments["factor"]))
        case "delamination":
            factor = float(arguments["factor"])
            circuit.load.scale(resistance=factor, capacitance=1.0 / factor)


def _mend_circuit(circuit: Circuit, name: str, arguments: Mapping[str, Any]) -> None:
    match name:
        case "open_lead":
            circuit.open_lead(open_=False)
        case "chatter":
            circuit.chatter(on=False)
        case "short":
            circuit.short(0.0)
        case "resistance_step":
            circuit.load.scale(resistance=1.0 / float(arguments["factor"]))
        case "delamination":
            factor = float(arguments["factor"])
            circuit.load.scale(resistance=1.0 / factor, capacitance=factor)


def _make_circuit(settings: TwinSettings, index: int) -> Circuit:
    load = _make_load(settings, index)
    truth = _start_truth(settings, load) if index == 0 else None
    return Circuit(load, truth, seed=settings.seed + index)


def _make_load(settings: TwinSettings, index: int) -> Load:
    if settings.load == "resistor":
        return Resistor(settings.resistance_ohm)
    if settings.load == "skin":
        specimen = draw_skin(settings.seed + index, barrier_kohm_cm2=settings.barrier_kohm_cm2)
        return Skin(specimen, area_cm2=settings.area_cm2)
    raise ValueError(f"no load named {settings.load!r}; there are skin and resistor")


def _start_truth(settings: TwinSettings, load: Load) -> TruthRecorder | None:
    if settings.truth_path is None:
        return None
    header = {
        "model": settings.model,
        "serial": settings.serial or MODELS[settings.model].serial,
        "load": settings.load,
        "seed": settings.seed,
        "parameters": dict(load.parameters()),
    }
    return TruthRecorder(settings.truth_path, header)

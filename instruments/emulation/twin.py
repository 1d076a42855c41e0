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
from instruments.emulation.faults import Faults
from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.keithley_2450 import Keithley2450
from instruments.emulation.load import Load, Resistor
from instruments.emulation.skin import Skin, draw_skin
from instruments.emulation.smu import SourceMeter
from instruments.emulation.truth import TruthRecorder

__all__ = ["MODELS", "Twin", "TwinSettings"]

MODELS = ("keithley-2450",)
"""Names of the instruments that can be emulated."""
_DRYING_STEP_MS = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinSettings:
    """Hold what a bench is made of.

    Parameters
    ----------
    model : str
        One of MODELS.
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
        Serial number of the instrument.
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
    serial: str = "EMU02450"
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
        load = _make_load(settings)
        truth = _start_truth(settings, load)
        self.circuit = Circuit(load, truth, seed=settings.seed)
        smu = SourceMeter(
            self.circuit,
            self.faults,
            seed=settings.seed,
            interlock_closed=settings.interlock_closed,
        )
        self.instrument = Keithley2450(
            smu,
            self.circuit,
            self.clock,
            self.faults,
            serial=settings.serial,
        )
        self._plans: list[tuple[int, int, str, str, Mapping[str, Any]]] = []
        self._order = count()

    def catch_up(self) -> None:
        """Bring everything to the clock's time, faults that were planned included."""
        now_us = self.clock.now_us()
        while self._plans and self._plans[0][0] <= now_us:
            moment_us, _, what, name, arguments = heapq.heappop(self._plans)
            self.circuit.catch_up(moment_us)
            if what == "begin":
                self._begin(name, arguments)
            elif what == "end":
                self._end(name)
            elif self.faults.active(name):
                self._dry(moment_us)
        self.circuit.catch_up(now_us)

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
        match name:
            case "open_lead":
                self.circuit.open_lead(open_=True)
            case "chatter":
                self.circuit.chatter(on=True)
            case "short":
                self.circuit.short(1.0 / float(arguments["ohm"]))
            case "resistance_step":
                self.circuit.load.scale(resistance=float(arguments["factor"]))
            case "delamination":
                factor = float(arguments["factor"])
                self.circuit.load.scale(resistance=factor, capacitance=1.0 / factor)
            case "dry_out":
                self._dry(self.circuit.now_us)
            case "push_error":
                self.instrument.status.report(int(arguments["code"]))
            case "front_panel":
                self._front_panel(arguments)
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
        match name:
            case "open_lead":
                self.circuit.open_lead(open_=False)
            case "chatter":
                self.circuit.chatter(on=False)
            case "short":
                self.circuit.short(0.0)
            case "resistance_step":
                self.circuit.load.scale(resistance=1.0 / float(arguments["factor"]))
            case "delamination":
                factor = float(arguments["factor"])
                self.circuit.load.scale(resistance=1.0 / factor, capacitance=factor)

    def _dry(self, moment_us: int) -> None:
        """Let the resistance grow a little, and plan the next time."""
        factor = self.faults.number("dry_out", "factor")
        steps = self.faults.number("dry_out", "minutes") * 60_000 / _DRYING_STEP_MS
        self.circuit.load.scale(resistance=factor ** (1.0 / steps))
        self._plan(moment_us + _DRYING_STEP_MS * 1000, "go on", "dry_out", {})

    def _front_panel(self, arguments: Mapping[str, Any]) -> None:
        smu = self.instrument.smu
        try:
            if arguments["range_na"] is not None:
                smu.set_source_range("CURR", float(arguments["range_na"]) * 1e-9)
            if arguments["autorange"] is not None:
                smu.state.quantities["CURR"].source_auto = bool(arguments["autorange"])
            if arguments["level_na"] is not None:
                smu.set_level("CURR", float(arguments["level_na"]) * 1e-9)
            if arguments["output"] is not None:
                smu.set_output(on=bool(arguments["output"]))
        except ScpiError as error:
            self.instrument.status.report(error.code, error.detail, self.instrument.time_s())

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


def _make_load(settings: TwinSettings) -> Load:
    if settings.load == "resistor":
        return Resistor(settings.resistance_ohm)
    if settings.load == "skin":
        specimen = draw_skin(settings.seed, barrier_kohm_cm2=settings.barrier_kohm_cm2)
        return Skin(specimen, area_cm2=settings.area_cm2)
    raise ValueError(f"no load named {settings.load!r}; there are skin and resistor")


def _start_truth(settings: TwinSettings, load: Load) -> TruthRecorder | None:
    if settings.truth_path is None:
        return None
    header = {
        "model": settings.model,
        "serial": settings.serial,
        "load": settings.load,
        "seed": settings.seed,
        "parameters": dict(load.parameters()),
    }
    return TruthRecorder(settings.truth_path, header)

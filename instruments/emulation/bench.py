"""Put an emulated bench together: one clock, loads, and the instruments around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from instruments.emulation.circuit import Circuit
from instruments.emulation.clock import Clock, LockstepClock, RealClock
from instruments.emulation.description import BenchSettings, InstrumentSettings, Tap
from instruments.emulation.device import Input, Parts
from instruments.emulation.faults import Faults
from instruments.emulation.load import Load, Resistor
from instruments.emulation.load_settings import make_load
from instruments.emulation.registry import MODELS
from instruments.emulation.truth import TruthRecorder
from instruments.emulation.twin import Twin

__all__ = ["Bench"]

_NOTHING_OHM = 1e12


class Bench:
    """Run one bench.

    Parameters
    ----------
    settings : BenchSettings
        What it is made of.

    Raises
    ------
    ValueError
        If its parts do not fit together.
    """

    def __init__(self, settings: BenchSettings) -> None:
        settings.check()
        self.clock: Clock = LockstepClock() if settings.lockstep else RealClock()
        self.circuits = {name: self._circuit(settings, name) for name in settings.loads}
        self.twins = {
            instrument.name: self._twin(instrument) for instrument in settings.instruments
        }

    @property
    def first(self) -> Twin:
        """Give the first instrument."""
        return next(iter(self.twins.values()))

    def _circuit(self, settings: BenchSettings, name: str) -> Circuit:
        given = settings.loads[name]
        load = make_load(given)
        path = settings.truth_paths.get(name)
        truth = None
        if path is not None:
            truth = TruthRecorder(Path(path), _truth_header(settings, name, load))
        return Circuit(load, truth, seed=given.seed, timed=self.clock.paced)

    def _open_circuit(self) -> Circuit:
        return Circuit(Resistor(_NOTHING_OHM), None, timed=self.clock.paced)

    def _twin(self, settings: InstrumentSettings) -> Twin:
        model = MODELS[settings.model]
        names = (*settings.loads, *[""] * (model.channels - len(settings.loads)))
        circuits = tuple(self.circuits[name] if name else self._open_circuit() for name in names)
        faults = Faults()
        instrument = model.build(
            Parts(
                circuits=circuits,
                clock=self.clock,
                faults=faults,
                seed=settings.seed,
                serial=settings.serial or model.serial,
                interlock_closed=settings.interlock_closed,
                inputs=tuple(self._input(tap) for tap in settings.taps),
            ),
        )
        return Twin(settings.name, instrument, circuits, faults, self)

    def _input(self, tap: Tap) -> Input:
        circuit = self.circuits[tap.load]
        if tap.shunt_ohm:
            circuit.insert(tap.shunt_ohm)
            return lambda: circuit.working_point()[0] * tap.shunt_ohm
        if tap.cell:
            return _cell_of(circuit, tap)
        return lambda: circuit.working_point()[1]

    def catch_up(self) -> None:
        """Bring everything to the clock's time, through all that happens by itself until then."""
        now_us = self.clock.now_us()
        while (moment_us := self.next_event_us()) is not None and moment_us <= now_us:
            self._bring_to(moment_us)
            for twin in self.twins.values():
                twin.do_due(moment_us)
        self._bring_to(now_us)

    def next_event_us(self) -> int | None:
        """Tell when something next happens by itself.

        Returns
        -------
        int or None
            Moment, us of the bench's time; None for never.
        """
        moments = (twin.next_event_us() for twin in self.twins.values())
        return min((moment for moment in moments if moment is not None), default=None)

    def _bring_to(self, moment_us: int) -> None:
        for twin in self.twins.values():
            for circuit in twin.circuits:
                circuit.catch_up(moment_us)
        for circuit in self.circuits.values():
            circuit.catch_up(moment_us)

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

    @property
    def output_on(self) -> bool:
        """Tell whether any output is on."""
        return any(circuit.output_on for circuit in self.circuits.values())

    def twin(self, name: str | None) -> Twin:
        """Find an instrument.

        Parameters
        ----------
        name : str or None
            What it is called; None for the first.

        Returns
        -------
        Twin
            The instrument.

        Raises
        ------
        ValueError
            If there is none of that name.
        """
        if name is None:
            return self.first
        if name not in self.twins:
            raise ValueError(f"no instrument named {name!r}; there are {', '.join(self.twins)}")
        return self.twins[name]

    def state(self, name: str | None = None) -> dict[str, Any]:
        """Tell how things truly are.

        Parameters
        ----------
        name : str or None
            Instrument; None for the first.

        Returns
        -------
        dict
            As `Twin.state`, with ``cells_uv``: the voltages over every load's cells, uV.
        """
        return self.twin(name).state() | {
            "cells_uv": {
                load: [round(voltage * 1e6) for voltage in circuit.cell_voltages()]
                for load, circuit in self.circuits.items()
            },
        }

    def flush(self) -> None:
        """Bring every recording into its file."""
        self.catch_up()
        for circuit in self.circuits.values():
            circuit.flush()

    def close(self) -> None:
        """Close every recording."""
        self.catch_up()
        for circuit in self.circuits.values():
            circuit.close()


def _cell_of(circuit: Circuit, tap: Tap) -> Callable[[], float]:
    count = len(circuit.cell_voltages())
    if not 1 <= tap.cell <= count:
        raise ValueError(f"load {tap.load!r} has {count} cells; there is no cell {tap.cell}")
    return lambda: circuit.cell_voltages()[tap.cell - 1]


def _truth_header(settings: BenchSettings, name: str, load: Load) -> Mapping[str, Any]:
    driven = [one for one in settings.instruments if name in one.loads]
    source = driven[0] if driven else None
    serial = None if source is None else source.serial or MODELS[source.model].serial
    return {
        "load": settings.loads[name].kind,
        "load_name": name,
        "seed": settings.loads[name].seed,
        "parameters": dict(load.parameters()),
        "model": source and source.model,
        "serial": serial,
        "channel": source and source.loads.index(name) + 1,
        "unit_seed": source and source.seed,
        "lockstep": settings.lockstep,
    }

"""Be one instrument of an emulated bench, with what goes wrong with it and when."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from itertools import count
from typing import Any, Protocol

from instruments.emulation.circuit import Circuit
from instruments.emulation.clock import Clock
from instruments.emulation.device import EmulatedInstrument, PanelTouch
from instruments.emulation.faults import Faults
from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.injection import mend_circuit, part_of, spoil_circuit

__all__ = ["Twin"]

_DRYING_STEP_MS = 250
_WIRE_EVENTS = {"close_connection", "reset_connection", "unplugged"}


class _Bench(Protocol):
    clock: Clock

    def catch_up(self) -> None: ...

    def advance(self, to_ms: int) -> int: ...


class Twin:
    """Run one instrument.

    Parameters
    ----------
    name : str
        What it is called.
    instrument : EmulatedInstrument
        What answers.
    circuits : tuple of Circuit
        What hangs on its channels.
    faults : Faults
        What is wrong with it at the moment.
    bench : Bench
        Where it stands.
    """

    def __init__(
        self,
        name: str,
        instrument: EmulatedInstrument,
        circuits: tuple[Circuit, ...],
        faults: Faults,
        bench: _Bench,
    ) -> None:
        self.name = name
        self.instrument = instrument
        self.circuits = circuits
        self.faults = faults
        self.hang_up: str | None = None
        self._bench = bench
        self._plans: list[tuple[int, int, str, str, Mapping[str, Any]]] = []
        self._order = count()

    @property
    def circuit(self) -> Circuit:
        """Give the circuit of the first channel."""
        return self.circuits[0]

    @property
    def clock(self) -> Clock:
        """Give the bench's clock."""
        return self._bench.clock

    def catch_up(self) -> None:
        """Bring the whole bench to the clock's time."""
        self._bench.catch_up()

    def advance(self, to_ms: int) -> int:
        """Move the whole bench's lockstep clock, to a time in ms."""
        return self._bench.advance(to_ms)

    def next_event_us(self) -> int | None:
        """Tell when something next happens to it by itself.

        Returns
        -------
        int or None
            Moment, us of the bench's time; None for never.
        """
        wake_us = self.instrument.next_wake_us()
        if not self._plans:
            return wake_us
        return self._plans[0][0] if wake_us is None else min(wake_us, self._plans[0][0])

    def do_due(self, now_us: int) -> None:
        """Do what is due; the circuits have been brought to this moment.

        Parameters
        ----------
        now_us : int
            Moment, us of the bench's time.
        """
        while self._plans and self._plans[0][0] <= now_us:
            moment_us, _, what, name, arguments = heapq.heappop(self._plans)
            if what == "begin":
                self._begin(name, arguments, moment_us)
            elif what == "end":
                self._end(name)
            elif self.faults.active(name):
                self._go_on(name, moment_us)
        wake_us = self.instrument.next_wake_us()
        if wake_us is not None and wake_us <= now_us:
            self.instrument.wake(now_us)

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
            If there is no such fault, argument or channel.
        """
        self._circuits_of(Faults().begin(name, arguments))
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

    def _begin(self, name: str, given: Mapping[str, Any], moment_us: int) -> None:
        self._end(name)
        arguments = self.faults.begin(name, given)
        for circuit in self._circuits_of(arguments):
            spoil_circuit(circuit, name, arguments)
        match name:
            case "dry_out" | "foreign_polling":
                self._go_on(name, moment_us)
            case "push_error":
                self.instrument.report(int(arguments["code"]))
            case "front_panel":
                self._touch_panel(arguments)
            case "foreign_message":
                self._hear(str(arguments["text"]))
            case "reboot":
                self.instrument.power_on()
                self.hang_up = "close_connection"
        if name in _WIRE_EVENTS:
            self.hang_up = name
        self.instrument.refresh()

    def _end(self, name: str) -> None:
        arguments = self.faults.end(name)
        if arguments is not None:
            for circuit in self._circuits_of(arguments):
                mend_circuit(circuit, name, arguments)
        self.instrument.refresh()

    def _circuits_of(self, arguments: Mapping[str, Any]) -> tuple[Circuit, ...]:
        channel = int(arguments["channel"])
        if not 0 <= channel <= len(self.circuits):
            raise ValueError(f"no channel {channel}; there are {len(self.circuits)}")
        found = self.circuits[channel - 1 : channel] if channel else self.circuits
        for circuit in found:
            part_of(circuit, int(arguments.get("cell", 0)))
        return found

    def _go_on(self, name: str, moment_us: int) -> None:
        """Do the next bit of a fault that goes on, and plan the one after."""
        if name == "dry_out":
            steps = self.faults.number(name, "minutes") * 60_000 / _DRYING_STEP_MS
            factor = self.faults.number(name, "factor") ** (1.0 / steps)
            for circuit in self._circuits_of({"channel": self.faults.argument(name, "channel")}):
                part_of(circuit, int(self.faults.number(name, "cell"))).scale(resistance=factor)
            wait_ms = _DRYING_STEP_MS
        else:
            self._hear(str(self.faults.argument(name, "text")))
            wait_ms = max(1, int(self.faults.number(name, "ms")))
        self._plan(moment_us + wait_ms * 1000, "go on", name, {})

    def _hear(self, message: str) -> None:
        """Obey another client; what the instrument answers goes to that one."""
        for _ in self.instrument.run(message):
            pass

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
            Time, true current and voltage, level, output and limit of the first channel, the same
            of every channel under ``channels``, and active faults.
        """
        self.catch_up()
        channels = [_state_of(circuit) for circuit in self.circuits]
        return {
            "now_ms": self.clock.now_us() // 1000,
            **(channels[0] if channels else {}),
            "channels": channels,
            "faults": list(self.faults.names()),
        }


def _state_of(circuit: Circuit) -> dict[str, Any]:
    current_a, voltage_v, limited = circuit.working_point()
    return {
        "current_na": round(current_a * 1e9),
        "voltage_uv": round(voltage_v * 1e6),
        "level": circuit.programmed,
        "output_on": circuit.output_on,
        "limited": limited and circuit.output_on,
    }

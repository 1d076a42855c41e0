"""Serve an emulated bench on loopback: a port for every instrument, and one that controls it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from instruments.emulation.bench import Bench
from instruments.emulation.connection import Connection
from instruments.emulation.outlet import Outlet

__all__ = ["BenchServer", "LifeRules"]

_IDLE_S = 0.05
_LAST_LOOK_S = 0.5
_FIRST_CLIENT_S = 60.0
Ready = Callable[[Mapping[str, str], int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeRules:
    """Say when a bench ends by itself.

    Parameters
    ----------
    stay : bool
        Never.
    linger_s : float
        With an output still on: so long after the last connection went, s.
    """

    stay: bool = False
    linger_s: float = 60.0


class BenchServer:
    """Serve one bench until it ends.

    Parameters
    ----------
    bench : Bench
        What is served.
    rules : LifeRules
        When it ends by itself.
    """

    def __init__(self, bench: Bench, rules: LifeRules) -> None:
        self.bench = bench
        self._rules = rules
        self._outlets = {name: Outlet(twin, self._changed) for name, twin in bench.twins.items()}
        self._controllers: set[Connection] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._ended = asyncio.Event()
        self._alone_since = 0.0
        self._had_clients = False

    async def serve(self, ports: Mapping[str, int | None], ready: Ready) -> None:
        """Listen, and return when the bench has ended.

        Parameters
        ----------
        ports : Mapping of str to int or None
            Where each instrument listens; 0 takes a free port, None a serial line.
        ready : callable
            Called with the instruments' resource names and the control port once they are open.

        Raises
        ------
        OSError
            If a port is taken.
        """
        loop = asyncio.get_running_loop()
        self._alone_since = loop.time()
        for name, outlet in self._outlets.items():
            if (port := ports.get(name, 0)) is None:
                outlet.open_line()
            else:
                await outlet.open(port)
        control = await loop.create_server(self._welcome, "127.0.0.1", 0)
        for name in ("SIGTERM", "SIGINT"):
            with contextlib.suppress(NotImplementedError, AttributeError):
                loop.add_signal_handler(getattr(signal, name), self._ended.set)
        control_port = int(control.sockets[0].getsockname()[1])
        ready({name: outlet.resource for name, outlet in self._outlets.items()}, control_port)
        watch = asyncio.create_task(self._watch())
        try:
            await self._ended.wait()
        finally:
            watch.cancel()
            control.close()
            await self._end()

    def _welcome(self) -> Connection:
        return Connection(take=self._take_order, came=self._came, went=self._went)

    async def _end(self) -> None:
        """Close every connection and recording."""
        for outlet in self._outlets.values():
            outlet.close()
        for client in tuple(self._controllers):
            client.close()
        self.bench.close()
        # Answers that were written just before the end still go out.
        await asyncio.sleep(0)

    def _came(self, client: Connection) -> None:
        self._controllers.add(client)
        self._changed(came=True)

    def _went(self, client: Connection) -> None:
        self._controllers.discard(client)
        self._changed(came=False)

    def _changed(self, came: bool | None) -> None:
        """Note that somebody came or went, or that an instrument was spoken with."""
        if came:
            self._had_clients = True
        elif came is None:
            self._set_alarm()
        elif not self._occupied():
            self._alone_since = asyncio.get_running_loop().time()
            self.bench.flush()

    def _occupied(self) -> bool:
        outlets = self._outlets.values()
        return bool(self._controllers) or any(outlet.clients for outlet in outlets)

    def _set_alarm(self) -> None:
        """Be there when something next happens by itself."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        moment_us = self.bench.next_event_us() if self.bench.clock.paced else None
        if moment_us is not None:
            wait_s = (moment_us - self.bench.clock.now_us()) * 1e-6
            self._alarm = asyncio.get_running_loop().call_later(max(0.0, wait_s), self._wake)

    def _wake(self) -> None:
        self.bench.catch_up()
        for outlet in self._outlets.values():
            outlet.pass_on()
            outlet.hang_up()
        self._set_alarm()

    async def _watch(self) -> None:
        """Keep a real-time bench up to date and end it when it is no longer needed."""
        loop = asyncio.get_running_loop()
        rounds = 0
        while True:
            await asyncio.sleep(_IDLE_S)
            rounds += 1
            if self.bench.clock.paced:
                self._wake()
                if rounds % 5 == 0:
                    self.bench.flush()
            if self._occupied() or self._rules.stay:
                continue
            alone_s = loop.time() - self._alone_since
            patience_s = self._rules.linger_s if self.bench.output_on else _LAST_LOOK_S
            if alone_s > (patience_s if self._had_clients else _FIRST_CLIENT_S):
                self._ended.set()

    def _take_order(self, client: Connection, line: str) -> None:
        try:
            order = json.loads(line)
            answer = {"ok": True, **self._obey(order)}
        except (ValueError, TypeError, KeyError, ArithmeticError) as error:
            answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        for outlet in self._outlets.values():
            outlet.pass_on()
            outlet.hang_up()
        # What was ordered has happened to the wires, too, when the answer says so.
        client.send(json.dumps(answer).encode() + b"\n")
        self._set_alarm()

    def _obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carry out one order of the control port."""
        bench = self.bench
        answer: dict[str, Any] = {}
        match order["do"]:
            case "advance":
                answer["now_ms"] = bench.advance(int(order["to_ms"]))
            case "now":
                answer["now_ms"] = bench.clock.now_us() // 1000
            case "fault":
                duration = order.get("for_ms")
                bench.twin(order.get("instrument")).plan_fault(
                    str(order["name"]),
                    dict(order.get("args", {})),
                    after_ms=int(order.get("after_ms", 0)),
                    for_ms=None if duration is None else int(duration),
                )
            case "clear_fault":
                bench.twin(order.get("instrument")).clear_fault(order.get("name"))
            case "state":
                twin = bench.twin(order.get("instrument"))
                ports = [outlet.port for outlet in self._outlets.values()]
                port = self._outlets[twin.name].port
                answer = bench.state(twin.name) | {"port": port, "ports": ports}
            case "flush":
                bench.flush()
            case "shutdown":
                asyncio.get_running_loop().call_soon(self._ended.set)
            case other:
                raise ValueError(f"no order named {other!r}")
        return answer

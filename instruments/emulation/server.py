"""Serve one emulated bench on two loopback ports: the instrument's, and one that controls it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import struct
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from instruments.emulation.twin import Twin

__all__ = ["BenchServer", "LifeRules"]

_LONGEST_MESSAGE = 1 << 16
_IDLE_S = 0.05
_LAST_LOOK_S = 0.5
_FIRST_CLIENT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeRules:
    """Say when a bench ends by itself.

    Parameters
    ----------
    stay : bool
        Never.
    linger_s : float
        With the output still on: so long after the last connection went, s.
    """

    stay: bool = False
    linger_s: float = 60.0


class _Connection(asyncio.Protocol):
    """Hold one client of either port."""

    def __init__(self, server: BenchServer, take: Callable[[_Connection, str], None]) -> None:
        self._server = server
        self._take = take
        self._pending = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self.transport = transport
        self._server.joined(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.transport = None
        self._server.left(self)

    def data_received(self, data: bytes) -> None:
        clear = self._server.twin.instrument.clear_byte
        if clear and clear in data:
            self._pending = b""
            data = data.rpartition(clear)[2]
            self._server.clear_instrument()
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            self._take(self, line.rstrip(b"\r").decode("latin-1"))
        if len(self._pending) > _LONGEST_MESSAGE:
            self._pending = b""
            self._server.twin.instrument.report(-363)

    def send(self, data: bytes) -> None:
        """Send bytes, if the client is still there."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)


class BenchServer:
    """Serve one bench until it ends.

    Parameters
    ----------
    twin : Twin
        The bench.
    rules : LifeRules
        When it ends by itself.
    """

    def __init__(self, twin: Twin, rules: LifeRules) -> None:
        self.twin = twin
        self._port = 0
        self._rules = rules
        self._instrument_clients: set[_Connection] = set()
        self._clients: set[_Connection] = set()
        self._waiting: deque[tuple[_Connection, str]] = deque()
        self._alarm: asyncio.TimerHandle | None = None
        self._running: Generator[float, None, str | None] | None = None
        self._asker: _Connection | None = None
        self._ended = asyncio.Event()
        self._alone_since = 0.0
        self._had_clients = False

    async def serve(self, port: int, ready: Callable[[int, int], None]) -> None:
        """Listen, and return when the bench has ended.

        Parameters
        ----------
        port : int
            The instrument's port; 0 takes a free one.
        ready : callable
            Called with both ports once they are open.

        Raises
        ------
        OSError
            If the port is taken.
        """
        loop = asyncio.get_running_loop()
        self._alone_since = loop.time()
        instrument = await loop.create_server(
            lambda: _Connection(self, self._take_message),
            "127.0.0.1",
            port,
        )
        self._port = int(instrument.sockets[0].getsockname()[1])
        control = await loop.create_server(
            lambda: _Connection(self, self._take_order),
            "127.0.0.1",
            0,
        )
        for name in ("SIGTERM", "SIGINT"):
            with contextlib.suppress(NotImplementedError, AttributeError):
                loop.add_signal_handler(getattr(signal, name), self._ended.set)
        ready(instrument.sockets[0].getsockname()[1], control.sockets[0].getsockname()[1])
        watch = asyncio.create_task(self._watch())
        try:
            await self._ended.wait()
        finally:
            watch.cancel()
            instrument.close()
            control.close()
            await self._end()

    async def _end(self) -> None:
        """Close every connection and the recording."""
        for client in tuple(self._clients):
            if client.transport is not None:
                client.transport.close()
        self.twin.catch_up()
        for circuit in self.twin.circuits:
            circuit.close()
        # Answers that were written just before the end still go out.
        await asyncio.sleep(0)

    def joined(self, client: _Connection) -> None:
        """Note a client that has come."""
        self._clients.add(client)
        self._had_clients = True

    def left(self, client: _Connection) -> None:
        """Note a client that has gone."""
        self._clients.discard(client)
        self._instrument_clients.discard(client)
        if not self._clients:
            self._alone_since = asyncio.get_running_loop().time()
            self.twin.catch_up()
            self.twin.circuit.flush()

    async def _watch(self) -> None:
        """Keep a real-time bench up to date and end it when it is no longer needed."""
        loop = asyncio.get_running_loop()
        rounds = 0
        while True:
            await asyncio.sleep(_IDLE_S)
            rounds += 1
            if self.twin.clock.paced:
                self.twin.catch_up()
                self._hang_up()
                if rounds % 5 == 0:
                    self.twin.circuit.flush()
            if self._clients or self._rules.stay:
                continue
            alone_s = loop.time() - self._alone_since
            patience_s = self._rules.linger_s if self.twin.circuit.output_on else _LAST_LOOK_S
            if alone_s > (patience_s if self._had_clients else _FIRST_CLIENT_S):
                self._ended.set()

    def _take_message(self, client: _Connection, message: str) -> None:
        self._instrument_clients.add(client)
        if self.twin.faults.active("deaf"):
            return
        self._waiting.append((client, message))
        self._pump()

    def _pump(self) -> None:
        while self._running is None and self._waiting:
            self._asker, message = self._waiting.popleft()
            self._running = self.twin.instrument.run(message)
            self._go_on()
        self._set_alarm()

    def clear_instrument(self) -> None:
        """Do what a device clear does: forget all input and let the instrument know."""
        self._waiting.clear()
        if self._running is not None:
            self._running.close()
            self._running = None
        self.twin.catch_up()
        self.twin.instrument.device_clear()

    def _set_alarm(self) -> None:
        """Be there when the instrument next does something by itself."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        moment_us = self.twin.next_event_us() if self.twin.clock.paced else None
        if moment_us is not None:
            wait_s = (moment_us - self.twin.clock.now_us()) * 1e-6
            self._alarm = asyncio.get_running_loop().call_later(max(0.0, wait_s), self._wake)

    def _wake(self) -> None:
        self.twin.catch_up()
        self._pass_on()
        self._set_alarm()

    def _pass_on(self) -> None:
        """Send what the instrument says by itself to whoever spoke with it last."""
        for line in self.twin.instrument.said():
            if self._asker is not None:
                self._reply(self._asker, line)

    def _go_on(self) -> None:
        """Resume the running message until it waits or ends."""
        while self._running is not None:
            self.twin.catch_up()
            try:
                wait_s = next(self._running)
            except StopIteration as end:
                self._running = None
                self._pass_on()
                if end.value is not None and self._asker is not None:
                    self._reply(self._asker, end.value)
            except Exception as error:  # noqa: BLE001 - no message may end the bench
                self._running = None
                self.twin.instrument.report(-310, type(error).__name__)
            else:
                self._pass_on()
                if self.twin.clock.paced:
                    asyncio.get_running_loop().call_later(wait_s, self._resume)
                    return

    def _resume(self) -> None:
        self._go_on()
        self._pump()

    def _reply(self, client: _Connection, answer: str) -> None:
        faults = self.twin.faults
        end = self.twin.instrument.terminator.encode()
        data = answer.encode("latin-1", "replace") + end
        if faults.active("silence"):
            return
        if faults.active("garbage"):
            data = str(faults.argument("garbage", "text")).encode("latin-1", "replace") + end
        if faults.active("cut_reply"):
            data = data[: -len(end) - int(faults.argument("cut_reply", "bytes"))] + end
        if faults.active("double_reply"):
            data += data
        if faults.active("late_reply"):
            delay_s = faults.number("late_reply", "ms") / 1000
            asyncio.get_running_loop().call_later(delay_s, client.send, data)
            return
        client.send(data)

    def _hang_up(self) -> None:
        how, self.twin.hang_up = self.twin.hang_up, None
        for client in tuple(self._instrument_clients) if how else ():
            if client.transport is None:
                continue
            if how == "reset_connection":
                raw = client.transport.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.transport.abort()
            else:
                client.transport.close()

    def _take_order(self, client: _Connection, line: str) -> None:
        try:
            order = json.loads(line)
            answer = {"ok": True, **self._obey(order)}
        except (ValueError, TypeError, KeyError, ArithmeticError) as error:
            answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        self._pass_on()
        client.send(json.dumps(answer).encode() + b"\n")
        self._hang_up()
        self._set_alarm()

    def _obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carry out one order of the control port."""
        twin = self.twin
        answer: dict[str, Any] = {}
        match order["do"]:
            case "advance":
                answer["now_ms"] = twin.advance(int(order["to_ms"]))
            case "now":
                answer["now_ms"] = twin.clock.now_us() // 1000
            case "fault":
                duration = order.get("for_ms")
                twin.plan_fault(
                    str(order["name"]),
                    dict(order.get("args", {})),
                    after_ms=int(order.get("after_ms", 0)),
                    for_ms=None if duration is None else int(duration),
                )
            case "clear_fault":
                twin.clear_fault(order.get("name"))
            case "state":
                answer = twin.state() | {"port": self._port}
            case "flush":
                twin.catch_up()
                twin.circuit.flush()
            case "shutdown":
                asyncio.get_running_loop().call_soon(self._ended.set)
            case other:
                raise ValueError(f"no order named {other!r}")
        return answer

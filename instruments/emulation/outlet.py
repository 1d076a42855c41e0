"""Let clients speak with one emulated instrument, over TCP or a serial line."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable, Generator

from instruments.emulation.connection import Connection
from instruments.emulation.serial_line import SerialLine
from instruments.emulation.twin import Twin
from instruments.emulation.wire import Wire

__all__ = ["Outlet"]


class Outlet:
    """Serve one instrument.

    Parameters
    ----------
    twin : Twin
        The instrument.
    changed : callable
        Called with True when somebody came, False when somebody went, None when something was done.
    """

    def __init__(self, twin: Twin, changed: Callable[[bool | None], None]) -> None:
        self.twin = twin
        self.port = 0
        self.clients: set[Connection] = set()
        self._changed = changed
        self._wire = Wire(twin.faults)
        self._speakers: set[Connection] = set()
        self._waiting: deque[tuple[Connection, str]] = deque()
        self._running: Generator[float, None, str | None] | None = None
        self._asker: Connection | None = None
        self._question = ""
        self._server: asyncio.Server | None = None
        self._line: SerialLine | None = None

    async def open(self, port: int) -> None:
        """Listen.

        Parameters
        ----------
        port : int
            Where; 0 takes a free port.

        Raises
        ------
        OSError
            If it is taken.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._welcome, "127.0.0.1", port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    @property
    def resource(self) -> str:
        """Give its VISA resource name."""
        if self._line is not None:
            return f"ASRL{self._line.path}::INSTR"
        return f"TCPIP0::127.0.0.1::{self.port}::SOCKET"

    def open_line(self) -> None:
        """Be there at the end of a serial line instead.

        Raises
        ------
        OSError
            If this machine has no pseudo-terminals.
        """
        self._line = SerialLine(self._welcome(), self.twin.name)
        self._line.plug()

    def _welcome(self) -> Connection:
        instrument = self.twin.instrument
        return Connection(
            take=self._take,
            came=self._came,
            went=self._went,
            overrun=lambda: instrument.report(-363),
            clear_byte=instrument.clear_byte,
            clear=self._clear,
        )

    def close(self) -> None:
        """Stop listening and close every connection."""
        if self._server is not None:
            self._server.close()
        if self._line is not None:
            self._line.close()
        for client in tuple(self.clients):
            client.close()

    def _came(self, client: Connection) -> None:
        if self._line is not None:
            # A serial line cannot tell whether anybody listens.
            return
        if self.twin.faults.active("unplugged"):
            client.close()
            return
        self.clients.add(client)
        self._changed(True)

    def _went(self, client: Connection) -> None:
        if self._line is not None:
            return
        self.clients.discard(client)
        self._speakers.discard(client)
        self._changed(False)

    def _take(self, client: Connection, message: str) -> None:
        if self._line is None:
            self._speakers.add(client)
        for line in self._wire.incoming(message):
            self._waiting.append((client, line))
        self._pump()

    def _pump(self) -> None:
        while self._running is None and self._waiting:
            self._asker, self._question = self._waiting.popleft()
            self._running = self.twin.instrument.run(self._question)
            self._go_on()
        self._changed(None)

    def _clear(self) -> None:
        """Do what a device clear does: forget all input and let the instrument know."""
        self._waiting.clear()
        if self._running is not None:
            self._running.close()
            self._running = None
        self.twin.catch_up()
        self.twin.instrument.device_clear()

    def _go_on(self) -> None:
        """Resume the running message until it waits or ends."""
        while self._running is not None:
            self.twin.catch_up()
            try:
                wait_s = next(self._running)
            except StopIteration as end:
                self._running = None
                self.pass_on()
                if end.value is not None and self._asker is not None:
                    self._reply(self._asker, end.value)
            except Exception as error:  # noqa: BLE001 - no message may end the bench
                self._running = None
                self.twin.instrument.report(-310, type(error).__name__)
            else:
                self.pass_on()
                if self.twin.clock.paced:
                    asyncio.get_running_loop().call_later(wait_s, self._resume, self._running)
                    return

    def _resume(self, running: Generator[float, None, str | None]) -> None:
        # A device clear may have ended what this was to resume.
        if running is self._running:
            self._go_on()
            self._pump()

    def pass_on(self) -> None:
        """Send what the instrument says by itself to whoever spoke with it last."""
        for line in self.twin.instrument.said():
            if self._asker is not None:
                self._reply(self._asker, line)

    def _reply(self, client: Connection, answer: str) -> None:
        terminator = self.twin.instrument.terminator
        for delay_s, data in self._wire.outgoing(answer, terminator, self._question):
            if delay_s:
                asyncio.get_running_loop().call_later(delay_s, client.send, data)
            else:
                client.send(data)

    def hang_up(self) -> None:
        """Do to the connections what a fault has asked for."""
        how, self.twin.hang_up = self.twin.hang_up, None
        if self._line is not None:
            self._replug(self._line)
        for client in tuple(self._speakers) if how else ():
            if how == "reset_connection":
                _reset(client)
            else:
                client.close()

    def _replug(self, line: SerialLine) -> None:
        """Take the line away while it is unplugged, and bring it back."""
        if self.twin.faults.active("unplugged"):
            line.unplug()
        elif not line.plugged:
            line.plug()


def _reset(client: Connection) -> None:
    if client.transport is not None:
        raw = client.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.transport.abort()

"""Be an instrument that says exactly what a test tells it to."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class ScriptedInstrument:
    """Answer tagged and plain questions from a table, on a loopback port."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.received: list[str] = []
        self.raw: list[bytes] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self._clients: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def resource(self) -> str:
        return f"TCPIP0::127.0.0.1::{self.port}::SOCKET"

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self._clients.append(client)
            self._threads.append(threading.Thread(target=self._serve, args=(client,), daemon=True))
            self._threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as lines:
            try:
                for line in lines:
                    self._answer(client, line.decode().strip())
            except OSError:
                return

    def _answer(self, client: socket.socket, message: str) -> None:
        if answer := self.answer_to(message):
            client.sendall(answer)

    def answer_to(self, message: str) -> bytes:
        """Keep a message and return what is said to it; nothing where nothing was told."""
        self.received.append(message)
        if self.raw:
            return self.raw.pop(0)
        tag, _, question = message.rpartition("*ESE?;")
        answer = self.answers.get(question)
        return b"" if answer is None else f"{tag.removeprefix('*ESE ')}{answer}\n".encode()

    def say(self, data: bytes) -> None:
        """Send bytes that nobody asked for now."""
        for client in self._clients:
            client.sendall(data)

    def hang_up(self) -> None:
        for client in self._clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hang_up()
        # Closing alone does not wake the thread that waits for a client.
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join(2.0)

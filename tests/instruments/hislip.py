"""Be an instrument behind HiSLIP (IVI-6.1), just as far as questions and answers need it."""

from __future__ import annotations

import contextlib
import socket
import struct

from tests.instruments.scripted import ScriptedInstrument

_HEADER = struct.Struct("!2sBBIQ")
_INITIALIZE, _DATA, _DATA_END, _ASYNC_SIZE, _ASYNC_INITIALIZE = 0, 6, 7, 15, 17
_VERSION = 0x0100 << 16


class HislipInstrument(ScriptedInstrument):
    """Answer tagged questions from a table over HiSLIP, on a loopback port."""

    @property
    def resource(self) -> str:
        return f"TCPIP0::127.0.0.1::hislip0,{self.port}::INSTR"

    def _serve(self, client: socket.socket) -> None:
        text = b""
        with client, client.makefile("rb") as stream, contextlib.suppress(OSError):
            while len(header := stream.read(_HEADER.size)) == _HEADER.size:
                _, kind, _, parameter, length = _HEADER.unpack(header)
                payload = stream.read(length)
                if kind in {_INITIALIZE, _ASYNC_INITIALIZE}:
                    _send(client, kind + 1, _VERSION | 1 if kind == _INITIALIZE else 0)
                elif kind == _ASYNC_SIZE:
                    _send(client, _ASYNC_SIZE + 1, 0, payload)
                elif kind in {_DATA, _DATA_END}:
                    text += payload
                if kind == _DATA_END:
                    answer = self.answer_to(text.decode().strip())
                    if answer:
                        _send(client, _DATA_END, parameter, answer)
                    text = b""


def _send(client: socket.socket, kind: int, parameter: int, payload: bytes = b"") -> None:
    client.sendall(_HEADER.pack(b"HS", kind, 0, parameter, len(payload)) + payload)

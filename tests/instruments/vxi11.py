"""Be an instrument behind VXI-11 (on ONC RPC, RFC 5531), just as far as questions and answers need."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from typing import BinaryIO

from tests.instruments.scripted import ScriptedInstrument

_LAST = 0x80000000
_CREATE_LINK, _WRITE, _READ, _DESTROY_LINK = 10, 11, 12, 23
_END_FLAG, _END_REASON, _IO_TIMEOUT = 8, 4, 15


class Vxi11Instrument(ScriptedInstrument):
    """Answer tagged questions from a table over VXI-11, on a loopback port without a port mapper."""

    @property
    def resource(self) -> str:
        return f"TCPIP0::127.0.0.1,{self.port}::inst0::INSTR"

    def _serve(self, client: socket.socket) -> None:
        self._text = self._waiting = b""
        with client, client.makefile("rb") as stream, contextlib.suppress(OSError):
            while call := _record(stream):
                (xid,) = struct.unpack_from("!I", call)
                (procedure,) = struct.unpack_from("!I", call, 20)
                result = self._do(procedure, call[40:])
                reply = struct.pack("!6I", xid, 1, 0, 0, 0, 0) + result
                client.sendall(struct.pack("!I", _LAST | len(reply)) + reply)

    def _do(self, procedure: int, given: bytes) -> bytes:
        if procedure == _CREATE_LINK:
            return struct.pack("!4I", 0, 1, 0, 1 << 16)
        if procedure == _WRITE:
            flags, length = struct.unpack_from("!2I", given, 12)
            self._text += given[20 : 20 + length]
            if flags & _END_FLAG:
                self._waiting += self.answer_to(self._text.decode().strip())
                self._text = b""
            return struct.pack("!2I", 0, length)
        return self._read(given) if procedure == _READ else struct.pack("!I", 0)

    def _read(self, given: bytes) -> bytes:
        size, io_timeout_ms = struct.unpack_from("!2I", given, 4)
        if not self._waiting:
            time.sleep(io_timeout_ms / 1000)
            return struct.pack("!3I", _IO_TIMEOUT, 0, 0)
        data, self._waiting = self._waiting[:size], self._waiting[size:]
        reason = 0 if self._waiting else _END_REASON
        return struct.pack("!3I", 0, reason, len(data)) + data + b"\0" * (-len(data) % 4)


def _record(stream: BinaryIO) -> bytes:
    header = stream.read(4)
    if len(header) < 4:
        return b""
    return stream.read(struct.unpack("!I", header)[0] & ~_LAST)

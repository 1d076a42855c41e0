"""World 1: the guard, its drivers and an emulated bench in one process, on one virtual clock.

Nothing here waits. A time-out of a driver moves the clock by its length, so what a slow or dead
wire costs is in the course of events; a measurement and a computation cost no time, so a latency
found here counts ticks and time-outs and is no latency of a computer.
"""

from __future__ import annotations

import os
from array import array
from collections import deque
from types import SimpleNamespace

import pyvisa
from pyvisa.constants import InterfaceType, StatusCode

from instruments.emulation.bench import Bench
from instruments.emulation.wire import Wire
from instruments.visa import VisaLink

STEP_MS = 5
SLICE_MS = 50


class KilledError(BaseException):
    """The process that would go on here is dead."""


class MemoryTruth:
    """Ground truth of one circuit, a sample a millisecond."""

    def __init__(self):
        self.current_a, self.level_a = array("d"), array("d")
        self.output = bytearray()

    def extend(self, current_a, _voltage_v, *, level_a, flags):
        count = len(current_a)
        self.current_a.extend(current_a)
        self.level_a.extend([level_a] * count)
        self.output += bytes([flags & 1]) * count

    def flush(self):
        pass

    close = flush


class VirtualClock:
    """Control time that moves the bench; frozen and killed hosts are made here."""

    virtual = False

    def __init__(self, world):
        self._world = world
        self._zero_ms = world.now_ms

    def now_ms(self):
        return self._world.now_ms - self._zero_ms

    def suspended_ms(self):
        return self._world.slept_ms

    def wait_until(self, deadline_ms, service):
        service(0.0)
        while self.now_ms() < deadline_ms:
            self._world.advance(min(SLICE_MS, deadline_ms - self.now_ms()))
            service(0.0)


class World:
    """One bench with one instrument, its wire, and the host's life."""

    def __init__(self, settings):
        self.bench = Bench(settings)
        self.twin = self.bench.first
        self.truth = MemoryTruth()
        self.twin.circuits[0]._truth = self.truth
        self.outlet = Outlet(self)
        self.alive = True
        self.slept_ms = 0
        self.resource = f"CAMPAIGN::{os.getpid()}::INSTR"

    @property
    def now_ms(self):
        return self.bench.clock.now_us() // 1000

    def advance(self, by_ms):
        """Move the bench on by steps in which it can speak and hang up."""
        if not self.alive:
            raise KilledError
        end_ms = self.now_ms + by_ms
        while self.now_ms < end_ms:
            self.bench.advance(min(end_ms, self.now_ms + SLICE_MS))
            self.outlet.look()

    def live_on(self, for_ms):
        """Let the bench live without its host."""
        self.alive = True
        self.advance(for_ms)

    def link(self, resource, *, timeout_ms, backend="", transcript=None):
        """Stand for `VisaLink` where drivers are opened."""
        del backend
        return InProcessLink(self, resource, timeout_ms, transcript)

    def monotonic_s(self):
        return self.bench.clock.now_us() * 1e-6


class InProcessLink(VisaLink):
    """The drivers' own link over a session that needs no socket."""

    def __init__(self, world, resource, timeout_ms, transcript):
        self._world = world
        super().__init__(resource, timeout_ms=timeout_ms, transcript=transcript)

    def _open(self):
        # The instrument exists in this process only.
        self._lock.release()
        return Session(self._world, self.timeout_ms)


class Session:
    """One connection as PyVISA shows it."""

    interface_type = InterfaceType.tcpip

    def __init__(self, world, timeout_ms):
        self.timeout = timeout_ms
        self._world = world
        self._arriving = deque()
        self._inbox = b""
        self.ended = False
        world.outlet.came(self)

    def deliver(self, at_us, data):
        self._arriving.append((at_us, data))

    def write_raw(self, data):
        self._check_alive()
        self._world.outlet.look()
        if self.ended:
            raise ConnectionResetError("end of file")
        self._world.outlet.hear(self, data)

    def read_bytes(self, count, *, break_on_termchar=False):
        self._check_alive()
        deadline_ms = self._world.now_ms + self.timeout
        while not (whole := self._enough(count, line=break_on_termchar)):
            if self.ended and not self._arriving:
                raise ConnectionResetError("end of file")
            left_ms = deadline_ms - self._world.now_ms
            if left_ms <= 0:
                raise pyvisa.VisaIOError(StatusCode.error_timeout)
            self._world.advance(min(STEP_MS, left_ms))
        taken, self._inbox = self._inbox[:whole], self._inbox[whole:]
        return taken

    def _enough(self, count, *, line):
        now_us = self._world.bench.clock.now_us()
        while self._arriving and self._arriving[0][0] <= now_us:
            self._inbox += self._arriving.popleft()[1]
        if line:
            return self._inbox.find(b"\n") + 1
        return count if len(self._inbox) >= count else 0

    def _check_alive(self):
        if not self._world.alive:
            raise KilledError

    def close(self):
        self._world.outlet.went(self)


class Outlet:
    """What `instruments.emulation.outlet` does, without sockets."""

    def __init__(self, world):
        self._world = world
        self._twin = world.twin
        self._wire = Wire(world.twin.faults)
        self._clients = set()
        self._asker = None
        self._question = ""

    def came(self, session):
        if self._twin.faults.active("unplugged"):
            session.ended = True
        self._clients.add(session)

    def went(self, session):
        self._clients.discard(session)

    def hear(self, session, data):
        instrument = self._twin.instrument
        if instrument.clear_byte and instrument.clear_byte in data:
            data = data.rpartition(instrument.clear_byte)[2]
            instrument.device_clear()
        for line in data.decode("latin-1").split("\n")[:-1]:
            for arrived in self._wire.incoming(line.rstrip("\r")):
                self._asker, self._question = session, arrived
                self._run(arrived)
        self.look()

    def _run(self, message):
        running = self._twin.instrument.run(message)
        while True:
            self._twin.catch_up()
            try:
                next(running)
            except StopIteration as end:
                self._pass_on()
                if end.value is not None:
                    self._reply(end.value)
                return
            except Exception as error:  # noqa: BLE001 - as the emulated bench does
                self._twin.instrument.report(-310, type(error).__name__)
                return

    def look(self):
        """Pass on what the instrument says by itself, and hang up where a fault asked for it."""
        self._pass_on()
        how, self._twin.hang_up = self._twin.hang_up, None
        for client in tuple(self._clients) if how else ():
            client.ended = True
            if how == "reset_connection":
                client._arriving.clear()
                client._inbox = b""

    def _pass_on(self):
        for line in self._twin.instrument.said():
            self._reply(line)

    def _reply(self, answer):
        if self._asker is None:
            return
        now_us = self._world.bench.clock.now_us()
        terminator = self._twin.instrument.terminator
        for delay_s, data in self._wire.outgoing(answer, terminator, self._question):
            self._asker.deliver(now_us + round(delay_s * 1e6), data)


def no_garbage_collection():
    """Stand for `gc` in the guard: one process runs many sessions here."""
    return SimpleNamespace(collect=int, freeze=int, disable=int)

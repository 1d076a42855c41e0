"""Time for the control loop: the real clock, or one that moves an emulated bench in lock-step.

Control time counts through a suspend of the computer where the system offers such a clock, so
that a suspend shows as one long overrun and is never caught up. Wall time is recorded, not used.
"""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

Service = Callable[[float], None]


class BenchClock(Protocol):
    """The part of an emulated bench that moves its time."""

    def advance(self, to_ms: int) -> int:
        """Let the emulated bench live until `to_ms` and return its time in ms."""


class Clock(Protocol):
    """Control time in ms from an arbitrary zero."""

    virtual: bool

    def now_ms(self) -> int:
        """Return the time now, ms."""

    def suspended_ms(self) -> int:
        """Return for how long the computer has slept, ms."""

    def wait_until(self, deadline_ms: int, service: Service) -> None:
        """Serve messages until the deadline."""


def monotonic_ns() -> int:
    """Return a clock that never steps and counts through suspend where the system has one."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()


class RealClock:
    """The computer's own clock."""

    virtual = False

    def __init__(self) -> None:
        self._zero_ns = monotonic_ns()
        self._awake_ns = time.monotonic_ns()

    def now_ms(self) -> int:
        """Return the time since construction, ms."""
        return (monotonic_ns() - self._zero_ns) // 1_000_000

    def suspended_ms(self) -> int:
        """Return for how long the computer has slept since construction, where it can be told."""
        awake_ns = time.monotonic_ns() - self._awake_ns
        return (monotonic_ns() - self._zero_ns - awake_ns) // 1_000_000

    def wait_until(self, deadline_ms: int, service: Service) -> None:
        """Serve messages until the deadline, waking for each."""
        while True:
            left_ns = self._zero_ns + deadline_ms * 1_000_000 - monotonic_ns()
            service(max(left_ns, 0) / 1e9)
            if monotonic_ns() >= self._zero_ns + deadline_ms * 1_000_000:
                return


class LockstepClock:
    """Virtual time: the emulated bench moves exactly when the control loop does."""

    virtual = True

    def __init__(self, benches: Sequence[BenchClock]) -> None:
        self._benches = tuple(benches)
        self._now_ms = 0

    def now_ms(self) -> int:
        """Return virtual time, ms."""
        return self._now_ms

    def suspended_ms(self) -> int:
        """Return zero: virtual time does not pass in a sleep."""
        return 0

    def wait_until(self, deadline_ms: int, service: Service) -> None:
        """Serve the messages that wait, then move every emulated instrument to the deadline."""
        service(0.0)
        for bench in self._benches:
            bench.advance(deadline_ms)
        self._now_ms = max(self._now_ms, deadline_ms)

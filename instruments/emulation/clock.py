"""Give an emulated bench its time: the machine's own, or one that moves only when told."""

from __future__ import annotations

import time

__all__ = ["Clock", "LockstepClock", "RealClock"]


class Clock:
    """Tell the bench's time from its start."""

    paced = True
    """A wait takes real time."""

    def now_us(self) -> int:
        """Tell the time.

        Returns
        -------
        int
            Microseconds since the start of the bench.
        """
        raise NotImplementedError

    def wall_s(self) -> int:
        """Tell what the instrument's calendar showed at the start of the bench.

        Returns
        -------
        int
            UTC seconds.
        """
        raise NotImplementedError

    def advance(self, to_us: int) -> None:
        """Move on, if this clock is moved by orders.

        Parameters
        ----------
        to_us : int
            New time, us.

        Raises
        ------
        ValueError
            If it runs by itself, or the time lies in the past.
        """
        raise ValueError(f"this bench runs in real time and cannot be moved to {to_us} us")


class RealClock(Clock):
    """Run with the machine's monotonic clock."""

    def __init__(self) -> None:
        self._start_ns = time.monotonic_ns()
        self._wall_s = int(time.time())

    def now_us(self) -> int:
        """Tell the time since construction, us."""
        return (time.monotonic_ns() - self._start_ns) // 1000

    def wall_s(self) -> int:
        """Tell the calendar time of construction, UTC seconds."""
        return self._wall_s


class LockstepClock(Clock):
    """Stand still between two orders to advance.

    Measurements take no time of this clock: the whole tick belongs to the controller.
    """

    paced = False

    def __init__(self) -> None:
        self._now_us = 0

    def now_us(self) -> int:
        """Tell the time of the last order, us."""
        return self._now_us

    def wall_s(self) -> int:
        """Tell a fixed calendar time, so that runs repeat exactly, UTC seconds."""
        return 1_700_000_000

    def advance(self, to_us: int) -> None:
        """Move on.

        Parameters
        ----------
        to_us : int
            New time, us.

        Raises
        ------
        ValueError
            If it lies in the past.
        """
        if to_us < self._now_us:
            raise ValueError(f"time {to_us} us lies before now, {self._now_us} us")
        self._now_us = to_us

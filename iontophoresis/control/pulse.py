"""The guard's beat to the sentinel, and what it hears back: without a sentinel no current flows.

Every beat says how long the next may take. Under the profile that is short; where the guard
may rightly be busy with an instrument for longer, it is longer.
"""

import os
import time

from iontophoresis.control import link
from iontophoresis.control.link import Link

BEAT_EVERY_NS = 10_000_000
ANSWER_EVERY_S = 0.1
SILENT_MS = 700
# In virtual time a busy computer may take its time: no specimen waits.
SILENT_VIRTUAL_MS = 10_000
FIRST_BEAT_WITHIN_S = 30.0
IDLE_MS = 10_000
CHECK_MS = 3_000
UNDER_CURRENT_MS = 300
METERS_MS = 500


class Pulse:
    """Beat, and listen for the sentinel's own beat.

    Parameters
    ----------
    port : int
        Loopback port of the sentinel; 0 where there is none.
    token : str
        With which the guard shows itself.
    silent_ms : int
        How long the sentinel may say nothing.
    """

    def __init__(self, port: int = 0, token: str = "", silent_ms: int = SILENT_MS) -> None:
        self._silent_ns = silent_ms * 1_000_000
        self._line: Link | None = None
        self._beaten_ns = 0
        self._heard_ns = time.monotonic_ns()
        self.within_ms = IDLE_MS
        if port:
            self._line = link.connect(port, "guard", token)
            self._line.send({"pid": os.getpid()})

    def expect(self, within_ms: int) -> None:
        """Say at once how long the next beat may take."""
        self.within_ms, self._beaten_ns = within_ms, 0
        self.beat()

    def beat(self) -> None:
        """Show that the guard is alive, and hear whether the sentinel is."""
        line, now_ns = self._line, time.monotonic_ns()
        if line is None or line.closed or now_ns - self._beaten_ns < BEAT_EVERY_NS:
            return
        self._beaten_ns = now_ns
        if line.receive():
            self._heard_ns = now_ns
        line.send({"k": "beat", "within_ms": self.within_ms})

    @property
    def lost(self) -> bool:
        """Whether the sentinel is gone or frozen."""
        line = self._line
        return line is not None and (
            line.closed or time.monotonic_ns() - self._heard_ns > self._silent_ns
        )

    def over(self) -> None:
        """Say that every output is off and confirmed."""
        if self._line is not None:
            self._line.send({"k": "over"})
            self._line.close()

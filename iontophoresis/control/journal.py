"""What the guard tells the recorder and the session process, and what is known to be on disk."""

import time
from typing import Any

from iontophoresis.control.clock import monotonic_ns
from iontophoresis.control.link import Link
from iontophoresis.safety.kernel import Decision, State
from iontophoresis.safety.reactions import Action, Phase

LIMITED = 1
OUTPUT_ON = 2
INTERLOCK_CLOSED = 4
READING_INVALID = 8
SESSION_OUTBOX_BYTES = 1 << 20


class Journal:
    """Send every row to the recorder; send the session process what it can take."""

    def __init__(self, recorder: Link) -> None:
        self._recorder = recorder
        self._sent = 0
        self._acknowledged = 0
        self._oldest_unsafe_ns = 0
        self.session: Link | None = None
        self.fault = ""

    def write(self, message: dict[str, Any]) -> None:
        """Record one message and show it to the session process."""
        if self._sent == self._acknowledged:
            self._oldest_unsafe_ns = monotonic_ns()
        if self._recorder.send(message):
            self._sent += 1
        self.show(message)

    def show(self, message: dict[str, Any]) -> None:
        """Show a message to the session process, unless it has stopped reading."""
        session = self.session
        if session is not None and session.waiting_bytes < SESSION_OUTBOX_BYTES:
            session.send(message)

    def event(self, t_ms: int, severity: str, code: str, text: str, **data: Any) -> None:
        """Record an event in words."""
        self.write(
            {
                "k": "event",
                "t_ms": t_ms,
                "wall_ns": time.time_ns(),
                "severity": severity,
                "code": code,
                "text": text,
                "data": data,
            }
        )

    def pump(self) -> None:
        """Push waiting rows and take the recorder's acknowledgements."""
        self._recorder.flush()
        for message in self._recorder.receive():
            if message.get("k") == "ack":
                self._acknowledged = int(message["n"])
                self._oldest_unsafe_ns = monotonic_ns()
            elif message.get("k") == "fault":
                self.fault = str(message.get("text", "the recorder failed"))

    @property
    def unsafe_rows(self) -> int:
        """Rows that are not known to be on disk."""
        return self._sent - self._acknowledged

    @property
    def silent_ms(self) -> int:
        """Time since the recorder last confirmed a row it owes, ms."""
        if self._recorder.closed or self.fault:
            return 1 << 30
        if self.unsafe_rows == 0:
            return 0
        return (monotonic_ns() - self._oldest_unsafe_ns) // 1_000_000

    def close(self, outcome: str, text: str) -> None:
        """Say how the session ended."""
        self.write({"k": "close", "outcome": outcome, "text": text})


def tick_rows(
    tick: int,
    t_ms: int,
    state: State,
    before: State,
    decision: Decision,
    requested_na: tuple[int, ...],
    seen: tuple[tuple[int | None, int | None, int], ...],
    lateness_us: int,
) -> list[dict[str, Any]]:
    """Build one row a channel: what was asked, applied, read, judged.

    Parameters
    ----------
    before : State
        State whose set-points were in force when the readings were taken.
    seen : tuple of (current_na, voltage_uv, status)
        One entry a channel; None where there was no valid reading.
    """
    mono_ns, wall_ns = monotonic_ns(), time.time_ns()
    phase, action = Phase(state.phase).name, Action(decision.action).name.lower()
    return [
        {
            "k": "tick",
            "row": [
                tick, t_ms, index, phase, requested_na[index], before.channels[index].applied_na,
                current_na, voltage_uv, channel.charge_pc, action, decision.reasons, status,
                lateness_us, mono_ns, wall_ns,
            ],
        }
        for index, (channel, (current_na, voltage_uv, status)) in enumerate(
            zip(state.channels, seen, strict=True)
        )
    ]  # fmt: skip

"""Let what is wrong with a wire happen to the lines that go over it."""

from __future__ import annotations

from instruments.emulation.faults import Faults

__all__ = ["Wire"]


class Wire:
    """Hold the wire between one instrument and its clients.

    Parameters
    ----------
    faults : Faults
        What is wrong at the moment.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._messages = 0
        self._answers = 0
        self._waiting: str | None = None
        self._held: bytes | None = None

    def incoming(self, line: str) -> list[str]:
        """Carry a line to the instrument.

        Parameters
        ----------
        line : str
            As it was sent.

        Returns
        -------
        list of str
            The lines that arrive now.
        """
        faults = self._faults
        if faults.active("deaf") or faults.active("unplugged"):
            return []
        self._messages += 1
        if faults.active("dropped_message"):
            every = max(1, int(faults.number("dropped_message", "every")))
            if self._messages % every == 0:
                return []
        lines = [line] * (2 if faults.active("doubled_message") else 1)
        earlier, self._waiting = self._waiting, None
        if earlier is not None:
            return [*lines, earlier]
        if faults.active("reordered_messages"):
            self._waiting = line
            return []
        return lines

    def outgoing(self, answer: str, terminator: str, question: str) -> list[tuple[float, bytes]]:
        """Carry an answer back.

        Parameters
        ----------
        answer : str
            As the instrument gave it.
        terminator : str
            What ends it.
        question : str
            The message it answers.

        Returns
        -------
        list of tuple
            Seconds to wait, and bytes to send.
        """
        faults = self._faults
        end = terminator.encode()
        if faults.active("silence") or faults.active("unplugged"):
            return []
        if faults.active("other_identity") and question.strip().upper() == "*IDN?":
            answer = str(faults.argument("other_identity", "text"))
        if faults.active("garbage"):
            answer = str(faults.argument("garbage", "text"))
        data = answer.encode("latin-1", "replace")
        if faults.active("cut_reply"):
            data = data[: -int(faults.argument("cut_reply", "bytes"))]
        data = self._flipped(data) + end
        if faults.active("double_reply"):
            data += data
        return self._delayed(data)

    def _flipped(self, data: bytes) -> bytes:
        if not self._faults.active("flipped_bits") or not data:
            return data
        self._answers += 1
        if self._answers % max(1, int(self._faults.number("flipped_bits", "every"))):
            return data
        at = self._answers % len(data)
        # The fourth bit turns a digit into another character, never into the terminator.
        return data[:at] + bytes([data[at] ^ 0x48]) + data[at + 1 :]

    def _delayed(self, data: bytes) -> list[tuple[float, bytes]]:
        delay_s = self._faults.number("late_reply", "ms") / 1000
        earlier, self._held = self._held, None
        parts = [(delay_s, earlier)] if earlier is not None else []
        if self._faults.active("held_reply") and earlier is None:
            self._held = data
            return []
        return [*parts, (delay_s, data)] if earlier is None else self._swap(parts, data)

    def _swap(self, parts: list[tuple[float, bytes]], data: bytes) -> list[tuple[float, bytes]]:
        """Answer with what was held, and hold this instead, so that each comes one too late."""
        if self._faults.active("held_reply"):
            self._held = data
            return parts
        return [*parts, (0.0, data)]

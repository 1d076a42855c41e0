"""Take messages as a test script processor does: one after another, and none while a script runs.

While a script waits or measures, messages stay in the command queue. Only two get through: ``*TRG``,
which `trigger.wait` takes out of the queue before its turn (2600B reference manual, 2600BS-901-01
Rev. F, command interface triggering), and ``abort``. Everything a script prints is sent at once.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Generator

from instruments.emulation.device import PanelTouch, Parts
from instruments.emulation.ieee4882 import StatusModel
from instruments.emulation.tsp_commands import CommonCommands
from instruments.emulation.tsp_host import Pause, ScriptHost
from instruments.emulation.tsp_loading import ScriptLoading
from instruments.emulation.tsp_processor import Processor
from instruments.emulation.tsp_tree import Space

__all__ = ["TspInstrument"]

_LONGEST_QUEUE = 400
_ATTENDED_S = 1.0
_AT_ONCE = 200
_BREATH_US = 1000
_NEVER_S = 1e9
_MOST_OUTPUT = 1 << 20


class TspInstrument:
    """Hold one instrument that runs scripts.

    Parameters
    ----------
    parts : Parts
        What it is built around.
    identity : str
        Answer to ``*IDN?``.
    language : str
        Answer to ``*LANG?``; empty for an instrument that has one command set.
    digits : int
        Significant digits of printed numbers after a reset; 0 for as many as a number has.
    """

    terminator = "\n"
    clear_byte = b""

    def __init__(self, parts: Parts, identity: str, *, language: str, digits: int) -> None:
        self.status = StatusModel()
        self._parts = parts
        self._commands = CommonCommands(
            self.status,
            identity=identity,
            language=language,
            reset=self.reset,
            trigger=self._execute_trigger,
            write=self._write,
            report=self.report,
        )
        self._default_digits = self.digits = digits
        self.binary = False
        self._saved: dict[str, str] = {}
        self._lines: list[str] = []
        self._size = 0
        self._forget_everything()

    def _forget_everything(self) -> None:
        self._queue: deque[str] = deque()
        self._pause: Pause | None = None
        self._deadline_us = 0
        self._attended = False
        self._triggered = False
        self._loading = ScriptLoading()
        self._steps, self._steps_at_us = 0, 0

    def _boot(self) -> None:
        """Start the processor with the scripts that were saved."""
        host = ScriptHost(
            write=self._write,
            report=self.report,
            digits=lambda: self.digits,
            binary=lambda: self.binary,
            refresh=self.refresh,
            take_trigger=self._take_trigger,
            time_s=self.time_s,
            save=self._saved.__setitem__,
            forget=self._forget_script,
        )
        self._processor = Processor(self._tree(), host)
        for name, source in self._saved.items():
            self._processor.add_script(name, source, run=False)

    def _forget_script(self, name: str) -> None:
        self._saved.pop(name, None)

    @abstractmethod
    def _tree(self) -> Space:
        """Give what scripts can reach."""

    @abstractmethod
    def reset(self) -> None:
        """Put every setting back, with the outputs off."""

    @abstractmethod
    def refresh(self) -> None:
        """Bring the terminals in line with the settings."""

    @abstractmethod
    def touch_panel(self, touch: PanelTouch) -> None:
        """Do what somebody does at the front panel."""

    def power_on(self) -> None:
        """Start as after switching on: no script runs and no variable is left."""
        self._forget_everything()
        self.reset()
        self.status.power_on()
        self._boot()

    def device_clear(self) -> None:
        """End the script and forget input and output; outputs stay as they are."""
        self._forget_everything()
        self._lines, self._size = [], 0

    def report(self, code: int, detail: str = "") -> None:
        """Put an error into the queue."""
        self.status.report(code, detail, self.time_s())

    def _write(self, line: str) -> bool:
        self._size += len(line)
        if self._size > _MOST_OUTPUT:
            return False
        comma = self._parts.faults.active("locale_comma")
        self._lines.append(line.replace(".", ",") if comma else line)
        return True

    def said(self) -> list[str]:
        """Take what was printed since the last call."""
        lines, self._lines, self._size = self._lines, [], 0
        return lines

    def time_s(self) -> float:
        """Tell the calendar time, UTC seconds."""
        return self._parts.clock.wall_s() + self._now_us() * 1e-6

    def _now_us(self) -> int:
        return self._parts.circuits[0].now_us

    def run(self, message: str) -> Generator[float, None, str | None]:
        """Put a message into the command queue and do what can be done.

        Parameters
        ----------
        message : str
            One line.

        Yields
        ------
        float
            Seconds that a measurement takes.

        Returns
        -------
        None
            What is printed is said by itself.
        """
        if len(self._queue) >= _LONGEST_QUEUE:
            self.report(-363)
            return None
        self._queue.append(message)
        attended_s = 0.0
        try:
            while (pause := self._work()) is not None and attended_s < _ATTENDED_S:
                self._attended = True
                attended_s += pause.seconds
                yield pause.seconds
                self._attended = False
                self._resume(None)
        finally:
            self._attended = False
        return None

    def next_wake_us(self) -> int | None:
        """Tell when the script goes on by itself."""
        return None if self._pause is None or self._attended else self._deadline_us

    def wake(self, now_us: int) -> None:
        """Let the script go on, and then the messages that wait."""
        if self._pause is not None and self._deadline_us <= now_us:
            self._resume(False if self._pause.kind == "trigger" else None)
            self._work()

    def _work(self) -> Pause | None:
        """Do all that can be done at this moment; give what keeps the instrument busy, if it is."""
        while True:
            if self._pause is None:
                if not self._queue:
                    return None
                self._take(self._queue.popleft().strip())
            elif self._pause.kind == "trigger" and self._pull("*TRG"):
                self._resume(True)
            elif self._pull("ABORT"):
                self._pause = None
            elif self._pause.kind != "busy":
                return None
            elif self._parts.clock.paced:
                return self._pause
            elif not self._may_go_on_at_once():
                return None
            else:
                self._resume(None)

    def _may_go_on_at_once(self) -> bool:
        """Measure in no time while a clock stands still, but not without end."""
        now_us = self._now_us()
        self._steps = self._steps + 1 if now_us == self._steps_at_us else 0
        self._steps_at_us = now_us
        if self._steps < _AT_ONCE:
            return True
        self._deadline_us = now_us + _BREATH_US
        return False

    def _resume(self, value: object) -> None:
        self._follow(lambda: self._processor.go_on(value))

    def _follow(self, step: Callable[[], Pause | None]) -> None:
        """Let the processor go on, and note where it gave way."""
        self._pause = step()
        if self._pause is not None:
            seconds = self._pause.seconds
            if self._pause.kind == "trigger":
                seconds = min(_NEVER_S, self._parts.faults.lease_s(seconds))
            self._deadline_us = self._now_us() + max(1, round(seconds * 1e6))

    def _pull(self, word: str) -> bool:
        """Take a message out of the queue before its turn."""
        for message in self._queue:
            if message.strip().upper() == word:
                self._queue.remove(message)
                return True
        return False

    def _take_trigger(self) -> bool:
        triggered, self._triggered = self._triggered, False
        return triggered or self._pull("*TRG")

    def clear_trigger(self) -> None:
        """Do ``trigger.clear``: forget a trigger that was executed."""
        self._triggered = False

    def _take(self, message: str) -> None:
        if self._loading.takes(message):
            if (script := self._loading.complete()) is not None:
                self._follow(lambda: self._processor.add_script(*script[:2], run=script[2]))
        elif message.startswith("*"):
            self._commands.execute(message)
        elif message and message.lower() != "abort":
            self._follow(lambda: self._processor.start(message))

    def _execute_trigger(self) -> None:
        self._triggered = True

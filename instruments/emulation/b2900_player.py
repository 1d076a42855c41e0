"""Play the lists of one channel of an emulated B2900 on its own timer."""

from __future__ import annotations

from dataclasses import dataclass, field

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.smu import SourceMeter
from instruments.emulation.smu_state import Measurement

__all__ = ["Player", "Trigger"]


@dataclass(slots=True)
class Trigger:
    """Hold the trigger layer of one device action.

    Parameters
    ----------
    source : str
        AINT or TIM.
    period_s, delay_s : float
        Of the timer, and from each event to its action.
    count, arm_count : int
        Events, and rounds of them.
    done : int
        Actions so far.
    """

    source: str = "AINT"
    period_s: float = 1e-5
    delay_s: float = 0.0
    count: int = 1
    arm_count: int = 1
    done: int = 0

    def due_us(self, began_us: int) -> int | None:
        """Tell when its next action is due, us; None when all are done."""
        if self.done >= self.count:
            return None
        return began_us + round((self.done * self.period_s + self.delay_s) * 1e6)


@dataclass(slots=True)
class Player:
    """Hold one channel.

    Parameters
    ----------
    smu : SourceMeter
        Its inside.
    auto_on, auto_off, protect : bool
        Output switched on by INITiate, off when idle again, off at the compliance.
    mode : str
        FIX or LIST.
    levels : list of float
        The list, A.
    transient, acquire : Trigger
        Source and measurement.
    measured : list of Measurement
        Of the last program.
    running : bool
        It is not idle.
    """

    smu: SourceMeter
    auto_on: bool = True
    auto_off: bool = False
    protect: bool = False
    mode: str = "FIX"
    levels: list[float] = field(default_factory=lambda: [0.0])
    transient: Trigger = field(default_factory=Trigger)
    acquire: Trigger = field(default_factory=Trigger)
    measured: list[Measurement] = field(default_factory=list)
    running: bool = False
    began_us: int = 0

    def reset(self) -> None:
        """Put every setting back, with the output off."""
        for holder, fresh, kept in (
            (self.transient, Trigger(), set()),
            (self.acquire, Trigger(), set()),
            (self, Player(self.smu), {"transient", "acquire"}),
        ):
            for name in set(type(fresh).__slots__) - kept:
                setattr(holder, name, getattr(fresh, name))
        self.smu.reset()

    def refresh(self) -> None:
        """Bring the terminals in line with the settings; trip at the compliance if that is set."""
        self.smu.refresh()
        if self.protect and self.smu.limited():
            self.smu.set_output(on=False)
            self.smu.refresh()

    def next_us(self) -> int | None:
        """Tell when something is due."""
        if not self.running:
            return None
        dues = [self._due_us(trigger) for trigger in (self.transient, self.acquire)]
        return min((due for due in dues if due is not None), default=None)

    def _due_us(self, trigger: Trigger) -> int | None:
        due_us = trigger.due_us(self.began_us)
        if due_us is None:
            return None
        return self.began_us + round(self.smu.lasting_s((due_us - self.began_us) * 1e-6) * 1e6)

    def start(self, now_us: int) -> None:
        """Begin a program.

        Raises
        ------
        ScpiError
            -221 unless it is a list on the timer, -213 while one plays.
        """
        if self.running:
            raise ScpiError(-213, "it is not idle")
        triggers = (self.transient, self.acquire)
        if self.mode != "LIST" or any(
            trigger.source != "TIM" or trigger.arm_count != 1 for trigger in triggers
        ):
            raise ScpiError(-221, "this twin plays lists on its timer")
        full_scale = self.smu.state.quantities["CURR"].source_range
        if any(abs(level) > self.smu.specification.overrange * full_scale for level in self.levels):
            raise ScpiError(-221, "a level is beyond the range")
        self.transient.done = self.acquire.done = 0
        self.measured = []
        self.running, self.began_us = True, now_us
        if self.auto_on:
            self.smu.set_output(on=True)
        self.go_on(now_us)

    def go_on(self, now_us: int) -> None:
        """Do what is due: first the source, then the measurement."""
        due_us = self._due_us(self.transient)
        if due_us is not None and due_us <= now_us:
            self.smu.set_level("CURR", self.levels[self.transient.done % len(self.levels)])
            self.transient.done += 1
            self.refresh()
        due_us = self._due_us(self.acquire)
        if due_us is not None and due_us <= now_us:
            self.measured.append(self.smu.measure())
            self.acquire.done += 1
        if self.next_us() is None:
            self._rest()

    def abort(self) -> None:
        """Break off."""
        if self.running:
            self._rest()

    def _rest(self) -> None:
        self.running = False
        if self.auto_off:
            self.smu.set_output(on=False)
        self.refresh()
